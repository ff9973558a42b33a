/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VmConfig from and to a domain's description: see vm_config.h. The groups are in vm_general.c and hardware_*.c. */
#include "agent/vm_compare.h"
#include "agent/vm_config_part.h"

#include <stdlib.h>
#include <string.h>

int edit_refuse(const Edit *edit, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO_FREE char *cause = x_vprintf(format, args);
    va_end(args);
    return error_set(edit->err, ERR_VM_SETTING, edit->name, "%s", cause);
}

bool text_differs(const char *a, const char *b) { return !str_equal(str_or_empty(a), str_or_empty(b)); }

void edit_leaf(xmlNode *parent, const char *name, const char *old, const char *want)
{
    if (text_differs(old, want))
        xml_set_leaf(parent, name, want);
}

/* ---------------------------------------------------------------- devices and their keys */

static char *unique_key(const DeviceNodes *nodes, char *key)
{
    size_t same = 1;
    size_t length = strlen(key);
    for (size_t i = 0; i < nodes->count; i++) {
        const char *other = nodes->items[i].key;
        same += strncmp(other, key, length) == 0 && (!other[length] || other[length] == '#');
    }
    if (same == 1)
        return key;
    char *unique = x_printf("%s#%zu", key, same);
    free(key);
    return unique;
}

enum { KEY_MAX = LIMIT_NAME - 16 }; /* leaves room for what makes it unique */

void device_nodes_read(xmlNode *devices, const DeviceKind *kind, DeviceNodes *ret)
{
    *ret = (DeviceNodes){ 0 };
    for (xmlNode *node = xml_child(devices, kind->element); node && ret->count < LIMIT_DEVICES; node = xml_next(node, kind->element)) {
        if (kind->is_ours && !kind->is_ours(node))
            continue;
        char *key = kind->key_of ? kind->key_of(node) : NULL;
        if (str_empty(key) || strlen(key) > KEY_MAX) {
            free(key);
            key = x_printf("%zu", ret->count);
        }
        ret->items = x_realloc(ret->items, ret->count + 1, sizeof *ret->items);
        ret->items[ret->count] = (DeviceNode){ node, unique_key(ret, key) };
        ret->count++;
    }
}

void device_nodes_clear(DeviceNodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        free(nodes->items[i].key);
    free(nodes->items);
    *nodes = (DeviceNodes){ 0 };
}

typedef struct Items {
    const char *items;
    size_t count;
    size_t size;
} Items;

static const char *item_key(const Items *items, size_t index)
{
    return *(char *const *)(const void *)(items->items + index * items->size);
}

static const void *item_of(const Items *items, const char *key)
{
    for (size_t i = 0; i < items->count; i++)
        if (item_key(items, i) && str_equal(item_key(items, i), key))
            return items->items + i * items->size;
    return NULL;
}

static bool has_node(const DeviceNodes *nodes, const char *key)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (str_equal(nodes->items[i].key, key))
            return true;
    return false;
}

static int check_keys(const Edit *edit, const DeviceKind *kind, const DeviceNodes *nodes, const Items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        const char *key = item_key(items, i);
        if (!key)
            continue;
        if (!has_node(nodes, key))
            return edit_refuse(edit, "it has no %s %s", kind->element, key);
        if (item_of(items, key) != items->items + i * items->size)
            return edit_refuse(edit, "%s %s is there twice", kind->element, key);
    }
    return 0;
}

static int write_all(const Edit *edit, const DeviceKind *kind, const DeviceNodes *nodes, const Items *items, DeviceChange change)
{
    int code = check_keys(edit, kind, nodes, items);
    for (size_t i = 0; i < nodes->count && code == 0; i++) /* those that go make room for the others' names */
        if (!item_of(items, nodes->items[i].key))
            xml_remove(nodes->items[i].node);
    for (size_t i = 0; i < nodes->count && code == 0; i++) {
        const void *item = item_of(items, nodes->items[i].key);
        code = item ? change(edit, nodes->items[i].node, item, false) : 0;
    }
    for (size_t i = 0; i < items->count && code == 0; i++)
        if (!item_key(items, i))
            code = change(edit, xml_add(edit->devices, kind->element), items->items + i * items->size, true);
    return code;
}

int devices_write(const Edit *edit, const DeviceKind *kind, const void *items, size_t count, size_t size, DeviceChange change)
{
    DeviceNodes nodes;
    device_nodes_read(edit->devices, kind, &nodes);
    int code = write_all(edit, kind, &nodes, &(Items){ items, count, size }, change);
    device_nodes_clear(&nodes);
    return code;
}

static const DeviceKind *kind_of(SettingGroup group)
{
    switch (group) {
    case GROUP_DISKS: return &disk_devices;
    case GROUP_NICS: return &nic_devices;
    case GROUP_GRAPHICS: return &graphic_devices;
    case GROUP_VIDEO: return &video_devices;
    case GROUP_SERIAL: return &serial_devices;
    case GROUP_CHANNELS: return &channel_devices;
    case GROUP_HOST_DEVICES: return &host_devices_of_vm;
    default: return NULL;
    }
}

/* Groups with one device at most, which has no key. */
static const char *element_of(SettingGroup group)
{
    return group == GROUP_TPM ? "tpm" : group == GROUP_RNG ? "rng" : group == GROUP_WATCHDOG ? "watchdog" : NULL;
}

xmlNode *vm_config_device(xmlNode *root, SettingGroup group, const char *key)
{
    const DeviceKind *kind = kind_of(group);
    xmlNode *devices = xml_child(root, "devices");
    if (!kind)
        return element_of(group) ? xml_child(devices, element_of(group)) : NULL;
    DeviceNodes nodes;
    xmlNode *found = NULL;
    device_nodes_read(devices, kind, &nodes);
    for (size_t i = 0; i < nodes.count && !found; i++)
        if (str_equal(nodes.items[i].key, key))
            found = nodes.items[i].node;
    device_nodes_clear(&nodes);
    return found;
}

/* ---------------------------------------------------------------- all groups */

void vm_config_read(xmlNode *root, VmConfig *ret)
{
    *ret = (VmConfig){ 0 };
#define PART(group, T) group##_read(root, ret->group = x_calloc(1, sizeof *ret->group));
    CONFIG_PARTS(PART)
#undef PART
}

int vm_config_write(xmlNode *root, const VmConfig *want, Error *err)
{
    VmConfig old;
    AUTO_FREE char *name = xml_text(xml_child(root, "name"), LIMIT_NAME);
    const Edit edit = { root, xml_need(root, "devices"), name, err };
    int code = 0;
    vm_config_read(root, &old);
#define PART(group, T) \
    if (want->group && code == 0) \
        code = group##_write(&edit, old.group, want->group);
    CONFIG_PARTS(PART)
#undef PART
    VmConfig_clear(&old);
    return code;
}

/* ---------------------------------------------------------------- back to what runs */

/* libvirt writes these into the description of a running device; in a stored one they would be taken for wishes. */
static void drop_running_parts(xmlNode *node)
{
    static const char *const children[] = { "alias", "backingStore", "mirror" };
    for (size_t i = 0; i < ARRAY_SIZE(children); i++)
        xml_remove_all(node, children[i]);
    xmlNode *source = xml_child(node, "source");
    xmlNode *target = xml_child(node, "target");
    AUTO_FREE char *device = xml_attribute(target, "dev", LIMIT_NAME);
    if (source)
        xml_set(source, "index", NULL);
    if (source && xml_is(node, "interface"))
        xml_set(source, "portid", NULL);
    if (device && xml_is(node, "interface") && strncmp(device, "vnet", 4) == 0)
        xml_remove(target);
    if (xml_is(node, "graphics") && xml_attribute_is(node, "autoport", "yes"))
        xml_set(node, "port", NULL);
    if (xml_is(node, "serial") && xml_attribute_is(node, "type", "pty"))
        xml_remove(source);
}

static bool same_place(xmlNode *a, xmlNode *b)
{
    static const char *const parts[] = { "type", "domain", "bus", "slot", "function" };
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        AUTO_FREE char *text = xml_attribute(a, parts[i], LIMIT_NAME);
        if (!text || !xml_attribute_is(b, parts[i], text))
            return false;
    }
    return true;
}

/* Where it is plugged in now, something else may be at the next start. */
static void leave_taken_place(xmlNode *devices, xmlNode *node)
{
    xmlNode *address = xml_child(node, "address");
    for (xmlNode *other = devices->children; other && address; other = other->next) {
        if (other == node || !xml_child(other, "address") || !same_place(address, xml_child(other, "address")))
            continue;
        xml_remove(address);
        address = NULL;
    }
}

/* 0: it is not in the order, or the order is in <os>. */
static int64_t boot_order_of(const DeviceNodes *nodes, const char *key)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (str_equal(nodes->items[i].key, key))
            return xml_attribute_number(xml_child(nodes->items[i].node, "boot"), "order");
    return 0;
}

/* A copy of what runs, as a wish. Its place in the boot order is another group's setting: that stays. */
static xmlNode *take_node(xmlNode *devices, xmlNode *running, int64_t boot_order)
{
    xmlNode *node = xml_graft(devices, running);
    drop_running_parts(node);
    xml_remove_all(node, "boot");
    if (boot_order)
        xml_set_number(xml_add(node, "boot"), "order", boot_order);
    return node;
}

static void take_devices(xmlNode *root, xmlNode *active, const DeviceKind *kind)
{
    xmlNode *devices = xml_need(root, "devices");
    DeviceNodes old;
    DeviceNodes now;
    device_nodes_read(devices, kind, &old);
    device_nodes_read(xml_child(active, "devices"), kind, &now);
    for (size_t i = 0; i < now.count; i++)
        now.items[i].node = take_node(devices, now.items[i].node, boot_order_of(&old, now.items[i].key));
    for (size_t i = 0; i < old.count; i++)
        xml_remove(old.items[i].node);
    for (size_t i = 0; i < now.count; i++)
        leave_taken_place(devices, now.items[i].node);
    if (kind == &serial_devices) /* libvirt makes the text console from the first serial port */
        xml_remove_all(devices, "console");
    device_nodes_clear(&old);
    device_nodes_clear(&now);
}

static void take_element(xmlNode *root, xmlNode *active, const char *element)
{
    xmlNode *devices = xml_need(root, "devices");
    xmlNode *now = xml_child(xml_child(active, "devices"), element);
    xml_remove_all(devices, element);
    if (now)
        leave_taken_place(devices, take_node(devices, now, 0));
}

/* The settings of a group that is not made of devices: written as a wish. */
static void take_settings(xmlNode *root, xmlNode *active, SettingGroup group)
{
    VmConfig now;
    VmConfig stored;
    VmConfig want = { 0 };
    Error ignored = { 0 };
    vm_config_read(active, &now);
    vm_config_read(root, &stored);
    vm_compare_prepare(&stored, &now);
    if (group == GROUP_CPU)
        want.cpu = now.cpu;
    if (group == GROUP_MEMORY)
        want.memory = now.memory;
    if (group == GROUP_BOOT)
        want.boot = now.boot;
    vm_config_write(root, &want, &ignored);
    error_clear(&ignored);
    VmConfig_clear(&now);
    VmConfig_clear(&stored);
}

void vm_config_take(xmlNode *root, xmlNode *active, SettingGroup group)
{
    if (kind_of(group))
        take_devices(root, active, kind_of(group));
    else if (element_of(group))
        take_element(root, active, element_of(group));
    else
        take_settings(root, active, group);
}
