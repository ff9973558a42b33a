/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH: the one module that meets libssh2. A session belongs to one thread (its owner); only ssh_session_cancel may be called from others.
 * Used by link.c (control connection, consoles) and upload_stream.c (bulk transfers).
 */
#ifndef POOLCENTER_SSH_H
#define POOLCENTER_SSH_H

#include "client/core/port.h"
#include "client/core/server.h"

typedef struct SshSession SshSession;
typedef struct SshChannel SshChannel;

/* Whom a question is about: the server, or a jump host on the way to it. */
typedef struct SshPeer {
    const char *host;
    int port;
    const char *user;
    bool jump;
} SshPeer;

/* What a login needs to ask; called on the session's thread, may block until the user answers; false: cancelled. */
typedef struct SshAsk {
    void *context;
    bool (*accept_host_key)(void *context, const SshPeer *peer, const char *key_type, const char *fingerprint); /* unknown key */
    bool (*password)(void *context, const SshPeer *peer, bool again, char **ret);                               /* secret: x_free_secret */
    bool (*passphrase)(void *context, const SshPeer *peer, const char *file, bool again, char **ret);
    bool (*questions)(void *context, const SshPeer *peer, const char *title, const char *instruction, size_t count, const char *const *texts, const bool *echos,
                      char **ret_answers);
    void (*used_key)(void *context, const SshPeer *peer, const char *fingerprint); /* tells which key of the SSH agent was the right one; may be NULL */
} SshAsk;

typedef struct SshOptions {
    const char *known_hosts; /* path of our known hosts file (OpenSSH format) */
    int timeout_ms;          /* for each step */
    bool threaded_io;        /* bulk: one sender and one receiver thread with in-memory rings feed libssh2 (platform.md: 5x under Wine) */
    const char *cipher;      /* preferred cipher list, NULL: our default (aes128-gcm first) */
    PortWake *wake;          /* of the owner's loop; used by ssh_wait */
    void (*progress)(void *context, ServerState state); /* may be NULL: HANDSHAKE, AUTHENTICATING */
    void *progress_context;
} SshOptions;

/* Connects, verifies the host key, logs in. Blocks the calling thread, cancellable through *cancel + wake. Errors: CONNECT_FAILED, HOST_NOT_RESOLVED, SSH_HANDSHAKE,
 * HOST_KEY_CHANGED (cause: old and new fingerprint), HOST_KEY_REJECTED, AUTH_FAILED, KEY_FILE, SSH_AGENT, CANCELLED. */
int ssh_connect(const ServerConfig *config, const SshOptions *options, const SshAsk *ask, const _Atomic bool *cancel, SshSession **ret, Error *err);
void ssh_session_free(SshSession *session); /* closes everything */

/* Opens a channel to the agent's socket (direct-streamlocal, else exec `poolagent connect`) and sends opening (a line of rpc.h without newline); reads
 * up to the agent's answer: *ret_ready is the JSON after RPC_READY. AGENT_MISSING, AGENT_DENIED, CONNECTION_LOST, or what the agent refused with.
 * Without waiting: ssh_channel_poll moves it on (0 not yet, 1 ready, negative failed). */
SshChannel *ssh_channel_start(SshSession *session, const char *opening);
int ssh_channel_poll(SshChannel *channel, json_t **ret_ready, Error *err);
void ssh_channel_free(SshChannel *channel);

/* Non-blocking. Bytes moved, PORT_AGAIN, 0: the other side closed (read), PORT_FAILED with err set (CONNECTION_LOST). */
long ssh_channel_read(SshChannel *channel, void *bytes, size_t size, Error *err);
long ssh_channel_write(SshChannel *channel, const void *bytes, size_t size, Error *err);

/* Waits until the session may have something to do, the wake is set, or timeout_ms. Sends keep-alives on the way (every 15 s; three unanswered: lost). */
int ssh_wait(SshSession *session, int timeout_ms, Error *err);

/* How messages name a host of the way; the caller frees. */
char *ssh_where(const char *host, bool jump);

/* Deletes host:port from the known hosts file. */
int ssh_forget_host(const char *known_hosts, const char *host, int port, Error *err);

#endif
