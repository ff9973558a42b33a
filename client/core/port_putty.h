/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PuTTY's saved sessions: in the registry on Windows; none elsewhere. A worker's thread. Used by ssh_import.c. */
#ifndef POOLCENTER_PORT_PUTTY_H
#define POOLCENTER_PORT_PUTTY_H

#include "protocol/util.h"

/* UTF-8; borrowed during the call. */
typedef struct PuttySession {
    const char *name, *host;
    int port;
    const char *user, *key_file; /* "" when not set */
} PuttySession;

/* Calls found for every SSH session with a host. */
void port_putty_sessions(void (*found)(void *context, const PuttySession *session), void *context);

#endif
