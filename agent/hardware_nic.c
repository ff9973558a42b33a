/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network cards of a VM from and to its description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/vm_config_part.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { KIBIBYTE = 1024, VLAN_MAX = 4094 };

static char *lower(char *text)
{
    for (char *p = text; p && *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return text;
}

static char *nic_key(xmlNode *node) { return lower(xml_attribute(xml_child(node, "mac"), "address", LIMIT_NAME)); }

const DeviceKind nic_devices = { "interface", nic_key, NULL };

/* ---------------------------------------------------------------- reading */

/* libvirt's attributes count KiB, and KiB a second. */
static const struct { const char *element; const char *attribute; size_t at; } limit_fields[] = {
    { "inbound", "average", offsetof(NicLimits, in_average) },   { "inbound", "peak", offsetof(NicLimits, in_peak) },
    { "inbound", "burst", offsetof(NicLimits, in_burst) },       { "outbound", "average", offsetof(NicLimits, out_average) },
    { "outbound", "peak", offsetof(NicLimits, out_peak) },       { "outbound", "burst", offsetof(NicLimits, out_burst) },
};

static int64_t *limit_at(NicLimits *limits, size_t index) { return (int64_t *)(void *)((char *)limits + limit_fields[index].at); }

static NicLimits *read_limits(xmlNode *bandwidth)
{
    NicLimits limits = { 0 };
    bool any = false;
    for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++) {
        int64_t number = xml_attribute_number(xml_child(bandwidth, limit_fields[i].element), limit_fields[i].attribute);
        *limit_at(&limits, i) = number > INT64_MAX / KIBIBYTE ? INT64_MAX : number * KIBIBYTE;
        any |= number != 0;
    }
    return any ? x_memdup(&limits, 1, sizeof limits) : NULL;
}

static void read_nic(xmlNode *node, const char *key, VmNic *ret)
{
    static const char *const names[] = { "network", "bridge", "dev" };
    xmlNode *source = xml_child(node, "source");
    *ret = (VmNic){
        .key = x_strdup(key),
        .mac = nic_key(node),
        .model = xml_attribute(xml_child(node, "model"), "type", LIMIT_NAME),
        .host_bridge = xml_attribute_is(node, "type", "bridge"),
        .link_down = xml_attribute_is(xml_child(node, "link"), "state", "down"),
        .vlan = xml_attribute_number(xml_child(node, "vlan/tag"), "id"),
        .limits = read_limits(xml_child(node, "bandwidth")),
    };
    /* A running card of a network also tells the network's bridge. */
    for (size_t i = 0; i < ARRAY_SIZE(names) && !ret->source; i++)
        ret->source = xml_attribute(source, names[i], LIMIT_NAME);
}

void nics_read(xmlNode *root, VmNics *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &nic_devices, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        VmNic nic;
        read_nic(nodes.items[i].node, nodes.items[i].key, &nic);
        VmNicList_add(&ret->items, &nic);
    }
    device_nodes_clear(&nodes);
}

/* ---------------------------------------------------------------- writing */

static bool is_mac(const char *text)
{
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
            return false;
    return !text[17] && !(strchr("13579bdfBDF", text[1])); /* an odd first byte is a group's address */
}

static bool is_word(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
            return false;
    return *text != 0;
}

static int check_limits(const Edit *edit, NicLimits *limits)
{
    if (!limits)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++)
        if (*limit_at(limits, i) < 0 || *limit_at(limits, i) / KIBIBYTE > UINT32_MAX)
            return edit_refuse(edit, "a limit of a network card is out of range");
    if ((!limits->in_average && (limits->in_peak || limits->in_burst)) || (!limits->out_average && (limits->out_peak || limits->out_burst)))
        return edit_refuse(edit, "a limit for bursts of a network card needs one for the average");
    return 0;
}

static int check(const Edit *edit, xmlNode *node, const VmNic *old, const VmNic *want, bool is_new)
{
    if (!str_empty(want->mac) && text_differs(want->mac, old->mac) && !is_mac(want->mac))
        return edit_refuse(edit, "'%s' is no MAC address of a network card", want->mac);
    if (!str_empty(want->model) && text_differs(want->model, old->model) && !is_word(want->model))
        return edit_refuse(edit, "'%s' is no model of a network card", want->model);
    if (is_new && str_empty(want->source))
        return edit_refuse(edit, "a new network card has no network");
    if (want->vlan < 0 || want->vlan > VLAN_MAX)
        return edit_refuse(edit, "a VLAN tag is from 1 to %d", VLAN_MAX);
    bool bridge = want->source ? want->host_bridge : old->host_bridge;
    if (want->vlan && want->vlan != old->vlan && bridge && !xml_attribute_is(xml_child(node, "virtualport"), "type", "openvswitch"))
        return edit_refuse(edit, "a Linux bridge knows no VLAN tags of single cards; connect it to a network whose bridge is Open vSwitch, or to a bridge of that VLAN");
    return check_limits(edit, want->limits);
}

static void write_connection(xmlNode *node, const VmNic *old, const VmNic *want)
{
    const char *kind = want->host_bridge ? "bridge" : "network";
    if (str_empty(want->source) || (old->source && !text_differs(want->source, old->source) && want->host_bridge == old->host_bridge))
        return;
    xml_remove_all(node, "source");
    xml_remove_all(node, "virtualport");
    xml_set(node, "type", kind);
    xml_set(xml_add(node, "source"), kind, want->source);
}

static void write_limits(xmlNode *node, const VmNic *old, const VmNic *want)
{
    NicLimits none = { 0 };
    NicLimits *before = old->limits ? old->limits : &none;
    NicLimits *after = want->limits ? want->limits : &none;
    if (memcmp(before, after, sizeof none) == 0)
        return;
    xmlNode *bandwidth = xml_need(node, "bandwidth");
    for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++) {
        int64_t value = *limit_at(after, i);
        xml_set_number(xml_need(bandwidth, limit_fields[i].element), limit_fields[i].attribute, value ? (value + KIBIBYTE - 1) / KIBIBYTE : 0);
    }
    xml_remove_empty(xml_child(bandwidth, "inbound"));
    xml_remove_empty(xml_child(bandwidth, "outbound"));
    xml_remove_empty(bandwidth);
}

static void write_link(xmlNode *node, const VmNic *old, const VmNic *want)
{
    if (old->link_down == want->link_down)
        return;
    if (want->link_down)
        xml_set(xml_need(node, "link"), "state", "down");
    else
        xml_remove_all(node, "link");
}

static void write_vlan(xmlNode *node, const VmNic *old, const VmNic *want)
{
    if (old->vlan == want->vlan)
        return;
    xml_remove_all(node, "vlan");
    if (want->vlan)
        xml_set_number(xml_need(node, "vlan/tag"), "id", want->vlan);
}

static int change_nic(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    const VmNic *want = item;
    VmNic old;
    read_nic(node, want->key, &old);
    int code = check(edit, node, &old, want, is_new);
    if (code == 0) {
        write_connection(node, &old, want);
        if (!str_empty(want->mac) && text_differs(want->mac, old.mac))
            xml_set(xml_need(node, "mac"), "address", want->mac);
        if (is_new || (!str_empty(want->model) && text_differs(want->model, old.model)))
            xml_set(xml_need(node, "model"), "type", str_empty(want->model) ? "virtio" : want->model);
        write_limits(node, &old, want);
        write_link(node, &old, want);
        write_vlan(node, &old, want);
    }
    VmNic_clear(&old);
    return code;
}

int nics_write(const Edit *edit, const VmNics *old, const VmNics *want)
{
    (void)old;
    return devices_write(edit, &nic_devices, want->items.items, want->items.count, sizeof(VmNic), change_nic);
}
