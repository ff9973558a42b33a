/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware, boot order and TPM of a VM from and to its description: see vm_config_part.h. libvirt knows two ways of naming the order: kinds of
 * devices in <os>, or a number in each device; both are read, the second is written. No libvirt calls; any thread.
 */
#include "agent/vm_config_part.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- order: reading */

static const SettingGroup boot_groups[] = { GROUP_DISKS, GROUP_NICS, GROUP_HOST_DEVICES };

static const DeviceKind *kind_of_group(SettingGroup group)
{
    return group == GROUP_DISKS ? &disk_devices : group == GROUP_NICS ? &nic_devices : &host_devices_of_vm;
}

typedef struct Ranked {
    int64_t rank;
    char *name;
} Ranked;

static int compare_ranks(const void *a, const void *b)
{
    const Ranked *first = a;
    const Ranked *second = b;
    return (first->rank > second->rank) - (first->rank < second->rank);
}

static size_t rank_devices(xmlNode *devices, SettingGroup group, Ranked *ret)
{
    DeviceNodes nodes;
    size_t count = 0;
    device_nodes_read(devices, kind_of_group(group), &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        int64_t rank = xml_attribute_number(xml_child(nodes.items[i].node, "boot"), "order");
        if (rank)
            ret[count++] = (Ranked){ rank, x_printf("%s:%s", SettingGroup_name(group), nodes.items[i].key) };
    }
    device_nodes_clear(&nodes);
    return count;
}

static void read_numbered_order(xmlNode *devices, StrList *ret)
{
    Ranked ranked[ARRAY_SIZE(boot_groups) * LIMIT_DEVICES];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(boot_groups); i++)
        count += rank_devices(devices, boot_groups[i], ranked + count);
    qsort(ranked, count, sizeof *ranked, compare_ranks);
    for (size_t i = 0; i < count; i++) {
        if (ret->count < LIMIT_DEVICES)
            StrList_add(ret, ranked[i].name);
        free(ranked[i].name);
    }
}

static bool is_boot_kind(xmlNode *node, const char *device)
{
    static const struct { const char *boot; const char *disk; } kinds[] = { { "hd", "disk" }, { "cdrom", "cdrom" }, { "fd", "floppy" } };
    AUTO_FREE char *is = xml_attribute(node, "device", LIMIT_NAME);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_equal(kinds[i].boot, device))
            return str_equal(kinds[i].disk, is ? is : "disk");
    return str_equal(device, "network") && xml_is(node, "interface");
}

/* QEMU boots from the first device of a kind only. */
static void add_first(xmlNode *devices, const char *device, StrList *ret)
{
    DeviceNodes nodes;
    SettingGroup group = str_equal(device, "network") ? GROUP_NICS : GROUP_DISKS;
    device_nodes_read(devices, kind_of_group(group), &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        if (!is_boot_kind(nodes.items[i].node, device))
            continue;
        AUTO_FREE char *name = x_printf("%s:%s", SettingGroup_name(group), nodes.items[i].key);
        StrList_add(ret, name);
        break;
    }
    device_nodes_clear(&nodes);
}

static void read_order(xmlNode *root, StrList *ret)
{
    xmlNode *devices = xml_child(root, "devices");
    xmlNode *boot = xml_child(root, "os/boot");
    if (!boot)
        read_numbered_order(devices, ret);
    for (; boot && ret->count < 8; boot = xml_next(boot, "boot")) {
        AUTO_FREE char *device = xml_attribute(boot, "dev", LIMIT_NAME);
        if (device)
            add_first(devices, device, ret);
    }
}

/* ---------------------------------------------------------------- order: writing */

static bool same_order(const StrList *a, const StrList *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = str_equal(a->items[i], b->items[i]);
    return same;
}

static xmlNode *device_named(xmlNode *root, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(boot_groups); i++) {
        const char *group = SettingGroup_name(boot_groups[i]);
        size_t length = strlen(group);
        if (strncmp(name, group, length) == 0 && name[length] == ':')
            return vm_config_device(root, boot_groups[i], name + length + 1);
    }
    return NULL;
}

static void forget_order(xmlNode *root, xmlNode *devices)
{
    xmlNode *os = xml_child(root, "os");
    if (os)
        xml_remove_all(os, "boot");
    for (xmlNode *device = devices->children; device; device = device->next)
        if (device->type == XML_ELEMENT_NODE)
            xml_remove(xml_child(device, "boot"));
}

static int write_order(const Edit *edit, const StrList *order)
{
    for (size_t i = 0; i < order->count; i++)
        if (!device_named(edit->root, order->items[i]))
            return edit_refuse(edit, "it has no device %s to boot from", order->items[i]);
    forget_order(edit->root, edit->devices);
    for (size_t i = 0; i < order->count; i++) {
        xmlNode *device = device_named(edit->root, order->items[i]);
        if (xml_child(device, "boot"))
            return edit_refuse(edit, "the device %s is twice in the boot order", order->items[i]);
        xml_set_number(xml_add(device, "boot"), "order", (int64_t)i + 1);
    }
    return 0;
}

/* ---------------------------------------------------------------- firmware */

static bool feature_enabled(xmlNode *os, const char *name)
{
    for (xmlNode *node = xml_child(os, "firmware/feature"); node; node = xml_next(node, "feature"))
        if (xml_attribute_is(node, "name", name))
            return xml_attribute_is(node, "enabled", "yes");
    return false;
}

void boot_read(xmlNode *root, VmBoot *ret)
{
    xmlNode *os = xml_child(root, "os");
    xmlNode *menu = xml_child(os, "bootmenu");
    AUTO_FREE char *type = xml_text(xml_child(os, "type"), LIMIT_NAME);
    bool uefi = xml_attribute_is(os, "firmware", "efi") || xml_attribute_is(xml_child(os, "loader"), "type", "pflash");
    ret->firmware = !str_equal(type, "hvm") ? FIRMWARE_UNKNOWN : uefi ? FIRMWARE_UEFI : FIRMWARE_BIOS;
    ret->secure_boot = uefi && (xml_attribute_is(xml_child(os, "loader"), "secure", "yes") || feature_enabled(os, "secure-boot"));
    if (uefi && xml_child(os, "firmware/feature"))
        ret->secure_boot = ret->secure_boot && feature_enabled(os, "enrolled-keys");
    ret->machine = xml_attribute(xml_child(os, "type"), "machine", LIMIT_NAME);
    ret->menu = xml_attribute_is(menu, "enable", "yes");
    ret->menu_time = xml_attribute_number(menu, "timeout");
    read_order(root, &ret->order);
}

static void add_feature(xmlNode *firmware, const char *name, bool on)
{
    xmlNode *feature = xml_add(firmware, "feature");
    xml_set(feature, "enabled", on ? "yes" : "no");
    xml_set(feature, "name", name);
}

/* libvirt chooses the files; variables of another firmware are of no use to it. */
static void write_firmware(xmlNode *os, const VmBoot *want)
{
    xml_remove_all(os, "loader");
    xml_remove_all(os, "nvram");
    xml_remove_all(os, "firmware");
    xml_set(os, "firmware", want->firmware == FIRMWARE_UEFI ? "efi" : NULL);
    if (want->firmware != FIRMWARE_UEFI)
        return;
    xmlNode *firmware = xml_add(os, "firmware");
    add_feature(firmware, "enrolled-keys", want->secure_boot);
    if (want->secure_boot)
        add_feature(firmware, "secure-boot", true);
}

static bool is_old_pc(const char *machine)
{
    return str_equal(machine, "pc") || strncmp(machine, "pc-i440fx", 9) == 0 || strncmp(machine, "pc-0", 4) == 0 || strncmp(machine, "pc-1", 4) == 0;
}

static int write_machine(const Edit *edit, const VmBoot *old, const VmBoot *want)
{
    if (str_empty(want->machine) || !text_differs(old->machine, want->machine))
        return 0;
    if (is_old_pc(str_or_empty(old->machine)) != is_old_pc(want->machine))
        return edit_refuse(edit, "its devices have places that a machine %s does not have", want->machine);
    xml_set(xml_need(edit->root, "os/type"), "machine", want->machine);
    return 0;
}

static void write_menu(xmlNode *os, const VmBoot *old, const VmBoot *want)
{
    if (old->menu == want->menu && old->menu_time == want->menu_time)
        return;
    xmlNode *menu = xml_need(os, "bootmenu");
    xml_set(menu, "enable", want->menu ? "yes" : "no");
    xml_set_number(menu, "timeout", want->menu ? want->menu_time : 0);
}

int boot_write(const Edit *edit, const VmBoot *old, const VmBoot *want)
{
    enum { MENU_MAX = 65535 };
    bool other = want->firmware != FIRMWARE_UNKNOWN && (want->firmware != old->firmware || want->secure_boot != old->secure_boot);
    if (other && want->secure_boot && want->firmware != FIRMWARE_UEFI)
        return edit_refuse(edit, "only UEFI has Secure Boot");
    if (want->menu_time < 0 || want->menu_time > MENU_MAX)
        return edit_refuse(edit, "the boot menu waits for at most %d ms", MENU_MAX);
    xmlNode *os = xml_need(edit->root, "os");
    int code = write_machine(edit, old, want);
    if (code == 0 && other)
        write_firmware(os, want);
    if (code == 0)
        write_menu(os, old, want);
    if (code == 0 && !same_order(&old->order, &want->order))
        code = write_order(edit, &want->order);
    return code;
}

/* ---------------------------------------------------------------- TPM */

void tpm_read(xmlNode *root, VmTpm *ret)
{
    xmlNode *tpm = xml_child(root, "devices/tpm");
    xmlNode *backend = xml_child(tpm, "backend");
    ret->kind = !tpm ? TPM_NONE : xml_attribute_is(backend, "type", "emulator") ? TPM_EMULATOR
        : xml_attribute_is(backend, "type", "passthrough") ? TPM_PASSTHROUGH : TPM_UNKNOWN;
    ret->model = xml_attribute(tpm, "model", LIMIT_NAME);
    ret->version = xml_attribute(backend, "version", LIMIT_NAME);
}

int tpm_write(const Edit *edit, const VmTpm *old, const VmTpm *want)
{
    bool same_model = str_empty(want->model) || !text_differs(old->model, want->model);
    bool same_version = str_empty(want->version) || !text_differs(old->version, want->version);
    if (want->kind == TPM_UNKNOWN || (want->kind == old->kind && same_model && same_version))
        return 0;
    xml_remove_all(edit->devices, "tpm");
    if (want->kind == TPM_NONE)
        return 0;
    if (!str_empty(want->version) && !str_equal(want->version, "1.2") && !str_equal(want->version, "2.0"))
        return edit_refuse(edit, "there is no TPM of version %s", want->version);
    xmlNode *tpm = xml_add(edit->devices, "tpm");
    xmlNode *backend = xml_add(tpm, "backend");
    xml_set(tpm, "model", str_empty(want->model) ? NULL : want->model);
    xml_set(backend, "type", want->kind == TPM_EMULATOR ? "emulator" : "passthrough");
    if (want->kind == TPM_EMULATOR)
        xml_set(backend, "version", str_empty(want->version) ? "2.0" : want->version);
    else
        xml_set(xml_add(backend, "device"), "path", "/dev/tpm0");
    return 0;
}
