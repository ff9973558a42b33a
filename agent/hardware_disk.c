/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks and drives of a VM from and to its description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/disk_place.h"
#include "agent/vm_config_part.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words that libvirt spells as the contract does; the first two of an enumeration are "unknown" and "default". */
enum { WORD_DEFAULT = 1, IOTHREADS_MAX = 64 };

static char *disk_key(xmlNode *node) { return xml_attribute(xml_child(node, "target"), "dev", LIMIT_NAME); }

const DeviceKind disk_devices = { "disk", disk_key, NULL };

/* ---------------------------------------------------------------- reading */

static const struct { const char *element; size_t at; } limit_fields[] = {
    { "total_bytes_sec", offsetof(DiskLimits, total_bytes) }, { "read_bytes_sec", offsetof(DiskLimits, read_bytes) },
    { "write_bytes_sec", offsetof(DiskLimits, write_bytes) }, { "total_iops_sec", offsetof(DiskLimits, total_iops) },
    { "read_iops_sec", offsetof(DiskLimits, read_iops) },     { "write_iops_sec", offsetof(DiskLimits, write_iops) },
};

static int64_t *limit_at(DiskLimits *limits, size_t index) { return (int64_t *)(void *)((char *)limits + limit_fields[index].at); }

/* NULL: none. */
static DiskLimits *read_limits(xmlNode *tune)
{
    DiskLimits limits = { 0 };
    bool any = false;
    for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++) {
        *limit_at(&limits, i) = xml_number(xml_child(tune, limit_fields[i].element));
        any |= *limit_at(&limits, i) != 0;
    }
    return any ? x_memdup(&limits, 1, sizeof limits) : NULL;
}

static char *read_path(xmlNode *node)
{
    char *path = disk_place_read(node);
    xmlNode *source = xml_child(node, "source");
    AUTO_FREE char *pool = xml_attribute(source, "pool", LIMIT_NAME);
    AUTO_FREE char *volume = xml_attribute(source, "volume", LIMIT_NAME);
    return !path && pool && volume ? x_printf("volume:%s/%s", pool, volume) : path;
}

static xmlNode *scsi_controller(xmlNode *devices, int64_t index)
{
    for (xmlNode *node = xml_child(devices, "controller"); node; node = xml_next(node, "controller"))
        if (xml_attribute_is(node, "type", "scsi") && xml_attribute_number(node, "index") == index)
            return node;
    return NULL;
}

static int cache_of(xmlNode *driver)
{
    AUTO_FREE char *word = xml_attribute(driver, "cache", LIMIT_NAME);
    return word && !str_equal(word, "default") ? (int)DiskCache_parse(word) : WORD_DEFAULT;
}

static int discard_of(xmlNode *driver)
{
    AUTO_FREE char *word = xml_attribute(driver, "discard", LIMIT_NAME);
    return word ? (int)DiskDiscard_parse(word) : WORD_DEFAULT;
}

static void read_disk(xmlNode *node, const char *key, VmDisk *ret)
{
    xmlNode *driver = xml_child(node, "driver");
    AUTO_FREE char *device = xml_attribute(node, "device", LIMIT_NAME);
    AUTO_FREE char *bus = xml_attribute(xml_child(node, "target"), "bus", LIMIT_NAME);
    AUTO_FREE char *format = xml_attribute(driver, "type", LIMIT_NAME);
    *ret = (VmDisk){
        .key = x_strdup(key),
        .device = device ? DiskDevice_parse(device) : DISK_DEVICE_DISK,
        .bus = DiskBus_parse(bus),
        .format = VolumeFormat_parse(format),
        .readonly = xml_child(node, "readonly") != NULL,
        .shareable = xml_child(node, "shareable") != NULL,
        .serial = xml_text(xml_child(node, "serial"), LIMIT_NAME),
        .cache = (DiskCache)cache_of(driver),
        .discard = (DiskDiscard)discard_of(driver),
        .io_thread = xml_attribute_number(driver, "iothread"),
        .limits = read_limits(xml_child(node, "iotune")),
    };
    ret->path = read_path(node);
    if (ret->bus == DISK_BUS_SCSI)
        ret->controller = xml_attribute(scsi_controller(node->parent, xml_attribute_number(xml_child(node, "address"), "controller")), "model", LIMIT_NAME);
    if (ret->device == DISK_DEVICE_CDROM && ret->format == VOLUME_FORMAT_RAW)
        ret->format = VOLUME_FORMAT_ISO;
    if (!ret->path) /* of an empty drive it says nothing, and libvirt writes it only while the VM runs */
        ret->format = VOLUME_FORMAT_UNKNOWN;
}

void disks_read(xmlNode *root, VmDisks *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &disk_devices, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        VmDisk disk;
        read_disk(nodes.items[i].node, nodes.items[i].key, &disk);
        VmDiskList_add(&ret->items, &disk);
    }
    device_nodes_clear(&nodes);
}

/* ---------------------------------------------------------------- places */

static bool target_used(const Edit *edit, const char *target)
{
    for (xmlNode *node = xml_child(edit->devices, "disk"); node; node = xml_next(node, "disk"))
        if (xml_attribute_is(xml_child(node, "target"), "dev", target))
            return true;
    return false;
}

/* vda, sda, hda ...: the first that is free, as guests and libvirt count. */
static void free_target(const Edit *edit, DiskBus bus, char ret[8])
{
    const char *prefix = bus == DISK_BUS_VIRTIO ? "vd" : bus == DISK_BUS_IDE ? "hd" : bus == DISK_BUS_FDC ? "fd" : bus == DISK_BUS_XEN ? "xvd" : "sd";
    for (int number = 0; number < 26 * 27; number++) {
        if (number < 26)
            snprintf(ret, 8, "%s%c", prefix, 'a' + number);
        else
            snprintf(ret, 8, "%s%c%c", prefix, 'a' + number / 26 - 1, 'a' + number % 26);
        if (!target_used(edit, ret))
            return;
    }
}

/* The controller of that model (NULL: the first one), made when there is none; its number. */
static int64_t need_controller(const Edit *edit, const char *model)
{
    int64_t next = 0;
    for (xmlNode *node = xml_child(edit->devices, "controller"); node; node = xml_next(node, "controller")) {
        if (!xml_attribute_is(node, "type", "scsi"))
            continue;
        if (str_empty(model) || xml_attribute_is(node, "model", model))
            return xml_attribute_number(node, "index");
        if (xml_attribute_number(node, "index") >= next)
            next = xml_attribute_number(node, "index") + 1;
    }
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)next);
    xmlNode *made = xml_add(edit->devices, "controller");
    xml_set(made, "type", "scsi");
    xml_set(made, "index", number);
    xml_set(made, "model", str_empty(model) ? "virtio-scsi" : model);
    return next;
}

static bool unit_used(const Edit *edit, int64_t controller, int64_t unit)
{
    for (xmlNode *node = xml_child(edit->devices, "disk"); node; node = xml_next(node, "disk")) {
        xmlNode *address = xml_child(node, "address");
        if (address && xml_attribute_is(xml_child(node, "target"), "bus", "scsi") && xml_attribute_number(address, "controller") == controller
            && xml_attribute_number(address, "unit") == unit && !xml_attribute_number(address, "target"))
            return true;
    }
    return false;
}

static void place_on_scsi(const Edit *edit, xmlNode *node, const char *model)
{
    enum { UNITS = 256, RESERVED = 7 }; /* parallel controllers have number 7 themselves */
    int64_t controller = need_controller(edit, model);
    int64_t unit = 0;
    while (unit < UNITS && (unit == RESERVED || unit_used(edit, controller, unit)))
        unit++;
    char text[24];
    xmlNode *address = xml_add(node, "address");
    xml_set(address, "type", "drive");
    snprintf(text, sizeof text, "%lld", (long long)controller);
    xml_set(address, "controller", text);
    xml_set(address, "bus", "0");
    xml_set(address, "target", "0");
    snprintf(text, sizeof text, "%lld", (long long)unit);
    xml_set(address, "unit", text);
}

/* Another bus means another name in the guest and another place. */
static void write_bus(const Edit *edit, xmlNode *node, const VmDisk *old, const VmDisk *want, bool is_new)
{
    bool other_bus = want->bus != DISK_BUS_UNKNOWN && (is_new || want->bus != old->bus);
    bool other_controller = want->bus == DISK_BUS_SCSI && !str_empty(want->controller) && text_differs(want->controller, old->controller);
    if (!other_bus && !other_controller)
        return;
    xml_remove_all(node, "address");
    if (other_bus) {
        char target[8];
        xml_remove_all(node, "target");
        free_target(edit, want->bus, target);
        xmlNode *made = xml_add(node, "target");
        xml_set(made, "dev", target);
        xml_set(made, "bus", DiskBus_name(want->bus));
    }
    if (want->bus == DISK_BUS_SCSI)
        place_on_scsi(edit, node, want->controller);
}

/* ---------------------------------------------------------------- writing */

static int check(const Edit *edit, const VmDisk *old, const VmDisk *want, bool is_new)
{
    bool drive = want->device != DISK_DEVICE_DISK;
    bool moved = is_new || want->bus != old->bus; /* others' disks are where they are, of whatever kind */
    if (!is_new && want->device != old->device)
        return edit_refuse(edit, "%s cannot become another kind of drive", want->key);
    if (is_new && want->device == DISK_DEVICE_UNKNOWN)
        return edit_refuse(edit, "a new drive is of no known kind");
    if (is_new && want->bus == DISK_BUS_UNKNOWN)
        return edit_refuse(edit, "a new disk has no bus");
    if (moved && (want->bus == DISK_BUS_VIRTIO) > !drive)
        return edit_refuse(edit, "the bus virtio has disks only");
    if (moved && (want->bus == DISK_BUS_FDC) != (want->device == DISK_DEVICE_FLOPPY))
        return edit_refuse(edit, "floppy drives, and nothing else, are on the bus fdc");
    if (!drive && str_empty(want->path) && (is_new || !str_empty(old->path)))
        return edit_refuse(edit, "a disk has no volume");
    if (want->io_thread < 0 || want->io_thread > IOTHREADS_MAX)
        return edit_refuse(edit, "an I/O thread has a number from 1 to %d", IOTHREADS_MAX);
    if (want->io_thread && want->bus != DISK_BUS_VIRTIO)
        return edit_refuse(edit, "only disks on the bus virtio can have an I/O thread of their own");
    return 0;
}

static int check_limits(const Edit *edit, DiskLimits *limits)
{
    if (!limits)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++)
        if (*limit_at(limits, i) < 0)
            return edit_refuse(edit, "a limit of a disk is below 0");
    if (limits->total_bytes && (limits->read_bytes || limits->write_bytes))
        return edit_refuse(edit, "a disk has either a limit for all bytes, or limits for reading and writing");
    if (limits->total_iops && (limits->read_iops || limits->write_iops))
        return edit_refuse(edit, "a disk has either a limit for all requests, or limits for reading and writing");
    return 0;
}

static int check_serial(const Edit *edit, const char *serial)
{
    for (const char *p = str_or_empty(serial); *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-. +", *p))
            return edit_refuse(edit, "the serial number '%s' has characters other than letters, digits and _-.+", serial);
    return 0;
}

static void write_source(xmlNode *node, const VmDisk *old, const VmDisk *want)
{
    if (!text_differs(old->path, want->path))
        return;
    disk_place_write(node, str_or_empty(want->path));
    if (str_empty(want->path))
        return;
    const char *format = want->format == VOLUME_FORMAT_ISO || want->format == VOLUME_FORMAT_UNKNOWN ? "raw" : VolumeFormat_name(want->format);
    xml_set(xml_need(node, "driver"), "type", format);
}

static void write_driver(const Edit *edit, xmlNode *node, const VmDisk *old, const VmDisk *want)
{
    xmlNode *driver = xml_need(node, "driver");
    if (want->cache != DISK_CACHE_UNKNOWN && want->cache != old->cache)
        xml_set(driver, "cache", want->cache == DISK_CACHE_DEFAULT ? NULL : DiskCache_name(want->cache));
    if (want->discard != DISK_DISCARD_UNKNOWN && want->discard != old->discard)
        xml_set(driver, "discard", want->discard == DISK_DISCARD_DEFAULT ? NULL : DiskDiscard_name(want->discard));
    xml_set_number(driver, "iothread", want->io_thread);
    if (want->io_thread > xml_number(xml_child(edit->root, "iothreads")))
        xml_set_leaf_number(edit->root, "iothreads", want->io_thread);
    xml_remove_empty(driver);
}

static void write_limits(xmlNode *node, DiskLimits *limits)
{
    DiskLimits none = { 0 };
    xmlNode *tune = xml_need(node, "iotune");
    for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++)
        xml_set_leaf_number(tune, limit_fields[i].element, *limit_at(limits ? limits : &none, i));
    xml_remove_empty(tune);
}

static int change_disk(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    const VmDisk *want = item;
    VmDisk old;
    read_disk(node, want->key, &old);
    int code = check(edit, &old, want, is_new);
    if (code == 0)
        code = check_limits(edit, want->limits);
    if (code == 0 && text_differs(old.serial, want->serial))
        code = check_serial(edit, want->serial);
    if (code == 0) {
        if (is_new) {
            xml_set(node, "device", DiskDevice_name(want->device));
            xml_set(node, "type", "file");
            xml_set(xml_add(node, "driver"), "name", "qemu");
        }
        write_source(node, &old, want);
        write_driver(edit, node, &old, want);
        write_bus(edit, node, &old, want, is_new);
        write_limits(node, want->limits);
        edit_leaf(node, "serial", old.serial, want->serial);
        xml_set_flag(node, "readonly", want->readonly || want->device == DISK_DEVICE_CDROM);
        xml_set_flag(node, "shareable", want->shareable);
    }
    VmDisk_clear(&old);
    return code;
}

int disks_write(const Edit *edit, const VmDisks *old, const VmDisks *want)
{
    (void)old;
    return devices_write(edit, &disk_devices, want->items.items, want->items.count, sizeof(VmDisk), change_disk);
}
