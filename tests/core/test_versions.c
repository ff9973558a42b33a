/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Today's client and agents of other versions: what an agent of contract 1 said (tests/golden/agent-1.jsonl), and agents that know more than we do. */
#include "client/core/core_private.h"
#include "tests/core/scratch.h"
#include "tests/core/script.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define VM "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define EPOCH "44444444-4444-4444-8444-444444444444"

static char *folder;
static Core *core;
static Server *server;

static int setup(void **state)
{
    (void)state;
    script_reset();
    folder = scratch_folder();
    core = core_create(folder, NULL, NULL, NULL);
    assert_non_null(core);
    core_set_transport(core, &script_transport);
    char host[] = "alpha.example", user[] = "root";
    ServerConfig config = { .host = host, .user = user };
    server = core_add_server(core, &config);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    core_free(core);
    free(TAKE_PTR(folder));
    return 0;
}

static bool vm_is(VmState state)
{
    const VmInfo *vm = model_vm(server_model(server), VM);
    return vm && vm->state == state;
}

static bool wait_vm(VmState state)
{
    int64_t end = port_monotonic_ms() + 5000;
    while (!vm_is(state) && port_monotonic_ms() < end)
        core_wait(core, 20);
    return vm_is(state);
}

static void refuses(const char *answer, int code, const char *sentence)
{
    server_connect(server, NULL, NULL);
    script_hear_request("hello");
    script_say(answer);
    assert_true(script_wait_state(core, server, SERVER_OFFLINE)); /* and is not tried again */
    assert_int_equal(server_error(server)->code, code);
    assert_string_equal(server_error(server)->message, sentence);
}

static void test_an_agent_of_contract_1(void **state)
{
    (void)state;
    char line[16 << 10];
    FILE *file = fopen(TEST_SOURCE_DIR "/../golden/agent-1.jsonl", "rb");
    assert_non_null(file);
    server_connect(server, NULL, NULL);
    for (int number = 0; fgets(line, sizeof line, file); number++) {
        if (number < 2)
            script_hear_request(number ? "inventory.subscribe" : "hello");
        if (!strstr(line, "\"id\":3") && !strstr(line, "\"id\":4")) /* replies to calls of the client that was recorded */
            script_say(line);
        if (number == 1) {
            assert_true(script_wait_state(core, server, SERVER_ONLINE));
            assert_true(vm_is(VM_STATE_RUNNING));
        }
    }
    fclose(file);
    assert_true(wait_vm(VM_STATE_OFF));
    assert_string_equal(server_name(server), "kvm1");
    assert_true(server_can(server, METHOD_vm_start, NULL));
    AUTO_FREE char *why = NULL;
    assert_false(server_can(server, METHOD_task_wait, &why)); /* came with contract 2 */
    assert_non_null(why);
    assert_int_equal(server_state(server), SERVER_ONLINE);
}

static void test_an_agent_that_knows_more(void **state)
{
    (void)state;
    AUTO_FREE char *hello = x_printf(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"of_the_future\":1,\"result\":{\"protocol\":%d,\"agent_version\":\"9.0\",\"host_id\":\"66666666-6666-4666-8666-666666666666\","
        "\"host_name\":\"alpha\",\"user\":\"root\",\"role\":\"emperor\",\"methods\":[\"vm.start\",\"vm.levitate\"],\"cluster\":{\"x\":[1,{}]}}}\n", PROTOCOL_VERSION);
    server_connect(server, NULL, NULL);
    script_hear_request("hello");
    script_say(hello);
    script_hear_request("inventory.subscribe");
    script_say("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"epoch\":\"" EPOCH "\",\"revision\":1,\"full\":true,\"pools\":[{\"id\":\"p\"}],"
               "\"vms\":[{\"id\":\"" VM "\",\"name\":\"web\",\"driver\":\"qemu\",\"kind\":\"unikernel\",\"state\":\"teleporting\",\"vcpus\":1,\"memory\":1,\"gpus\":[1]}]}}\n");
    assert_true(script_wait_state(core, server, SERVER_ONLINE));
    assert_true(vm_is(VM_STATE_UNKNOWN));
    assert_true(server_can(server, METHOD_vm_start, NULL));
    script_say("{\"jsonrpc\":\"2.0\",\"method\":\"pool.changed\",\"params\":{\"x\":[1,2]}}\n"
               "{\"jsonrpc\":\"2.0\",\"method\":\"inventory.changed\",\"params\":{\"epoch\":\"" EPOCH "\",\"revision\":2,\"vms\":[{\"id\":\"" VM "\",\"name\":\"web\","
               "\"driver\":\"qemu\",\"kind\":\"machine\",\"state\":\"running\",\"vcpus\":1,\"memory\":1,\"location\":{\"host\":\"x\"}}]}}\n");
    assert_true(wait_vm(VM_STATE_RUNNING));
    assert_int_equal(server_state(server), SERVER_ONLINE);
}

static void test_agents_too_old_and_too_new(void **state)
{
    (void)state;
#define HELLO(version) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":" version ",\"agent_version\":\"x\",\"host_id\":\"h\",\"host_name\":\"n\",\"user\":\"u\",\"role\":\"admin\"}}\n"
    refuses(HELLO("0"), ERR_AGENT_TOO_OLD,
            "PoolCenter's agent on 'alpha.example' is too old for this PoolCenter: it speaks contract version 0, not 1 to 3. Update the agent there.");
    refuses(HELLO("99"), ERR_AGENT_TOO_NEW,
            "PoolCenter's agent on 'alpha.example' is too new for this PoolCenter: it speaks contract version 99, not 1 to 3. Update PoolCenter.");
    refuses("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32007,\"message\":\"The client speaks contract version 2, the agent 5 to 9. Update the older one.\"}}\n",
            ERR_AGENT_TOO_NEW, "PoolCenter's agent on 'alpha.example' is too new for this PoolCenter: it no longer speaks contract version 3. Update PoolCenter.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_agent_of_contract_1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_agent_that_knows_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_agents_too_old_and_too_new, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
