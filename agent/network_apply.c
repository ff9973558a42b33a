/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a network that runs: see network_apply.h. */
#include "agent/network_apply.h"
#include "agent/drivers.h"
#include "agent/host_command.h"
#include "agent/host_nics.h"
#include "agent/log.h"
#include "agent/network_load.h"
#include "agent/network_xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---------------------------------------------------------------- DHCP */

static void update(virNetworkPtr network, unsigned command, unsigned section, const char *xml)
{
    if (virNetworkUpdate(network, command, section, -1, xml, VIR_NETWORK_UPDATE_AFFECT_LIVE) < 0) {
        AUTO_FREE char *why = virt_error_text(); /* no DHCP runs yet, for example: it waits for the next start */
        log_line("network '%s': a change waits for its next start: %s", virNetworkGetName(network), why);
    }
}

static void update_host(virNetworkPtr network, unsigned command, const DhcpHost *host)
{
    AUTO_FREE char *xml = network_host_xml(host);
    update(network, command, VIR_NETWORK_SECTION_IP_DHCP_HOST, xml);
}

static void update_range(virNetworkPtr network, unsigned command, const DhcpRange *range)
{
    AUTO_FREE char *xml = network_range_xml(range);
    update(network, command, VIR_NETWORK_SECTION_IP_DHCP_RANGE, xml);
}

static bool has_host(const DhcpHostList *list, const DhcpHost *host)
{
    for (size_t i = 0; i < list->count; i++) {
        const DhcpHost *other = &list->items[i];
        if (strcasecmp(other->mac, host->mac) == 0 && str_equal(other->address, host->address)
            && str_equal(str_or_empty(other->name), str_or_empty(host->name)))
            return true;
    }
    return false;
}

static bool has_range(const DhcpRangeList *list, const DhcpRange *range)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].start, range->start) && str_equal(list->items[i].end, range->end))
            return true;
    return false;
}

/* What goes goes first: libvirt refuses a second lease of an address or a card. */
void network_apply_live(virNetworkPtr network, const NetworkConfig *running, const NetworkConfig *want)
{
    if (!str_equal(running->address, want->address) || running->prefix != want->prefix)
        return; /* the leases of other addresses */
    for (size_t i = 0; i < running->hosts.count; i++)
        if (!has_host(&want->hosts, &running->hosts.items[i]))
            update_host(network, VIR_NETWORK_UPDATE_COMMAND_DELETE, &running->hosts.items[i]);
    for (size_t i = 0; i < running->ranges.count; i++)
        if (!has_range(&want->ranges, &running->ranges.items[i]))
            update_range(network, VIR_NETWORK_UPDATE_COMMAND_DELETE, &running->ranges.items[i]);
    for (size_t i = 0; i < want->ranges.count; i++)
        if (!has_range(&running->ranges, &want->ranges.items[i]))
            update_range(network, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, &want->ranges.items[i]);
    for (size_t i = 0; i < want->hosts.count; i++)
        if (!has_host(&running->hosts, &want->hosts.items[i]))
            update_host(network, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, &want->hosts.items[i]);
}

/* ---------------------------------------------------------------- starting again */

/* Bridges forget their ports when they go, but for Open vSwitch's, which stay. libvirt connects cards only when a VM starts. */
static int connect_card(xmlNode *card, const char *network, const char *bridge, Error *err)
{
    AUTO_FREE char *name = xml_attribute(xml_child(card, "source"), "network", LIMIT_NAME);
    AUTO_FREE char *tap = xml_attribute(xml_child(card, "target"), "dev", LIMIT_INTERFACE);
    if (!str_equal(name, network) || !tap || (host_nic_is_open_vswitch(bridge) && host_nic_is_in(tap, "ovs-system")))
        return 0;
    const char *const arguments[] = { "ip", "link", "set", "dev", tap, "master", bridge, NULL };
    AUTO(error_clear) Error why = { 0 };
    if (host_command_run(arguments, &why) == 0)
        return 0;
    log_line("network '%s': the card %s is not connected again: %s", network, tap, why.message);
    return error_set(err, ERR_NETWORK_CARDS, network, "%s: %s", tap, str_or_empty(why.cause));
}

/* All that can be connected are; the first error. */
static int connect_cards(virConnectPtr conn, const char *network, const char *bridge, Error *err)
{
    int code = 0;
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    for (int i = 0; i < count; i++) {
        char *xml = virDomainGetXMLDesc(domains[i], 0);
        xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
        for (xmlNode *card = xml_child(root, "devices/interface"); card; card = xml_next(card, "interface"))
            code = connect_card(card, network, bridge, code < 0 ? NULL : err) < 0 ? ERR_NETWORK_CARDS : code;
        xml_free(root);
        free(xml);
        virDomainFree(domains[i]);
    }
    free(domains);
    return code;
}

/* Stops it and starts it as it is stored; what does not start so runs on as it ran, and *ret_bridge is that of what runs (borrowed). */
static int start_again(virConnectPtr conn, const NetworkNow *now, const char **ret_bridge, Error *err)
{
    char *live = virNetworkGetXMLDesc(now->network, 0);
    *ret_bridge = now->config.bridge;
    if (live && virNetworkDestroy(now->network) == 0 && virNetworkCreate(now->network) == 0) {
        free(live);
        return 0;
    }
    int code = virt_error(err, now->name);
    bool stopped = virNetworkIsActive(now->network) == 0;
    *ret_bridge = now->running.bridge;
    if (stopped && live) {
        AUTO_NETWORK again = virNetworkCreateXML(conn, live);
        if (!again) {
            AUTO_FREE char *why = virt_error_text();
            AUTO_FREE char *first = x_strdup(str_or_empty(err->cause));
            *ret_bridge = NULL;
            code = error_set(err, ERR_LIBVIRT, now->name, "%s; it is stopped now, for it does not start as it ran either: %s", first, why);
        }
    }
    free(live);
    return code;
}

int network_restart(Agent *agent, const char *id, bool only_pending, Error *err)
{
    NetworkNow now;
    AUTO_CONN conn = NULL;
    int code = network_load(agent, id, &now, err);
    if (code < 0)
        return code;
    if (!only_pending && !now.persistent)
        code = error_set(err, ERR_NOT_SUPPORTED, now.name, "it is not stored: it is gone when it stops");
    if (code == 0 && now.active && (now.pending || !only_pending)) {
        code = drivers_connection(agent->drivers, now.owner, &conn, err);
        const char *bridge = NULL;
        if (code == 0)
            code = start_again(conn, &now, &bridge, err);
        int connected = bridge ? connect_cards(conn, now.name, bridge, code < 0 ? NULL : err) : 0;
        code = code < 0 ? code : connected;
    }
    network_now_clear(&now);
    return code;
}
