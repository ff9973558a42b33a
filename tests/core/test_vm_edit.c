/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of the Properties dialog: what was changed, when it takes effect, checks, summaries, two administrators. */
#include "client/core/text_diff.h"
#include "client/core/vm_edit.h"
#include "tests/core/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const int64_t mib = 1 << 20;
static Server server;
static VmEdit edit;

/* ---------------------------------------------------------------- a VM as the host tells it */

static VmDisk disk(const char *key, DiskDevice device, DiskBus bus, int64_t capacity)
{
    return (VmDisk){.key = x_strdup(key), .device = device, .bus = bus, .capacity = capacity, .cache = DISK_CACHE_DEFAULT, .discard = DISK_DISCARD_DEFAULT};
}

static void fill_devices(VmConfig *config)
{
    VmDisk vda = disk("vda", DISK_DEVICE_DISK, DISK_BUS_VIRTIO, 20LL << 30), sda = disk("sda", DISK_DEVICE_CDROM, DISK_BUS_SATA, 0);
    VmNic nic = {.key = x_strdup("52:54:00:00:00:01"), .mac = x_strdup("52:54:00:00:00:01"), .model = x_strdup("virtio"), .network = x_strdup("n"), .source = x_strdup("default")};
    config->disks = x_calloc(1, sizeof(*config->disks));
    VmDiskList_add(&config->disks->items, &vda);
    VmDiskList_add(&config->disks->items, &sda);
    config->nics = x_calloc(1, sizeof(*config->nics));
    VmNicList_add(&config->nics->items, &nic);
}

static VmConfig *make_config(void)
{
    VmConfig *config = x_calloc(1, sizeof(*config));
    config->general = x_calloc(1, sizeof(*config->general));
    *config->general = (VmGeneral){.name = x_strdup("web"), .notes = x_strdup("first\nsecond")};
    config->startup = x_calloc(1, sizeof(*config->startup));
    config->cpu = x_calloc(1, sizeof(*config->cpu));
    *config->cpu = (VmCpu){.count = 2, .maximum = 2, .mode = CPU_MODE_HOST_MODEL};
    config->memory = x_calloc(1, sizeof(*config->memory));
    *config->memory = (VmMemory){.size = 1024 * mib, .maximum = 1024 * mib, .balloon = true};
    config->boot = x_calloc(1, sizeof(*config->boot));
    *config->boot = (VmBoot){.firmware = FIRMWARE_BIOS, .machine = x_strdup("pc-q35-7.2")};
    StrList_add(&config->boot->order, "disks:vda");
    fill_devices(config);
    return config;
}

static void add_row(VmSettingList *rows, SettingGroup group, const char *name, const char *device, ApplyWhen when, ApplyReason reason)
{
    VmSetting row = {.group = group, .name = x_strdup(name), .device = x_strdup(device), .when = when, .reason = reason};
    VmSettingList_add(rows, &row);
}

static VmDetails make_details(const char *revision, bool running)
{
    VmDetails details = {.vm = x_strdup("a"), .revision = x_strdup(revision), .state = running ? VM_STATE_RUNNING : VM_STATE_OFF, .config = make_config(), .active = running ? make_config() : NULL};
    if (running) {
        add_row(&details.settings, GROUP_CPU, NULL, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED);
        add_row(&details.settings, GROUP_CPU, "count", NULL, APPLY_NOW, APPLY_REASON_NONE);
        add_row(&details.settings, GROUP_GENERAL, "name", NULL, APPLY_ONLY_OFF, APPLY_REASON_NAME);
        add_row(&details.settings, GROUP_DISKS, "remove", "sda", APPLY_NEXT_START, APPLY_REASON_BUS);
    }
    return details;
}

static int setup(void **state)
{
    VmDetails details = make_details("r1", true);
    (void)state;
    fake_server_fill(&server);
    vm_edit_init(&edit, &details, server.model);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vm_edit_clear(&edit);
    model_free(server.model);
    return 0;
}

static void expect_words(char *got, const char *wanted)
{
    assert_string_equal(str_or_empty(got), wanted);
    free(got);
}

static void expect_part(char *got, const char *part)
{
    if (!got || !strstr(got, part))
        fail_msg("'%s' does not say '%s'", str_or_empty(got), part);
    free(got);
}

static void expect_page(VmPage page, const char *part)
{
    AUTO_FREE char *wrong = vm_edit_check(&edit, page);
    if (!part && wrong)
        fail_msg("refused: %s", wrong);
    if (part && (!wrong || !strstr(wrong, part)))
        fail_msg("'%s' does not say '%s'", str_or_empty(wrong), part);
}

/* ---------------------------------------------------------------- what was changed */

static void test_vm_edit__sends_only_what_was_changed(void **state)
{
    AUTO(VmConfigureParams_clear) VmConfigureParams params = {0};
    (void)state;
    assert_false(vm_edit_changed(&edit));
    edit.want.cpu->count = 1;
    assert_true(vm_edit_changed(&edit));
    assert_true(vm_edit_page_changed(&edit, VM_PAGE_CPU));
    assert_false(vm_edit_page_changed(&edit, VM_PAGE_MEMORY));
    vm_edit_request(&edit, &params);
    assert_string_equal(params.revision, "r1");
    assert_int_equal(params.config->cpu->count, 1);
    assert_null(params.config->memory);
    assert_null(params.config->disks);
    edit.want.cpu->count = 2;
    assert_false(vm_edit_changed(&edit));
}

static void test_vm_edit__knows_disks_from_drives_and_protection_from_names(void **state)
{
    VmDisk drive = {.device = DISK_DEVICE_CDROM, .bus = DISK_BUS_SATA};
    (void)state;
    VmDiskList_add(&edit.want.disks->items, &drive);
    assert_true(vm_edit_page_changed(&edit, VM_PAGE_DRIVES));
    assert_false(vm_edit_page_changed(&edit, VM_PAGE_DISKS));
    edit.want.disks->items.items[0].readonly = true;
    assert_true(vm_edit_page_changed(&edit, VM_PAGE_DISKS));
    edit.want.general->protected = true;
    assert_true(vm_edit_page_changed(&edit, VM_PAGE_START));
    assert_false(vm_edit_page_changed(&edit, VM_PAGE_GENERAL));
}

static void test_vm_edit__undoes_a_page_alone(void **state)
{
    VmDisk drive = {.device = DISK_DEVICE_CDROM, .bus = DISK_BUS_SATA};
    (void)state;
    VmDiskList_add(&edit.want.disks->items, &drive);
    edit.want.disks->items.items[0].readonly = true;
    vm_edit_undo(&edit, VM_PAGE_DRIVES);
    assert_int_equal(edit.want.disks->items.count, 2);
    assert_false(vm_edit_page_changed(&edit, VM_PAGE_DRIVES));
    assert_true(vm_edit_page_changed(&edit, VM_PAGE_DISKS));
    edit.want.general->protected = true;
    free(edit.want.general->name);
    edit.want.general->name = x_strdup("other");
    vm_edit_undo(&edit, VM_PAGE_GENERAL);
    assert_string_equal(edit.want.general->name, "web");
    assert_true(edit.want.general->protected);
    vm_edit_undo(&edit, VM_PAGE_START);
    assert_false(edit.want.general->protected);
}

static void test_vm_edit__undoes_disks_where_they_were(void **state)
{
    VmDisk drive = {.key = x_strdup("drive"), .device = DISK_DEVICE_CDROM, .bus = DISK_BUS_SATA}, added = {.device = DISK_DEVICE_CDROM, .bus = DISK_BUS_SATA};
    VmDisk copy;
    (void)state;
    VmDisk_copy(&drive, &copy);
    VmDiskList_add(&edit.was.config->disks->items, &copy); /* disk, then drive, as the wizard makes them */
    VmDiskList_add(&edit.want.disks->items, &drive);
    edit.want.disks->items.items[0].readonly = true;
    vm_edit_undo(&edit, VM_PAGE_DISKS);
    assert_false(vm_edit_changed(&edit));
    VmDiskList_add(&edit.want.disks->items, &added);
    edit.want.disks->items.items[0].readonly = true;
    vm_edit_undo(&edit, VM_PAGE_DISKS);
    assert_int_equal(edit.want.disks->items.count, 4);
    assert_false(edit.want.disks->items.items[0].readonly);
    vm_edit_undo(&edit, VM_PAGE_DRIVES);
    assert_false(vm_edit_changed(&edit));
}

static void test_vm_edit__drops_a_removed_disk_from_the_boot_order(void **state)
{
    (void)state;
    VmDisk_clear(&edit.want.disks->items.items[0]);
    edit.want.disks->items.items[0] = edit.want.disks->items.items[1];
    edit.want.disks->items.count = 1;
    vm_edit_prune_boot(&edit);
    assert_int_equal(edit.want.boot->order.count, 0);
    assert_true(vm_edit_page_changed(&edit, VM_PAGE_DISKS));
}

/* ---------------------------------------------------------------- two administrators */

static void test_vm_edit__keeps_what_nobody_else_has_changed(void **state)
{
    VmDetails theirs = make_details("r2", true);
    AUTO_FREE char *what = NULL;
    AUTO_FREE char *lost = NULL;
    (void)state;
    theirs.config->memory->size = 512 * mib;
    edit.want.cpu->count = 1;
    vm_edit_rebase(&edit, &theirs, &what, &lost);
    assert_string_equal(what, "Memory: Size");
    assert_null(lost);
    assert_int_equal(edit.want.cpu->count, 1);
    assert_int_equal(edit.want.memory->size, 512 * mib);
    assert_string_equal(edit.was.revision, "r2");
    assert_false(vm_edit_page_changed(&edit, VM_PAGE_MEMORY));
}

static void test_vm_edit__gives_way_where_both_have_changed(void **state)
{
    VmDetails theirs = make_details("r2", true);
    AUTO_FREE char *what = NULL;
    AUTO_FREE char *lost = NULL;
    (void)state;
    theirs.config->cpu->maximum = 8;
    edit.want.cpu->count = 1;
    vm_edit_rebase(&edit, &theirs, &what, &lost);
    assert_string_equal(what, "Processors: Maximum");
    assert_string_equal(lost, "Processors");
    assert_int_equal(edit.want.cpu->count, 2);
    assert_int_equal(edit.want.cpu->maximum, 8);
}

/* ---------------------------------------------------------------- when */

static void test_vm_edit__the_most_precise_row_tells_when(void **state)
{
    ApplyReason reason;
    (void)state;
    assert_int_equal(vm_edit_when(&edit, GROUP_CPU, "maximum", NULL, &reason), APPLY_NEXT_START);
    assert_int_equal(reason, APPLY_REASON_FIXED);
    assert_int_equal(vm_edit_when(&edit, GROUP_CPU, "count", NULL, NULL), APPLY_NOW);
    assert_int_equal(vm_edit_when(&edit, GROUP_DISKS, "remove", "sda", NULL), APPLY_NEXT_START);
    assert_int_equal(vm_edit_when(&edit, GROUP_DISKS, "remove", "vda", NULL), APPLY_NOW);
    assert_int_equal(vm_edit_when(&edit, GROUP_MEMORY, "size", NULL, NULL), APPLY_NOW);
    assert_false(vm_edit_allowed(&edit, GROUP_GENERAL, "name", NULL));
    expect_part(vm_edit_when_text(&edit, VM_PAGE_CPU, NULL), "At once: Number of CPUs.");
    expect_part(vm_edit_when_text(&edit, VM_PAGE_CPU, NULL), "At the next start: Maximum, Topology, CPU model, Weight, Limit, Pinning. The running VM was built with it.");
    expect_part(vm_edit_when_text(&edit, VM_PAGE_GENERAL, NULL), "Only while the VM is off: Name.");
    expect_words(vm_edit_when_text(&edit, VM_PAGE_MEMORY, NULL), "All changes on this page take effect at once.");
}

static void test_vm_edit__tells_what_is_pending(void **state)
{
    AUTO(StrList_clear) StrList groups = {0};
    (void)state;
    assert_null(vm_edit_pending_text(&edit, VM_PAGE_CPU));
    add_row(&edit.was.pending, GROUP_CPU, "maximum", NULL, APPLY_NEXT_START, APPLY_REASON_FIXED);
    add_row(&edit.was.pending, GROUP_DISKS, "remove", "sda", APPLY_NEXT_START, APPLY_REASON_BUS);
    expect_words(vm_edit_pending_text(&edit, VM_PAGE_CPU), "Maximum");
    expect_words(vm_edit_pending_text(&edit, VM_PAGE_DRIVES), "sda (Removing)");
    assert_null(vm_edit_pending_text(&edit, VM_PAGE_DISKS));
    vm_edit_pending_groups(&edit, VM_PAGE_DRIVES, &groups);
    assert_int_equal(groups.count, 1);
    assert_string_equal(groups.items[0], "disks");
}

static void test_vm_edit__tells_what_was_done(void **state)
{
    (void)state;
    assert_null(vm_configured_text(NULL));
    assert_null(vm_configured_text("nonsense"));
    assert_null(vm_configured_text("{\"revision\":\"r\",\"changes\":[{\"group\":\"cpu\",\"name\":\"count\",\"when\":\"now\"}]}"));
    expect_part(vm_configured_text("{\"revision\":\"r\",\"changes\":[{\"group\":\"cpu\",\"name\":\"maximum\",\"when\":\"next_start\"}]}"), "Processors: Maximum");
}

/* ---------------------------------------------------------------- pages */

static void test_vm_edit__sums_pages_up(void **state)
{
    (void)state;
    expect_words(vm_edit_summary(&edit, VM_PAGE_GENERAL), "web");
    expect_words(vm_edit_summary(&edit, VM_PAGE_CPU), "2 CPUs");
    expect_words(vm_edit_summary(&edit, VM_PAGE_MEMORY), "1.0 GB");
    expect_words(vm_edit_summary(&edit, VM_PAGE_BOOT), "BIOS, Disk vda");
    expect_words(vm_edit_summary(&edit, VM_PAGE_DISKS), "1 disk, 20.0 GB");
    expect_words(vm_edit_summary(&edit, VM_PAGE_DRIVES), "1 empty drive");
    expect_words(vm_edit_summary(&edit, VM_PAGE_NICS), "default");
    expect_words(vm_edit_summary(&edit, VM_PAGE_GRAPHICS), "-");
    edit.want.cpu->maximum = 4;
    edit.want.memory->maximum = 2048 * mib;
    edit.want.startup->autostart = edit.want.general->protected = true;
    expect_words(vm_edit_summary(&edit, VM_PAGE_CPU), "2 CPUs, at most 4");
    expect_words(vm_edit_summary(&edit, VM_PAGE_MEMORY), "1.0 GB, at most 2.0 GB");
    expect_words(vm_edit_summary(&edit, VM_PAGE_START), "With the host, protected");
}

static void test_vm_edit__lists_what_can_boot(void **state)
{
    AUTO(StrList_clear) StrList devices = {0};
    (void)state;
    vm_edit_boot_devices(&edit, &devices);
    assert_int_equal(devices.count, 3);
    assert_string_equal(devices.items[0], "disks:vda");
    assert_string_equal(devices.items[1], "disks:sda");
    expect_words(vm_edit_boot_name(&edit, devices.items[1]), "CD drive sda");
    expect_words(vm_edit_boot_name(&edit, devices.items[2]), "Network card 52:54:00:00:00:01 (default)");
}

/* ---------------------------------------------------------------- checks */

static void test_vm_edit__checks_what_is_typed(void **state)
{
    (void)state;
    for (VmPage page = 0; page < VM_PAGE_COUNT; page++)
        expect_page(page, NULL);
    edit.want.cpu->count = VM_EDIT_BAD;
    expect_page(VM_PAGE_CPU, "at least 1");
    edit.want.cpu->count = 3;
    expect_page(VM_PAGE_CPU, "maximum");
    edit.want.cpu->count = 2;
    edit.want.cpu->maximum = 8;
    edit.want.cpu->sockets = 2;
    edit.want.cpu->cores = 2;
    edit.want.cpu->threads = 1;
    expect_page(VM_PAGE_CPU, "maximum of 8");
    edit.want.cpu->threads = 2;
    expect_page(VM_PAGE_CPU, NULL);
    edit.want.memory->maximum = 512 * mib;
    expect_page(VM_PAGE_MEMORY, "maximum");
    edit.want.boot->secure_boot = true;
    expect_page(VM_PAGE_BOOT, "UEFI");
    free(edit.want.general->name);
    edit.want.general->name = x_strdup("db");
    expect_page(VM_PAGE_GENERAL, "db");
    edit.want.startup->delay = 4000;
    expect_page(VM_PAGE_START, "3,600");
}

static void test_vm_edit__checks_devices(void **state)
{
    VmDisk *vda = &edit.want.disks->items.items[0];
    VmNic *nic = &edit.want.nics->items.items[0];
    (void)state;
    vda->limits = x_calloc(1, sizeof(*vda->limits));
    vda->limits->total_bytes = vda->limits->read_bytes = 10;
    expect_page(VM_PAGE_DISKS, "vda");
    vda->limits->total_bytes = vda->limits->read_bytes = 0;
    vm_edit_tidy_limits(vda);
    assert_null(vda->limits);
    vda->serial = x_strdup("a/b");
    expect_page(VM_PAGE_DISKS, "serial number");
    free(nic->mac);
    nic->mac = x_strdup("53:54:00:00:00:01"); /* a multicast address */
    expect_page(VM_PAGE_NICS, "MAC");
    free(nic->mac);
    nic->mac = x_strdup("52:54:00:00:00:01");
    nic->vlan = 4095;
    expect_page(VM_PAGE_NICS, "4094");
    nic->vlan = 0;
    nic->limits = x_calloc(1, sizeof(*nic->limits));
    nic->limits->in_peak = 5;
    expect_page(VM_PAGE_NICS, "burst");
}

static void test_vm_edit__judges_only_what_was_changed(void **state)
{
    const char *longer = "a serial number/that libvirt takes, and others have given";
    VmDisk *vda = &edit.want.disks->items.items[0];
    (void)state;
    vda->serial = x_strdup(longer);
    edit.was.config->disks->items.items[0].serial = x_strdup(longer);
    edit.want.cpu->limit = edit.was.config->cpu->limit = 400;
    edit.want.cpu->shares = edit.was.config->cpu->shares = 1 << 20;
    for (VmPage page = 0; page < VM_PAGE_COUNT; page++)
        expect_page(page, NULL);
    vda->readonly = true;
    expect_page(VM_PAGE_DISKS, NULL);
    edit.want.cpu->count = 1;
    expect_page(VM_PAGE_CPU, NULL);
    edit.want.cpu->limit = 401;
    expect_page(VM_PAGE_CPU, "100");
    free(vda->serial);
    vda->serial = x_strdup("another one that is much too long");
    expect_page(VM_PAGE_DISKS, "serial number");
}

static void test_vm_edit__reads_numbers_as_people_type_them(void **state)
{
    (void)state;
    assert_int_equal(vm_edit_number(" 12 "), 12);
    assert_int_equal(vm_edit_number(""), 0);
    assert_int_equal(vm_edit_number("1x"), VM_EDIT_BAD);
    assert_int_equal(vm_edit_number("-1"), VM_EDIT_BAD);
    assert_int_equal(vm_edit_size("1.5", 1 << 20), 3 << 19);
    assert_int_equal(vm_edit_size("1,5", 1 << 20), 3 << 19);
    assert_int_equal(vm_edit_size(".", 1 << 20), VM_EDIT_BAD);
    assert_int_equal(vm_edit_size("9999999999", 1 << 30), VM_EDIT_BAD);
    expect_words(vm_edit_size_text(3 << 19, 1 << 20), "1.5");
    expect_words(vm_edit_size_text(0, 1 << 20), "");
    assert_true(vm_edit_is_cpu_list("0-3,8,^2"));
    assert_false(vm_edit_is_cpu_list("3-0"));
    assert_false(vm_edit_is_cpu_list("0,"));
    assert_false(vm_edit_is_cpu_list(""));
}

static void test_vm_edit__reads_pins(void **state)
{
    AUTO(CpuPinList_clear) CpuPinList pins = {0};
    (void)state;
    vm_edit_take_pins("0: 0-3; 1:4 ;", &pins);
    assert_int_equal(pins.count, 2);
    assert_string_equal(pins.items[1].cpus, "4");
    expect_words(vm_edit_pins_text(&pins), "0: 0-3; 1: 4");
    vm_edit_take_pins("0-3", &pins);
    assert_int_equal(pins.count, 1);
    assert_int_equal(pins.items[0].vcpu, VM_EDIT_BAD);
    vm_edit_take_pins("", &pins);
    assert_int_equal(pins.count, 0);
}

/* ---------------------------------------------------------------- differences of texts */

static void test_text_diff__shows_what_is_around_a_change(void **state)
{
    TextDiff diff;
    (void)state;
    text_diff("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nD\ne\nf\ng\n", 1, &diff);
    const char *wanted[] = {"...", "c", "d", "D", "e", "f", "g"};
    const DiffKind kinds[] = {DIFF_GAP, DIFF_SAME, DIFF_REMOVED, DIFF_ADDED, DIFF_SAME, DIFF_SAME, DIFF_ADDED};
    assert_int_equal(diff.count, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < diff.count; i++) {
        assert_string_equal(diff.lines[i].text, wanted[i]);
        assert_int_equal(diff.lines[i].kind, kinds[i]);
    }
    assert_int_equal(diff.removed, 1);
    assert_int_equal(diff.added, 2);
    text_diff_clear(&diff);
}

static void test_text_diff__edges(void **state)
{
    TextDiff diff;
    (void)state;
    text_diff("same\r\n", "same\n", 3, &diff);
    assert_int_equal(diff.removed + diff.added, 0);
    text_diff_clear(&diff);
    text_diff("", "x", 3, &diff);
    assert_int_equal(diff.added, 1);
    text_diff_clear(&diff);
    text_diff("x\ny", "", 3, &diff);
    assert_int_equal(diff.removed, 2);
    text_diff_clear(&diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vm_edit__sends_only_what_was_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__knows_disks_from_drives_and_protection_from_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__undoes_a_page_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__undoes_disks_where_they_were, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__drops_a_removed_disk_from_the_boot_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__keeps_what_nobody_else_has_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__gives_way_where_both_have_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__the_most_precise_row_tells_when, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__tells_what_is_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__tells_what_was_done, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__sums_pages_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__lists_what_can_boot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__checks_what_is_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__checks_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__judges_only_what_was_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__reads_numbers_as_people_type_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vm_edit__reads_pins, setup, teardown),
        cmocka_unit_test(test_text_diff__shows_what_is_around_a_change),
        cmocka_unit_test(test_text_diff__edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
