/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON-RPC lines: what is accepted, and that nothing a peer may send is worse than an error. */
#include "tests/protocol/cmocka_all.h"

#include "protocol/rpc.h"

#include <stdlib.h>
#include <string.h>

static int parse(const char *line, RpcMessage *message, Error *err) { return rpc_parse(line, strlen(line), message, err); }

static void test_rpc__a_request_comes_back(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    RpcMessage message;
    AUTO_FREE char *line = rpc_request_line(7, "vm.start", json_pack("{s:s}", "vm", "x"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_int_equal(rpc_parse(line, strlen(line) - 1, &message, &err), 0);
    assert_int_equal(message.kind, RPC_REQUEST);
    assert_int_equal(message.id, 7);
    assert_string_equal(message.method, "vm.start");
    assert_string_equal(json_string_value(json_object_get(message.body, "vm")), "x");
    rpc_message_clear(&message);
}

static void test_rpc__results_and_events_come_back(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    RpcMessage message;
    AUTO_FREE char *result = rpc_result_line(0, json_object());
    AUTO_FREE char *event = rpc_notification_line("task.changed", json_object());
    assert_int_equal(parse(result, &message, &err), 0);
    assert_int_equal(message.kind, RPC_RESULT);
    assert_int_equal(message.id, 0);
    rpc_message_clear(&message);
    assert_int_equal(parse(event, &message, &err), 0);
    assert_int_equal(message.kind, RPC_NOTIFICATION);
    rpc_message_clear(&message);
}

static void test_rpc__an_error_travels_whole(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    AUTO(error_clear) Error sent = { 0 };
    RpcMessage message;
    error_set(&sent, ERR_VM_WRONG_STATE, "web\"01", "%s", "paused");
    AUTO_FREE char *line = rpc_error_line(3, &sent);
    assert_int_equal(parse(line, &message, &err), 0);
    assert_int_equal(message.kind, RPC_ERROR);
    assert_int_equal(message.error.code, ERR_VM_WRONG_STATE);
    assert_string_equal(message.error.message, sent.message);
    assert_string_equal(message.error.object, "web\"01");
    assert_string_equal(message.error.cause, "paused");
    rpc_message_clear(&message);
    AUTO_FREE char *anonymous = rpc_error_line(-1, &sent);
    assert_int_equal(parse(anonymous, &message, &err), 0);
    assert_int_equal(message.id, -1);
    rpc_message_clear(&message);
}

static void test_rpc__bad_lines_are_refused(void **state)
{
    (void)state;
    static const struct { const char *line; int code; } bad[] = {
        { "", ERR_PARSE },
        { "{", ERR_PARSE },
        { "nonsense", ERR_PARSE },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"x\"}", ERR_PARSE },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}", ERR_PARSE },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xc0\xaf\"}", ERR_PARSE },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\\u0000b\"}", ERR_PARSE },
        { "{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999,\"method\":\"x\"}", ERR_PARSE },
        { "[]", ERR_INVALID_REQUEST },
        { "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}]", ERR_INVALID_REQUEST },
        { "{}", ERR_INVALID_REQUEST },
        { "{\"id\":1,\"method\":\"x\"}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"x\"}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":-1,\"method\":\"x\"}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"method\":\"x\"}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":2}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":[1]}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":5}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", ERR_INVALID_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":5}", ERR_INVALID_REQUEST },
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO(error_clear) Error err = { 0 };
        RpcMessage message;
        if (parse(bad[i].line, &message, &err) != bad[i].code)
            fail_msg("%s gives %d", bad[i].line, err.code);
        assert_null(message.method);
        assert_null(message.body);
    }
}

static void test_rpc__the_id_of_a_bad_request_is_kept(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    RpcMessage message;
    assert_int_equal(parse("{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":5}", &message, &err), ERR_INVALID_REQUEST);
    assert_int_equal(message.id, 12);
    rpc_message_clear(&message);
}

static void test_rpc__deep_nesting_is_refused_before_it_is_parsed(void **state)
{
    (void)state;
    enum { DEEP = 200000 };
    AUTO_FREE char *line = x_calloc(DEEP + 1, 1);
    AUTO(error_clear) Error err = { 0 };
    RpcMessage message;
    memset(line, '[', DEEP);
    assert_int_equal(parse(line, &message, &err), ERR_PARSE);
    assert_non_null(strstr(err.message, "deeper"));
    for (size_t i = 0; i < DEEP / 5; i++)
        memcpy(line + 5 * i, "{\"a\":", 5);
    assert_int_equal(parse(line, &message, &err), ERR_PARSE);
    rpc_message_clear(&message);
}

static void test_rpc__brackets_inside_strings_do_not_nest(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    RpcMessage message;
    AUTO_FREE char *line = x_printf("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\\"%s\"}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
    assert_int_equal(parse(line, &message, &err), 0);
    rpc_message_clear(&message);
}

static void test_rpc__opening_lines_come_back(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    json_t *json = NULL;
    AUTO_FREE char *line = rpc_opening_line(RPC_READY, json_pack("{s:i}", "offset", 5));
    assert_int_equal(rpc_parse_opening(line, strlen(line), RPC_READY, &json, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "offset")), 5);
    json_decref(json);
    assert_int_equal(rpc_parse_opening(line, strlen(line), RPC_REFUSED, &json, &err), ERR_PARSE);
    assert_int_equal(rpc_parse_opening("POOL", 4, RPC_READY, &json, &err), ERR_PARSE);
    assert_int_equal(rpc_parse_opening("POOLAGENT READY [", 17, RPC_READY, &json, &err), ERR_PARSE);
}

static void test_rpc__sentences_are_filled_in(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    error_set(&err, ERR_VM_EXISTS, "a{2}b", NULL);
    assert_string_equal(err.message, "A VM named 'a{2}b' exists already. Choose another name.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rpc__a_request_comes_back),
        cmocka_unit_test(test_rpc__results_and_events_come_back),
        cmocka_unit_test(test_rpc__an_error_travels_whole),
        cmocka_unit_test(test_rpc__bad_lines_are_refused),
        cmocka_unit_test(test_rpc__the_id_of_a_bad_request_is_kept),
        cmocka_unit_test(test_rpc__deep_nesting_is_refused_before_it_is_parsed),
        cmocka_unit_test(test_rpc__brackets_inside_strings_do_not_nest),
        cmocka_unit_test(test_rpc__opening_lines_come_back),
        cmocka_unit_test(test_rpc__sentences_are_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
