/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server and its link against a scripted agent: the whole state machine, and every way an agent can misbehave. */
#include "client/core/catalog.h"
#include "client/core/core_private.h"
#include "client/core/stream.h"
#include "tests/core/scratch.h"
#include "tests/core/script.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define VM_A "11111111-1111-4111-8111-111111111111"
#define VM_B "22222222-2222-4222-8222-222222222222"
#define TASK "33333333-3333-4333-8333-333333333333"
#define EPOCH "44444444-4444-4444-8444-444444444444"
#define OTHER_EPOCH "55555555-5555-4555-8555-555555555555"
#define VM(id, name, state) "{\"id\":\"" id "\",\"name\":\"" name "\",\"driver\":\"test\",\"kind\":\"machine\",\"state\":\"" state "\",\"vcpus\":1,\"memory\":1048576}"
#define HOST "\"host\":{\"id\":\"66666666-6666-4666-8666-666666666666\",\"name\":\"alpha\"}"

static char *folder;
static Core *core;
static Server *server;
static int changes_seen;

static void on_inventory(void *context, Server *which, const ChangeList *changes)
{
    (void)context;
    (void)which;
    changes_seen += (int)changes->count;
}

static int setup(void **state)
{
    (void)state;
    script_reset();
    folder = scratch_folder();
    core = core_create(folder, NULL, NULL, NULL);
    assert_non_null(core);
    core_set_transport(core, &script_transport);
    static const CoreListener listener = { .inventory_changed = on_inventory };
    core_set_listener(core, &listener, NULL);
    char host[] = "alpha.example", user[] = "root";
    ServerConfig config = { .host = host, .user = user };
    server = core_add_server(core, &config);
    changes_seen = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    core_free(core);
    free(TAKE_PTR(folder));
    return 0;
}

/* ---- helpers: the story of a connection */

static bool drain_until_state(ServerState state) { return script_wait_state(core, server, state); }

static void reply(int64_t id, const char *result)
{
    AUTO_FREE char *line = x_printf("{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":%s}\n", (long long)id, result);
    script_say(line);
}

static void answer_hello(void)
{
    reply(script_hear_request("hello"), "{\"protocol\":1,\"agent_version\":\"1\",\"host_id\":\"66666666-6666-4666-8666-666666666666\",\"host_name\":\"alpha\","
                                        "\"user\":\"root\",\"role\":\"operator\",\"methods\":[\"vm.start\",\"vm.shutdown\"],\"from_the_future\":{\"x\":[1]}}");
}

static void answer_subscribe(void)
{
    reply(script_hear_request("inventory.subscribe"), "{\"epoch\":\"" EPOCH "\",\"revision\":7,\"full\":true," HOST ",\"vms\":[" VM(VM_A, "web", "off") "]}");
}

static void connect_to(void)
{
    server_connect(server, "secret", NULL);
    answer_hello();
    answer_subscribe();
    assert_true(drain_until_state(SERVER_ONLINE));
}

/* What arrived for a call. */
typedef struct Got {
    int count;
    char task[64];
    int code;
} Got;

static void on_task_ref(void *context, TaskRef *result, const Error *error)
{
    Got *got = context;
    got->count++;
    got->code = error ? error->code : 0;
    if (result)
        snprintf(got->task, sizeof got->task, "%s", result->task);
}

static void on_task_end(void *context, const TaskInfo *task, const Error *error)
{
    Got *got = context;
    got->count++;
    got->code = error ? error->code : task->error ? (int)task->error->code : 0;
}

static void start_vm(Got *got)
{
    char id[] = VM_A;
    VmStartParams params = { .vm = id };
    call_vm_start(server, &params, on_task_ref, got, got);
}

static void drain_until(const int *count)
{
    int64_t end = port_monotonic_ms() + 3000;
    while (!*count && port_monotonic_ms() < end)
        core_wait(core, 20);
}

/* The connection ends with a broken-protocol error and is tried again. */
static void assert_protocol_error(void)
{
    assert_true(drain_until_state(SERVER_RETRYING));
    assert_non_null(server_error(server));
    assert_int_equal(server_error(server)->code, ERR_PROTOCOL);
    assert_non_null(server_error(server)->cause);
    assert_int_equal(model_vm_count(server_model(server)), 1); /* the inventory is kept */
}

/* ---- the good days */

static void test_connects_and_learns_the_inventory(void **state)
{
    (void)state;
    server_connect(server, NULL, NULL);
    assert_int_equal(server_state(server), SERVER_CONNECTING);
    answer_hello();
    assert_true(drain_until_state(SERVER_SYNCING));
    answer_subscribe();
    assert_true(drain_until_state(SERVER_ONLINE));
    assert_string_equal(server_name(server), "alpha");
    assert_int_equal(model_vm_count(server_model(server)), 1);
    assert_int_equal(changes_seen, 2); /* host and VM */
    assert_true(server_can(server, METHOD_vm_start, NULL));
    AUTO_FREE char *why = NULL;
    assert_false(server_can(server, METHOD_vm_delete, &why));
    assert_non_null(why);
}

static void test_follows_deltas_and_ignores_unknown_events(void **state)
{
    (void)state;
    connect_to();
    script_say("{\"jsonrpc\":\"2.0\",\"method\":\"moon.changed\",\"params\":{\"phase\":1}}\n"
               "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":8,\"vms\":[" VM(VM_B, "db", "running") "]}}\n"
               "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":9,\"removed\":[\"" VM_A "\"]}}\n");
    int64_t end = port_monotonic_ms() + 3000;
    while (model_revision(server_model(server)) != 9 && port_monotonic_ms() < end)
        core_wait(core, 20);
    assert_int_equal(model_revision(server_model(server)), 9);
    assert_int_equal(model_vm_count(server_model(server)), 1);
    assert_string_equal(model_vm(server_model(server), VM_B)->name, "db");
    assert_int_equal(server_state(server), SERVER_ONLINE);
}

static void test_calls_get_their_own_answers_in_any_order(void **state)
{
    (void)state;
    Got first = { 0 }, second = { 0 };
    connect_to();
    start_vm(&first);
    start_vm(&second);
    int64_t first_id = script_hear_request("vm.start");
    int64_t second_id = script_hear_request("vm.start");
    reply(second_id, "{\"task\":\"b\"}");
    AUTO_FREE char *refusal = x_printf("{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":%d,\"message\":\"no\",\"data\":{\"object\":\"web\"}}}\n",
                                       (long long)first_id, ERR_VM_WRONG_STATE);
    script_say(refusal);
    drain_until(&first.count);
    assert_int_equal(first.code, ERR_VM_WRONG_STATE);
    assert_int_equal(second.count, 1);
    assert_string_equal(second.task, "b");
}

static void test_follows_a_task_to_its_end(void **state)
{
    (void)state;
    Got got = { 0 }, late = { 0 };
    connect_to();
    server_follow_task(server, TASK, on_task_end, &got, &got);
    script_say("{\"jsonrpc\":\"2.0\",\"method\":\"task.changed\",\"params\":{\"id\":\"" TASK "\",\"method\":\"vm.start\",\"state\":\"running\",\"started\":1}}\n");
    core_wait(core, 100);
    assert_int_equal(got.count, 0);
    script_say("{\"jsonrpc\":\"2.0\",\"method\":\"task.changed\",\"params\":{\"id\":\"" TASK "\",\"method\":\"vm.start\",\"state\":\"failed\",\"started\":1,"
               "\"error\":{\"code\":-32010,\"message\":\"libvirt says no\"}}}\n");
    drain_until(&got.count);
    assert_int_equal(got.code, ERR_LIBVIRT);
    server_follow_task(server, TASK, on_task_end, &late, &late);
    assert_int_equal(late.count, 0); /* never from within the call */
    drain_until(&late.count);
    assert_int_equal(late.code, ERR_LIBVIRT);
}

static void test_lost_connection_keeps_the_inventory_and_resumes_from_its_revision(void **state)
{
    (void)state;
    Got got = { 0 };
    connect_to();
    start_vm(&got);
    script_hear_request("vm.start");
    script_lose();
    drain_until(&got.count);
    assert_int_equal(got.code, ERR_CONNECTION_LOST);
    assert_true(drain_until_state(SERVER_RETRYING));
    assert_true(server_next_try(server) > port_now_ms());
    assert_int_equal(model_vm_count(server_model(server)), 1);
    server_retry_now(server);
    answer_hello();
    AUTO_FREE char *line = script_hear();
    assert_non_null(strstr(line, "\"epoch\":\"" EPOCH "\""));
    assert_non_null(strstr(line, "\"revision\":7"));
    reply(2, "{\"epoch\":\"" EPOCH "\",\"revision\":7}");
    assert_true(drain_until_state(SERVER_ONLINE));
    assert_null(server_error(server));
    assert_int_equal(model_vm_count(server_model(server)), 1);
    start_vm(&got);
    reply(script_hear_request("vm.start"), "{\"task\":\"c\"}");
    got.count = 0;
    drain_until(&got.count);
    assert_string_equal(got.task, "c");
}

static void test_first_attempt_is_not_repeated_but_later_ones_are(void **state)
{
    (void)state;
    script_refuse_connections(ERR_CONNECT_FAILED);
    server_connect(server, NULL, NULL);
    assert_true(drain_until_state(SERVER_OFFLINE));
    assert_int_equal(server_error(server)->code, ERR_CONNECT_FAILED);
    script_refuse_connections(0);
    connect_to();
    script_refuse_connections(ERR_CONNECT_FAILED);
    script_lose();
    assert_true(drain_until_state(SERVER_RETRYING));
    int before = script_connections();
    assert_true(script_wait_connections(before + 1)); /* by itself, after about a second */
    script_refuse_connections(ERR_AUTH_FAILED);
    server_retry_now(server);
    assert_true(drain_until_state(SERVER_RETRYING));
    server_retry_now(server);
    assert_true(drain_until_state(SERVER_OFFLINE)); /* trying a wrong password again would lock the account */
    assert_int_equal(server_error(server)->code, ERR_AUTH_FAILED);
}

static void test_disconnect_while_connecting_is_immediate(void **state)
{
    (void)state;
    script_hold_connections(true);
    server_connect(server, NULL, NULL);
    assert_true(script_wait_connections(1));
    int64_t start = port_monotonic_ms();
    server_disconnect(server);
    assert_int_equal(server_state(server), SERVER_OFFLINE);
    core_remove_server(core, server);
    core_drain(core, 1000);
    core_free(TAKE_PTR(core)); /* joins the thread */
    assert_true(port_monotonic_ms() - start < 200);
}

static void test_calls_without_connection_fail_later_and_forgotten_owners_hear_nothing(void **state)
{
    (void)state;
    Got offline = { 0 }, forgotten = { 0 }, unsent = { 0 };
    start_vm(&offline);
    start_vm(&unsent);
    core_forget(core, &unsent);
    assert_int_equal(offline.count, 0);
    drain_until(&offline.count);
    assert_int_equal(offline.code, ERR_NOT_CONNECTED);
    assert_int_equal(unsent.count, 0);
    connect_to();
    start_vm(&forgotten);
    core_forget(core, &forgotten);
    reply(script_hear_request("vm.start"), "{\"task\":\"d\"}");
    start_vm(&offline);
    reply(script_hear_request("vm.start"), "{\"task\":\"e\"}");
    offline.count = 0;
    drain_until(&offline.count);
    assert_int_equal(forgotten.count, 0);
}

static void remove_server(void *context, TaskRef *result, const Error *error)
{
    (void)result;
    (void)error;
    core_remove_server(core, server);
    ++*(int *)context;
}

static void test_server_may_be_removed_from_within_an_answer(void **state)
{
    (void)state;
    int count = 0;
    connect_to();
    char id[] = VM_A;
    VmStartParams params = { .vm = id };
    call_vm_start(server, &params, remove_server, NULL, &count);
    reply(script_hear_request("vm.start"), "{\"task\":\"f\"}");
    drain_until(&count);
    assert_int_equal(count, 1);
    assert_int_equal(core_server_count(core), 0);
}

/* ---- the user ends the connection */

static void test_disconnecting_answers_what_is_on_its_way(void **state)
{
    (void)state;
    Got call = { 0 }, follow = { 0 }, heard = { 0 }, again = { 0 };
    connect_to();
    start_vm(&call);
    script_hear_request("vm.start");
    start_vm(&heard);
    int64_t id = script_hear_request("vm.start");
    server_follow_task(server, TASK, on_task_end, &follow, &follow);
    reply(id, "{\"task\":\"g\"}"); /* may be here already, or not: one of both it gets */
    server_disconnect(server);
    assert_int_equal(call.count + follow.count, 0); /* never from within the call */
    drain_until(&follow.count);
    assert_int_equal(call.count, 1);
    assert_int_equal(call.code, ERR_NOT_CONNECTED); /* not lost: the user knows */
    assert_int_equal(follow.code, ERR_NOT_CONNECTED);
    assert_int_equal(heard.count, 1);
    assert_true(server_left(server));
    assert_true(script_wait_closed());
    script_reset();
    connect_to();
    start_vm(&again);
    reply(script_hear_request("vm.start"), "{\"task\":\"h\"}");
    drain_until(&again.count);
    assert_string_equal(again.task, "h");
    assert_int_equal(call.count + follow.count + heard.count, 3);
}

static void name_server(void *context, TaskRef *result, const Error *error)
{
    (void)result;
    assert_int_equal(error->code, ERR_NOT_CONNECTED);
    assert_string_equal(server_config(server)->host, "alpha.example"); /* it is still there to be looked at */
    ++*(int *)context;
}

static void test_removing_a_server_answers_before_it_is_gone(void **state)
{
    (void)state;
    enum { CALLS = 5 };
    int count = 0;
    char id[] = VM_A;
    VmStartParams params = { .vm = id };
    connect_to();
    for (int i = 0; i < CALLS; i++)
        call_vm_start(server, &params, name_server, NULL, &count);
    core_remove_server(core, server);
    assert_int_equal(core_server_count(core), 0);
    while (core_drain(core, 0)) /* a letter at a time */
        ;
    assert_int_equal(count, CALLS);
}

static void drain_within(void *context, TaskRef *result, const Error *error)
{
    core_remove_server(core, server);
    core_drain(core, 1000); /* what a message box does */
    name_server(context, result, error);
}

static void test_a_server_removed_within_an_answer_outlives_it(void **state)
{
    (void)state;
    int count = 0;
    char id[] = VM_A;
    VmStartParams params = { .vm = id };
    call_vm_start(server, &params, drain_within, NULL, &count); /* not connected */
    drain_until(&count);
    assert_int_equal(count, 1);
}

static void count_news(void *context) { ++*(int *)context; }

static void say_datastore(void)
{
    script_say("{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":8,\"datastores\":[{\"id\":\"" VM_B "\","
               "\"name\":\"local\",\"type\":\"dir\",\"state\":\"active\",\"content\":5}]}}\n");
    int64_t end = port_monotonic_ms() + 3000;
    while (!model_datastore_count(server_model(server)) && port_monotonic_ms() < end)
        core_wait(core, 20);
}

static void test_a_catalog_that_was_being_read_is_read_after_the_next_connect(void **state)
{
    (void)state;
    int news = 0;
    connect_to();
    say_datastore();
    Catalog *catalog = catalog_open(server, VM_B, count_news, &news);
    script_hear_request("volume.list");
    assert_true(catalog_loading(catalog));
    server_disconnect(server);
    drain_until(&news);
    assert_false(catalog_loading(catalog));
    assert_true(server_unanswered(catalog_error(catalog)));
    assert_true(script_wait_closed());
    script_reset();
    connect_to();
    say_datastore();
    catalog_update(catalog); /* as the page does when the server has changed */
    reply(script_hear_request("volume.list"), "{\"content\":5,\"total\":1,\"volumes\":[{\"name\":\"a.iso\",\"format\":\"iso\",\"capacity\":1,\"allocation\":1}]}");
    news = 0;
    drain_until(&news);
    assert_null(catalog_error(catalog));
    assert_int_equal(catalog_count(catalog), 1);
    catalog_close(catalog);
}

/* ---- questions */

static int prompts;
static PromptKind prompt_kind;

static void on_prompt(void *context, Server *which, const Prompt *prompt)
{
    (void)context;
    (void)which;
    prompts++;
    prompt_kind = prompt->kind;
}

static void on_withdrawn(void *context, Server *which)
{
    (void)context;
    (void)which;
    prompts--;
}

static char *asked_password;

static int asking_connect(const LinkSetup *link, LinkTransport **ret, Error *err)
{
    const SshPeer peer = { .host = link->config->host, .port = 22, .user = link->config->user };
    if (!link->ask->password(link->ask->context, &peer, true, &asked_password))
        return error_set(err, ERR_CANCELLED, "script", NULL);
    return script_transport.connect(link, ret, err);
}

static void test_questions_reach_the_user_and_answers_the_login(void **state)
{
    (void)state;
    static LinkTransportOps asking; /* threads of given up attempts use it until the core is freed */
    asking = script_transport;
    asking.connect = asking_connect;
    static const CoreListener listener = { .prompt = on_prompt, .prompt_withdrawn = on_withdrawn };
    core_set_transport(core, &asking);
    core_set_listener(core, &listener, NULL);
    prompts = 0;
    server_connect(server, "old", NULL);
    drain_until(&prompts);
    assert_int_equal(prompt_kind, PROMPT_PASSWORD);
    const char *answers[] = { "n\xc3\xb6w" };
    prompt_accept(server, answers, 1);
    prompt_accept(server, answers, 1); /* a second click does nothing */
    answer_hello();
    assert_string_equal(asked_password, "n\xc3\xb6w");
    x_free_secret(TAKE_PTR(asked_password));
    server_disconnect(server);
    /* Withdrawn when the attempt ends first; rejected ends the attempt. */
    prompts = 0;
    server_connect(server, NULL, NULL);
    drain_until(&prompts);
    server_disconnect(server);
    assert_int_equal(prompts, 0);
    server_connect(server, NULL, NULL);
    drain_until(&prompts);
    prompt_reject(server);
    assert_true(drain_until_state(SERVER_OFFLINE));
    assert_int_equal(server_error(server)->code, ERR_CANCELLED);
}

/* ---- streams */

static void test_stream_carries_bytes_both_ways_and_ends(void **state)
{
    (void)state;
    connect_to();
    AUTO(error_clear) Error why = { 0 };
    Stream *stream = stream_open(server, "word");
    char bytes[16];
    assert_int_equal(stream_read(stream, bytes, sizeof bytes, 50, &why), PORT_AGAIN);
    assert_string_equal(script_data_opening(), "POOLAGENT DATA word");
    script_say_data("RFB 003.008\n", 12);
    assert_int_equal(stream_read(stream, bytes, sizeof bytes, 2000, &why), 12);
    assert_memory_equal(bytes, "RFB 003.008\n", 12);
    assert_int_equal(stream_write(stream, "hello", 5, &why), 0);
    AUTO_FREE char *heard = script_hear_data(5);
    assert_string_equal(heard, "hello");
    script_say_data("x", 1);
    script_end_data();
    assert_int_equal(stream_read(stream, bytes, sizeof bytes, 2000, &why), 1);
    assert_int_equal(stream_read(stream, bytes, sizeof bytes, 2000, &why), 0);
    stream_close(stream);
    assert_true(script_data_closed());
}

static void test_stream_moves_more_than_its_rings_hold(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    connect_to();
    AUTO_FREE char *sent = x_calloc(SIZE, 1);
    AUTO_FREE char *got = x_calloc(SIZE, 1);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 7 + i / 251);
    Stream *stream = stream_open(server, "word");
    script_say_data(sent, SIZE);
    for (size_t done = 0; done < SIZE;) {
        long count = stream_read(stream, got + done, SIZE - done, 2000, NULL);
        assert_true(count > 0);
        done += (size_t)count;
    }
    assert_memory_equal(sent, got, SIZE);
    assert_int_equal(stream_write(stream, sent, SIZE, NULL), 0);
    AUTO_FREE char *heard = script_hear_data(SIZE);
    assert_non_null(heard);
    assert_memory_equal(sent, heard, SIZE);
    stream_close(stream);
}

static void test_stream_tells_refusal_loss_and_cancelling(void **state)
{
    (void)state;
    AUTO(error_clear) Error why = { 0 };
    char byte;
    Stream *stream = stream_open(server, "word");
    assert_int_equal(stream_read(stream, &byte, 1, 2000, &why), PORT_FAILED);
    assert_int_equal(why.code, ERR_NOT_CONNECTED);
    stream_close(stream);
    connect_to();
    script_refuse_data(ERR_TICKET_INVALID);
    stream = stream_open(server, "word");
    assert_int_equal(stream_read(stream, &byte, 1, 2000, &why), PORT_FAILED);
    assert_int_equal(why.code, ERR_TICKET_INVALID);
    stream_close(stream);
    script_refuse_data(0);
    stream = stream_open(server, "word");
    stream_wake(stream);
    assert_int_equal(stream_wait(stream, -1), 0);
    stream_cancel(stream);
    assert_int_equal(stream_read(stream, &byte, 1, -1, &why), PORT_FAILED);
    assert_int_equal(why.code, ERR_CANCELLED);
    stream_close(stream);
    stream = stream_open(server, "word");
    assert_int_equal(stream_wait(stream, 50), 0);
    script_lose();
    assert_int_equal(stream_read(stream, &byte, 1, -1, &why), PORT_FAILED);
    assert_int_equal(why.code, ERR_CONNECTION_LOST);
    assert_true(stream_write(stream, "x", 1, &why) < 0);
    stream_close(stream);
}

/* ---- a hostile agent */

static const char *const bad_lines[] = {
    "nonsense\n",
    "[]\n",
    "\n",
    "{\"jsonrpc\":\"2.0\"}\n",
    "{\"jsonrpc\":\"1.0\",\"id\":99,\"result\":{}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}\n",                                  /* never asked */
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n",                                   /* answered already */
    "{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":{}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":\"16\",\"result\":{}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"what?\"}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":16,\"error\":{\"code\":\"x\",\"message\":\"what?\"}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"vm.start\",\"params\":{}}\n",           /* only the client calls */
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":[1]}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\"}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" OTHER_EPOCH "\",\"revision\":8}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":6}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":8,\"vms\":[{\"id\":5}]}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":8,\"vms\":[" VM("", "x", "off") "]}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":8,\"vms\":[" VM(VM_B, "x", "off") "," VM(VM_B, "y", "off") "]}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"task.changed\",\"params\":{\"id\":\"" TASK "\"}}\n",
    "{\"jsonrpc\":\"2.0\",\"method\":\"task.changed\",\"params\":{\"id\":\"\xff\xfe\",\"method\":\"x\",\"state\":\"done\",\"started\":1}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":16,\"id\":17,\"result\":{}}\n",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
};

static void test_each_bad_line_ends_the_connection(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
        if (i) {
            teardown(state);
            setup(state);
        }
        connect_to();
        script_say(bad_lines[i]);
        assert_protocol_error();
    }
}

static void test_answer_of_the_wrong_type_ends_the_connection(void **state)
{
    (void)state;
    Got got = { 0 };
    connect_to();
    start_vm(&got);
    reply(script_hear_request("vm.start"), "{\"task\":[]}");
    assert_protocol_error();
    drain_until(&got.count);
    assert_int_equal(got.code, ERR_CONNECTION_LOST);
}

static void test_end_in_the_middle_of_a_line(void **state)
{
    (void)state;
    connect_to();
    script_say("{\"jsonrpc\":");
    script_hang_up();
    assert_protocol_error();
}

static void test_agent_that_ends_politely_is_a_lost_connection(void **state)
{
    (void)state;
    connect_to();
    script_hang_up();
    assert_true(drain_until_state(SERVER_RETRYING));
    assert_int_equal(server_error(server)->code, ERR_CONNECTION_LOST);
}

static void test_line_without_end_is_cut_off(void **state)
{
    (void)state;
    enum { PART = 4 << 20 };
    connect_to();
    AUTO_FREE char *part = x_calloc(PART, 1);
    memset(part, 'x', PART);
    for (size_t sent = 0; sent <= LIMIT_REPLY_LINE; sent += PART)
        script_say_bytes(part, PART);
    assert_protocol_error();
}

static void test_impossible_inventory_is_asked_for_anew(void **state)
{
    (void)state;
    connect_to();
    script_say(bad_lines[19]); /* doubled ids */
    assert_protocol_error();
    server_retry_now(server);
    answer_hello();
    AUTO_FREE char *line = script_hear();
    assert_null(strstr(line, "epoch"));
}

static void refused_hello(const char *answer, int code)
{
    server_connect(server, NULL, NULL);
    script_hear_request("hello");
    script_say(answer);
    assert_true(drain_until_state(SERVER_OFFLINE));
    assert_int_equal(server_error(server)->code, code);
}

static void test_hello_that_does_not_work_out(void **state)
{
    (void)state;
    refused_hello("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32002,\"message\":\"no\"}}\n", ERR_ACCESS_DENIED);
    refused_hello("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n", ERR_PROTOCOL);
    refused_hello("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":9,\"agent_version\":\"9\",\"host_id\":\"h\",\"host_name\":\"n\",\"user\":\"u\",\"role\":\"admin\"}}\n",
                  ERR_AGENT_TOO_NEW);
    refused_hello("{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"e\",\"revision\":1,\"full\":true}}\n", ERR_PROTOCOL);
    refused_hello("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n", ERR_PROTOCOL);
}

/* Valid lines with random damage: whatever comes of it, no crash and no hang. */
static void test_random_damage_never_crashes(void **state)
{
    (void)state;
    static const char good[] = "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":8," HOST ",\"vms\":["
                               VM(VM_B, "x", "off") "],\"tasks\":[{\"id\":\"" TASK "\",\"method\":\"m\",\"state\":\"done\",\"started\":1}]}}\n";
    uint32_t seed = 1;
    connect_to();
    for (int round = 0; round < 400; round++) {
        char line[sizeof good];
        memcpy(line, good, sizeof good);
        for (int i = 0; i < 3; i++) {
            seed = seed * 1664525 + 1013904223;
            line[(seed >> 8) % (sizeof good - 1)] = (char)(seed >> 24);
        }
        script_say_bytes(line, sizeof good - 1);
        core_drain(core, 10);
        if (server_state(server) == SERVER_ONLINE)
            continue;
        server_disconnect(server);
        script_reset();
        connect_to();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_connects_and_learns_the_inventory),
        TEST(test_follows_deltas_and_ignores_unknown_events),
        TEST(test_calls_get_their_own_answers_in_any_order),
        TEST(test_follows_a_task_to_its_end),
        TEST(test_lost_connection_keeps_the_inventory_and_resumes_from_its_revision),
        TEST(test_first_attempt_is_not_repeated_but_later_ones_are),
        TEST(test_disconnect_while_connecting_is_immediate),
        TEST(test_calls_without_connection_fail_later_and_forgotten_owners_hear_nothing),
        TEST(test_server_may_be_removed_from_within_an_answer),
        TEST(test_disconnecting_answers_what_is_on_its_way),
        TEST(test_removing_a_server_answers_before_it_is_gone),
        TEST(test_a_server_removed_within_an_answer_outlives_it),
        TEST(test_a_catalog_that_was_being_read_is_read_after_the_next_connect),
        TEST(test_questions_reach_the_user_and_answers_the_login),
        TEST(test_stream_carries_bytes_both_ways_and_ends),
        TEST(test_stream_moves_more_than_its_rings_hold),
        TEST(test_stream_tells_refusal_loss_and_cancelling),
        TEST(test_each_bad_line_ends_the_connection),
        TEST(test_answer_of_the_wrong_type_ends_the_connection),
        TEST(test_end_in_the_middle_of_a_line),
        TEST(test_agent_that_ends_politely_is_a_lost_connection),
        TEST(test_line_without_end_is_cut_off),
        TEST(test_impossible_inventory_is_asked_for_anew),
        TEST(test_hello_that_does_not_work_out),
        TEST(test_random_damage_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
