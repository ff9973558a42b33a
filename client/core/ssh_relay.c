/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carrying one session through another: see ssh_relay.h. */
#include "client/core/ssh_relay.h"

#include "client/core/text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct SshRelay {
    SshSession *jump;
    LIBSSH2_CHANNEL *channel;
    SshIo *io;
    PortThread *thread;
    PortWake *wake; /* of the thread */
    _Atomic bool stop;
};

/* ---- the thread */

/* Bytes moved towards the next session; *over at the channel's end or on failure (err). */
static bool pump_in(SshRelay *relay, bool *over, Error *err)
{
    size_t room = 0;
    char *to = ssh_io_pipe_room(relay->io, &room);
    if (!room)
        return false;
    ssize_t count = libssh2_channel_read_ex(relay->channel, 0, to, room);
    if (count > 0)
        ssh_io_pipe_commit(relay->io, (size_t)count);
    else if (count != LIBSSH2_ERROR_EAGAIN && count < 0)
        *over = ssh_fail(relay->jump, ERR_CONNECTION_LOST, err) < 0;
    else
        *over = libssh2_channel_eof(relay->channel) != 0;
    return count > 0;
}

static bool pump_out(SshRelay *relay, bool *over, Error *err)
{
    size_t held = 0;
    const char *from = ssh_io_pipe_peek(relay->io, &held);
    if (!held || !ssh_io_has_room(relay->jump->io))
        return false;
    ssize_t count = libssh2_channel_write_ex(relay->channel, 0, from, held);
    if (count > 0)
        ssh_io_pipe_drop(relay->io, (size_t)count);
    else if (count != LIBSSH2_ERROR_EAGAIN && count < 0)
        *over = ssh_fail(relay->jump, ERR_CONNECTION_LOST, err) < 0;
    return count > 0;
}

static void end_pipe(SshRelay *relay, const Error *why)
{
    AUTO_FREE char *words = why->code ? text_format(TEXT_SSH_JUMP_LOST, relay->jump->peer.host, str_or_empty(why->cause), NULL) : NULL;
    ssh_io_pipe_end(relay->io, words);
}

static void run(void *context)
{
    SshRelay *relay = context;
    AUTO(error_clear) Error why = { 0 };
    bool over = false;
    while (!over && !atomic_load(&relay->stop)) {
        bool moved = pump_in(relay, &over, &why);
        moved |= !over && pump_out(relay, &over, &why);
        if (!moved && !over)
            over = ssh_wait(relay->jump, -1, &why) < 0;
    }
    if (!over) /* a goodbye of the next session may be waiting */
        pump_out(relay, &over, &why);
    end_pipe(relay, &why);
}

/* ---- the next session's thread */

static const char *why_not(SshSession *jump)
{
    char *text = NULL;
    libssh2_session_last_error(jump->lib, &text, NULL, 0);
    return str_or_empty(text);
}

static int open_channel(SshRelay *relay, const char *host, int port, Error *err)
{
    SshSession *jump = relay->jump;
    int64_t deadline = ssh_deadline(jump);
    for (;;) {
        relay->channel = libssh2_channel_direct_tcpip_ex(jump->lib, host, port, "127.0.0.1", 22);
        if (relay->channel)
            return 0;
        int code = libssh2_session_last_errno(jump->lib);
        if (code == LIBSSH2_ERROR_CHANNEL_FAILURE) {
            bool forbidden = strstr(why_not(jump), "prohibited") != NULL;
            AUTO_FREE char *words = text_format(forbidden ? TEXT_SSH_JUMP_FORBIDS : TEXT_SSH_JUMP_UNREACHED, jump->peer.host, NULL);
            return error_set(err, ERR_CONNECT_FAILED, host, "%s", words);
        }
        if (code != LIBSSH2_ERROR_EAGAIN)
            return ssh_fail(jump, ERR_CONNECTION_LOST, err);
        code = ssh_block(jump, deadline, err);
        if (code < 0)
            return code;
    }
}

int ssh_relay_open(SshSession *jump, const char *host, int port, PortWake *wake, SshRelay **ret, Error *err)
{
    SshRelay *relay = x_calloc(1, sizeof *relay);
    relay->jump = jump;
    relay->wake = port_wake_create();
    int code = open_channel(relay, host, port, err);
    jump->cancel = NULL;
    jump->ask = NULL;
    if (code == 0) {
        /* From here the session to the jump host belongs to the relay's thread. */
        jump->wake = relay->wake;
        ssh_io_set_wake(jump->io, relay->wake);
        relay->io = ssh_io_create_piped(wake, relay->wake);
        relay->thread = port_thread_start("ssh jump", run, relay);
        *ret = relay;
        return 0;
    }
    ssh_relay_free(relay);
    return code;
}

SshIo *ssh_relay_io(SshRelay *relay) { return relay->io; }

void ssh_relay_free(SshRelay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->stop, true);
    port_wake_set(relay->wake);
    if (relay->thread)
        port_thread_join(relay->thread);
    /* libssh2 frees the channel with its session. */
    ssh_session_free(relay->jump);
    port_wake_free(relay->wake);
    free(relay);
}
