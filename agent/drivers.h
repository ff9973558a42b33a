/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The libvirt connections of the agent, one driver per configured URI. Each has a thread that connects (again and again while
 * libvirt is not there), listens to events and keeps the inventory true; handlers use the same connection from their workers.
 */
#ifndef POOLCENTER_AGENT_DRIVERS_H
#define POOLCENTER_AGENT_DRIVERS_H

#include "agent/agent.h"
#include "agent/virt.h"

/* Starts the threads; the connections come up on their own. */
Drivers *drivers_create(Agent *agent);
void drivers_free(Drivers *drivers);

/* Waits a few seconds until the first attempt of each driver has ended: calls right after the start find what is there. */
void drivers_wait(Drivers *drivers);
size_t drivers_count(const Drivers *drivers);
/* A reference to the connection, to be closed. ERR_NO_LIBVIRT. */
int drivers_connection(Drivers *drivers, int owner, virConnectPtr *ret, Error *err);
/* What the driver says of itself; a copy. */
void drivers_info(Drivers *drivers, int owner, DriverInfo *ret);
/* The driver of that name (NULL: the first). -1: none. */
int drivers_find(Drivers *drivers, const char *name);

/* The object as libvirt has it now, found through the inventory. ERR_..._NOT_FOUND, ERR_NO_LIBVIRT. owner may be NULL. */
int drivers_vm(Drivers *drivers, const char *id, virDomainPtr *ret, int *owner, Error *err);
int drivers_datastore(Drivers *drivers, const char *id, virStoragePoolPtr *ret, int *owner, Error *err);
int drivers_network(Drivers *drivers, const char *id, virNetworkPtr *ret, int *owner, Error *err);

/* Reads the object now and puts it into the inventory (or removes it), so that the reply to a call is never ahead of the inventory. */
void drivers_refresh_vm(Drivers *drivers, int owner, const char *id);
void drivers_refresh_datastore(Drivers *drivers, int owner, const char *id);
void drivers_refresh_network(Drivers *drivers, int owner, const char *id);
/* Everything of that driver is read again soon, on its thread. */
void drivers_reload(Drivers *drivers, int owner);
/* Soon, on the driver's thread. */
void drivers_touch_datastore(Drivers *drivers, int owner, const char *id);
/* Host bridges came or went. */
void drivers_touch_host(Drivers *drivers);

#endif
