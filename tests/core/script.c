/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scripted agent: see script.h. The link's thread and the test's share it under one mutex. */
#include "tests/core/script.h"

#include "protocol/rpc.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE_MS = 2000 };

typedef struct Pipe {
    char *bytes;
    size_t start, end, size;
    bool ended;
} Pipe;

struct LinkTransport {
    PortWake *wake;
};

struct LinkChannel {
    bool data;
};

static struct {
    PortMutex mutex;
    PortCond changed;
    bool made;
    LinkTransport transport;
    LinkChannel control, data;
    Pipe said, heard;           /* control */
    Pipe data_said, data_heard;
    char *data_opening;
    bool data_closed;
    int data_refusal;
    bool lost;
    int refusal;
    bool hold;
    int connections;
} script;

static void pipe_clear(Pipe *pipe)
{
    free(pipe->bytes);
    *pipe = (Pipe){ 0 };
}

static void pipe_add(Pipe *pipe, const void *bytes, size_t size)
{
    if (pipe->start == pipe->end)
        pipe->start = pipe->end = 0;
    if (pipe->end + size > pipe->size) {
        pipe->size = (pipe->end + size) * 2;
        pipe->bytes = x_realloc(pipe->bytes, pipe->size, 1);
    }
    memcpy(pipe->bytes + pipe->end, bytes, size);
    pipe->end += size;
}

static long pipe_take(Pipe *pipe, void *bytes, size_t size)
{
    size_t held = pipe->end - pipe->start;
    if (!held)
        return pipe->ended ? 0 : PORT_AGAIN;
    size_t part = held < size ? held : size;
    memcpy(bytes, pipe->bytes + pipe->start, part);
    pipe->start += part;
    return (long)part;
}

static void lock(void) { port_mutex_lock(&script.mutex); }

static void unlock(void)
{
    port_cond_broadcast(&script.changed);
    if (script.transport.wake)
        port_wake_set(script.transport.wake);
    port_mutex_unlock(&script.mutex);
}

void script_reset(void)
{
    if (!script.made) {
        port_mutex_init(&script.mutex);
        port_cond_init(&script.changed);
    }
    script.made = true;
    lock();
    pipe_clear(&script.said);
    pipe_clear(&script.heard);
    pipe_clear(&script.data_said);
    pipe_clear(&script.data_heard);
    free(TAKE_PTR(script.data_opening));
    script.data_closed = script.lost = script.hold = false;
    script.refusal = script.data_refusal = script.connections = 0;
    script.transport.wake = NULL;
    unlock();
}

/* ---- the test's side */

void script_say_bytes(const void *bytes, size_t size)
{
    lock();
    pipe_add(&script.said, bytes, size);
    unlock();
}

void script_say(const char *text) { script_say_bytes(text, strlen(text)); }

void script_hang_up(void)
{
    lock();
    script.said.ended = true;
    unlock();
}

void script_lose(void)
{
    lock();
    script.lost = true;
    unlock();
}

/* With the mutex held: waits until condition(argument) or the test's patience ends. */
static bool wait_until(bool (*condition)(size_t argument), size_t argument)
{
    int64_t end = port_monotonic_ms() + PATIENCE_MS;
    while (!condition(argument) && port_monotonic_ms() < end)
        port_cond_wait(&script.changed, &script.mutex, (int)(end - port_monotonic_ms()));
    return condition(argument);
}

static bool heard_line(size_t argument)
{
    (void)argument;
    return script.heard.end > script.heard.start && memchr(script.heard.bytes + script.heard.start, '\n', script.heard.end - script.heard.start);
}

char *script_hear(void)
{
    char *line = NULL;
    lock();
    if (wait_until(heard_line, 0)) {
        const char *from = script.heard.bytes + script.heard.start;
        size_t length = (size_t)((const char *)memchr(from, '\n', script.heard.end - script.heard.start) - from);
        line = x_strndup(from, length);
        script.heard.start += length + 1;
    }
    unlock();
    return line;
}

int64_t script_hear_request(const char *method)
{
    AUTO_FREE char *line = script_hear();
    assert_non_null(line);
    RpcMessage message;
    assert_int_equal(rpc_parse(line, strlen(line), &message, NULL), 0);
    assert_string_equal(message.method, method);
    int64_t id = message.id;
    rpc_message_clear(&message);
    return id;
}

void script_refuse_connections(int code)
{
    lock();
    script.refusal = code;
    unlock();
}

void script_hold_connections(bool hold)
{
    lock();
    script.hold = hold;
    unlock();
}

int script_connections(void)
{
    lock();
    int count = script.connections;
    unlock();
    return count;
}

static bool connected(size_t count) { return (size_t)script.connections >= count; }

bool script_wait_connections(int count)
{
    lock();
    bool come = wait_until(connected, (size_t)count);
    unlock();
    return come;
}

static bool let_go(size_t argument)
{
    (void)argument;
    return !script.transport.wake;
}

bool script_wait_closed(void)
{
    lock();
    bool closed = wait_until(let_go, 0);
    unlock();
    return closed;
}

bool script_wait_state(Core *core, const Server *server, ServerState state)
{
    int64_t end = port_monotonic_ms() + 5000;
    while (server_state(server) != state && port_monotonic_ms() < end)
        core_wait(core, 50);
    return server_state(server) == state;
}

static bool heard_data(size_t size) { return script.data_heard.end - script.data_heard.start >= size; }

char *script_hear_data(size_t size)
{
    char *bytes = NULL;
    lock();
    if (wait_until(heard_data, size)) {
        bytes = x_calloc(size + 1, 1);
        pipe_take(&script.data_heard, bytes, size);
    }
    unlock();
    return bytes;
}

const char *script_data_opening(void)
{
    lock();
    const char *opening = script.data_opening;
    unlock();
    return opening;
}

void script_say_data(const void *bytes, size_t size)
{
    lock();
    pipe_add(&script.data_said, bytes, size);
    unlock();
}

void script_end_data(void)
{
    lock();
    script.data_said.ended = true;
    unlock();
}

void script_refuse_data(int code)
{
    lock();
    script.data_refusal = code;
    unlock();
}

static bool data_is_closed(size_t argument)
{
    (void)argument;
    return script.data_closed;
}

bool script_data_closed(void)
{
    lock();
    bool closed = wait_until(data_is_closed, 0);
    unlock();
    return closed;
}

/* ---- the link's side */

static void script_close(LinkTransport *transport)
{
    lock();
    transport->wake = NULL;
    pipe_clear(&script.said);
    unlock();
}

static int script_connect(const LinkSetup *setup, LinkTransport **ret, Error *err)
{
    setup->progress(setup->progress_context, SERVER_AUTHENTICATING);
    lock();
    bool hold = script.hold;
    int refusal = script.refusal;
    script.connections++;
    script.lost = false;
    script.said.ended = false;
    script.transport.wake = setup->wake;
    unlock();
    while (hold && !atomic_load(setup->cancel))
        port_socket_wait(PORT_NO_SOCKET, 0, setup->wake, -1);
    if (hold || refusal)
        script_close(&script.transport); /* the wake is borrowed for a connection only */
    if (hold)
        return error_set(err, ERR_CANCELLED, "script", NULL);
    if (refusal)
        return error_set(err, refusal, "script", "scripted");
    *ret = &script.transport;
    return 0;
}

static int script_wait(LinkTransport *transport, int timeout_ms, Error *err)
{
    lock();
    bool lost = script.lost;
    PortWake *wake = transport->wake;
    port_mutex_unlock(&script.mutex);
    if (lost)
        return error_set(err, ERR_CONNECTION_LOST, "script", "scripted");
    port_socket_wait(PORT_NO_SOCKET, 0, wake, timeout_ms);
    return 0;
}

static LinkChannel *script_channel_start(LinkTransport *transport, const char *opening)
{
    (void)transport;
    if (str_equal(opening, RPC_OPEN_CONTROL))
        return &script.control;
    lock();
    free(script.data_opening);
    script.data_opening = x_strdup(opening);
    script.data.data = true;
    script.data_closed = false;
    unlock();
    return &script.data;
}

static int script_channel_poll(LinkChannel *channel, json_t **ret_ready, Error *err)
{
    if (ret_ready)
        *ret_ready = json_object();
    if (channel->data && script.data_refusal)
        return error_set(err, script.data_refusal, NULL, NULL);
    return 1;
}

static long script_channel_read(LinkChannel *channel, void *bytes, size_t size, Error *err)
{
    (void)err;
    lock();
    long count = pipe_take(channel->data ? &script.data_said : &script.said, bytes, size);
    port_mutex_unlock(&script.mutex);
    return count;
}

static long script_channel_write(LinkChannel *channel, const void *bytes, size_t size, Error *err)
{
    (void)err;
    lock();
    pipe_add(channel->data ? &script.data_heard : &script.heard, bytes, size);
    port_cond_broadcast(&script.changed);
    port_mutex_unlock(&script.mutex);
    return (long)size;
}

static void script_channel_free(LinkChannel *channel)
{
    lock();
    script.data_closed |= channel->data;
    port_cond_broadcast(&script.changed);
    port_mutex_unlock(&script.mutex);
}

const LinkTransportOps script_transport = {
    .connect = script_connect,
    .close = script_close,
    .wait = script_wait,
    .channel_start = script_channel_start,
    .channel_poll = script_channel_poll,
    .channel_read = script_channel_read,
    .channel_write = script_channel_write,
    .channel_free = script_channel_free,
};
