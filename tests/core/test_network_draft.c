/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks in a dialog: addresses as people write them, proposals, what moves along, checks, the settings that are asked for. */
#include "client/core/network_draft.h"
#include "client/core/network_users.h"
#include "client/core/rules.h"
#include "client/core/text.h"
#include "tests/core/fake_server.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static Server server;
static HostNicTable table;
static NetworkDraft draft;

static void add_nic(const char *name, HostNicKind kind, const char *address)
{
    HostNic nic = { .name = x_strdup(name), .kind = kind };
    if (address)
        StrList_add(&nic.addresses, address);
    HostNicList_add(&table.nics, &nic);
}

static void add_networks(void)
{
    Inventory inventory = { .epoch = x_strdup("e"), .revision = 2 };
    NetworkInfo first = { .id = x_strdup("n"), .name = x_strdup("default"), .active = true, .subnet = x_strdup("192.168.100.0/24") };
    NetworkInfo bridge = { .id = x_strdup("h"), .name = x_strdup("br0"), .active = true, .host_bridge = true };
    NetworkInfoList_add(&inventory.networks, &first);
    NetworkInfoList_add(&inventory.networks, &bridge);
    ChangeList changes = { 0 };
    assert_int_equal(model_apply(server.model, &inventory, &changes, NULL), 0);
    change_list_clear(&changes);
}

static int setup(void **state)
{
    (void)state;
    fake_server_fill(&server);
    add_networks();
    add_nic("lo", HOST_NIC_LOOPBACK, "127.0.0.1/8");
    add_nic("eth0", HOST_NIC_PHYSICAL, "192.168.101.7/24");
    network_draft_init(&draft, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    network_draft_clear(&draft);
    HostNicTable_clear(&table);
    model_free(server.model);
    return 0;
}

static void set(char **field, const char *value)
{
    free(*field);
    *field = x_strdup(value);
}

/* part NULL: it is fine. */
static void expect(const char *part, NetworkPage page)
{
    AUTO(NetworkConfig_clear) NetworkConfig config = { 0 };
    NetworkPage at = NETWORK_PAGE_COUNT;
    AUTO_FREE char *wrong = network_draft_check(&draft, server.model, &table.nics, NULL, NULL, &config, &at);
    if (!part && wrong)
        fail_msg("refused: %s", wrong);
    if (part && (!wrong || !strstr(wrong, part)))
        fail_msg("'%s' does not say '%s'", str_or_empty(wrong), part);
    if (part)
        assert_int_equal(at, page);
}

static void test_subnet__reads_what_people_write(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "1.2.3", "1.2.3.4", "1.2.3.4/", "1.2.3.4/7", "1.2.3.4/31", "1.2.3.256/24", "1.2.3.4/24x", "1.2.3.04/24", "1..3.4/24", "a.b.c.d/24", "-1.2.3.4/24", "1.2.3.4 /24" };
    Subnet subnet;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (subnet_parse(bad[i], &subnet))
            fail_msg("'%s' was taken", bad[i]);
    assert_true(subnet_parse(" 10.1.2.3/22 ", &subnet));
    AUTO_FREE char *whole = subnet_text(&subnet);
    assert_string_equal(whole, "10.1.0.0/22");
    assert_false(subnet_has(&subnet, subnet.first));
    assert_false(subnet_has(&subnet, subnet.last));
    assert_true(subnet_has(&subnet, subnet.host));
    uint32_t start = 0, end = 0;
    assert_true(subnet_range_parse("10.1.0.5-10.1.0.9", &start, &end));
    assert_true(subnet_range_parse(" 10.1.0.5  -  10.1.0.9 ", &start, &end));
    assert_int_equal(end - start, 4);
    assert_false(subnet_range_parse("10.1.0.5", &start, &end));
    assert_false(subnet_range_parse("10.1.0.5-", &start, &end));
}

static void test_subnet__default_ranges_leave_the_host_out(void **state)
{
    (void)state;
    static const struct { const char *subnet, *range; } cases[] = {
        { "192.168.7.1/24", "192.168.7.100 - 192.168.7.254" }, { "10.0.0.1/16", "10.0.0.100 - 10.0.0.254" }, { "10.0.0.1/30", "10.0.0.2 - 10.0.0.2" }, { "10.0.0.1/28", "10.0.0.6 - 10.0.0.14" } };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        set(&draft.ranges, "");
        draft.dhcp = true;
        network_draft_set_address(&draft, cases[i].subnet);
        assert_string_equal(draft.ranges, cases[i].range);
    }
}

static void test_draft__proposes_what_nobody_has(void **state)
{
    (void)state;
    network_draft_propose(&draft, server.model, &table.nics);
    assert_string_equal(draft.address, "192.168.102.1/24"); /* 100 is a network's, 101 that of eth0 */
    assert_string_equal(draft.ranges, "192.168.102.100 - 192.168.102.254");
    AUTO_FREE char *lease = network_draft_free_address(&draft);
    assert_string_equal(lease, "192.168.102.2");
    add_nic("wide", HOST_NIC_BRIDGE, "192.168.1.1/16");
    AUTO_FREE char *other = subnet_propose(server.model, &table.nics);
    assert_string_equal(other, "10.100.100.1/24");
    add_nic("wider", HOST_NIC_BRIDGE, "10.100.0.1/16");
    assert_null(subnet_propose(server.model, &table.nics));
}

static void test_draft__ranges_and_leases_move_along(void **state)
{
    (void)state;
    DhcpHost host = { x_strdup("52:54:00:00:00:01"), x_strdup("192.168.102.10"), NULL };
    network_draft_propose(&draft, server.model, &table.nics);
    DhcpHostList_add(&draft.hosts, &host);
    set(&draft.ranges, "192.168.102.50 - 192.168.102.59, 192.168.102.100-192.168.102.200");
    network_draft_set_address(&draft, "172.20.5"); /* on its way */
    assert_string_equal(draft.hosts.items[0].address, "192.168.102.10");
    network_draft_set_address(&draft, "172.20.5.1/24");
    assert_string_equal(draft.ranges, "172.20.5.50 - 172.20.5.59, 172.20.5.100 - 172.20.5.200");
    assert_string_equal(draft.hosts.items[0].address, "172.20.5.10");
    network_draft_set_address(&draft, "172.20.5.1/26"); /* what does not fit any more is left out */
    assert_string_equal(draft.ranges, "172.20.5.50 - 172.20.5.59");
    set(&draft.ranges, "nonsense");
    network_draft_set_address(&draft, "172.20.6.1/24");
    assert_string_equal(draft.ranges, "nonsense");
}

static void test_draft__checks(void **state)
{
    (void)state;
    network_draft_propose(&draft, server.model, &table.nics);
    expect("Type a name", NETWORK_PAGE_GENERAL);
    set(&draft.name, "default");
    expect("exists already", NETWORK_PAGE_GENERAL);
    set(&draft.name, "a/b");
    expect("slashes", NETWORK_PAGE_GENERAL);
    set(&draft.name, "br0"); /* of a bridge of the host: libvirt does not mind */
    expect(NULL, NETWORK_PAGE_COUNT);
    set(&draft.bridge, "much-too-long-name");
    expect("15 characters", NETWORK_PAGE_GENERAL);
    set(&draft.bridge, "");
    network_draft_set_address(&draft, "192.168.100.1/24");
    expect("'default'", NETWORK_PAGE_ADDRESSES);
    network_draft_set_address(&draft, "192.168.0.1/16");
    expect("overlaps", NETWORK_PAGE_ADDRESSES);
    network_draft_set_address(&draft, "192.168.101.129/25");
    expect("eth0", NETWORK_PAGE_ADDRESSES);
}

static void test_draft__checks_of_addresses(void **state)
{
    (void)state;
    set(&draft.name, "guests");
    expect("needs an address", NETWORK_PAGE_ADDRESSES);
    draft.mode = NETWORK_MODE_ISOLATED;
    expect(NULL, NETWORK_PAGE_COUNT);
    draft.dhcp = true;
    expect("DHCP needs", NETWORK_PAGE_ADDRESSES);
    network_draft_set_address(&draft, "172.20.5.0/24");
    expect("172.20.5.1", NETWORK_PAGE_ADDRESSES);
    network_draft_set_address(&draft, "172.20.5.1/24");
    set(&draft.ranges, "172.20.5.9");
    expect("is no range", NETWORK_PAGE_ADDRESSES);
    set(&draft.ranges, "172.20.5.9-172.20.6.9");
    expect("not inside", NETWORK_PAGE_ADDRESSES);
    set(&draft.ranges, "172.20.5.9-172.20.5.8");
    expect("before it begins", NETWORK_PAGE_ADDRESSES);
    set(&draft.ranges, "");
    expect(NULL, NETWORK_PAGE_COUNT);
    static const char *const bad[] = { "fd00::1", "fd00::1/", "fd00::1/200", "fd00::1/64x", "x::1/64", "1234/64" };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        set(&draft.address6, bad[i]);
        expect("IPv6", NETWORK_PAGE_ADDRESSES);
    }
    set(&draft.address6, "fd00:5::1/64");
    set(&draft.domain, "two words");
    expect("DNS domain", NETWORK_PAGE_ADDRESSES);
}

static void add_lease(const char *mac, const char *address)
{
    DhcpHost host = { x_strdup(mac), x_strdup(address), NULL };
    DhcpHostList_add(&draft.hosts, &host);
}

static void test_draft__checks_of_leases(void **state)
{
    (void)state;
    set(&draft.name, "guests");
    draft.dhcp = true;
    network_draft_set_address(&draft, "172.20.5.1/24");
    add_lease("52:54:00:00:00:01", "172.20.5.9");
    expect(NULL, NETWORK_PAGE_COUNT);
    add_lease("52:54:00:00:00:0", "172.20.5.10");
    expect("no MAC address", NETWORK_PAGE_LEASES);
    set(&draft.hosts.items[1].mac, "52:54:00:00:00:02");
    set(&draft.hosts.items[1].address, "172.20.6.10");
    expect("172.20.5.0/24", NETWORK_PAGE_LEASES);
    set(&draft.hosts.items[1].address, "172.20.5.9");
    expect("two static leases", NETWORK_PAGE_LEASES);
    draft.dhcp = false; /* not asked for */
    expect(NULL, NETWORK_PAGE_COUNT);
}

static void test_draft__what_a_kind_does_not_have_is_left_out(void **state)
{
    (void)state;
    NetworkPage page;
    set(&draft.name, "guests");
    network_draft_propose(&draft, server.model, &table.nics);
    set(&draft.device, "eth0");
    set(&draft.domain, "guests.example");
    draft.mode = NETWORK_MODE_BRIDGE;
    draft.vlan = 7;
    expect("Choose the bridge", NETWORK_PAGE_GENERAL);
    set(&draft.host_bridge, "br0");
    AUTO(NetworkConfig_clear) NetworkConfig bridged = { 0 };
    assert_null(network_draft_check(&draft, server.model, &table.nics, NULL, NULL, &bridged, &page));
    assert_string_equal(bridged.bridge, "br0");
    assert_true(!bridged.address && !bridged.domain && !bridged.device && !bridged.ranges.count && bridged.vlan == 7);
    draft.mode = NETWORK_MODE_NAT;
    AUTO(NetworkConfig_clear) NetworkConfig nat = { 0 };
    assert_null(network_draft_check(&draft, server.model, &table.nics, NULL, NULL, &nat, &page));
    assert_string_equal(nat.address, "192.168.102.1");
    assert_string_equal(nat.device, "eth0");
    assert_true(nat.prefix == 24 && nat.ranges.count == 1 && !nat.bridge && nat.vlan == 0 && nat.autostart);
}

static void test_draft__comes_back_as_it_was(void **state)
{
    (void)state;
    NetworkPage page;
    AUTO(NetworkConfig_clear) NetworkConfig was = { .name = x_strdup("default"), .mode = NETWORK_MODE_ROUTE, .bridge = x_strdup("virbr0"), .device = x_strdup("eth0"),
        .domain = x_strdup("a.example"), .address = x_strdup("192.168.100.1"), .prefix = 24, .address6 = x_strdup("fd00::1"), .prefix6 = 64, .autostart = true };
    DhcpRange range = { x_strdup("192.168.100.9"), x_strdup("192.168.100.20") };
    DhcpRangeList_add(&was.ranges, &range);
    network_draft_clear(&draft);
    network_draft_init(&draft, &was);
    AUTO(NetworkConfig_clear) NetworkConfig same = { 0 };
    assert_null(network_draft_check(&draft, server.model, &table.nics, &was, "n", &same, &page));
    assert_false(network_draft_differs(&was, &same));
    add_lease("52:54:00:00:00:01", "192.168.100.5");
    draft.autostart = false;
    AUTO(NetworkConfig_clear) NetworkConfig quick = { 0 };
    assert_null(network_draft_check(&draft, server.model, &table.nics, &was, "n", &quick, &page));
    assert_true(network_draft_differs(&was, &quick));
    assert_false(network_draft_needs_restart(&was, &quick));
    draft.dhcp = false;
    AUTO(NetworkConfig_clear) NetworkConfig without = { 0 };
    assert_null(network_draft_check(&draft, server.model, &table.nics, &was, "n", &without, &page));
    assert_true(network_draft_needs_restart(&was, &without));
    draft.dhcp = true;
    set(&draft.domain, "b.example");
    AUTO(NetworkConfig_clear) NetworkConfig slow = { 0 };
    assert_null(network_draft_check(&draft, server.model, &table.nics, &was, "n", &slow, &page));
    assert_true(network_draft_needs_restart(&was, &slow));
}

static void test_rules__networks(void **state)
{
    (void)state;
    const NetworkInfo *on = model_network(server.model, "n"), *off = model_network(server.model, "m"), *bridge = model_network(server.model, "h");
    assert_true(rules_network(&server, on, METHOD_network_stop, NULL) && rules_network(&server, off, METHOD_network_start, NULL));
    assert_false(rules_network(&server, on, METHOD_network_start, NULL) || rules_network(&server, off, METHOD_network_restart, NULL));
    assert_true(rules_network(&server, bridge, METHOD_network_get, NULL));
    AUTO_FREE char *why = NULL;
    assert_false(rules_network(&server, bridge, METHOD_network_delete, &why));
    assert_non_null(strstr(why, "belongs to the host"));
    assert_int_equal(network_vm_count(server.model, on), 0);
    assert_null(network_vm_names(server.model, on, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_subnet__reads_what_people_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_subnet__default_ranges_leave_the_host_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__proposes_what_nobody_has, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__ranges_and_leases_move_along, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__checks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__checks_of_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__checks_of_leases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__what_a_kind_does_not_have_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft__comes_back_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rules__networks, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
