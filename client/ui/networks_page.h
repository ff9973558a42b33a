/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands ask of the Networks page. UI thread. */
#ifndef POOLCENTER_NETWORKS_PAGE_H
#define POOLCENTER_NETWORKS_PAGE_H

#include "client/ui/app.h"

/* The host's network card that a selection names (a host whose volume is the card), as long as the page shows it; NULL: none. Borrowed until messages are handled again. */
const HostNic *networks_nic(const Selection *selection);
/* The address that a selection names (a network whose volume is a MAC address): what it has now or always. All NULL: none. */
void networks_address(const Selection *selection, const char **ret_address, const char **ret_name);
/* Reads again what the page shows: something was changed that the inventory does not tell. */
void networks_page_refresh(void);

#endif
