/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ifupdown's files: a card's stanzas are found, put aside and put back, and nothing else is touched. */
#include "tests/protocol/cmocka_all.h"

#include "agent/network_interfaces.h"

#include <stdlib.h>
#include <string.h>

#define MARK "#poolcenter-br0# "

static const char text[] = "# words of the administrator\n"
                           "auto lo eth0\n"
                           "iface lo inet loopback\n"
                           "\n"
                           "allow-hotplug eth0\n"
                           "iface eth0 inet static\n"
                           "    address 192.0.2.5/24\n"
                           "    # why\n"
                           "    gateway 192.0.2.1\n"
                           "iface eth0 inet6 auto\n"
                           "iface eth01 inet dhcp\n"
                           "source /etc/network/interfaces.d/*\n";

static void test_interfaces__options_are_those_of_the_family(void **state)
{
    (void)state;
    AUTO_FREE char *method = NULL;
    AUTO_FREE char *options = interfaces_options(text, "eth0", "inet", &method);
    assert_string_equal(method, "static");
    assert_string_equal(options, "    address 192.0.2.5/24\n    gateway 192.0.2.1\n");
    AUTO_FREE char *method6 = NULL;
    AUTO_FREE char *options6 = interfaces_options(text, "eth0", "inet6", &method6);
    assert_string_equal(method6, "auto");
    assert_string_equal(options6, "");
    AUTO_FREE char *none = NULL;
    assert_null(interfaces_options(text, "eth1", "inet", &none));
    assert_null(none);
}

static void test_interfaces__names_are_whole_words(void **state)
{
    (void)state;
    assert_true(interfaces_has(text, "eth0"));
    assert_true(interfaces_has(text, "eth01"));
    assert_false(interfaces_has(text, "eth"));
    assert_false(interfaces_has("", "eth0"));
    assert_false(interfaces_has("iface\n\niface ", "eth0"));
}

static void test_interfaces__what_is_put_aside_is_not_there(void **state)
{
    (void)state;
    AUTO_FREE char *aside = interfaces_put_aside(text, "eth0", MARK);
    assert_false(interfaces_has(aside, "eth0"));
    assert_true(interfaces_has(aside, "eth01"));
    assert_non_null(strstr(aside, "auto lo\n" MARK "auto eth0\n"));
    assert_non_null(strstr(aside, MARK "    # why\n"));
    assert_non_null(strstr(aside, "\nsource /etc/network/interfaces.d/*\n"));
}

static void test_interfaces__what_is_put_back_is_as_before(void **state)
{
    (void)state;
    AUTO_FREE char *aside = interfaces_put_aside(text, "eth0", MARK);
    AUTO_FREE char *only = NULL;
    AUTO_FREE char *back = interfaces_put_back(aside, MARK, &only);
    AUTO_FREE char *method = NULL;
    AUTO_FREE char *options = interfaces_options(back, "eth0", "inet", &method);
    assert_string_equal(method, "static");
    assert_string_equal(options, "    address 192.0.2.5/24\n    gateway 192.0.2.1\n");
    assert_true(interfaces_has(only, "eth0"));
    assert_false(interfaces_has(only, "lo"));
    AUTO_FREE char *nothing = interfaces_put_back(text, MARK, NULL);
    assert_string_equal(nothing, text);
}

static void test_interfaces__what_makes_a_bond_is_told_from_its_addresses(void **state)
{
    (void)state;
    static const char options[] = "    address 192.0.2.5/24\n    bond-slaves eth0 eth1\n    pre-up ip link add bond0 type bond\n    up ip route add 198.51.100.0/24 via 192.0.2.1\n"
                                  "    mtu 9000\n    dns-nameservers 192.0.2.53\n    post-down ip link delete dev bond0\n";
    AUTO_FREE char *makes = interfaces_split(options, true);
    AUTO_FREE char *moves = interfaces_split(options, false);
    assert_string_equal(makes, "    bond-slaves eth0 eth1\n    pre-up ip link add bond0 type bond\n    mtu 9000\n    post-down ip link delete dev bond0\n");
    assert_string_equal(moves, "    address 192.0.2.5/24\n    up ip route add 198.51.100.0/24 via 192.0.2.1\n    dns-nameservers 192.0.2.53\n");
}

static void test_interfaces__what_is_read_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *name;
        bool reads;
    } rows[] = {
        { "source /etc/network/interfaces.d/*\n", "br0", true },
        { "source /etc/network/interfaces.d/*\n", "br0.10", true },
        { "  source\tinterfaces.d/*\n", "br0", true },
        { "source /etc/network/other/* /etc/network/interfaces.d/[!.]*\n", "br0", true },
        { "#source /etc/network/interfaces.d/*\n", "br0", false },
        { "# source /etc/network/interfaces.d/*\n", "br0", false },
        { "source /etc/network/interfaces.d/*.cfg\n", "br0", false },
        { "source /etc/network/interfaces.d\n", "br0", false },
        { "source /etc/network/*\n", "br0", false },
        { "source-directory /etc/network/interfaces.d\n", "br0", true },
        { "source-directory interfaces.d/\n", "br0", true },
        { "source-directory /etc/network/interfaces.d\n", "br0.10", false },
        { "source-directory /etc/network/other\n", "br0", false },
        { "iface lo inet loopback\n    up echo source /etc/network/interfaces.d/*\n", "br0", false },
        { "source\nsource-directory\n", "br0", false },
        { "", "br0", false },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO_FREE char *path = x_printf("/etc/network/interfaces.d/poolcenter-%s", rows[i].name);
        if (interfaces_reads(rows[i].lines, path) != rows[i].reads)
            fail_msg("%s of %s", rows[i].lines, path);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interfaces__options_are_those_of_the_family),
        cmocka_unit_test(test_interfaces__names_are_whole_words),
        cmocka_unit_test(test_interfaces__what_is_put_aside_is_not_there),
        cmocka_unit_test(test_interfaces__what_is_put_back_is_as_before),
        cmocka_unit_test(test_interfaces__what_makes_a_bond_is_told_from_its_addresses),
        cmocka_unit_test(test_interfaces__what_is_read_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
