/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Channels to the agent: through sshd's stream forwarding to its socket, else through `poolagent connect`; up to the agent's READY line, then
 * bytes. Part of ssh.c's session, on its thread.
 */
#include "client/core/ssh_private.h"

#include "protocol/line_reader.h"
#include "protocol/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SOCKET "/run/poolagent/poolagent.sock"

enum { READ_SIZE = 32 << 10, ERRORS_MAX = 2000 };

typedef enum Stage {
    STAGE_SOCKET,   /* opens direct-streamlocal (or waits for another channel that is being opened) */
    STAGE_SESSION,  /* opens a session channel */
    STAGE_EXEC,     /* starts the program in it */
    STAGE_GREETING, /* sends the opening line, reads until READY */
    STAGE_PROBE,    /* `poolagent connect` failed: reads what the probe finds out */
    STAGE_READY,
    STAGE_FAILED,
} Stage;

struct SshChannel {
    SshSession *session;
    SshChannel *next;       /* in session->closing */
    LIBSSH2_CHANNEL *lib;
    Stage stage;
    bool by_exec;
    bool probing;
    char *opening;          /* the line to send, with its newline */
    size_t sent;
    LineReader lines;
    size_t banner;          /* bytes skipped so far */
    char errors[ERRORS_MAX + 1]; /* what the program wrote to stderr */
    size_t errors_length;
    bool output_ended, errors_ended;
    json_t *ready;
};

static const char *socket_path(const SshSession *session) { return str_empty(session->agent_socket) ? DEFAULT_SOCKET : session->agent_socket; }

/* Only such paths may become part of a command. */
static bool plain_path(const char *path)
{
    return *path == '/' && strspn(path, "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(path);
}

SshChannel *ssh_channel_start(SshSession *session, const char *opening)
{
    SshChannel *channel = x_calloc(1, sizeof *channel);
    channel->session = session;
    channel->opening = x_printf("%s\n", opening);
    channel->stage = session->use_exec ? STAGE_SESSION : STAGE_SOCKET;
    line_reader_init(&channel->lines, LIMIT_REPLY_LINE);
    return channel;
}

static void let_others_open(SshChannel *channel)
{
    if (channel->session->opening == channel)
        channel->session->opening = NULL;
}

static int failed(SshChannel *channel, int code)
{
    let_others_open(channel);
    channel->stage = STAGE_FAILED;
    return code;
}

static int lost(SshChannel *channel, Error *err) { return failed(channel, ssh_fail(channel->session, ERR_CONNECTION_LOST, err)); }

static bool may_open(SshChannel *channel)
{
    SshSession *session = channel->session;
    if (!session->opening)
        session->opening = channel;
    return session->opening == channel;
}

/* ---- opening: each step returns 0 (not yet), 1 (done, look at the next stage) or negative */

static int open_socket(SshChannel *channel, Error *err)
{
    SshSession *session = channel->session;
    if (!may_open(channel))
        return 0;
    channel->lib = libssh2_channel_direct_streamlocal_ex(session->lib, socket_path(session), "localhost", 0);
    if (channel->lib) {
        let_others_open(channel);
        channel->stage = STAGE_GREETING;
        return 1;
    }
    int code = libssh2_session_last_errno(session->lib);
    if (code == LIBSSH2_ERROR_EAGAIN)
        return 0;
    let_others_open(channel);
    if (code != LIBSSH2_ERROR_CHANNEL_FAILURE)
        return lost(channel, err);
    /* sshd says the same for a missing socket, a forbidden one and forwarding switched off: the fallback finds out. */
    channel->stage = STAGE_SESSION;
    return 1;
}

static int open_session(SshChannel *channel, Error *err)
{
    SshSession *session = channel->session;
    if (!may_open(channel))
        return 0;
    channel->lib = libssh2_channel_open_session(session->lib);
    if (!channel->lib && libssh2_session_last_errno(session->lib) == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (!channel->lib)
        return lost(channel, err);
    let_others_open(channel);
    channel->by_exec = true;
    channel->stage = STAGE_EXEC;
    return 1;
}

/* What runs on the host: fixed words, but for a socket path of harmless characters. The login shell may be any; sh is everywhere. */
static char *connect_command(const SshSession *session)
{
    const char *path = session->agent_socket;
    if (session->agent_run) /* where scripts/run.sh has put it */
        return x_strdup("exec /bin/sh -c 'for d in \"$HOME/.cache/poolcenter\" \"${TMPDIR:-/tmp}/poolcenter-$(id -u)\"; do f=$d/poolagentd; "
                        "if [ -O \"$d\" ] && [ ! -L \"$d\" ] && [ -O \"$f\" ] && [ -x \"$f\" ]; then exec \"$f\" connect --user; fi; done; "
                        "echo the agent is not there any more >&2; exit 127'");
    AUTO_FREE char *option = !str_empty(path) && plain_path(path) ? x_printf(" --socket %s", path) : x_strdup("");
    return x_printf("exec /bin/sh -c 'for p in poolagent /usr/bin/poolagent /usr/sbin/poolagentd /usr/local/sbin/poolagentd; do "
                    "if command -v $p >/dev/null 2>&1; then exec $p connect%s; fi; done; exit 127'",
                    option);
}

static char *probe_command(const SshSession *session)
{
    const char *path = plain_path(socket_path(session)) ? socket_path(session) : DEFAULT_SOCKET;
    return x_printf("exec /bin/sh -c 's=%s; d=${s%%/*}; if [ -w $s ]; then echo silent; elif [ -e $s ]; then echo denied; "
                    "elif [ -d $d ] && [ ! -x $d ]; then echo denied; else echo missing; fi'",
                    path);
}

static int start_program(SshChannel *channel, Error *err)
{
    AUTO_FREE char *command = channel->probing ? probe_command(channel->session) : connect_command(channel->session);
    int rc = libssh2_channel_process_startup(channel->lib, "exec", 4, command, (unsigned)strlen(command));
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
        return failed(channel, error_set(err, ERR_AGENT_MISSING, channel->session->where, "the host runs no commands for this user and forwards no streams"));
    if (rc < 0)
        return lost(channel, err);
    channel->stage = channel->probing ? STAGE_PROBE : STAGE_GREETING;
    return 1;
}

/* ---- reading on the way to READY */

/* Bytes, 0 at the end, PORT_AGAIN, PORT_FAILED. */
static long read_stream(SshChannel *channel, int stream, char *bytes, size_t size)
{
    ssize_t count = libssh2_channel_read_ex(channel->lib, stream, bytes, size);
    if (count > 0)
        return (long)count;
    if (count == LIBSSH2_ERROR_EAGAIN)
        return PORT_AGAIN;
    if (count < 0)
        return PORT_FAILED;
    return libssh2_channel_eof(channel->lib) ? 0 : PORT_AGAIN;
}

static int read_errors(SshChannel *channel)
{
    char bytes[512];
    long count = 0;
    while (!channel->errors_ended && (count = read_stream(channel, SSH_EXTENDED_DATA_STDERR, bytes, sizeof bytes)) > 0) {
        size_t room = ERRORS_MAX - channel->errors_length;
        size_t part = (size_t)count < room ? (size_t)count : room;
        memcpy(channel->errors + channel->errors_length, bytes, part);
        channel->errors_length += part;
    }
    channel->errors_ended |= count == 0;
    return count == PORT_FAILED ? -1 : 0;
}

/* Feeds the lines; negative when the line is dead. */
static int read_output(SshChannel *channel)
{
    AUTO_FREE char *bytes = x_calloc(READ_SIZE, 1);
    long count = channel->output_ended ? 0 : read_stream(channel, 0, bytes, READ_SIZE);
    if (count > 0)
        line_reader_feed(&channel->lines, bytes, (size_t)count);
    channel->output_ended |= count == 0;
    return count == PORT_FAILED ? -1 : count > 0;
}

/* `poolagent connect` did not work out: ask the host why. The channel of the program is done with. */
static int probe(SshChannel *channel)
{
    ssh_channel_give_up(channel->session, TAKE_PTR(channel->lib));
    channel->probing = true;
    channel->output_ended = false;
    line_reader_clear(&channel->lines);
    channel->stage = STAGE_SESSION;
    return 1;
}

static int take_refusal(SshChannel *channel, const char *line, size_t length, Error *err)
{
    json_t *json = NULL;
    ErrorInfo info = { 0 };
    int code = rpc_parse_opening(line, length, RPC_REFUSED, &json, NULL);
    if (code == 0)
        code = ErrorInfo_decode(json, UNKNOWN_IGNORE, &info, NULL);
    json_decref(json);
    if (code < 0)
        return failed(channel, error_set(err, ERR_PROTOCOL, channel->session->where, "its refusal cannot be read"));
    Error refusal = { 0 };
    error_from_info(&info, &refusal);
    ErrorInfo_clear(&info);
    /* That is the program itself: it could not reach the daemon. */
    if (channel->by_exec && refusal.code == ERR_IO && !channel->session->agent_run) {
        snprintf(channel->errors, sizeof channel->errors, "%s", str_or_empty(refusal.cause));
        error_clear(&refusal);
        return probe(channel);
    }
    return failed(channel, error_move(err, &refusal));
}

static bool begins_with(const char *line, size_t length, const char *word)
{
    size_t wanted = strlen(word);
    return length >= wanted && memcmp(line, word, wanted) == 0;
}

/* 0: a banner; 1: READY; negative. */
static int take_greeting(SshChannel *channel, const char *line, size_t length, Error *err)
{
    if (begins_with(line, length, RPC_REFUSED))
        return take_refusal(channel, line, length, err);
    if (begins_with(line, length, RPC_READY)) {
        if (rpc_parse_opening(line, length, RPC_READY, &channel->ready, NULL) < 0)
            return failed(channel, error_set(err, ERR_PROTOCOL, channel->session->where, "its greeting cannot be read"));
        channel->session->use_exec |= channel->by_exec;
        channel->stage = STAGE_READY;
        if (channel->by_exec)
            libssh2_channel_handle_extended_data2(channel->lib, LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE);
        return 1;
    }
    channel->banner += length + 1;
    if (channel->banner > LIMIT_BANNER)
        return failed(channel, error_set(err, ERR_PROTOCOL, channel->session->where, "%d bytes came before its greeting", LIMIT_BANNER));
    return 0;
}

static int ended_early(SshChannel *channel, Error *err)
{
    if (!channel->by_exec)
        return failed(channel, error_set(err, ERR_CONNECTION_LOST, channel->session->where, "the agent closed the connection"));
    if (channel->session->agent_run) {
        channel->errors[strcspn(channel->errors, "\r\n")] = 0;
        return failed(channel, error_set(err, ERR_AGENT_MISSING, channel->session->where, "%s", *channel->errors ? channel->errors : "it ended at once"));
    }
    return probe(channel);
}

static int send_opening(SshChannel *channel, Error *err)
{
    size_t length = strlen(channel->opening);
    while (channel->sent < length) {
        ssize_t count = libssh2_channel_write_ex(channel->lib, 0, channel->opening + channel->sent, length - channel->sent);
        if (count == LIBSSH2_ERROR_EAGAIN)
            return 0;
        /* The program may have ended before it read anything: what it said decides. */
        if (count == LIBSSH2_ERROR_CHANNEL_CLOSED || count == LIBSSH2_ERROR_CHANNEL_EOF_SENT)
            count = (ssize_t)(length - channel->sent);
        if (count < 0)
            return lost(channel, err);
        channel->sent += (size_t)count;
    }
    return 1;
}

static int greet(SshChannel *channel, Error *err)
{
    int sent = send_opening(channel, err);
    if (sent <= 0)
        return sent;
    for (;;) {
        const char *line = NULL;
        size_t length = 0;
        int result = line_reader_next(&channel->lines, &line, &length, NULL);
        if (result < 0)
            return failed(channel, error_set(err, ERR_PROTOCOL, channel->session->where, "its greeting is too long"));
        if (result > 0) {
            result = take_greeting(channel, line, length, err);
            if (result != 0)
                return result;
            continue;
        }
        const char *rest = NULL;
        if (line_reader_rest(&channel->lines, &rest) > LIMIT_BANNER)
            return failed(channel, error_set(err, ERR_PROTOCOL, channel->session->where, "%d bytes came before its greeting", LIMIT_BANNER));
        result = read_output(channel);
        if (result < 0 || (channel->by_exec && read_errors(channel) < 0))
            return lost(channel, err);
        if (result > 0)
            continue;
        if (!channel->output_ended || (channel->by_exec && !channel->errors_ended))
            return 0;
        return ended_early(channel, err);
    }
}

static int read_probe(SshChannel *channel, Error *err)
{
    if (read_output(channel) < 0)
        return lost(channel, err);
    const char *line = NULL;
    size_t length = 0;
    while (line_reader_next(&channel->lines, &line, &length, NULL) == 1) {
        SshSession *session = channel->session;
        const char *said = channel->errors[strspn(channel->errors, " \r\n\t")] ? channel->errors : NULL;
        channel->errors[strcspn(channel->errors, "\r\n")] = 0;
        if (begins_with(line, length, "denied"))
            return failed(channel, error_set(err, ERR_AGENT_DENIED, session->where, "'%s' has no access to %s", session->user, socket_path(session)));
        if (begins_with(line, length, "silent"))
            return failed(channel, error_set(err, ERR_AGENT_MISSING, session->where, "%s", said ? said : "nobody answers on its socket, or the host forwards no streams to it"));
        if (begins_with(line, length, "missing"))
            return failed(channel, error_set(err, ERR_AGENT_MISSING, session->where, "there is no %s", socket_path(session)));
    }
    if (channel->output_ended)
        return failed(channel, error_set(err, ERR_AGENT_MISSING, channel->session->where, "%s", channel->errors));
    return 0;
}

int ssh_channel_poll(SshChannel *channel, json_t **ret_ready, Error *err)
{
    int result = 1;
    while (result == 1 && channel->stage != STAGE_READY) {
        switch (channel->stage) {
        case STAGE_SOCKET:   result = open_socket(channel, err); break;
        case STAGE_SESSION:  result = open_session(channel, err); break;
        case STAGE_EXEC:     result = start_program(channel, err); break;
        case STAGE_GREETING: result = greet(channel, err); break;
        case STAGE_PROBE:    result = read_probe(channel, err); break;
        default:             return error_set(err, ERR_CONNECTION_LOST, channel->session->where, NULL);
        }
    }
    if (result == 1 && ret_ready)
        *ret_ready = TAKE_PTR(channel->ready);
    return result;
}

/* ---- bytes */

long ssh_channel_read(SshChannel *channel, void *bytes, size_t size, Error *err)
{
    const char *rest = NULL;
    size_t held = line_reader_rest(&channel->lines, &rest);
    if (held) {
        /* What came together with READY. */
        size_t part = held < size ? held : size;
        memcpy(bytes, rest, part);
        channel->lines.start += part;
        if (part == held)
            line_reader_clear(&channel->lines);
        return (long)part;
    }
    long count = channel->output_ended ? 0 : read_stream(channel, 0, bytes, size);
    if (count == PORT_FAILED)
        ssh_fail(channel->session, ERR_CONNECTION_LOST, err);
    return count;
}

long ssh_channel_write(SshChannel *channel, const void *bytes, size_t size, Error *err)
{
    if (!ssh_io_has_room(channel->session->io))
        return PORT_AGAIN;
    ssize_t count = libssh2_channel_write_ex(channel->lib, 0, bytes, size);
    if (count == LIBSSH2_ERROR_EAGAIN)
        return PORT_AGAIN;
    if (count >= 0)
        return (long)count;
    if (count == LIBSSH2_ERROR_CHANNEL_CLOSED || count == LIBSSH2_ERROR_CHANNEL_EOF_SENT)
        error_set(err, ERR_CONNECTION_LOST, channel->session->where, "the agent closed the connection");
    else
        ssh_fail(channel->session, ERR_CONNECTION_LOST, err);
    return PORT_FAILED;
}

/* ---- closing */

void ssh_channel_free(SshChannel *channel)
{
    if (!channel)
        return;
    SshSession *session = channel->session;
    free(TAKE_PTR(channel->opening));
    line_reader_clear(&channel->lines);
    json_decref(channel->ready);
    channel->ready = NULL;
    /* libssh2 goes on with an opening until it has the answer, and lets a channel go when the host has said goodbye to it. */
    channel->next = session->closing;
    session->closing = channel;
    ssh_channels_close(session);
}

void ssh_channel_give_up(SshSession *session, LIBSSH2_CHANNEL *lib)
{
    SshChannel *old = x_calloc(1, sizeof *old);
    old->session = session;
    old->lib = lib;
    old->stage = STAGE_FAILED;
    ssh_channel_free(old);
}

/* True: nothing of libssh2 is left. */
static bool let_go(SshChannel *channel)
{
    SshSession *session = channel->session;
    if (!channel->lib && session->opening == channel) {
        channel->lib = channel->stage == STAGE_SOCKET ? libssh2_channel_direct_streamlocal_ex(session->lib, socket_path(session), "localhost", 0)
                                                      : libssh2_channel_open_session(session->lib);
        if (!channel->lib && libssh2_session_last_errno(session->lib) == LIBSSH2_ERROR_EAGAIN)
            return false;
        let_others_open(channel);
    }
    return !channel->lib || libssh2_channel_free(channel->lib) != LIBSSH2_ERROR_EAGAIN;
}

void ssh_channels_close(SshSession *session)
{
    for (SshChannel **at = &session->closing; *at;) {
        SshChannel *channel = *at;
        if (!let_go(channel)) {
            at = &channel->next;
            continue;
        }
        *at = channel->next;
        free(channel);
    }
}

void ssh_channels_drop(SshSession *session)
{
    while (session->closing) {
        SshChannel *channel = session->closing;
        session->closing = channel->next;
        free(channel);
    }
}
