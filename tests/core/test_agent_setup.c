/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from a host's words (agent_facts), the scripts made of them (agent_script), and versions (agent_files); without a network. */
#include "client/core/agent_files.h"
#include "client/core/agent_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static AgentFacts parse(const char *said)
{
    AgentFacts facts;
    assert_true(agent_facts_parse(said, strlen(said), &facts));
    return facts;
}

static void test_agent_facts__reads_what_the_host_says(void **state)
{
    (void)state;
    AgentFacts facts = parse("user alice\nkernel Linux\nmachine x86_64\nsystem \"Alma Linux 9\"\nid \"almalinux\"\nlike \"rhel centos fedora\"\ninit systemd\n"
                             "tool sha256sum\nrights password\nlibvirt 0.10005.1\nlibvirtd yes\nagent /usr/local/sbin/poolagentd\n"
                             "version poolagentd 0.2.0, contract 1\nend\n");
    assert_string_equal(facts.user, "alice");
    assert_string_equal(facts.system, "Alma Linux 9");
    assert_string_equal(facts.libvirt, "10.5.1");
    assert_string_equal(facts.agent_version, "0.2.0");
    assert_int_equal(facts.rights, AGENT_RIGHTS_PASSWORD);
    assert_true(facts.systemd && facts.sha256sum && facts.libvirtd && !facts.packaged);
    assert_non_null(strstr(agent_facts_libvirt_command(&facts), "dnf install"));
    agent_facts_clear(&facts);
}

static void test_agent_facts__hostile_words_stay_words(void **state)
{
    (void)state;
    AgentFacts facts;
    const char said[] = "user x; rm -rf /\nmachine ../../etc/passwd\nsystem \033]0;evil\007\377\nversion poolagentd $(reboot)\nlibvirt 0.99999999999.9\nzzzzzzzzzzzzzzzzzzzzzzzz a\n\n \nend\n";
    assert_true(agent_facts_parse(said, sizeof said - 1, &facts));
    assert_string_equal(facts.system, "?]0;evil??");
    assert_null(facts.agent_version);
    assert_false(agent_files_has(facts.machine));
    char *script = agent_script_root(AGENT_INSTALL, &facts, "$(reboot)", false);
    assert_null(strstr(script, "rm -rf /\n"));
    assert_null(strstr(script, "reboot"));
    assert_non_null(strstr(script, "\nuser=root\n"));
    free(script);
    agent_facts_clear(&facts);
}

static void test_agent_facts__a_cut_answer_is_no_answer(void **state)
{
    (void)state;
    const char said[] = "user root\nmachine x86_64\nend\n";
    for (size_t size = 0; size < sizeof said - 2; size++) {
        AgentFacts facts;
        bool complete = agent_facts_parse(said, size, &facts);
        assert_int_equal(complete, size == sizeof said - 2);
        agent_facts_clear(&facts);
    }
}

static void test_agent_facts__says_why_not(void **state)
{
    (void)state;
    struct { const char *said; AgentAction action; int code; } cases[] = {
        { "user a\nkernel FreeBSD\nmachine amd64\nrights root\nend\n", AGENT_INSTALL, ERR_AGENT_NO_PROGRAM },
        { "user a\nkernel Linux\nmachine riscv64\nrights root\nend\n", AGENT_RUN, ERR_AGENT_NO_PROGRAM },
        { "user a\nkernel Linux\nmachine x86_64\nrights none\nend\n", AGENT_INSTALL, ERR_AGENT_NO_RIGHTS },
        { "user a\nkernel Linux\nmachine x86_64\nrights root\nagent /usr/sbin/poolagentd\npackaged yes\nend\n", AGENT_UPDATE, ERR_AGENT_PACKAGED },
        { "user a\nkernel Linux\nmachine x86_64\nrights root\nagent /opt/poolagent\nend\n", AGENT_REMOVE, ERR_AGENT_PACKAGED },
        { "user a\nkernel Linux\nmachine x86_64\nrights root\nend\n", AGENT_REMOVE, ERR_AGENT_MISSING },
        { "user a\nkernel Linux\nmachine x86_64\nrights sudo\nagent /usr/local/sbin/poolagentd\nend\n", AGENT_REMOVE, 0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AgentFacts facts = parse(cases[i].said);
        Error err = { 0 };
        assert_int_equal(agent_facts_check(&facts, cases[i].action, "host", &err), cases[i].code);
        error_clear(&err);
        agent_facts_clear(&facts);
    }
}

static void test_agent_script__the_unit_gives_way_to_the_package(void **state)
{
    (void)state;
    AgentFacts facts = parse("user alice\nkernel Linux\nmachine x86_64\nend\n");
    char *script = agent_script_root(AGENT_INSTALL, &facts, "0123456789abcdef", false);
    assert_non_null(strstr(script, "sum=0123456789abcdef\nuser=alice\n"));
    assert_non_null(strstr(script, "Conflicts=poolagentd.service\n"));
    assert_non_null(strstr(script, "ConditionPathExists=!/usr/sbin/poolagentd\n"));
    assert_non_null(strstr(script, "ExecStart=/usr/local/sbin/poolagentd serve"));
    assert_null(strstr(script, "ExecStart=/usr/sbin"));
    free(script);
    agent_facts_clear(&facts);
}

static void test_agent_script__commands_are_plain_for_any_login_shell(void **state)
{
    (void)state;
    for (int by_sudo = 0; by_sudo < 2; by_sudo++) {
        char *command = agent_script_command(1234, by_sudo != 0);
        assert_non_null(strstr(command, "count=1234"));
        assert_null(strchr(command, '\n'));
        assert_null(strchr(command, '!')); /* csh */
        free(command);
    }
}

static void test_agent_version__compares_numbers(void **state)
{
    (void)state;
    const struct { const char *a, *b; int want; } cases[] = {
        { "0.1.0", "0.1.0", 0 }, { "0.9", "0.10", -1 }, { "1.0", "0.99.9", 1 }, { "0.1", "0.1.0", 0 }, { "0.1.1", "0.1", 1 }, { "0.2-rc1", "0.2", 0 }, { "", "0.1", -1 } };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(agent_version_compare(cases[i].a, cases[i].b), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_facts__reads_what_the_host_says),
        cmocka_unit_test(test_agent_facts__hostile_words_stay_words),
        cmocka_unit_test(test_agent_facts__a_cut_answer_is_no_answer),
        cmocka_unit_test(test_agent_facts__says_why_not),
        cmocka_unit_test(test_agent_script__the_unit_gives_way_to_the_package),
        cmocka_unit_test(test_agent_script__commands_are_plain_for_any_login_shell),
        cmocka_unit_test(test_agent_version__compares_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
