/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.devices: USB and PCI devices of the host, from libvirt, with the VMs that have or want them. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *hex_id(xmlNode *node, const char *name)
{
    AUTO_FREE char *text = xml_attribute(node, name, LIMIT_NAME);
    return text ? x_printf("%04lx", strtol(text, NULL, 0) & 0xffff) : NULL;
}

static char *name_of(xmlNode *node)
{
    char *text = xml_text(node, LIMIT_NAME);
    if (text && !*text) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---------------------------------------------------------------- one device */

static void read_common(xmlNode *root, xmlNode *capability, HostDevice *ret)
{
    xmlNode *vendor = xml_child(capability, "vendor");
    xmlNode *product = xml_child(capability, "product");
    ret->vendor_id = hex_id(vendor, "id");
    ret->product_id = hex_id(product, "id");
    ret->vendor = name_of(vendor);
    ret->product = name_of(product);
    ret->driver = xml_text(xml_child(root, "driver/name"), LIMIT_NAME);
}

static char *pci_key(long domain, long bus, long slot, long function)
{
    return x_printf("pci:%04lx:%02lx:%02lx.%lx", domain & 0xffff, bus & 0xff, slot & 0xff, function & 0xf);
}

static long hex_attribute(xmlNode *node, const char *name)
{
    AUTO_FREE char *text = xml_attribute(node, name, LIMIT_NAME);
    return text ? strtol(text, NULL, 0) : 0;
}

static void read_group(xmlNode *group, HostDevice *ret)
{
    if (!group)
        return;
    ret->iommu_group = xml_attribute_number(group, "number") + 1;
    for (xmlNode *node = xml_child(group, "address"); node && ret->with.count < LIMIT_USERS; node = xml_next(node, "address")) {
        AUTO_FREE char *key = pci_key(hex_attribute(node, "domain"), hex_attribute(node, "bus"), hex_attribute(node, "slot"), hex_attribute(node, "function"));
        if (!str_equal(key, ret->key))
            StrList_add(&ret->with, key);
    }
}

static void read_pci(xmlNode *root, xmlNode *capability, HostDevice *ret)
{
    enum { BRIDGE = 0x06 };
    AUTO_FREE char *class = xml_text(xml_child(capability, "class"), LIMIT_NAME);
    long number = class ? strtol(class, NULL, 0) : 0;
    ret->kind = HOST_DEVICE_PCI;
    ret->key = pci_key(xml_number(xml_child(capability, "domain")), xml_number(xml_child(capability, "bus")),
                       xml_number(xml_child(capability, "slot")), xml_number(xml_child(capability, "function")));
    ret->class_id = x_printf("%06lx", number & 0xffffff);
    read_common(root, capability, ret);
    read_group(xml_child(capability, "iommuGroup"), ret);
    if (number >> 16 == BRIDGE)
        ret->why_not = x_strdup("It is a bridge of the host.");
    else if (!ret->iommu_group)
        ret->why_not = x_strdup("The host has no IOMMU, or it is switched off (firmware settings; kernel parameter intel_iommu=on, amd_iommu=on).");
}

static void read_usb(xmlNode *root, xmlNode *capability, HostDevice *ret)
{
    ret->kind = HOST_DEVICE_USB;
    read_common(root, capability, ret);
    ret->key = x_printf("usb:%s:%s:%lld.%lld", ret->vendor_id ? ret->vendor_id : "0000", ret->product_id ? ret->product_id : "0000",
                        (long long)xml_number(xml_child(capability, "bus")), (long long)xml_number(xml_child(capability, "device")));
    if (str_equal(ret->driver, "hub") || str_equal(ret->vendor_id, "1d6b")) /* the Linux Foundation's: root hubs */
        ret->why_not = x_strdup("It is a hub of the host.");
}

static bool read_device(virNodeDevicePtr device, HostDevice *ret)
{
    char *xml = virNodeDeviceGetXMLDesc(device, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "device", NULL) : NULL;
    free(xml);
    *ret = (HostDevice){ 0 };
    for (xmlNode *node = xml_child(root, "capability"); node && !ret->key; node = xml_next(node, "capability")) {
        if (xml_attribute_is(node, "type", "pci"))
            read_pci(root, node, ret);
        else if (xml_attribute_is(node, "type", "usb_device"))
            read_usb(root, node, ret);
    }
    xml_free(root);
    return ret->key != NULL;
}

/* ---------------------------------------------------------------- all of them */

/* USB devices are named by vendor and product alone where that is enough: the rest changes whenever they are plugged in. */
static void shorten_keys(HostDeviceList *devices)
{
    enum { IDS = sizeof "usb:1d6b:0002" - 1 };
    for (size_t i = 0; i < devices->count; i++) {
        HostDevice *device = &devices->items[i];
        size_t same = 0;
        for (size_t k = 0; k < devices->count && device->kind == HOST_DEVICE_USB; k++)
            same += strncmp(devices->items[k].key, device->key, IDS) == 0;
        if (same == 1 && strlen(device->key) > IDS)
            device->key[IDS] = 0;
    }
}

/* Whether a VM's device is that of the host: either key may have the port, or not. */
static bool same_device(const char *wanted, const char *key)
{
    size_t length = strlen(wanted) < strlen(key) ? strlen(wanted) : strlen(key);
    return strncmp(wanted, key, length) == 0 && (!wanted[length] || wanted[length] == ':') && (!key[length] || key[length] == ':');
}

static void note_users(const char *name, const char *xml, bool running, HostDeviceList *devices)
{
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
    VmConfig config = { 0 };
    if (xml_child(root, "devices/hostdev"))
        vm_config_read(root, &config);
    for (size_t i = 0; config.host_devices && i < config.host_devices->items.count; i++) {
        for (size_t k = 0; k < devices->count; k++) {
            HostDevice *device = &devices->items[k];
            if (!same_device(config.host_devices->items.items[i].key, device->key))
                continue;
            if (running && !device->used_by)
                device->used_by = x_strdup(name);
            if (!running && device->wanted_by.count < LIMIT_USERS)
                StrList_add(&device->wanted_by, name);
        }
    }
    VmConfig_clear(&config);
    xml_free(root);
}

static void find_users(virConnectPtr conn, HostDeviceList *devices)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, 0);
    for (int i = 0; i < count; i++) {
        char *stored = virDomainGetXMLDesc(domains[i], VIR_DOMAIN_XML_INACTIVE);
        char *running = virDomainIsActive(domains[i]) > 0 ? virDomainGetXMLDesc(domains[i], 0) : NULL;
        note_users(virDomainGetName(domains[i]), stored, false, devices);
        note_users(virDomainGetName(domains[i]), running, true, devices);
        free(stored);
        free(running);
        virDomainFree(domains[i]);
    }
    free(domains);
}

static int list_devices(virConnectPtr conn, unsigned kind, HostDeviceList *ret, Error *err)
{
    virNodeDevicePtr *devices = NULL;
    int count = virConnectListAllNodeDevices(conn, &devices, kind);
    if (count < 0)
        return virt_error(err, "host.devices");
    for (int i = 0; i < count; i++) {
        HostDevice device;
        if (ret->count < LIMIT_HOST_DEVICES && read_device(devices[i], &device))
            HostDeviceList_add(ret, &device);
        virNodeDeviceFree(devices[i]);
    }
    free(devices);
    return 0;
}

int handle_host_devices(Request *request, const HostDevicesParams *params, HostDeviceTable *ret, Error *err)
{
    AUTO_CONN conn = NULL;
    int owner = drivers_find(request->agent->drivers, params->driver);
    if (owner < 0)
        return error_set(err, ERR_NOT_SUPPORTED, params->driver, "the host has no such driver");
    int code = drivers_connection(request->agent->drivers, owner, &conn, err);
    if (code == 0)
        code = list_devices(conn, VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV, &ret->devices, err);
    shorten_keys(&ret->devices);
    if (code == 0)
        code = list_devices(conn, VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV, &ret->devices, err);
    if (code == 0)
        find_users(conn, &ret->devices);
    return code;
}
