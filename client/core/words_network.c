/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for networks: see words_network.h. */
#include "client/core/words_network.h"

TextId words_network_mode(NetworkMode mode)
{
    static const TextId words[NetworkMode_COUNT] = {
        [NETWORK_MODE_UNKNOWN] = TEXT_NETWORK_MODE_UNKNOWN, [NETWORK_MODE_NAT] = TEXT_NETWORK_MODE_NAT, [NETWORK_MODE_ROUTE] = TEXT_NETWORK_MODE_ROUTE,
        [NETWORK_MODE_ISOLATED] = TEXT_NETWORK_MODE_ISOLATED, [NETWORK_MODE_OPEN] = TEXT_NETWORK_MODE_OPEN, [NETWORK_MODE_BRIDGE] = TEXT_NETWORK_MODE_BRIDGE,
    };
    return words[mode < NetworkMode_COUNT ? mode : NETWORK_MODE_UNKNOWN];
}

TextId words_network_mode_about(NetworkMode mode)
{
    static const TextId words[NetworkMode_COUNT] = {
        [NETWORK_MODE_UNKNOWN] = TEXT_NETWORK_ABOUT_UNKNOWN, [NETWORK_MODE_NAT] = TEXT_NETWORK_ABOUT_NAT, [NETWORK_MODE_ROUTE] = TEXT_NETWORK_ABOUT_ROUTE,
        [NETWORK_MODE_ISOLATED] = TEXT_NETWORK_ABOUT_ISOLATED, [NETWORK_MODE_OPEN] = TEXT_NETWORK_ABOUT_OPEN, [NETWORK_MODE_BRIDGE] = TEXT_NETWORK_ABOUT_BRIDGE,
    };
    return words[mode < NetworkMode_COUNT ? mode : NETWORK_MODE_UNKNOWN];
}

const char *words_network_kind(const NetworkInfo *network)
{
    NetworkMode mode = network->mode ? NetworkMode_parse(network->mode) : NETWORK_MODE_UNKNOWN;

    if (network->host_bridge)
        return text(TEXT_NETWORK_HOST_BRIDGE);
    return mode == NETWORK_MODE_UNKNOWN && !str_empty(network->mode) ? network->mode : text(words_network_mode(mode));
}

TextId words_nic_kind(HostNicKind kind)
{
    static const TextId words[HostNicKind_COUNT] = {
        [HOST_NIC_UNKNOWN] = TEXT_NETWORK_MODE_UNKNOWN, [HOST_NIC_PHYSICAL] = TEXT_NIC_KIND_PHYSICAL, [HOST_NIC_BRIDGE] = TEXT_NIC_KIND_BRIDGE, [HOST_NIC_VLAN] = TEXT_NIC_KIND_VLAN,
        [HOST_NIC_BOND] = TEXT_NIC_KIND_BOND, [HOST_NIC_VIRTUAL] = TEXT_NIC_KIND_VIRTUAL, [HOST_NIC_GUEST] = TEXT_NIC_KIND_GUEST, [HOST_NIC_LOOPBACK] = TEXT_NIC_KIND_LOOPBACK,
    };
    return words[kind < HostNicKind_COUNT ? kind : HOST_NIC_UNKNOWN];
}
