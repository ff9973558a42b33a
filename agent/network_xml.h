/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A libvirt network's description as settings, and back. What the settings do not name stays as it is. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_NETWORK_XML_H
#define POOLCENTER_AGENT_NETWORK_XML_H

#include "agent/xml.h"
#include "protocol/types.h"

/* All but autostart, which is not in the description. */
void network_config_read(xmlNode *root, NetworkConfig *ret);
/* ERR_NETWORK_SETTING says what libvirt would not bear, or would take but not do. */
int network_config_check(const NetworkConfig *config, Error *err);
/* Makes the description say what the settings say, which have been checked. vlan_bridge: the bridge knows VLAN tags (Open vSwitch). */
void network_config_write(const NetworkConfig *config, bool vlan_bridge, xmlNode *root);

/* One static lease or range as virNetworkUpdate wants it; the caller frees. */
char *network_host_xml(const DhcpHost *host);
char *network_range_xml(const DhcpRange *range);

/* The IPv4 network that the settings span: first address and mask in host order. False: none. */
bool network_subnet(const NetworkConfig *config, uint32_t *ret_first, uint32_t *ret_mask);

#endif
