/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The New VM form: defaults, page checks, the request. */
#include "client/core/appliance.h"
#include "client/core/new_vm.h"
#include "client/core/text.h"
#include "tests/core/fake_server.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static Server server;
static NewVm form;

static int setup(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    fake_server_fill(&server);
    fake_core.settings = settings_open(folder, NULL);
    new_vm_init(&form, &server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    new_vm_clear(&form);
    settings_free(fake_core.settings);
    model_free(server.model);
    return 0;
}

static void set(char **field, const char *value)
{
    free(*field);
    *field = x_strdup(value);
}

static void expect_page(NewVmPage page, const char *part)
{
    AUTO_FREE char *why = new_vm_check(&form, &server, page);
    if (!part && why)
        fail_msg("refused: %s", why);
    if (part && (!why || !strstr(why, part)))
        fail_msg("'%s' does not say '%s'", str_or_empty(why), part);
}

static void test_new_vm__begins_with_sensible_values(void **state)
{
    (void)state;
    assert_string_equal(form.disk_datastore, "d");
    assert_string_equal(form.network, "n");
    assert_true(form.with_disk && form.with_nic && form.start_now);
    expect_page(NEW_VM_NAME, "Type a name");
    for (NewVmPage page = NEW_VM_MEDIA; page < NEW_VM_FINISH; page++)
        expect_page(page, NULL);
    expect_page(NEW_VM_FINISH, "Type a name");
    set(&form.name, "new");
    expect_page(NEW_VM_FINISH, NULL);
}

static void test_new_vm__every_guest_kind_is_complete_with_its_defaults(void **state)
{
    (void)state;
    set(&form.name, "new");
    assert_true(guest_kind_count() >= 30);
    for (size_t i = 0; i < guest_kind_count(); i++) {
        const GuestKind *kind = guest_kind_at(i);
        assert_ptr_equal(guest_kind_find(kind->id), kind);
        NewVm fresh;
        new_vm_init(&fresh, &server);
        new_vm_set_guest(&fresh, &server, kind->id);
        set(&fresh.name, "new");
        AUTO_FREE char *why = new_vm_check(&fresh, &server, NEW_VM_FINISH);
        if (why)
            fail_msg("%s: %s", kind->id, why);
        new_vm_clear(&fresh);
    }
    assert_null(guest_kind_find("nothing"));
    assert_null(guest_kind_find(NULL));
}

static void test_new_vm__a_guest_kind_changes_only_what_the_user_did_not(void **state)
{
    (void)state;
    new_vm_set_guest(&form, &server, "debian12");
    assert_string_equal(form.memory_mib, "2048");
    set(&form.memory_mib, "3000");
    form.nic_model = NIC_MODEL_RTL8139;
    new_vm_set_guest(&form, &server, "win10");
    assert_string_equal(form.memory_mib, "3000");
    assert_string_equal(form.disk_gib, "50");
    assert_int_equal(form.disk_bus, DISK_BUS_SATA);
    assert_int_equal(form.nic_model, NIC_MODEL_RTL8139);
    new_vm_set_guest(&form, &server, "debian12");
    assert_string_equal(form.disk_gib, "20");
    assert_int_equal(form.disk_bus, DISK_BUS_VIRTIO);
}

static void test_new_vm__fits_defaults_to_the_host(void **state)
{
    (void)state;
    new_vm_set_guest(&form, &server, "win11"); /* 8 GiB and UEFI on a host of 8 GiB without UEFI */
    assert_string_equal(form.memory_mib, "4096");
    assert_int_equal(form.firmware, FIRMWARE_BIOS);
}

static void test_new_vm__checks_cpu_and_memory(void **state)
{
    (void)state;
    static const struct { const char *vcpus, *memory, *part; } cases[] = {
        { "1", "16", NULL },           { "3", "8192", NULL },         { " 2 ", "512", NULL },       { "", "512", "number of CPUs" },
        { "0", "512", "number of CPUs" }, { "1.5", "512", "number of CPUs" }, { "4", "512", "at most 3 CPUs" }, { "2x", "512", "number of CPUs" },
        { "1", "", "memory" },         { "1", "15", "from 16 on" },   { "1", "8193", "only 8.0 GB" }, { "1", "9999999999999999999", "from 16 on" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        set(&form.vcpus, cases[i].vcpus);
        set(&form.memory_mib, cases[i].memory);
        expect_page(NEW_VM_CPU_MEMORY, cases[i].part);
    }
}

static void test_new_vm__checks_the_disk(void **state)
{
    (void)state;
    static const struct { const char *gib; bool thick; const char *part; } cases[] = {
        { "20", false, NULL },     { "0.5", true, NULL },      { "1,5", false, NULL },     { ".5", false, NULL },
        { "100", false, NULL },    { "101", false, "only 100 GB in all" }, { "51", true, "only 50.0 GB free" }, { "0", false, "Type the size" },
        { "", false, "Type the size" }, { "-1", false, "Type the size" }, { "1e3", false, "Type the size" }, { "1.2.3", false, "Type the size" },
        { "70000", false, "at most" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        set(&form.disk_gib, cases[i].gib);
        form.disk_thick = cases[i].thick;
        expect_page(NEW_VM_DISK, cases[i].part);
    }
    set(&form.disk_datastore, "e");
    expect_page(NEW_VM_DISK, "not active");
    set(&form.disk_datastore, "gone");
    expect_page(NEW_VM_DISK, "Choose a datastore");
    form.with_disk = false;
    expect_page(NEW_VM_DISK, NULL);
}

static void test_new_vm__checks_media_network_and_firmware(void **state)
{
    (void)state;
    set(&form.media_datastore, "e");
    set(&form.media_volume, "x.iso");
    expect_page(NEW_VM_MEDIA, "not available");
    set(&form.media_datastore, "d");
    expect_page(NEW_VM_MEDIA, NULL);
    set(&form.network, "m");
    expect_page(NEW_VM_NETWORK, "'down' is not active");
    set(&form.network, NULL);
    expect_page(NEW_VM_NETWORK, "Choose a network");
    form.with_nic = false;
    expect_page(NEW_VM_NETWORK, NULL);
    form.firmware = FIRMWARE_UEFI;
    expect_page(NEW_VM_FIRMWARE, "ovmf");
    set(&form.name, "new");
    expect_page(NEW_VM_FINISH, "ovmf");
}

static void test_new_vm__becomes_a_request(void **state)
{
    (void)state;
    set(&form.name, "new");
    set(&form.media_datastore, "d");
    set(&form.media_volume, "x.iso");
    set(&form.disk_gib, "1,5");
    VmCreateParams params;
    new_vm_request(&form, &server, &params);
    assert_string_equal(params.name, "new");
    assert_null(params.description);
    assert_int_equal(params.memory, 2048LL << 20);
    assert_int_equal(params.disks.count, 1);
    assert_int_equal(params.disks.items[0].capacity, 1536LL << 20);
    assert_string_equal(params.nics.items[0].network, "n");
    assert_string_equal(params.media_volume, "x.iso");
    VmCreateParams_clear(&params);
    NewVm again;
    new_vm_set_guest(&form, &server, "freedos1.2");
    new_vm_request(&form, &server, &params);
    VmCreateParams_clear(&params);
    new_vm_init(&again, &server);
    assert_string_equal(again.guest, "freedos1.2"); /* the last choice is the next default */
    new_vm_clear(&again);
}

/* Two kinds: one that we know with other defaults, and one of the host's own. */
static void fill_kinds(GuestKindTable *ret)
{
    GuestKindInfo debian = { .id = x_strdup("debian12"), .name = x_strdup("Debian 12"), .family = x_strdup("Linux"), .vcpus = 1, .memory = 3LL << 30, .disk = 5LL << 30,
                             .bus = DISK_BUS_VIRTIO, .nic = NIC_MODEL_VIRTIO, .firmware = FIRMWARE_BIOS, .cloud_init = true };
    GuestKindInfo windows = { .id = x_strdup("win95"), .name = x_strdup("Windows 95"), .family = x_strdup("Windows"), .vcpus = 1, .memory = 64LL << 20, .disk = 1LL << 30,
                              .bus = DISK_BUS_IDE, .nic = NIC_MODEL_RTL8139, .firmware = FIRMWARE_BIOS, .tpm = true, .answer_file = true };
    GuestKindInfoList_add(&ret->kinds, &debian);
    GuestKindInfoList_add(&ret->kinds, &windows);
}

static void test_new_vm__takes_the_guest_kinds_of_the_host(void **state)
{
    (void)state;
    AUTO(GuestKindTable_clear) GuestKindTable kinds = { 0 };
    GuestKind kind;
    fill_kinds(&kinds);
    new_vm_set_guest(&form, &server, "debian12");
    set(&form.disk_gib, "7"); /* by the user */
    new_vm_set_kinds(&form, &server, &kinds);
    assert_string_equal(form.memory_mib, "3072");
    assert_string_equal(form.disk_gib, "7");
    assert_int_equal(new_vm_kind_count(&form), 2);
    assert_true(new_vm_find_kind(&form, "win11", &kind)); /* what the host does not know, we may */
    new_vm_set_guest(&form, &server, "win95");
    assert_string_equal(form.memory_mib, "64");
    assert_true(form.tpm);
    expect_page(NEW_VM_GUEST, NULL);
    AUTO(VmCreateParams_clear) VmCreateParams params = { 0 };
    new_vm_request(&form, &server, &params);
    assert_false(params.tpm); /* the host cannot */
}

static void test_new_vm__shows_the_pages_that_make_sense(void **state)
{
    (void)state;
    new_vm_set_guest(&form, &server, "debian12");
    assert_false(new_vm_wants(&form, &server, NEW_VM_SOURCE)); /* no templates */
    assert_true(new_vm_wants(&form, &server, NEW_VM_CLOUD));
    assert_false(new_vm_wants(&form, &server, NEW_VM_CLOUD_MORE));
    assert_false(new_vm_wants(&form, &server, NEW_VM_ANSWERS));
    form.seed.cloud = true;
    assert_true(new_vm_wants(&form, &server, NEW_VM_CLOUD_MORE));
    new_vm_set_guest(&form, &server, "win11");
    assert_true(new_vm_wants(&form, &server, NEW_VM_ANSWERS));
    assert_false(new_vm_wants(&form, &server, NEW_VM_CLOUD));
    set(&form.template, "nothing");
    assert_false(new_vm_wants(&form, &server, NEW_VM_DISK));
    assert_true(new_vm_wants(&form, &server, NEW_VM_COPY));
    expect_page(NEW_VM_SOURCE, "not there any more");
    server.forbidden = METHOD_vm_set_seed;
    set(&form.template, NULL);
    assert_false(new_vm_wants(&form, &server, NEW_VM_ANSWERS));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void test_new_vm__a_package_goes_where_files_can_be(void **state)
{
    (void)state;
    assert_string_equal(appliance_store(&server, "d"), "d");
    assert_string_equal(appliance_store(&server, "e"), "d"); /* where no file can be now */
    Inventory inventory = { .epoch = x_strdup("x"), .host = x_calloc(1, sizeof(HostInfo)) };
    DatastoreInfo pool = { .id = x_strdup("r"), .name = x_strdup("ceph"), .type = x_strdup("rbd"), .path = x_strdup("rbd:vms"), .state = DATASTORE_STATE_ACTIVE };
    DatastoreInfoList_add(&inventory.datastores, &pool);
    ChangeList changes = { 0 };
    inventory.host->id = x_strdup("h");
    inventory.host->name = x_strdup("h");
    inventory.full = true;
    assert_int_equal(model_apply(server.model, &inventory, &changes, NULL), 0);
    change_list_clear(&changes);
    Inventory_clear(&inventory);
    assert_null(appliance_store(&server, "r"));
}

static void test_new_vm__only_what_there_is_of_a_package_is_sent(void **state)
{
    (void)state;
    Appliance about = { .kind = APPLIANCE_OVF };
    ApplianceDisk disk = { .file = x_strdup("system.vmdk") };
    ApplianceDisk empty = { .file = x_strdup("scratch"), .capacity = 1 << 20, .empty = true };
    AUTO(StrList_clear) StrList files = { 0 };
    ApplianceDiskList_add(&about.disks, &disk);
    ApplianceDiskList_add(&about.disks, &empty);
    appliance_files("/there is/no such/web.ovf", &about, &files);
    assert_int_equal(files.count, 2);
    assert_string_equal(files.items[0], "/there is/no such/system.vmdk");
    assert_string_equal(files.items[1], "/there is/no such/web.ovf");
    Appliance_clear(&about);
}

static void test_new_vm__files_that_are_dropped_to_be_imported(void **state)
{
    (void)state;
    assert_true(appliance_is_file("C:\\vms\\web01.XML"));
    assert_true(appliance_is_file("web01.ova"));
    assert_false(appliance_is_file("debian.iso"));
    assert_false(appliance_is_file(".xml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_vm__begins_with_sensible_values),
        TEST(test_new_vm__every_guest_kind_is_complete_with_its_defaults),
        TEST(test_new_vm__a_guest_kind_changes_only_what_the_user_did_not),
        TEST(test_new_vm__fits_defaults_to_the_host),
        TEST(test_new_vm__checks_cpu_and_memory),
        TEST(test_new_vm__checks_the_disk),
        TEST(test_new_vm__checks_media_network_and_firmware),
        TEST(test_new_vm__a_package_goes_where_files_can_be),
        TEST(test_new_vm__only_what_there_is_of_a_package_is_sent),
        TEST(test_new_vm__files_that_are_dropped_to_be_imported),
        TEST(test_new_vm__becomes_a_request),
        TEST(test_new_vm__takes_the_guest_kinds_of_the_host),
        TEST(test_new_vm__shows_the_pages_that_make_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
