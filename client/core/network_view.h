/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the host tells of one network (settings, leases, who is connected), or of its network cards: read when opened, and again when asked to. The host sends no word of
 * leases and links, so whoever shows this asks from time to time. UI thread.
 */
#ifndef POOLCENTER_NETWORK_VIEW_H
#define POOLCENTER_NETWORK_VIEW_H

#include "client/core/server.h"

typedef struct NetworkView NetworkView;

/* network: its id; NULL: the host's network cards. changed is called when there is something new, or an error. */
NetworkView *network_view_open(Server *server, const char *network, void (*changed)(void *context), void *context);
void network_view_close(NetworkView *view); /* NULL is fine; no call afterwards */
/* Reads again; while it is being read, once more afterwards. */
void network_view_refresh(NetworkView *view);

bool network_view_loading(const NetworkView *view);        /* nothing has been read yet */
const Error *network_view_error(const NetworkView *view);  /* of the last attempt; NULL: none */
/* Borrowed until the next changed call; NULL: not known, or the other kind of view. */
const NetworkDetails *network_view_details(const NetworkView *view);
const HostNicList *network_view_nics(const NetworkView *view);

#endif
