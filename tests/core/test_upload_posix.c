/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a person does with uploads in the window: several at once, cancel, retry, clear, end the program; against a lab host, with the core in this
 * process. test_upload.py has the faults. Needs root, like every lab host.
 */
#include "client/core/core.h"
#include "client/core/port.h"
#include "tests/core/scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST_PY "python3 " TEST_SOURCE_DIR "/../lab/host.py"
#define MIB (1 << 20)

static char *host_key, *store_folder, *folder, *file_path;
static int host_port;
static Core *core;
static Server *server;
static char *datastore;

static json_t *run_host(const char *words)
{
    AUTO_FREE char *command = x_printf(HOST_PY " %s", words);
    FILE *pipe = popen(command, "r");
    json_t *json = pipe ? json_loadf(pipe, 0, NULL) : NULL;
    if (pipe)
        pclose(pipe);
    return json;
}

static int start_host(void **state)
{
    (void)state;
    json_t *host = run_host("up --name core-upload-c --agent " POOLAGENTD_PATH " --json");
    assert_non_null(host);
    host_port = (int)json_integer_value(json_object_get(host, "port"));
    host_key = x_strdup(json_string_value(json_object_get(host, "key_file")));
    store_folder = x_printf("%s/local", json_string_value(json_object_get(host, "datastores_outside")));
    json_decref(host);
    folder = scratch_folder();
    file_path = port_join(folder, "big.iso");
    size_t size = 300 * (size_t)MIB;
    char *bytes = x_calloc(size, 1);
    memset(bytes + MIB, 'x', MIB);
    write_file(file_path, bytes, size);
    free(bytes);
    return 0;
}

static int stop_host(void **state)
{
    (void)state;
    json_decref(run_host("down --name core-upload-c"));
    port_remove(file_path);
    free(host_key), free(store_folder), free(folder), free(file_path);
    return 0;
}

static void accept_key(void *context, Server *from, const Prompt *prompt)
{
    (void)context;
    if (prompt->kind == PROMPT_HOST_KEY)
        prompt_accept(from, NULL, 0);
    else
        prompt_reject(from);
}

static bool until(bool (*condition)(void *context), void *context, int seconds)
{
    int64_t end = port_monotonic_ms() + seconds * 1000;
    while (!condition(context) && port_monotonic_ms() < end)
        core_wait(core, 20);
    return condition(context);
}

static bool has_datastore(void *context)
{
    (void)context;
    return server_online(server) && model_datastore_count(server_model(server)) > 0;
}

static const CoreListener listener = { .prompt = accept_key };

static void open_core(void)
{
    core = core_create(folder, NULL, NULL, NULL);
    assert_non_null(core);
    core_set_listener(core, &listener, NULL);
    ServerConfig config = { .host = "127.0.0.1", .port = host_port, .user = "root", .auth = AUTH_KEY_FILE, .key_file = host_key };
    server = core_add_server(core, &config);
    server_connect(server, NULL, NULL);
    assert_true(until(has_datastore, NULL, 20));
    free(datastore);
    datastore = x_strdup(model_datastore_at(server_model(server), 0)->id);
}

static int setup(void **state)
{
    (void)state;
    open_core();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    int64_t began = port_monotonic_ms();
    core_free(TAKE_PTR(core));
    assert_true(port_monotonic_ms() - began < 2000);
    free(TAKE_PTR(datastore));
    AUTO_FREE char *unfinished = port_join(folder, "uploads.json");
    port_remove(unfinished);
    return 0;
}

static Upload *start(const char *name)
{
    AUTO(error_clear) Error error = { 0 };
    Upload *upload = upload_start(server, datastore, file_path, name, true, &error);
    if (!upload)
        fail_msg("%s", error.message);
    return upload;
}

static bool moved(void *upload) { return upload_state(upload) == UPLOAD_SENDING && upload_done(upload) > 5 * MIB; }
static bool done(void *upload) { return upload_state(upload) == UPLOAD_DONE; }
static bool interrupted(void *upload) { return upload_state(upload) == UPLOAD_INTERRUPTED; }
static bool failed(void *upload) { return upload_state(upload) == UPLOAD_FAILED; }

static bool no_parts(void *context)
{
    (void)context;
    int parts = 0;
    DIR *entries = opendir(store_folder);
    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        parts += strstr(entry->d_name, ".part") != NULL;
    closedir(entries);
    return parts == 0;
}

static bool file_there(const char *name)
{
    AUTO_FREE char *path = port_join(store_folder, name);
    return access(path, F_OK) == 0;
}

static void test_upload__cancel_is_immediate_and_leaves_nothing(void **state)
{
    (void)state;
    Upload *upload = start("cancelled.iso");
    assert_true(until(moved, upload, 60));
    assert_true(upload_rate(upload) >= 0);
    int64_t began = port_monotonic_ms();
    upload_cancel(upload);
    assert_int_equal(upload_state(upload), UPLOAD_CANCELLED);
    assert_true(port_monotonic_ms() - began < 200);
    assert_true(until(no_parts, NULL, 10));
    assert_false(file_there("cancelled.iso"));
    upload_retry(upload, false);
    assert_true(until(done, upload, 120));
    assert_int_equal(strlen(upload_sha256(upload)), 64);
    assert_true(file_there("cancelled.iso"));
    upload_dismiss(upload);
    assert_int_equal(core_upload_count(core), 0);
}

static void test_upload__cancel_while_connecting(void **state)
{
    (void)state;
    for (int wait = 0; wait < 60; wait += 6) {
        Upload *upload = start("early.iso");
        core_wait(core, wait);
        upload_cancel(upload);
        assert_int_equal(upload_state(upload), UPLOAD_CANCELLED);
        upload_dismiss(upload);
    }
    assert_true(until(no_parts, NULL, 10));
    assert_false(file_there("early.iso"));
}

static int count_running(void)
{
    int running = 0;
    for (size_t i = 0; i < core_upload_count(core); i++) {
        UploadState each = upload_state(core_upload_at(core, i));
        running += each >= UPLOAD_CONNECTING && each <= UPLOAD_VERIFYING;
    }
    return running;
}

static bool all_done(void *context)
{
    (void)context;
    assert_true(count_running() <= 2);
    for (size_t i = 0; i < core_upload_count(core); i++)
        if (!done(core_upload_at(core, i)))
            return false;
    return true;
}

static bool idle(void *context)
{
    (void)context;
    return activity_running_count(core) == 0;
}

static void test_upload__two_at_a_time(void **state)
{
    (void)state;
    assert_true(until(idle, NULL, 90)); /* uploads of the case before whose tickets came after its core's end live for a minute */
    static const char *const names[] = { "one.iso", "two.iso", "three.iso", "four.iso" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        start(names[i]);
    assert_int_equal(server_state(server), SERVER_ONLINE);
    assert_int_equal(count_running(), 2);
    assert_int_equal(upload_state(core_upload_at(core, 3)), UPLOAD_QUEUED);
    assert_null(upload_start(server, datastore, file_path, "one.iso", true, NULL));
    assert_int_equal(activity_running_count(core), 4);
    assert_true(until(all_done, NULL, 240));
    assert_true(idle(NULL));
    size_t count = activity_count(core);
    const Activity *newest = activity_at(core, 0);
    assert_string_equal(newest->title, "Upload file");
    assert_int_equal(newest->permille, 1000);
    activity_clear_ended(core);
    assert_true(activity_count(core) + 4 <= count);
    assert_int_equal(core_upload_count(core), 0);
}

static void test_upload__goes_on_after_the_program_ended(void **state)
{
    (void)state;
    Upload *upload = start("later.iso");
    assert_true(until(moved, upload, 60));
    int64_t began = port_monotonic_ms();
    core_free(core);
    assert_true(port_monotonic_ms() - began < 2000);
    assert_false(file_there("later.iso"));
    open_core();
    assert_int_equal(core_upload_count(core), 1);
    upload = core_upload_at(core, 0);
    assert_string_equal(upload_name(upload), "later.iso");
    assert_true(until(done, upload, 120));
    assert_true(file_there("later.iso"));
}

static void test_upload__waits_for_the_server(void **state)
{
    (void)state;
    Upload *upload = start("offline.iso");
    assert_true(until(moved, upload, 60));
    server_disconnect(server);
    assert_true(until(interrupted, upload, 5));
    for (int i = 0; i < 20; i++)
        core_wait(core, 50);
    assert_int_equal(upload_state(upload), UPLOAD_INTERRUPTED);
    server_connect(server, NULL, NULL);
    assert_true(until(done, upload, 120));
}

static void test_upload__an_unknown_datastore_fails_with_a_sentence(void **state)
{
    (void)state;
    Upload *upload = upload_start(server, "00000000-0000-4000-8000-000000000000", file_path, "x.iso", false, NULL);
    assert_non_null(upload);
    assert_true(until(failed, upload, 20));
    assert_int_equal(upload_error(upload)->code, ERR_DATASTORE_NOT_FOUND);
    assert_int_equal(activity_failed_count(core) > 0, 1);
    assert_true(activity_at(core, 0)->retryable);
}

static void test_upload__a_removed_server_takes_its_uploads_along(void **state)
{
    (void)state;
    Upload *upload = start("gone.iso");
    assert_true(until(moved, upload, 60));
    core_remove_server(core, server);
    assert_int_equal(core_upload_count(core), 0);
    core_wait(core, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_upload__cancel_is_immediate_and_leaves_nothing),
        TEST(test_upload__cancel_while_connecting),
        TEST(test_upload__two_at_a_time),
        TEST(test_upload__goes_on_after_the_program_ended),
        TEST(test_upload__waits_for_the_server),
        TEST(test_upload__an_unknown_datastore_fails_with_a_sentence),
        TEST(test_upload__a_removed_server_takes_its_uploads_along),
    };
    if (geteuid() != 0)
        return 0;
    return cmocka_run_group_tests(tests, start_host, stop_host);
}
