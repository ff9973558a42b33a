/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain descriptions into VmInfo: see domain_xml.h. Everything is bounded by the contract's limits; what is longer is left out. */
#include "agent/domain_xml.h"
#include "agent/disk_place.h"
#include "agent/seed_mark.h"
#include "agent/template.h"
#include "agent/vm_general.h"
#include "agent/xml.h"

#include <stdlib.h>
#include <string.h>

/* The part of a contract word list that libvirt spells the same. */
static DiskBus bus_of(const char *word) { return DiskBus_parse(word); }

static VolumeFormat format_of(xmlNode *disk)
{
    AUTO_FREE char *type = xml_attribute(xml_child(disk, "driver"), "type", LIMIT_NAME);
    return VolumeFormat_parse(type);
}

static void read_source(xmlNode *node, DiskInfo *disk)
{
    xmlNode *source = xml_child(node, "source");
    AUTO_FREE char *pool = xml_attribute(source, "pool", LIMIT_NAME);
    disk->path = disk_place_read(node);
    if (!disk->path && pool)
        disk->volume = xml_attribute(source, "volume", LIMIT_NAME);
}

static bool read_disk(xmlNode *node, DiskInfo *ret)
{
    AUTO_FREE char *device = xml_attribute(node, "device", LIMIT_NAME);
    AUTO_FREE char *bus = xml_attribute(xml_child(node, "target"), "bus", LIMIT_NAME);
    DiskInfo disk = {
        .target = xml_attribute(xml_child(node, "target"), "dev", LIMIT_NAME),
        .device = device ? DiskDevice_parse(device) : DISK_DEVICE_DISK,
        .bus = bus_of(bus),
        .format = format_of(node),
        .readonly = xml_child(node, "readonly") != NULL,
    };
    read_source(node, &disk);
    if (disk.device == DISK_DEVICE_CDROM && disk.format == VOLUME_FORMAT_RAW)
        disk.format = VOLUME_FORMAT_ISO;
    if (disk.target) {
        *ret = disk;
        return true;
    }
    DiskInfo_clear(&disk);
    return false;
}

static void read_disks(xmlNode *devices, DiskInfoList *ret)
{
    for (xmlNode *node = xml_child(devices, "disk"); node && ret->count < LIMIT_DEVICES; node = xml_next(node, "disk")) {
        DiskInfo disk;
        if (read_disk(node, &disk))
            DiskInfoList_add(ret, &disk);
    }
}

static void read_nics(xmlNode *devices, NicInfoList *ret)
{
    static const char *const names[] = { "network", "bridge", "dev" };
    for (xmlNode *node = xml_child(devices, "interface"); node && ret->count < LIMIT_DEVICES; node = xml_next(node, "interface")) {
        NicInfo nic = {
            .mac = xml_attribute(xml_child(node, "mac"), "address", LIMIT_NAME),
            .model = xml_attribute(xml_child(node, "model"), "type", LIMIT_NAME),
        };
        for (size_t i = 0; i < ARRAY_SIZE(names) && !nic.network; i++) {
            nic.network = xml_attribute(xml_child(node, "source"), names[i], LIMIT_NAME);
            nic.host_bridge = nic.network && i > 0;
        }
        NicInfoList_add(ret, &nic);
    }
}

static bool has_vnc(xmlNode *devices)
{
    for (xmlNode *node = xml_child(devices, "graphics"); node; node = xml_next(node, "graphics"))
        if (xml_attribute_is(node, "type", "vnc"))
            return true;
    return false;
}

static VmKind kind_of(xmlNode *root)
{
    AUTO_FREE char *type = xml_text(xml_child(root, "os/type"), LIMIT_NAME);
    return str_equal(type, "exe") ? VM_KIND_CONTAINER : VM_KIND_MACHINE;
}

static Firmware firmware_of(xmlNode *root, VmKind kind)
{
    xmlNode *os = xml_child(root, "os");
    if (kind != VM_KIND_MACHINE)
        return FIRMWARE_UNKNOWN;
    if (xml_attribute_is(os, "firmware", "efi") || xml_attribute_is(xml_child(os, "loader"), "type", "pflash"))
        return FIRMWARE_UEFI;
    return FIRMWARE_BIOS;
}

/* Only while the ISO is still in its drive. */
static void read_seed(xmlNode *root, VmInfo *vm)
{
    SeedMark mark;
    if (!seed_mark_read(root, &mark))
        return;
    if (seed_mark_drive(root, &mark))
        vm->seed = TAKE_PTR(mark.drive);
    seed_mark_clear(&mark);
}

static void read_root(xmlNode *root, VmInfo *vm)
{
    xmlNode *devices = xml_child(root, "devices");
    xmlNode *vcpu = xml_child(root, "vcpu");
    vm->id = xml_text(xml_child(root, "uuid"), LIMIT_UUID);
    vm->name = xml_text(xml_child(root, "name"), LIMIT_NAME);
    vm->description = xml_text(xml_child(root, "description"), LIMIT_TEXT);
    vm_metadata_read(root, vm);
    vm->kind = kind_of(root);
    vm->vcpus = xml_attribute_number(vcpu, "current");
    if (!vm->vcpus)
        vm->vcpus = xml_number(vcpu);
    vm->memory = xml_size(xml_child(root, "memory"), 1024);
    vm->firmware = firmware_of(root, vm->kind);
    vm->console = has_vnc(devices);
    vm->template = template_read(root);
    read_disks(devices, &vm->disks);
    read_nics(devices, &vm->nics);
    read_seed(root, vm);
}

int domain_xml_read(const char *xml, size_t length, VmInfo *ret, Error *err)
{
    xmlNode *root = xml_parse(xml, length, "domain", err);
    if (!root)
        return ERR_LIBVIRT;
    VmInfo vm = { 0 };
    read_root(root, &vm);
    xml_free(root);
    if (!vm.id || !vm.name) {
        VmInfo_clear(&vm);
        return error_set(err, ERR_LIBVIRT, "domain", "its description has no name or no UUID");
    }
    *ret = vm;
    return 0;
}
