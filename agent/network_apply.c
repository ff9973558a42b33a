/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a network that runs: see network_apply.h. */
#include "agent/network_apply.h"
#include "agent/drivers.h"
#include "agent/host_command.h"
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

/* Bridges forget their ports when they go. libvirt connects cards only when a VM starts. */
static void connect_card(xmlNode *card, const char *network, const char *bridge)
{
    AUTO_FREE char *name = xml_attribute(xml_child(card, "source"), "network", LIMIT_NAME);
    AUTO_FREE char *tap = xml_attribute(xml_child(card, "target"), "dev", LIMIT_INTERFACE);
    if (!str_equal(name, network) || !tap)
        return;
    const char *const arguments[] = { "ip", "link", "set", "dev", tap, "master", bridge, NULL };
    AUTO(error_clear) Error err = { 0 };
    if (host_command_run(arguments, &err) < 0)
        log_line("network '%s': the card %s is not connected again: %s", network, tap, err.message);
}

static void connect_cards(virConnectPtr conn, const char *network, const char *bridge)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    for (int i = 0; i < count; i++) {
        char *xml = virDomainGetXMLDesc(domains[i], 0);
        xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
        for (xmlNode *card = xml_child(root, "devices/interface"); card; card = xml_next(card, "interface"))
            connect_card(card, network, bridge);
        xml_free(root);
        free(xml);
        virDomainFree(domains[i]);
    }
    free(domains);
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
        if (code == 0 && (virNetworkDestroy(now.network) < 0 || virNetworkCreate(now.network) < 0))
            code = virt_error(err, now.name);
        if (code == 0 && now.config.bridge)
            connect_cards(conn, now.name, now.config.bridge);
    }
    network_now_clear(&now);
    return code;
}
