/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way through one jump host: a thread that owns the logged-in session to it and carries bytes between a direct-tcpip channel of that session and
 * the next session's SshIo. Made by ssh.c, one per jump host; functions are for the thread of the next session.
 */
#ifndef POOLCENTER_SSH_RELAY_H
#define POOLCENTER_SSH_RELAY_H

#include "client/core/ssh_private.h"

typedef struct SshRelay SshRelay;

/* Opens the channel to host:port; blocks like ssh_connect. Takes the session, also on failure. wake: of the next session's thread.
 * ERR_CONNECT_FAILED names host, its cause the jump host. */
int ssh_relay_open(SshSession *jump, const char *host, int port, PortWake *wake, SshRelay **ret, Error *err);
/* What the next session reads and writes; it frees it after the relay. */
SshIo *ssh_relay_io(SshRelay *relay);
/* Ends the thread and the session to the jump host. NULL is fine. */
void ssh_relay_free(SshRelay *relay);

#endif
