/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An SSH session: connecting, host key, waiting, keep-alive, ending. See ssh.h; ssh_login.c and ssh_channel.c do the rest. */
#include "client/core/ssh_private.h"

#include "client/core/jump.h"
#include "client/core/known_hosts.h"
#include "client/core/ssh_relay.h"
#include "client/core/text.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP_ALIVE_S = 15,
    KEEP_ALIVES_LOST = 3,
    DEFAULT_TIMEOUT_MS = 30000,
    NO_DESCRIPTOR = 0x7ffffff0, /* libssh2 wants a number; it never uses it, since our callbacks move the bytes */
};

static const char default_ciphers[] = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes192-ctr";

static ssize_t lib_recv(libssh2_socket_t socket, void *bytes, size_t size, int flags, void **abstract)
{
    (void)flags, (void)socket;
    SshSession *session = *abstract;
    if (session->dying)
        return 0;
    long count = ssh_io_recv(session->io, bytes, size);
    return count == PORT_AGAIN ? -EAGAIN : count == PORT_FAILED ? -EIO : count;
}

static ssize_t lib_send(libssh2_socket_t socket, const void *bytes, size_t size, int flags, void **abstract)
{
    (void)flags, (void)socket;
    SshSession *session = *abstract;
    if (session->dying)
        return (ssize_t)size;
    return ssh_io_send(session->io, bytes, size) < 0 ? -EIO : (ssize_t)size;
}

int64_t ssh_deadline(const SshSession *session) { return port_monotonic_ms() + session->timeout_ms; }

int ssh_fail(SshSession *session, int code, Error *err)
{
    AUTO_FREE char *why = ssh_io_failure(session->io);
    char *text = NULL;
    int lib_code = libssh2_session_last_error(session->lib, &text, NULL, 0);
    bool closed = lib_code == LIBSSH2_ERROR_SOCKET_DISCONNECT || lib_code == LIBSSH2_ERROR_SOCKET_RECV || lib_code == LIBSSH2_ERROR_SOCKET_SEND;
    if (why)
        return error_set(err, code, session->where, "%s", why);
    if (closed || str_empty(text))
        return error_set(err, code, session->where, "the host closed the connection");
    return error_set(err, code, session->where, "%s", text);
}

int ssh_block(SshSession *session, int64_t deadline, Error *err)
{
    if (session->cancel && atomic_load(session->cancel))
        return error_set(err, ERR_CANCELLED, session->where, NULL);
    int64_t left = deadline - port_monotonic_ms();
    if (left <= 0)
        return error_set(err, ERR_TIMEOUT, session->where, "%d seconds have passed", session->timeout_ms / 1000);
    int code = ssh_wait(session, (int)left, err);
    if (session->cancel && atomic_load(session->cancel))
        return error_set(err, ERR_CANCELLED, session->where, NULL);
    return code;
}

/* ---- connecting */

static void prefer(SshSession *session, int method, const char *list) { libssh2_session_method_pref(session->lib, method, list); }

static void start_lib(SshSession *session, const SshOptions *options)
{
    static PortMutex once;
    static bool started;
    port_mutex_lock(&once);
    if (!started && libssh2_init(0) != 0)
        abort();
    started = true;
    port_mutex_unlock(&once);

    session->lib = libssh2_session_init_ex(NULL, NULL, NULL, session);
    if (!session->lib)
        abort();
    libssh2_session_set_blocking(session->lib, 0);
    libssh2_session_callback_set2(session->lib, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)(void (*)(void))lib_recv);
    libssh2_session_callback_set2(session->lib, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)(void (*)(void))lib_send);
    libssh2_keepalive_config(session->lib, 1, KEEP_ALIVE_S);
    AUTO_FREE char *keys = known_hosts_algorithms(session->lib, options->known_hosts, session->host, session->peer.port);
    prefer(session, LIBSSH2_METHOD_HOSTKEY, keys);
    prefer(session, LIBSSH2_METHOD_CRYPT_CS, options->cipher ? options->cipher : default_ciphers);
    prefer(session, LIBSSH2_METHOD_CRYPT_SC, options->cipher ? options->cipher : default_ciphers);
}

static int handshake(SshSession *session, Error *err)
{
    int64_t deadline = ssh_deadline(session);
    int rc;
    while ((rc = libssh2_session_handshake(session->lib, (libssh2_socket_t)NO_DESCRIPTOR)) == LIBSSH2_ERROR_EAGAIN) {
        int code = ssh_block(session, deadline, err);
        if (code == ERR_TIMEOUT)
            return error_set(err, ERR_SSH_HANDSHAKE, session->where, "it says nothing for %d seconds", session->timeout_ms / 1000);
        if (code < 0)
            return code;
    }
    return rc == 0 ? 0 : ssh_fail(session, ERR_SSH_HANDSHAKE, err);
}

static int accept_unknown(SshSession *session, const SshOptions *options, const char *key, size_t size, Error *err)
{
    AUTO_FREE char *type = known_hosts_key_type(key, size);
    AUTO_FREE char *fingerprint = known_hosts_fingerprint(key, size);
    const SshAsk *ask = session->ask;
    if (!ask->accept_host_key || !ask->accept_host_key(ask->context, &session->peer, type, fingerprint))
        return error_set(err, session->cancel && atomic_load(session->cancel) ? ERR_CANCELLED : ERR_HOST_KEY_REJECTED, session->where, NULL);
    return known_hosts_add(options->known_hosts, session->host, session->peer.port, key, size, err);
}

static int check_host_key(SshSession *session, const SshOptions *options, Error *err)
{
    size_t size = 0;
    int type = 0;
    const char *key = libssh2_session_hostkey(session->lib, &size, &type);
    if (!key)
        return error_set(err, ERR_SSH_HANDSHAKE, session->where, "it has no host key");
    AUTO_FREE char *old = NULL;
    KnownHost known = known_hosts_check(session->lib, options->known_hosts, session->host, session->peer.port, key, size, &old);
    if (known == KNOWN_HOST_MATCH)
        return 0;
    if (known == KNOWN_HOST_UNKNOWN)
        return accept_unknown(session, options, key, size, err);
    AUTO_FREE char *now = known_hosts_fingerprint(key, size);
    return error_set(err, ERR_HOST_KEY_CHANGED, session->where, "it was %s and is now %s", old, now);
}

static void tell_progress(const SshOptions *options, ServerState state)
{
    if (options->progress)
        options->progress(options->progress_context, state);
}

/* Everything between the first byte and the login; io is there. */
static int start_session(SshSession *session, const ServerConfig *config, const SshOptions *options, Error *err)
{
    session->asked_at = port_monotonic_ms();
    start_lib(session, options);
    tell_progress(options, SERVER_HANDSHAKE);
    int code = handshake(session, err);
    if (code == 0)
        code = check_host_key(session, options, err);
    if (code < 0)
        return code;
    tell_progress(options, SERVER_AUTHENTICATING);
    code = ssh_login(session, config, err);
    if (code == 0 && options->threaded_io)
        ssh_io_start_threads(session->io);
    return code;
}

/* One host of the way: config's, or a jump host. */
static SshSession *create_session(const ServerConfig *config, bool jump, const SshOptions *options, const SshAsk *ask, const _Atomic bool *cancel, PortWake *wake)
{
    SshSession *session = x_calloc(1, sizeof *session);
    session->wake = wake;
    session->host = x_strdup(config->host);
    session->where = ssh_where(config->host, jump);
    session->user = x_strdup(config->user);
    session->peer = (SshPeer){ session->host, config->port ? config->port : 22, session->user, jump };
    session->agent_socket = x_strdup(config->agent_socket);
    session->agent_run = session->use_exec = config->agent_run;
    session->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    session->cancel = cancel;
    session->ask = ask;
    return session;
}

/* To the host of session: through the one before it, which is taken (also on failure), or directly when that is NULL. */
static int reach(SshSession *session, SshSession *before, Error *err)
{
    if (before) {
        int code = ssh_relay_open(before, session->host, session->peer.port, session->wake, &session->relay, err);
        if (code == 0)
            session->io = ssh_relay_io(session->relay);
        return code;
    }
    PortSocket socket = PORT_NO_SOCKET;
    int code = port_connect(session->host, session->peer.port, session->timeout_ms, session->cancel, session->wake, &socket, err);
    if (code == 0)
        session->io = ssh_io_create(socket, session->wake);
    return code;
}

/* A jump host is logged in to the way its server is: the same method and key, unless the list names another user. */
static ServerConfig jump_config(const ServerConfig *config, const JumpHost *hop)
{
    ServerConfig made = *config;
    made.host = hop->host;
    made.port = hop->port;
    made.user = hop->user ? hop->user : config->user;
    return made;
}

/* Goes from host to host; *ret is the last session. */
static int go(const ServerConfig *config, const JumpList *jumps, const SshOptions *options, const SshAsk *ask, const _Atomic bool *cancel, PortWake *wake,
              SshSession **ret, Error *err)
{
    SshSession *before = NULL;
    for (size_t i = 0; i <= jumps->count; i++) {
        bool jump = i < jumps->count;
        ServerConfig to = jump ? jump_config(config, &jumps->items[i]) : *config;
        SshSession *session = create_session(&to, jump, options, ask, cancel, wake);
        int code = reach(session, before, err);
        if (code == 0)
            code = start_session(session, &to, options, err);
        if (code < 0) {
            ssh_session_free(session);
            return code;
        }
        before = session;
    }
    *ret = before;
    return 0;
}

int ssh_connect(const ServerConfig *config, const SshOptions *options, const SshAsk *ask, const _Atomic bool *cancel, SshSession **ret, Error *err)
{
    JumpList jumps = { 0 };
    Error why = { 0 };
    if (jump_parse(config->jump, &jumps, &why) < 0) {
        int code = error_set(err, ERR_CONNECT_FAILED, config->host, "%s", why.cause);
        error_clear(&why);
        return code;
    }
    PortWake *wake = options->wake ? options->wake : port_wake_create();
    SshSession *session = NULL;
    int code = go(config, &jumps, options, ask, cancel, wake, &session, err);
    jump_clear(&jumps);
    if (code < 0) {
        if (!options->wake)
            port_wake_free(wake);
        return code;
    }
    session->own_wake = !options->wake;
    session->cancel = NULL;
    session->ask = NULL;
    *ret = session;
    return 0;
}

char *ssh_where(const char *host, bool jump) { return jump ? text_format(TEXT_SSH_JUMP_HOST, host, NULL) : x_strdup(host); }

void ssh_session_free(SshSession *session)
{
    if (!session)
        return;
    if (session->lib) {
        libssh2_session_disconnect(session->lib, "bye");
        ssh_io_flush(session->io);
        session->dying = true;
        ssh_channels_drop(session);
        /* With a dead line it ends by itself; the bound is for a bug of it only. */
        for (int tries = 0; tries < 1000 && libssh2_session_free(session->lib) == LIBSSH2_ERROR_EAGAIN; tries++)
            continue;
    }
    ssh_relay_free(session->relay); /* before the bytes it carries */
    ssh_io_free(session->io);
    if (session->own_wake)
        port_wake_free(session->wake);
    free(session->host);
    free(session->where);
    free(session->user);
    free(session->agent_socket);
    free(session);
}

/* ---- waiting */

/* Asks the host for a sign of life when there was none for a while. *ret_left: ms until that is to be thought about again. */
static int keep_alive(SshSession *session, int *ret_left, Error *err)
{
    int64_t now = port_monotonic_ms();
    uint64_t received = ssh_io_received(session->io);
    bool logged_in = libssh2_userauth_authenticated(session->lib);
    if (received != session->heard || !logged_in) {
        session->heard = received;
        session->asked_at = now;
        session->unanswered = 0;
    }
    if (now - session->asked_at >= KEEP_ALIVE_S * 1000) {
        if (session->unanswered == KEEP_ALIVES_LOST)
            return error_set(err, ERR_CONNECTION_LOST, session->where, "no answer for %d seconds", (KEEP_ALIVES_LOST + 1) * KEEP_ALIVE_S);
        int next = 0;
        libssh2_keepalive_send(session->lib, &next);
        session->unanswered++;
        session->asked_at = now;
    }
    *ret_left = (int)(session->asked_at + KEEP_ALIVE_S * 1000 - now);
    return 0;
}

int ssh_wait(SshSession *session, int timeout_ms, Error *err)
{
    ssh_channels_close(session);
    /* libssh2 sorts what came in into the queues of all channels: its users look again before anyone sleeps. */
    uint64_t received = ssh_io_received(session->io);
    bool news = received != session->seen;
    session->seen = received;
    int left = 0;
    int code = keep_alive(session, &left, err);
    if (code < 0 || news)
        return code;
    ssh_io_wait(session->io, timeout_ms >= 0 && timeout_ms < left ? timeout_ms : left);
    return 0;
}

int ssh_forget_host(const char *known_hosts, const char *host, int port, Error *err)
{
    return known_hosts_remove(known_hosts, host, port ? port : 22, err);
}
