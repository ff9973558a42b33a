/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the agent reads and writes as text: configuration, libvirt's XML, names, paths. */
#include "tests/protocol/cmocka_all.h"

#include "agent/config.h"
#include "agent/domain_build.h"
#include "agent/domain_xml.h"
#include "agent/store_path.h"
#include "agent/upload_file.h"
#include "agent/xml_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int load_text(const char *text, Config *config, Error *err)
{
    char path[] = "/tmp/test_texts.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int code = config_load(path, true, config, err);
    unlink(path);
    return code;
}

static void test_config__keys_replace_defaults(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    Config config;
    assert_int_equal(load_text("# comment\n\n  socket=/x \ndrivers = a:/// , b:///\nhypervisor = qemu\nidle_exit = 5\n", &config, &err), 0);
    assert_string_equal(config.socket, "/x");
    assert_int_equal(config.drivers.count, 2);
    assert_string_equal(config.drivers.items[1], "b:///");
    assert_false(config.allow_kvm);
    assert_int_equal(config.idle_exit, 5);
    assert_int_equal(config.shutdown_timeout, 120);
    assert_int_equal(config.network_confirm_timeout, 60);
    config_clear(&config);
}

static void test_config__mistakes_are_named(void **state)
{
    (void)state;
    static const char *const bad[] = { "x", "unknown = 1", "idle_exit = -1", "idle_exit = 5s", "network_confirm_timeout = 0", "direct_files = true", "hypervisor = xen" };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO(error_clear) Error err = { 0 };
        Config config;
        AUTO_FREE char *text = x_printf("\n%s\n", bad[i]);
        assert_int_equal(load_text(text, &config, &err), ERR_INVALID_PARAMS);
        assert_non_null(strstr(err.message, "line 2"));
    }
}

static void test_domain_xml__what_is_built_can_be_read(void **state)
{
    (void)state;
    char name[] = "a<b>&\"'c";
    char text[] = "]]> <!-- \xc3\xa4 &amp;";
    char guest[] = "windows11";
    VmCreateParams params = { .name = name, .description = text, .guest = guest, .vcpus = 3, .memory = 256 << 20, .firmware = FIRMWARE_UEFI };
    GuestPlatform platform = { .arch = name, .machine = guest, .type = "kvm", .uefi = true, .cpu_mode = "host-model" };
    DomainDisk disks[] = { { name, false, VOLUME_FORMAT_QCOW2, DISK_BUS_VIRTIO }, { text, true, VOLUME_FORMAT_RAW, DISK_BUS_SATA } };
    DomainNic nics[] = { { name, true, NIC_MODEL_E1000E } };
    DomainPlan plan = { .params = &params, .platform = &platform, .id = "4d43fb85-763b-4008-8104-c034cfce0ac4", .media = text,
                        .disks = disks, .disk_count = 2, .nics = nics, .nic_count = 1 };
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *xml = domain_xml(&plan);
    VmInfo vm;
    assert_int_equal(domain_xml_read(xml, strlen(xml), &vm, &err), 0);
    assert_string_equal(vm.name, name);
    assert_string_equal(vm.description, text);
    assert_string_equal(vm.guest, guest);
    assert_int_equal(vm.vcpus, 3);
    assert_int_equal(vm.memory, 256 << 20);
    assert_int_equal(vm.firmware, FIRMWARE_UEFI);
    assert_true(vm.console);
    assert_int_equal(vm.disks.count, 3);
    assert_string_equal(vm.disks.items[0].path, name);
    assert_string_equal(vm.disks.items[1].path, text);
    assert_string_equal(vm.disks.items[1].target, "sda");
    assert_int_equal(vm.disks.items[2].device, DISK_DEVICE_CDROM);
    assert_string_equal(vm.nics.items[0].network, name);
    VmInfo_clear(&vm);
}

static void test_domain_xml__other_makers_descriptions(void **state)
{
    (void)state;
    static const char xml[] = "<domain type='lxc'><name>c</name><uuid>u</uuid><memory unit='GiB'>1</memory><vcpu current='2'>4</vcpu>"
                              "<os><type>exe</type></os><devices><disk type='network'><source protocol='rbd' name='pool/image'/><target dev='vda' bus='virtio'/></disk>"
                              "<disk type='volume' device='cdrom'><source pool='p' volume='v.iso'/><target dev='sda' bus='strange'/></disk>"
                              "<disk><source file='/no/target'/></disk><interface type='user'/></devices></domain>";
    AUTO(error_clear) Error err = { 0 };
    VmInfo vm;
    assert_int_equal(domain_xml_read(xml, strlen(xml), &vm, &err), 0);
    assert_int_equal(vm.kind, VM_KIND_CONTAINER);
    assert_int_equal(vm.vcpus, 2);
    assert_int_equal(vm.memory, 1 << 30);
    assert_int_equal(vm.disks.count, 2);
    assert_string_equal(vm.disks.items[0].path, "rbd:pool/image");
    assert_string_equal(vm.disks.items[1].volume, "v.iso");
    assert_int_equal(vm.disks.items[1].bus, DISK_BUS_UNKNOWN);
    assert_int_equal(vm.nics.count, 1);
    VmInfo_clear(&vm);
}

static void test_domain_xml__nonsense_is_an_error(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "<", "<domain/>", "<pool><name>x</name></pool>", "<domain><name>x</name></domain>",
                                       "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><name>&x;</name></domain>" };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO(error_clear) Error err = { 0 };
        VmInfo vm;
        assert_int_equal(domain_xml_read(bad[i], strlen(bad[i]), &vm, &err), ERR_LIBVIRT);
    }
}

static void test_xml_write__names_stay_text(void **state)
{
    (void)state;
    AUTO_FREE char *xml = volume_xml(&(NewVolume){ .name = "a</name><key>b", .format = "raw", .capacity = 1 });
    assert_null(strstr(xml, "<key>"));
}

static void test_names__what_may_be_a_volume(void **state)
{
    (void)state;
    static const char *const good[] = { "a", "a b.iso", "\xc3\xa4", "CON", "a..b", "-rf" };
    static const char *const bad[] = { "", ".", "..", ".a", "a/b", "a\\b", "a.", "a ", "a\nb", "a\x1f", "\x7f" };
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_int_equal(volume_name_check(good[i], NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(volume_name_check(bad[i], NULL), ERR_VOLUME_NAME_INVALID);
    assert_true(upload_is_part_name(".poolcenter-0123.part"));
    assert_false(upload_is_part_name(".poolcenter-.part"));
    assert_false(upload_is_part_name("x.part"));
}

static void check_path(const char *path, const char *expected)
{
    AUTO(error_clear) Error err = { 0 };
    char *plain = NULL;
    int code = store_path_check(path, &plain, &err);
    if (expected) {
        assert_int_equal(code, 0);
        assert_string_equal(plain, expected);
    } else {
        assert_int_equal(code, ERR_PATH_INVALID);
    }
    free(plain);
}

static void test_paths__what_may_be_a_datastore(void **state)
{
    (void)state;
    check_path("/srv/a", "/srv/a");
    check_path("//srv/./a//", "/srv/a");
    check_path("/srv/..a/b..", "/srv/..a/b..");
    check_path("/usrlocal/x", "/usrlocal/x");
    check_path("/", NULL);
    check_path("", NULL);
    check_path("srv", NULL);
    check_path("/srv/../etc", NULL);
    check_path("/etc", NULL);
    check_path("/etc/x", NULL);
    check_path("/proc/self/root/srv", NULL);
    check_path("/dev/null/x", NULL);
    check_path("/srv/\x01", NULL);
}

static void test_paths__directories_are_made_and_taken_back(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    char base[] = "/tmp/test_paths.XXXXXX";
    assert_non_null(mkdtemp(base));
    AUTO_FREE char *deep = x_printf("%s/a/b/c", base);
    AUTO_FREE char *first = x_printf("%s/a", base);
    struct stat status;
    size_t made = 0;
    mode_t before = umask(0077);
    assert_int_equal(store_path_make(deep, &made, &err), 0);
    umask(before);
    assert_int_equal(made, 3);
    assert_int_equal(stat(deep, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0711);
    store_path_unmake(deep, made);
    assert_int_equal(stat(first, &status), -1);
    FILE *file = fopen(first, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(store_path_make(deep, &made, &err), ERR_PATH_INVALID);
    unlink(first);
    assert_int_equal(rmdir(base), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__keys_replace_defaults),
        cmocka_unit_test(test_config__mistakes_are_named),
        cmocka_unit_test(test_domain_xml__what_is_built_can_be_read),
        cmocka_unit_test(test_domain_xml__other_makers_descriptions),
        cmocka_unit_test(test_domain_xml__nonsense_is_an_error),
        cmocka_unit_test(test_xml_write__names_stay_text),
        cmocka_unit_test(test_names__what_may_be_a_volume),
        cmocka_unit_test(test_paths__what_may_be_a_datastore),
        cmocka_unit_test(test_paths__directories_are_made_and_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
