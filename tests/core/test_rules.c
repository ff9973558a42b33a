/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be done when, and checks of what is typed. */
#include "client/core/rules.h"
#include "client/core/text.h"
#include "protocol/datastore_type.h"
#include "tests/core/fake_server.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static Server server;

static int setup(void **state)
{
    (void)state;
    fake_server_fill(&server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    model_free(server.model);
    return 0;
}

static void vm_rule(const char *id, Method method, const char *expected)
{
    char *why = NULL;
    bool can = rules_vm(&server, model_vm(server.model, id), method, &why);
    assert_int_equal(can, expected == NULL);
    if (expected)
        assert_string_equal(why, expected);
    assert_true(expected || !why);
    free(why);
}

static void test_rules__what_a_running_vm_can_do(void **state)
{
    (void)state;
    static const Method possible[] = { METHOD_vm_shutdown, METHOD_vm_reboot, METHOD_vm_force_off, METHOD_vm_pause, METHOD_vm_set_media, METHOD_vm_open_console };
    for (size_t i = 0; i < ARRAY_SIZE(possible); i++)
        vm_rule("a", possible[i], NULL);
    vm_rule("a", METHOD_vm_start, "The VM is running.");
    vm_rule("a", METHOD_vm_resume, "The VM is running.");
    vm_rule("a", METHOD_vm_delete, "The VM is not off. Shut it down first.");
    vm_rule("a", METHOD_vm_reset, "The driver 'qemu' cannot do this: it has no reset button.");
    vm_rule("a", METHOD_volume_list, "This is not possible with this object.");
}

static void test_rules__what_a_vm_that_is_off_can_do(void **state)
{
    (void)state;
    vm_rule("b", METHOD_vm_start, NULL);
    vm_rule("b", METHOD_vm_delete, NULL);
    vm_rule("b", METHOD_vm_shutdown, "The VM is off.");
    vm_rule("b", METHOD_vm_pause, "The VM is off.");
    vm_rule("b", METHOD_vm_set_media, "The VM has no CD drive.");
    vm_rule("b", METHOD_vm_open_console, "The VM is off.");
}

static void test_rules__ask_connection_and_role_first(void **state)
{
    (void)state;
    server.state = SERVER_RETRYING;
    vm_rule("a", METHOD_vm_start, "The server is not connected.");
    server.state = SERVER_SYNCING;
    vm_rule("a", METHOD_vm_start, "The server is still connecting.");
    server.state = SERVER_ONLINE;
    server.forbidden = METHOD_vm_start;
    vm_rule("b", METHOD_vm_start, "forbidden");
}

static void test_rules__every_state_has_a_sentence_in_both_languages(void **state)
{
    (void)state;
    VmInfo vm = { .driver = "qemu" };
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        text_set_language((Language)language);
        for (int each = 0; each < VmState_COUNT; each++) {
            for (Method method = 0; method < METHOD_COUNT; method++) {
                char *why = NULL;
                vm.state = (VmState)each;
                bool can = rules_vm(&server, &vm, method, &why);
                assert_true(can || (why && strlen(why) > 5));
                free(why);
            }
        }
    }
    text_set_language(LANGUAGE_ENGLISH);
}

static void test_rules__the_reason_need_not_be_asked_for(void **state)
{
    (void)state;
    assert_false(rules_vm(&server, model_vm(server.model, "a"), METHOD_vm_start, NULL));
    assert_false(rules_datastore(&server, model_datastore(server.model, "e"), METHOD_upload_begin, NULL));
}

static void test_rules__datastores_and_hosts(void **state)
{
    (void)state;
    char *why = NULL;
    assert_true(rules_datastore(&server, model_datastore(server.model, "d"), METHOD_upload_begin, &why));
    assert_true(rules_datastore(&server, model_datastore(server.model, "e"), METHOD_datastore_forget, &why));
    assert_true(rules_datastore(&server, model_datastore(server.model, "e"), METHOD_datastore_destroy, &why));
    assert_false(rules_datastore(&server, model_datastore(server.model, "e"), METHOD_volume_list, &why));
    assert_string_equal(why, "The datastore is not active.");
    free(TAKE_PTR(why));
    assert_true(rules_host(&server, METHOD_vm_create, &why));
    model_free(server.model);
    server.model = model_create();
    assert_false(rules_host(&server, METHOD_vm_create, &why));
    assert_non_null(strstr(why, "libvirtd"));
    free(why);
}

/* The methods that a type has reasons against, of those the table knows. */
static void refuses(const char *type, size_t count, const Method methods[])
{
    static const Method all[] = { METHOD_volume_create, METHOD_volume_delete,   METHOD_volume_move,  METHOD_volume_resize, METHOD_upload_begin,        METHOD_volume_fetch,
                                  METHOD_volume_copy,   METHOD_volume_download, METHOD_volume_offer, METHOD_volume_wipe,   METHOD_datastore_destroy,   METHOD_volume_list,
                                  METHOD_datastore_refresh, METHOD_datastore_forget };
    DatastoreInfo store = { .type = (char *)type, .state = DATASTORE_STATE_ACTIVE };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        bool listed = false;
        for (size_t j = 0; j < count; j++)
            listed |= methods[j] == all[i];
        char *why = NULL;
        if (rules_datastore(&server, &store, all[i], &why) == listed)
            fail_msg("%s in '%s': %s", method_name(all[i]), type, why ? why : "possible");
        assert_true(!listed || (why && strlen(why) > 20));
        assert_true(listed == (datastore_obstacle_cause(datastore_type_obstacle(type, all[i])) != NULL));
        free(why);
    }
}

#define REFUSES(type, ...) refuses(type, sizeof (Method[]){ __VA_ARGS__ } / sizeof(Method), (Method[]){ __VA_ARGS__ })

static void test_rules__what_a_kind_of_datastore_cannot_do(void **state)
{
    (void)state;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        text_set_language((Language)language);
        refuses("dir", 0, NULL);
        refuses("not-known-yet", 0, NULL);
        REFUSES("netfs", METHOD_datastore_destroy);
        REFUSES("fs", METHOD_datastore_destroy);
        REFUSES("logical", METHOD_volume_fetch);
        REFUSES("rbd", METHOD_upload_begin, METHOD_volume_fetch, METHOD_volume_download, METHOD_volume_offer, METHOD_volume_wipe, METHOD_datastore_destroy);
        REFUSES("disk", METHOD_volume_resize, METHOD_upload_begin, METHOD_volume_fetch, METHOD_datastore_destroy);
        REFUSES("iscsi", METHOD_volume_create, METHOD_volume_delete, METHOD_volume_move, METHOD_volume_resize, METHOD_upload_begin, METHOD_volume_fetch, METHOD_datastore_destroy);
    }
    text_set_language(LANGUAGE_ENGLISH);
}

static void test_rules__lists_have_only_datastores_that_take_something(void **state)
{
    (void)state;
    DatastoreInfo store = { .type = (char *)"rbd", .state = DATASTORE_STATE_ACTIVE };
    assert_true(rules_takes_volumes(&store));
    assert_false(rules_takes_uploads(&store));
    store.type = (char *)"iscsi";
    assert_false(rules_takes_volumes(&store));
    store.type = (char *)"logical";
    assert_true(rules_takes_volumes(&store) && rules_takes_uploads(&store));
    store.state = DATASTORE_STATE_INACTIVE;
    assert_false(rules_takes_volumes(&store) || rules_takes_uploads(&store));
}

/* As the agent's vm.clone: what it refuses is not offered. */
static void test_rules__clones_go_into_directories_and_ceph(void **state)
{
    static const struct { const char *type; bool clones; } types[] = {
        { "dir", true }, { "fs", true }, { "netfs", true }, { "rbd", true }, { "logical", false }, { "disk", false }, { "iscsi", false }, { "scsi", false }, { "zfs", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        DatastoreInfo store = { .type = (char *)types[i].type, .path = (char *)"/somewhere", .state = DATASTORE_STATE_ACTIVE };
        assert_int_equal(rules_takes_clones(&store), types[i].clones);
        store.state = DATASTORE_STATE_INACTIVE;
        assert_false(rules_takes_clones(&store));
    }
}

static void expect_ok(char *wrong)
{
    if (wrong)
        fail_msg("refused: %s", wrong);
}

static void expect_wrong(char *wrong, const char *part)
{
    assert_non_null(wrong);
    if (!strstr(wrong, part))
        fail_msg("'%s' does not say '%s'", wrong, part);
    free(wrong);
}

static void test_rules__vm_names(void **state)
{
    (void)state;
    const Model *model = server.model;
    AUTO_FREE char *long_name = x_printf("%0201d", 7);
    expect_ok(rules_check_vm_name(model, "Büro-Server 2"));
    expect_ok(rules_check_vm_name(model, "日本"));
    expect_wrong(rules_check_vm_name(model, ""), "Type a name");
    expect_wrong(rules_check_vm_name(model, NULL), "Type a name");
    expect_wrong(rules_check_vm_name(model, "web"), "exists already");
    expect_wrong(rules_check_vm_name(model, " x"), "space");
    expect_wrong(rules_check_vm_name(model, "x "), "space");
    expect_wrong(rules_check_vm_name(model, "../x"), "dot");
    expect_wrong(rules_check_vm_name(model, "a/b"), "'/'");
    expect_wrong(rules_check_vm_name(model, "a\nb"), "control");
    expect_wrong(rules_check_vm_name(model, "a\xC2\x85"), "control");
    expect_wrong(rules_check_vm_name(model, "a\xFF"), "not valid");
    expect_wrong(rules_check_vm_name(model, "a\xC0\xAF"), "not valid");
    expect_wrong(rules_check_vm_name(model, "a\xED\xA0\x80"), "not valid");
    expect_wrong(rules_check_vm_name(model, "a\xE2\x82"), "not valid");
    expect_wrong(rules_check_vm_name(model, "domain-0"), "reserved");
    expect_wrong(rules_check_vm_name(model, long_name), "too long");
}

static void test_rules__datastore_names_and_paths(void **state)
{
    (void)state;
    const Model *model = server.model;
    expect_ok(rules_check_datastore_name(model, "web"));
    expect_wrong(rules_check_datastore_name(model, "iso"), "exists already");
    expect_ok(rules_check_datastore_path(model, "/srv/other"));
    expect_ok(rules_check_datastore_path(model, "/usrlocal/iso"));
    expect_ok(rules_check_datastore_path(model, "/var/lib/libvirt/images"));
    expect_wrong(rules_check_datastore_path(model, ""), "Type the path");
    expect_wrong(rules_check_datastore_path(model, "srv"), "begin with '/'");
    expect_wrong(rules_check_datastore_path(model, "/srv/../etc"), "'..'");
    expect_wrong(rules_check_datastore_path(model, "/srv/./x"), "'.'");
    expect_wrong(rules_check_datastore_path(model, "/"), "own system");
    expect_wrong(rules_check_datastore_path(model, "//usr//lib/x"), "own system");
    expect_wrong(rules_check_datastore_path(model, "/srv//iso/"), "'iso'");
    expect_wrong(rules_check_datastore_path(model, "/srv/a\tb"), "control");
}

static void test_rules__file_names(void **state)
{
    (void)state;
    AUTO_FREE char *longest = x_printf("%0255d", 1);
    AUTO_FREE char *too_long = x_printf("%0256d", 1);
    expect_ok(rules_check_file_name("debian 12 – größer.iso"));
    expect_ok(rules_check_file_name("CON.iso"));
    expect_ok(rules_check_file_name(longest));
    expect_wrong(rules_check_file_name(too_long), "255");
    expect_wrong(rules_check_file_name(""), "Type a name");
    expect_wrong(rules_check_file_name("../x.iso"), "dot");
    expect_wrong(rules_check_file_name("a/../x.iso"), "'/'");
    expect_wrong(rules_check_file_name("a\\x.iso"), "'\\'");
    expect_wrong(rules_check_file_name("x.iso."), "end with");
    expect_wrong(rules_check_file_name("x.iso "), "end with");
    expect_wrong(rules_check_file_name("x\x01.iso"), "control");
}

static void test_rules__hosts_and_ports(void **state)
{
    (void)state;
    expect_ok(rules_check_host("host-1.example.org"));
    expect_ok(rules_check_host("fe80::1%eth0"));
    expect_ok(rules_check_host("büro"));
    expect_wrong(rules_check_host(""), "Type the name");
    expect_wrong(rules_check_host("root@host"), "user name");
    expect_wrong(rules_check_host("a b"), "' '");
    expect_wrong(rules_check_host("http://x"), "'/'");
    expect_ok(rules_check_port("22"));
    expect_ok(rules_check_port("65535"));
    static const char *const wrong[] = { "", "0", "65536", "-1", "22a", " 22", "999999999999" };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        expect_wrong(rules_check_port(wrong[i]), "1 to 65535");
}

static void test_rules__images_of_ceph_cannot_be_linked_to(void **state)
{
    (void)state;
    DiskInfo disks[] = { { .device = DISK_DEVICE_DISK, .path = "/srv/web.qcow2" }, { .device = DISK_DEVICE_CDROM }, { .device = DISK_DEVICE_DISK, .path = "rbd:vms/web.raw" } };
    VmInfo vm = { .disks = { disks, 2 } };
    assert_true(rules_can_link(&vm));
    vm.disks.count = 3;
    assert_false(rules_can_link(&vm));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rules__what_a_running_vm_can_do),
        TEST(test_rules__what_a_vm_that_is_off_can_do),
        TEST(test_rules__ask_connection_and_role_first),
        TEST(test_rules__every_state_has_a_sentence_in_both_languages),
        TEST(test_rules__the_reason_need_not_be_asked_for),
        TEST(test_rules__datastores_and_hosts),
        TEST(test_rules__what_a_kind_of_datastore_cannot_do),
        TEST(test_rules__lists_have_only_datastores_that_take_something),
        TEST(test_rules__clones_go_into_directories_and_ceph),
        TEST(test_rules__vm_names),
        TEST(test_rules__datastore_names_and_paths),
        TEST(test_rules__file_names),
        TEST(test_rules__hosts_and_ports),
        TEST(test_rules__images_of_ceph_cannot_be_linked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
