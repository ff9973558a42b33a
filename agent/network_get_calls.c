/* SPDX-License-Identifier: GPL-3.0-or-later */
/* network.get: settings, leases and who is connected. */
#include "agent/network_load.h"
#include "agent/host_nics.h"
#include "agent/request.h"

#include <stdlib.h>
#include <strings.h>

static NetworkClient *find_client(NetworkDetails *details, const char *mac)
{
    for (size_t i = 0; i < details->clients.count; i++)
        if (details->clients.items[i].mac && strcasecmp(details->clients.items[i].mac, mac) == 0)
            return &details->clients.items[i];
    return NULL;
}

static void put_lease(NetworkDetails *details, const virNetworkDHCPLease *from)
{
    if (!from->mac || !from->ipaddr) /* DHCPv6 of a guest that hides its MAC address */
        return;
    NetworkLease lease = { .mac = x_strdup(from->mac), .address = x_strdup(from->ipaddr), .name = x_strdup(from->hostname),
                           .expires = from->expirytime > 0 ? (int64_t)from->expirytime * 1000 : 0 };
    NetworkClient *client = find_client(details, from->mac);
    if (client) {
        lease.vm = x_strdup(client->name);
        if (!client->address)
            client->address = x_strdup(from->ipaddr);
    }
    NetworkLeaseList_add(&details->leases, &lease);
}

/* None where the hypervisor has no such call. */
static void read_leases(const NetworkNow *now, NetworkDetails *details)
{
    virNetworkDHCPLeasePtr *leases = NULL;
    int count = now->active ? virNetworkGetDHCPLeases(now->network, NULL, &leases, 0) : 0;
    for (int i = 0; i < count; i++) {
        if (details->leases.count < LIMIT_DHCP_HOSTS)
            put_lease(details, leases[i]);
        virNetworkDHCPLeaseFree(leases[i]);
    }
    free(leases);
}

static void read_host_bridge(Agent *agent, const NetworkInfo *info, NetworkDetails *ret)
{
    NetworkConfig *config = x_calloc(1, sizeof *config);
    *config = (NetworkConfig){ .name = x_strdup(info->name), .mode = NETWORK_MODE_BRIDGE, .bridge = x_strdup(info->bridge) };
    *ret = (NetworkDetails){ .revision = x_strdup(""), .config = config, .active = true, .host_bridge = true };
    host_nic_ports(info->bridge, &ret->ports);
    network_clients(agent, info->name, true, &ret->clients);
}

int handle_network_get(Request *request, const NetworkRef *params, NetworkDetails *ret, Error *err)
{
    NetworkInfo info;
    if (inventory_get_network(request->agent->inventory, params->network, &info, NULL)) {
        bool bridge = info.host_bridge;
        if (bridge)
            read_host_bridge(request->agent, &info, ret);
        NetworkInfo_clear(&info);
        if (bridge)
            return 0;
    }
    NetworkNow now;
    int code = network_load(request->agent, params->network, &now, err);
    if (code < 0)
        return code;
    request_object(request, params->network, now.name);
    ret->revision = x_strdup(now.revision);
    ret->active = now.active;
    ret->transient = !now.persistent;
    ret->pending = now.pending;
    if (now.config.bridge)
        host_nic_ports(now.config.bridge, &ret->ports);
    network_clients(request->agent, now.name, false, &ret->clients);
    read_leases(&now, ret);
    ret->config = x_calloc(1, sizeof *ret->config);
    *ret->config = now.config;
    now.config = (NetworkConfig){ 0 };
    network_now_clear(&now);
    return 0;
}
