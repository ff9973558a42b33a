/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts for hosts, read by a real shell: whole ones are accepted, and of one whose rest was lost on the way nothing is run. */
#include "client/core/agent_script.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

/* Whether sh understands the first size bytes of script. It runs none of them. */
static bool understood(const char *path, const char *script, size_t size)
{
    AUTO_FREE char *command = x_printf("sh -n '%s' 2>/dev/null", path);
    write_file(path, script, size);
    return system(command) == 0;
}

static void check(char *script)
{
    enum { STEP = 61 }; /* a prime: every column of a line is met */
    AUTO_FREE char *text = script;
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *path = port_join(folder, "script.sh");
    size_t size = strlen(text);
    assert_true(understood(path, text, size));
    for (size_t cut = 1; cut + 1 < size; cut += STEP)
        assert_false(understood(path, text, cut));
    /* Where its last command ends there is more to come, too. */
    assert_false(understood(path, text, size - strlen("}\n")));
}

static void test_agent_script__runs_whole_or_not_at_all(void **state)
{
    (void)state;
    AgentFacts facts = { .user = (char *)"admin" };
    check(agent_script_look());
    check(agent_script_run("abc"));
    check(agent_script_root(AGENT_INSTALL, &facts, "abc", false));
    check(agent_script_root(AGENT_REMOVE, &facts, NULL, true));
}

static void test_agent_script__takes_no_word_that_is_more_than_a_word(void **state)
{
    (void)state;
    AgentFacts facts = { .user = (char *)"a;reboot" };
    AUTO_FREE char *script = agent_script_root(AGENT_INSTALL, &facts, "$(reboot)", false);
    assert_non_null(strstr(script, "sum=none\nuser=root\n"));
    assert_null(strstr(script, "reboot"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_script__runs_whole_or_not_at_all),
        cmocka_unit_test(test_agent_script__takes_no_word_that_is_more_than_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
