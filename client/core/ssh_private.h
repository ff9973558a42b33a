/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ssh.c (session), ssh_login.c (authentication) and ssh_channel.c share. All on the session's thread. */
#ifndef POOLCENTER_SSH_PRIVATE_H
#define POOLCENTER_SSH_PRIVATE_H

#include "client/core/ssh.h"
#include "client/core/ssh_io.h"

#include <libssh2.h>

struct SshSession {
    LIBSSH2_SESSION *lib;
    SshIo *io;
    PortWake *wake;
    bool own_wake;
    bool dying;          /* libssh2 is told that the line is dead, so that it ends at once */
    struct SshRelay *relay; /* through the jump host before it; NULL: connected directly */
    char *host;
    char *where;         /* the host in messages */
    char *user;
    SshPeer peer;        /* the same, as questions name it */
    char *agent_socket;
    bool agent_run;        /* the agent is the user's own, started by the first `poolagent connect --user` */
    int timeout_ms;
    const _Atomic bool *cancel; /* of the call that blocks now; may be NULL */
    const SshAsk *ask;          /* during ssh_connect */
    void *login;                /* ssh_login.c's state, for its callback */

    uint64_t seen;         /* bytes received when the owner last looked */
    uint64_t heard;        /* the same, for the keep-alive */
    int64_t asked_at;      /* when something last came in, or the last keep-alive was sent; ms */
    int unanswered;        /* keep-alives since something came in */

    SshChannel *opening;   /* libssh2 can open one channel at a time */
    SshChannel *closing;   /* list: freed by their users, not yet by libssh2 */
    bool use_exec;         /* this server does not forward streams: go straight to `poolagent connect` */
};

/* One wait within a blocking call: 0, or negative with err set (cancelled, lost, timed out against deadline). */
int ssh_block(SshSession *session, int64_t deadline, Error *err);
int64_t ssh_deadline(const SshSession *session);
/* Sets code with libssh2's own words, or the socket's, as the cause. */
int ssh_fail(SshSession *session, int code, Error *err);

int ssh_login(SshSession *session, const ServerConfig *config, Error *err);
/* Moves channels on that libssh2 has not let go yet. */
void ssh_channels_close(SshSession *session);
void ssh_channels_drop(SshSession *session);
/* Takes a channel whose user is done with it. */
void ssh_channel_give_up(SshSession *session, LIBSSH2_CHANNEL *lib);

#endif
