/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a network that runs. These wait for libvirt; any thread but the loop. */
#ifndef POOLCENTER_AGENT_NETWORK_APPLY_H
#define POOLCENTER_AGENT_NETWORK_APPLY_H

#include "agent/agent.h"
#include "agent/virt.h"

/* Static leases and DHCP ranges without a new start, as far as libvirt does it; the rest stays pending. */
void network_apply_live(virNetworkPtr network, const NetworkConfig *running, const NetworkConfig *want);
/* Stops and starts a network that runs, and connects the cards of running VMs to its new bridge. only_pending: only if settings wait for that. */
int network_restart(Agent *agent, const char *id, bool only_pending, Error *err);

#endif
