/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network cards and bridges of the host, from /sys, /proc and the kernel's list of addresses. Quick local reads; any thread. */
#ifndef POOLCENTER_AGENT_HOST_NICS_H
#define POOLCENTER_AGENT_HOST_NICS_H

#include "protocol/types.h"

/* All of them, by name; at most LIMIT_HOST_NICS. */
void host_nics_read(HostNicList *ret);
/* Ports of a bridge or bond, cards of guests left out. */
void host_nic_ports(const char *name, StrList *ret);
/* Whether a card is a port of that bridge or bond; those of Open vSwitch's bridges are all in "ovs-system". */
bool host_nic_is_in(const char *name, const char *master);
/* Whether a bridge is Open vSwitch's. */
bool host_nic_is_open_vswitch(const char *name);

#endif
