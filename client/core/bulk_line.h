/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The connection of a bulk transfer: an SSH connection of its own, logged in with what the server's first connection used (nobody is asked a
 * second time), or a channel of that first one where a login needs a one-time code (stream_transport.h). For the transfer's thread.
 */
#ifndef POOLCENTER_BULK_LINE_H
#define POOLCENTER_BULK_LINE_H

#include "client/core/link.h"
#include "client/core/secrets.h"
#include "client/core/server.h"

/* Everything here is copied or referenced by bulk_login_init (UI thread) and let go by bulk_login_clear. */
typedef struct BulkLogin {
    ServerConfig server;
    Secrets secrets;
    Link *shared;      /* use this link's connection; NULL: make one */
    int session;       /* of shared */
    char *known_hosts;
} BulkLogin;

void bulk_login_init(Server *server, BulkLogin *ret);
void bulk_login_clear(BulkLogin *login);
/* Whether trying again by itself may help: whatever a broken connection or a restarted agent looks like. Any thread. */
bool bulk_may_pass(int code);
/* How long to wait before the next of so many tries in a row that moved nothing: from half a second to half a minute. Any thread. */
int bulk_pause_ms(int tries);
/* Connects and logs in; cancellable. *ret_line is closed by the table's close. */
int bulk_line_open(BulkLogin *login, const _Atomic bool *cancel, PortWake *wake, const LinkTransportOps **ret_ops, LinkTransport **ret_line, Error *err);

#endif
