/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recent tasks: tasks of agents and our uploads in one list, with scripted uploads in place of upload.c. */
#include "client/core/text.h"
#include "tests/core/fake_server.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

struct Upload {
    Server *server;
    const char *task;
    UploadState state;
    int64_t done;
    Error error;
    bool dismissed, cancelled, retried;
};

static Server server, other;
static Activities *activities;
static int told;
static char cancelled_task[64];

Activities *core_activities(const Core *core)
{
    (void)core;
    return activities;
}

void core_tell_activities_changed(Core *core)
{
    (void)core;
    told++;
}

static const ServerConfig fake_config = { .user = (char *)"me" };

const ServerConfig *server_config(const Server *of)
{
    (void)of;
    return &fake_config;
}

void call_task_cancel(Server *on, const TaskRef *params, void (*done)(void *, Empty *, const Error *), const void *owner, void *context)
{
    (void)on, (void)done, (void)owner, (void)context;
    strncpy(cancelled_task, params->task, sizeof cancelled_task - 1);
}

Server *upload_server(const Upload *upload) { return upload->server; }
const char *upload_name(const Upload *upload) { return upload->task ? "a.iso" : "b.iso"; }
const char *upload_task(const Upload *upload) { return str_or_empty(upload->task); }
UploadState upload_state(const Upload *upload) { return upload->state; }
int64_t upload_done(const Upload *upload) { return upload->done; }
const Error *upload_error(const Upload *upload) { return upload->error.code ? &upload->error : NULL; }
void agent_setup_cancel(Server *which) { (void)which; }
const char *server_name(const Server *which) { return which ? "host" : ""; }
void upload_cancel(Upload *upload) { upload->cancelled = true; }

int64_t upload_size(const Upload *upload)
{
    (void)upload;
    return 4LL << 30;
}

int64_t upload_rate(const Upload *upload)
{
    (void)upload;
    return 210 << 20;
}

int64_t upload_time_left(const Upload *upload)
{
    (void)upload;
    return 12000;
}

void upload_retry(Upload *upload, bool replace)
{
    (void)replace;
    upload->retried = true;
}

void upload_dismiss(Upload *upload)
{
    upload->dismissed = true;
    activities_upload_gone(activities, upload);
}

static int setup(void **state)
{
    (void)state;
    fake_server_fill(&server);
    fake_server_fill(&other);
    activities = activities_create(&fake_core);
    told = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    activities_free(activities);
    model_free(server.model);
    model_free(other.model);
    return 0;
}

static void task(const char *id, TaskState state, int64_t started, bool full, const char *why)
{
    TaskInfoList list = { 0 };
    TaskInfo info = { .id = x_strdup(id), .method = x_strdup("vm.start"), .object_name = x_strdup("web"), .user = x_strdup("root"), .state = state,
                      .started = started, .cancellable = true };
    if (why) {
        info.error = x_calloc(1, sizeof(ErrorInfo));
        *info.error = (ErrorInfo){ .code = ERR_LIBVIRT, .message = x_strdup("m"), .object = x_strdup("web"), .cause = x_strdup(why) };
    }
    TaskInfoList_add(&list, &info);
    activities_take(activities, &server, &list, full);
}

static size_t count(void) { return activity_count(&fake_core); }
static const Activity *at(size_t index) { return activity_at(&fake_core, index); }

static void test_activity__shows_tasks_newest_first(void **state)
{
    (void)state;
    task("t1", TASK_STATE_DONE, 100, false, NULL);
    task("t3", TASK_STATE_RUNNING, 300, false, NULL);
    task("t2", TASK_STATE_FAILED, 200, false, "no bus.");
    assert_int_equal(count(), 3);
    assert_string_equal(at(0)->id, "t3");
    assert_string_equal(at(0)->title, "Start VM");
    assert_int_equal(at(0)->permille, -1);
    assert_true(at(0)->cancellable);
    assert_string_equal(at(1)->detail, "libvirt refused the action on 'web': no bus.");
    assert_int_equal(at(2)->permille, 1000);
    assert_false(at(2)->cancellable);
    assert_int_equal(activity_running_count(&fake_core), 1);
    assert_int_equal(activity_failed_count(&fake_core), 1);
    assert_true(told >= 3);
}

static void test_activity__an_operator_cancels_own_tasks_only(void **state)
{
    (void)state;
    char anna[] = "anna", root[] = "root";
    HelloResult hello = { .user = anna, .role = ROLE_OPERATOR };
    server.hello = &hello;
    task("t1", TASK_STATE_RUNNING, 100, false, NULL);
    assert_false(at(0)->cancellable);
    hello.role = ROLE_ADMIN;
    task("t1", TASK_STATE_RUNNING, 100, false, NULL);
    assert_true(at(0)->cancellable);
    hello = (HelloResult){ .user = root, .role = ROLE_OPERATOR };
    task("t1", TASK_STATE_RUNNING, 100, false, NULL);
    assert_true(at(0)->cancellable);
}

static void test_activity__follows_the_language(void **state)
{
    (void)state;
    task("t1", TASK_STATE_RUNNING, 100, false, NULL);
    assert_string_equal(at(0)->title, "Start VM");
    text_set_language(LANGUAGE_GERMAN);
    assert_string_equal(at(0)->title, "VM starten");
    text_set_language(LANGUAGE_ENGLISH);
}

static void test_activity__a_full_list_ends_what_it_does_not_name(void **state)
{
    (void)state;
    task("t1", TASK_STATE_DONE, 100, false, NULL);
    task("t2", TASK_STATE_RUNNING, 200, false, NULL);
    task("t3", TASK_STATE_RUNNING, 300, true, NULL);
    assert_int_equal(count(), 2);
    assert_string_equal(at(0)->id, "t3");
    assert_string_equal(at(1)->id, "t1");
}

static void test_activity__an_upload_and_its_task_are_one(void **state)
{
    (void)state;
    Upload upload = { .server = &server, .state = UPLOAD_CONNECTING };
    activities_upload_changed(activities, &upload);
    assert_int_equal(count(), 1);
    task("u1", TASK_STATE_RUNNING, 100, false, NULL); /* the agent's event comes before the answer to begin */
    assert_int_equal(count(), 2);
    upload.task = "u1";
    upload.state = UPLOAD_SENDING;
    upload.done = 1LL << 30;
    activities_upload_changed(activities, &upload);
    assert_int_equal(count(), 1);
    assert_string_equal(at(0)->title, "Upload file");
    assert_string_equal(at(0)->detail, "1.0 GB of 4.0 GB, 210 MB/s, 12 s left");
    assert_int_equal(at(0)->permille, 250);
    task("u1", TASK_STATE_FAILED, 100, false, "lost");
    assert_int_equal(count(), 1);
    assert_int_equal(at(0)->state, TASK_STATE_RUNNING); /* what the upload says counts */
    upload.task = "u2"; /* next attempt */
    activities_upload_changed(activities, &upload);
    task("u1", TASK_STATE_FAILED, 100, false, "lost");
    task("u2", TASK_STATE_RUNNING, 100, false, NULL);
    assert_int_equal(count(), 1);
    activity_cancel(&fake_core, at(0)->id);
    assert_true(upload.cancelled);
}

static void test_activity__ended_ones_are_cleared_and_stay_away(void **state)
{
    (void)state;
    Upload upload = { .server = &server, .state = UPLOAD_FAILED, .task = "u1" };
    error_set(&upload.error, ERR_NO_SPACE, "iso", "5 GB are missing");
    activities_upload_changed(activities, &upload);
    task("t1", TASK_STATE_DONE, 100, false, NULL);
    task("t2", TASK_STATE_RUNNING, 200, false, NULL);
    assert_int_equal(activity_failed_count(&fake_core), 1);
    assert_true(at(0)->retryable);
    assert_string_equal(at(0)->detail, "There is not enough space in the datastore 'iso': 5 GB are missing.");
    activity_retry(&fake_core, at(0)->id);
    assert_true(upload.retried);
    activity_clear_ended(&fake_core);
    assert_true(upload.dismissed);
    assert_int_equal(count(), 1);
    task("t1", TASK_STATE_DONE, 100, false, NULL);
    assert_int_equal(count(), 1);
    activity_cancel(&fake_core, "t2");
    assert_string_equal(cancelled_task, "t2");
    error_clear(&upload.error);
}

static void test_activity__a_removed_server_takes_its_tasks_along(void **state)
{
    (void)state;
    Upload upload = { .server = &other, .state = UPLOAD_QUEUED };
    activities_upload_changed(activities, &upload);
    task("t1", TASK_STATE_DONE, 100, false, NULL);
    activities_server_removed(activities, &server);
    assert_int_equal(count(), 1);
    activities_upload_gone(activities, &upload);
    assert_int_equal(count(), 0);
}

static void test_activity__an_agent_that_never_stops_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        AUTO_FREE char *id = x_printf("t%d", i);
        task(id, i % 2 ? TASK_STATE_DONE : TASK_STATE_RUNNING, i, false, NULL);
    }
    assert_true(count() <= 500);
    assert_string_equal(at(0)->id, "t1999");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_activity__shows_tasks_newest_first),
        TEST(test_activity__an_operator_cancels_own_tasks_only),
        TEST(test_activity__follows_the_language),
        TEST(test_activity__a_full_list_ends_what_it_does_not_name),
        TEST(test_activity__an_upload_and_its_task_are_one),
        TEST(test_activity__ended_ones_are_cleared_and_stay_away),
        TEST(test_activity__a_removed_server_takes_its_tasks_along),
        TEST(test_activity__an_agent_that_never_stops_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
