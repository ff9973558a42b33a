/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial ports, and channels to programs in the guest, from and to a VM's description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/vm_config_part.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SERIAL_LOGS "/var/log/libvirt/qemu"

static char *channel_key(xmlNode *node) { return xml_attribute(xml_child(node, "target"), "name", LIMIT_NAME); }
static bool is_virtio(xmlNode *node) { return xml_attribute_is(xml_child(node, "target"), "type", "virtio"); }

const DeviceKind serial_devices = { "serial", NULL, NULL };
const DeviceKind channel_devices = { "channel", channel_key, is_virtio };

/* ---------------------------------------------------------------- serial ports */

static void read_serial(xmlNode *node, const char *key, VmSerial *ret)
{
    *ret = (VmSerial){
        .key = x_strdup(key),
        .type = xml_attribute(node, "type", LIMIT_NAME),
        .path = xml_attribute(xml_child(node, "source"), "path", LIMIT_PATH),
        .log = xml_attribute(xml_child(node, "log"), "file", LIMIT_PATH),
    };
    if (str_equal(ret->type, "pty")) { /* another one at each start */
        free(ret->path);
        ret->path = NULL;
    }
}

void serial_read(xmlNode *root, VmSerials *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &serial_devices, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        VmSerial serial;
        read_serial(nodes.items[i].node, nodes.items[i].key, &serial);
        VmSerialList_add(&ret->items, &serial);
    }
    device_nodes_clear(&nodes);
}

static char *log_path(const Edit *edit)
{
    size_t number = 0;
    for (xmlNode *node = xml_child(edit->devices, "serial"); node; node = xml_next(node, "serial"))
        number++;
    return x_printf(SERIAL_LOGS "/%s-serial%zu.log", str_or_empty(edit->name), number);
}

static int change_serial(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    const VmSerial *want = item;
    VmSerial old;
    read_serial(node, want->key, &old);
    bool other = is_new || text_differs(old.type, want->type);
    bool known = str_equal(want->type, "pty") || str_equal(want->type, "file");
    if (other && known) {
        AUTO_FREE char *path = log_path(edit);
        xml_set(node, "type", want->type);
        xml_remove_all(node, "source");
        if (str_equal(want->type, "file"))
            xml_set(xml_add(node, "source"), "path", path);
    }
    VmSerial_clear(&old);
    return other && !known ? edit_refuse(edit, "a serial port is made as pty or file; others can be made in its description") : 0;
}

static bool same_types(const VmSerials *a, const VmSerials *b)
{
    bool same = a->items.count == b->items.count;
    for (size_t i = 0; i < a->items.count && same; i++)
        same = str_equal(a->items.items[i].type, b->items.items[i].type) && str_equal(a->items.items[i].key, b->items.items[i].key);
    return same;
}

/* libvirt makes the text console from the first serial port, and a serial port from such a console. */
static void forget_console(xmlNode *devices)
{
    for (xmlNode *node = xml_child(devices, "console"); node;) {
        xmlNode *next = xml_next(node, "console");
        if (!xml_child(node, "target") || xml_attribute_is(xml_child(node, "target"), "type", "serial"))
            xml_remove(node);
        node = next;
    }
}

int serial_write(const Edit *edit, const VmSerials *old, const VmSerials *want)
{
    if (!same_types(old, want))
        forget_console(edit->devices);
    return devices_write(edit, &serial_devices, want->items.items, want->items.count, sizeof(VmSerial), change_serial);
}

/* ---------------------------------------------------------------- channels */

void channels_read(xmlNode *root, VmChannels *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &channel_devices, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        xmlNode *node = nodes.items[i].node;
        VmChannel channel = {
            .key = x_strdup(nodes.items[i].key),
            .name = channel_key(node),
            .type = xml_attribute(node, "type", LIMIT_NAME),
            .connected = xml_attribute_is(xml_child(node, "target"), "state", "connected"),
        };
        VmChannelList_add(&ret->items, &channel);
    }
    device_nodes_clear(&nodes);
}

static bool is_channel_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
            return false;
    return *name != 0;
}

static int change_channel(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    const VmChannel *want = item;
    if (!is_new)
        return 0;
    if (!is_channel_name(want->name))
        return edit_refuse(edit, "'%s' is no name of a channel", want->name);
    if (!str_empty(want->type) && !str_equal(want->type, "unix") && !str_equal(want->type, "spicevmc") && !str_equal(want->type, "pty"))
        return edit_refuse(edit, "a channel is made as unix, pty or spicevmc; others can be made in its description");
    xmlNode *target = xml_add(node, "target");
    xml_set(node, "type", !str_empty(want->type) ? want->type : str_equal(want->name, "com.redhat.spice.0") ? "spicevmc" : "unix");
    xml_set(target, "type", "virtio");
    xml_set(target, "name", want->name);
    return 0;
}

int channels_write(const Edit *edit, const VmChannels *old, const VmChannels *want)
{
    (void)old;
    return devices_write(edit, &channel_devices, want->items.items, want->items.count, sizeof(VmChannel), change_channel);
}
