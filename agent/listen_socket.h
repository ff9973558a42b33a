/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Unix socket that clients may find: opened for those who have a role, and for nobody else. Used by the servers at start; loop thread. */
#ifndef POOLCENTER_AGENT_LISTEN_SOCKET_H
#define POOLCENTER_AGENT_LISTEN_SOCKET_H

#include "agent/config.h"

/* Listens on path, without waiting in accept. What a killed agent has left there is removed; ERR_BUSY if another one answers. root, the
 * configured socket group and the groups of all roles may open it. The caller closes *ret and unlinks the path. */
int listen_socket_open(const Config *config, const char *path, int *ret, Error *err);

#endif
