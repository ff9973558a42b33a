/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OVF 1.1: see ovf_write.h. Neither VMware nor VirtualBox knows virtio disks or cards, so these become what every guest has a driver for: AHCI and E1000.
 * The elements of an Item stand in the order of their names, as the schema wants.
 */
#include "agent/ovf_write.h"
#include "agent/ovf_guest.h"
#include "agent/xml_write.h"

#include <stdio.h>
#include <string.h>

#define VMDK_FORMAT "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"
#define NS "http://schemas.dmtf.org/ovf/envelope/1"
#define CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"

enum { RESOURCE_CPU = 3, RESOURCE_MEMORY = 4, RESOURCE_IDE = 5, RESOURCE_SCSI = 6, RESOURCE_NIC = 10, RESOURCE_CD = 15, RESOURCE_DISK = 17, RESOURCE_SATA = 20 };

/* Values of an item; NULL and negative ones are left out. */
typedef struct Item {
    int address_on_parent;
    const char *units;
    const char *connection;
    const char *name;
    const char *resource;
    int id;
    int parent;
    const char *subtype;
    int type;
    int64_t quantity;
    bool optional;
} Item;

static void leaf_number(XmlText *xml, const char *element, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    if (value >= 0)
        xml_leaf(xml, element, text);
}

static void leaf(XmlText *xml, const char *element, const char *value)
{
    if (value)
        xml_leaf(xml, element, value);
}

static void put_item(XmlText *xml, const Item *item)
{
    xml_open(xml, "Item");
    if (item->optional)
        xml_put(xml, "ovf:required", "false");
    leaf_number(xml, "rasd:AddressOnParent", item->address_on_parent);
    leaf(xml, "rasd:AllocationUnits", item->units);
    if (item->connection)
        xml_leaf(xml, "rasd:AutomaticAllocation", "true");
    leaf(xml, "rasd:Connection", item->connection);
    leaf(xml, "rasd:ElementName", item->name);
    leaf(xml, "rasd:HostResource", item->resource);
    leaf_number(xml, "rasd:InstanceID", item->id);
    leaf_number(xml, "rasd:Parent", item->parent);
    leaf(xml, "rasd:ResourceSubType", item->subtype);
    leaf_number(xml, "rasd:ResourceType", item->type);
    leaf_number(xml, "rasd:VirtualQuantity", item->quantity);
    xml_close(xml);
}

static void put_references(XmlText *xml, const OvfDisk *disks, size_t count)
{
    xml_open(xml, "References");
    for (size_t i = 0; i < count; i++) {
        char id[40];
        snprintf(id, sizeof id, "file%zu", i + 1);
        xml_open(xml, "File");
        xml_put(xml, "ovf:href", disks[i].file);
        xml_put(xml, "ovf:id", id);
        xml_put_number(xml, "ovf:size", disks[i].size);
        xml_close(xml);
    }
    xml_close(xml);
    xml_open(xml, "DiskSection");
    xml_leaf(xml, "Info", "Virtual disks");
    for (size_t i = 0; i < count; i++) {
        char id[40], file[40];
        snprintf(id, sizeof id, "vmdisk%zu", i + 1);
        snprintf(file, sizeof file, "file%zu", i + 1);
        xml_open(xml, "Disk");
        xml_put_number(xml, "ovf:capacity", disks[i].capacity);
        xml_put(xml, "ovf:capacityAllocationUnits", "byte");
        xml_put(xml, "ovf:diskId", id);
        xml_put(xml, "ovf:fileRef", file);
        xml_put(xml, "ovf:format", VMDK_FORMAT);
        xml_close(xml);
    }
    xml_close(xml);
}

static const char *network_of(const NicInfo *nic) { return str_empty(nic->network) ? "default" : nic->network; }

static void put_networks(XmlText *xml, const VmInfo *vm)
{
    xml_open(xml, "NetworkSection");
    xml_leaf(xml, "Info", "Networks");
    for (size_t i = 0; i < vm->nics.count; i++) {
        bool told = false;
        for (size_t j = 0; j < i; j++)
            told = told || str_equal(network_of(&vm->nics.items[i]), network_of(&vm->nics.items[j]));
        if (told)
            continue;
        xml_open(xml, "Network");
        xml_put(xml, "ovf:name", network_of(&vm->nics.items[i]));
        xml_leaf(xml, "Description", network_of(&vm->nics.items[i]));
        xml_close(xml);
    }
    xml_close(xml);
}

/* Controllers have fixed numbers; only those with disks are written. */
enum { ID_CPU = 1, ID_MEMORY, ID_SATA, ID_SCSI, ID_IDE, ID_FIRST_FREE };

static int controller_of(DiskBus bus) { return bus == DISK_BUS_IDE ? ID_IDE : bus == DISK_BUS_SCSI ? ID_SCSI : ID_SATA; }

static void put_controllers(XmlText *xml, const OvfDisk *disks, size_t count)
{
    static const Item controllers[] = {
        { -1, NULL, NULL, "SATA controller 0", NULL, ID_SATA, -1, "AHCI", RESOURCE_SATA, -1, false },
        { -1, NULL, NULL, "SCSI controller 0", NULL, ID_SCSI, -1, "lsilogic", RESOURCE_SCSI, -1, false },
        { -1, NULL, NULL, "IDE controller 0", NULL, ID_IDE, -1, "PIIX4", RESOURCE_IDE, -1, false },
    };
    for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
        bool used = controllers[i].id == ID_SATA && !count;
        for (size_t j = 0; j < count; j++)
            used = used || controller_of(disks[j].bus) == controllers[i].id;
        if (used)
            put_item(xml, &controllers[i]);
    }
}

static int put_disks(XmlText *xml, const OvfDisk *disks, size_t count, int id)
{
    int used[ID_FIRST_FREE] = { 0 };
    for (size_t i = 0; i < count; i++) {
        char name[48], resource[48];
        int controller = controller_of(disks[i].bus);
        snprintf(name, sizeof name, "Disk %zu", i + 1);
        snprintf(resource, sizeof resource, "ovf:/disk/vmdisk%zu", i + 1);
        put_item(xml, &(Item){ used[controller]++, NULL, NULL, name, resource, id++, controller, NULL, RESOURCE_DISK, -1, false });
    }
    return id;
}

static void put_hardware(XmlText *xml, const VmInfo *vm, const OvfDisk *disks, size_t count)
{
    xml_open(xml, "VirtualHardwareSection");
    xml_leaf(xml, "Info", "Virtual hardware");
    xml_open(xml, "System");
    xml_leaf(xml, "vssd:ElementName", "Virtual Hardware Family");
    xml_leaf(xml, "vssd:InstanceID", "0");
    xml_leaf(xml, "vssd:VirtualSystemIdentifier", vm->name);
    xml_leaf(xml, "vssd:VirtualSystemType", "vmx-13");
    xml_close(xml);
    put_item(xml, &(Item){ -1, "hertz * 10^6", NULL, "Virtual CPUs", NULL, ID_CPU, -1, NULL, RESOURCE_CPU, vm->vcpus, false });
    put_item(xml, &(Item){ -1, "byte * 2^20", NULL, "Memory", NULL, ID_MEMORY, -1, NULL, RESOURCE_MEMORY, vm->memory >> 20, false });
    put_controllers(xml, disks, count);
    int id = put_disks(xml, disks, count, ID_FIRST_FREE);
    for (size_t i = 0; i < vm->nics.count; i++) {
        char name[48];
        snprintf(name, sizeof name, "Ethernet %zu", i + 1);
        put_item(xml, &(Item){ -1, NULL, network_of(&vm->nics.items[i]), name, NULL, id++, -1, "E1000", RESOURCE_NIC, -1, false });
    }
    if (vm->firmware == FIRMWARE_UEFI)
        xml_empty(xml, "vmw:Config", "ovf:required", "false", "vmw:key", "firmware", "vmw:value", "efi", NULL);
    xml_close(xml);
}

static void put_system_kind(XmlText *xml, const VmInfo *vm)
{
    xml_open(xml, "OperatingSystemSection");
    xml_put_number(xml, "ovf:id", ovf_guest_number(vm->guest));
    xml_put(xml, "vmw:osType", ovf_guest_word(vm->guest));
    xml_leaf(xml, "Info", "Guest operating system");
    leaf(xml, "Description", str_empty(vm->guest) ? NULL : vm->guest);
    xml_close(xml);
}

char *ovf_text(const VmInfo *vm, const OvfDisk *disks, size_t count)
{
    XmlText xml = xml_text_begin();
    xml_open(&xml, "Envelope");
    xml_put(&xml, "xmlns", NS);
    xml_put(&xml, "xmlns:ovf", NS);
    xml_put(&xml, "xmlns:rasd", CIM "CIM_ResourceAllocationSettingData");
    xml_put(&xml, "xmlns:vssd", CIM "CIM_VirtualSystemSettingData");
    xml_put(&xml, "xmlns:vmw", "http://www.vmware.com/schema/ovf");
    put_references(&xml, disks, count);
    put_networks(&xml, vm);
    xml_open(&xml, "VirtualSystem");
    xml_put(&xml, "ovf:id", vm->name);
    xml_leaf(&xml, "Info", "A virtual machine");
    xml_leaf(&xml, "Name", vm->name);
    put_system_kind(&xml, vm);
    if (!str_empty(vm->description)) {
        xml_open(&xml, "AnnotationSection");
        xml_leaf(&xml, "Info", "Description");
        xml_leaf(&xml, "Annotation", vm->description);
        xml_close(&xml);
    }
    put_hardware(&xml, vm, disks, count);
    xml_close(&xml);
    xml_close(&xml);
    return xml_text_end(&xml);
}
