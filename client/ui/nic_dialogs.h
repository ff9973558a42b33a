/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bridges, VLANs and bonds of a host: making, changing and removing them, and the minute in which that has to be confirmed. UI thread. */
#ifndef POOLCENTER_NIC_DIALOGS_H
#define POOLCENTER_NIC_DIALOGS_H

#include "client/ui/app.h"

/* kind: bridge, VLAN or bond; card (may be NULL): the port or the VLAN's card that is chosen when it opens. */
void new_nic_dialog(HWND owner, Server *server, HostNicKind kind, const char *card);
/* A device that PoolCenter has made, and its kind. */
void edit_nic_dialog(HWND owner, Server *server, const char *name, HostNicKind kind);
void delete_nic_dialog(HWND owner, Server *server, const char *name);
/* The change of the server's network that waits, or is being made by that task (NULL: none that we know of). Closed or not, the host takes the
 * change back unless it is kept. */
void nic_change_dialog(HWND owner, Server *server, const char *task, const char *name);

#endif
