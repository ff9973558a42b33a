/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a server of the network answers at all, before something that has no time limit of its own goes there. Workers and tasks. */
#ifndef POOLCENTER_AGENT_SERVER_REACH_H
#define POOLCENTER_AGENT_SERVER_REACH_H

#include "protocol/error.h"

/* Tries to connect for up to milliseconds. name: the object of the error. ERR_DATASTORE_TEST. */
int server_reach(const char *host, int64_t port, int64_t milliseconds, const char *name, Error *err);

#endif
