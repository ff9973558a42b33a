/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a device of the host can be made, changed or removed as wished. Reads what table says, and the inventory; any thread but the loop. */
#ifndef POOLCENTER_AGENT_NETWORK_WISHES_H
#define POOLCENTER_AGENT_NETWORK_WISHES_H

#include "agent/agent.h"

/* All: ERR_HOST_NIC with the reason, ERR_HOST_NIC_NOT_FOUND. *ret_manager is who has to do it. */
int network_wish_create(const HostNicCreateParams *wish, const HostNicTable *table, HostNetworkManager *ret_manager, Error *err);
/* *ret: what the device is wished to be, all of it; the caller clears it. *ret_nic: what it is, borrowed from table. */
int network_wish_configure(const HostNicConfigureParams *wish, const HostNicTable *table, HostNicCreateParams *ret, const HostNic **ret_nic, Error *err);
int network_wish_delete(Agent *agent, const HostNicDeleteParams *wish, const HostNicTable *table, const HostNic **ret, Error *err);

/* An address that others may know the device by: none of those that it has given itself. NULL: it has none. Borrowed. */
const char *network_known_address(const HostNic *nic);
/* A device by name; NULL: there is none. */
const HostNic *network_nic(const HostNicTable *table, const char *name);

#endif
