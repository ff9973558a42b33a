/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices of the host that were given to a VM, from and to its description: see vm_config_part.h. A key says which: usb:1d6b:0002 (vendor and
 * product), usb:1d6b:0002:1.4 (and at which port now: bus and device number), pci:0000:00:1f.3. No libvirt calls; any thread.
 */
#include "agent/vm_config_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long hex_attribute(xmlNode *node, const char *name)
{
    AUTO_FREE char *text = xml_attribute(node, name, LIMIT_NAME);
    return text ? strtol(text, NULL, 0) & 0xffff : 0;
}

static char *usb_key(xmlNode *source)
{
    xmlNode *vendor = xml_child(source, "vendor");
    xmlNode *address = xml_child(source, "address");
    AUTO_FREE char *ids = vendor ? x_printf("%04lx:%04lx", hex_attribute(vendor, "id") , hex_attribute(xml_child(source, "product"), "id")) : x_strdup("*");
    if (!address)
        return x_printf("usb:%s", ids);
    return x_printf("usb:%s:%lld.%lld", ids, (long long)xml_attribute_number(address, "bus"), (long long)xml_attribute_number(address, "device"));
}

static char *device_key(xmlNode *node)
{
    xmlNode *source = xml_child(node, "source");
    xmlNode *address = xml_child(source, "address");
    if (xml_attribute_is(node, "type", "usb"))
        return usb_key(source);
    return x_printf("pci:%04lx:%02lx:%02lx.%lx", hex_attribute(address, "domain"), hex_attribute(address, "bus") & 0xff,
                    hex_attribute(address, "slot") & 0xff, hex_attribute(address, "function") & 0xf);
}

/* Others (mediated devices, SCSI) are left as they are. */
static bool is_usb_or_pci(xmlNode *node)
{
    return xml_attribute_is(node, "mode", "subsystem") && (xml_attribute_is(node, "type", "usb") || xml_attribute_is(node, "type", "pci"));
}

const DeviceKind host_devices_of_vm = { "hostdev", device_key, is_usb_or_pci };

void host_devices_read(xmlNode *root, VmHostDevices *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &host_devices_of_vm, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        VmHostDevice device = {
            .key = x_strdup(nodes.items[i].key),
            .kind = xml_attribute_is(nodes.items[i].node, "type", "usb") ? HOST_DEVICE_USB : HOST_DEVICE_PCI,
            .device = device_key(nodes.items[i].node),
        };
        VmHostDeviceList_add(&ret->items, &device);
    }
    device_nodes_clear(&nodes);
}

static void set_hex(xmlNode *node, const char *name, int width, unsigned value)
{
    char text[16];
    snprintf(text, sizeof text, "0x%0*x", width, value);
    xml_set(node, name, text);
}

static bool make_usb(xmlNode *node, const char *key)
{
    unsigned vendor = 0;
    unsigned product = 0;
    unsigned bus = 0;
    unsigned device = 0;
    int end = 0;
    bool placed = sscanf(key, "usb:%4x:%4x:%3u.%3u%n", &vendor, &product, &bus, &device, &end) == 4 && !key[end];
    if (!placed && (sscanf(key, "usb:%4x:%4x%n", &vendor, &product, &end) != 2 || key[end]))
        return false;
    xmlNode *source = xml_add(node, "source");
    xml_set(node, "mode", "subsystem");
    xml_set(node, "type", "usb");
    xml_set(source, "startupPolicy", "optional"); /* a stick that was pulled must not keep the VM from starting */
    set_hex(xml_add(source, "vendor"), "id", 4, vendor);
    set_hex(xml_add(source, "product"), "id", 4, product);
    if (placed) {
        xmlNode *address = xml_add(source, "address");
        xml_set_number(address, "bus", (int64_t)bus);
        xml_set_number(address, "device", (int64_t)device);
    }
    return true;
}

static bool make_pci(xmlNode *node, const char *key)
{
    unsigned part[4];
    int end = 0;
    if (sscanf(key, "pci:%4x:%2x:%2x.%1x%n", &part[0], &part[1], &part[2], &part[3], &end) != 4 || key[end])
        return false;
    xmlNode *address = xml_add(xml_add(node, "source"), "address");
    xml_set(node, "mode", "subsystem");
    xml_set(node, "type", "pci");
    xml_set(node, "managed", "yes"); /* libvirt takes it from the host's driver and gives it back */
    set_hex(address, "domain", 4, part[0]);
    set_hex(address, "bus", 2, part[1]);
    set_hex(address, "slot", 2, part[2]);
    set_hex(address, "function", 1, part[3]);
    return true;
}

static int change_device(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    const VmHostDevice *want = item;
    if (!is_new)
        return 0;
    if (str_empty(want->device) || !(make_usb(node, want->device) || make_pci(node, want->device)))
        return edit_refuse(edit, "'%s' names no USB or PCI device of the host", str_or_empty(want->device));
    return 0;
}

int host_devices_write(const Edit *edit, const VmHostDevices *old, const VmHostDevices *want)
{
    (void)old;
    return devices_write(edit, &host_devices_of_vm, want->items.items, want->items.count, sizeof(VmHostDevice), change_device);
}
