/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streams: see stream.h. Shared by two threads, the user's and the link's I/O thread; the mutex guards all but the channel, which is the I/O
 * thread's. Each holds a reference.
 */
#include "client/core/stream_private.h"

#include "client/core/ring.h"
#include "client/core/server_private.h"
#include "protocol/rpc.h"

#include <stdlib.h>

enum { IN_SIZE = 256 << 10, OUT_SIZE = 64 << 10, SHARED_IN_SIZE = 4 << 10, SHARED_OUT_SIZE = 512 << 10 };

struct Stream {
    PortMutex mutex;
    PortCond changed;      /* for the user's thread */
    int refs;
    PortWake *wake;        /* shared: of the user's thread */
    json_t *answer;        /* shared: what came with READY */
    bool told_ready;       /* the user's thread may know that it is ready */
    Link *link;            /* NULL: failed from the start */
    Stream *next;          /* in the link's list: the I/O thread's */
    LinkChannel *channel;  /* the I/O thread's */
    bool ready;            /* the same */
    char *opening;
    Ring in, out;
    bool starved;          /* the I/O thread waits for room in `in` */
    bool ended;            /* the other side sent its last byte */
    bool cancelled;
    bool woken;            /* stream_wake: the next wait returns */
    bool detached;         /* the I/O thread has let go */
    Error failure;
};

/* With the mutex held: something is new for the user's thread. */
static void tell_user(Stream *stream)
{
    port_cond_broadcast(&stream->changed);
    if (stream->wake)
        port_wake_set(stream->wake);
}

static void unref(Stream *stream)
{
    port_mutex_lock(&stream->mutex);
    bool last = --stream->refs == 0;
    port_mutex_unlock(&stream->mutex);
    if (!last)
        return;
    port_mutex_clear(&stream->mutex);
    port_cond_clear(&stream->changed);
    link_unref(stream->link);
    free(stream->opening);
    json_decref(stream->answer);
    ring_clear(&stream->in);
    ring_clear(&stream->out);
    error_clear(&stream->failure);
    free(stream);
}

Stream *stream_create(Link *link, const char *ticket, const Error *failure)
{
    Stream *stream = x_calloc(1, sizeof *stream);
    port_mutex_init(&stream->mutex);
    port_cond_init(&stream->changed);
    stream->refs = link ? 2 : 1;
    stream->detached = !link;
    stream->link = link ? link_ref(link) : NULL;
    stream->opening = x_printf("%s%s", RPC_OPEN_DATA, ticket);
    ring_init(&stream->in, IN_SIZE);
    ring_init(&stream->out, OUT_SIZE);
    if (failure)
        error_copy(&stream->failure, failure);
    return stream;
}

Stream *stream_create_shared(Link *link, int session, const char *opening, PortWake *wake)
{
    Stream *stream = stream_create(link, "", NULL);
    free(stream->opening);
    stream->opening = x_strdup(opening);
    stream->wake = wake;
    ring_clear(&stream->in);
    ring_clear(&stream->out);
    ring_init(&stream->in, SHARED_IN_SIZE);
    ring_init(&stream->out, SHARED_OUT_SIZE);
    link_add_stream_in(link, session, stream);
    return stream;
}

Stream **stream_next(Stream *stream) { return &stream->next; }

Stream *stream_open(Server *server, const char *ticket)
{
    AUTO(error_clear) Error gone = { 0 };
    Link *link = server_online(server) ? server_link(server) : NULL;
    if (!link)
        error_set(&gone, ERR_NOT_CONNECTED, server_name(server), NULL);
    Stream *stream = stream_create(link, ticket, link ? NULL : &gone);
    if (link)
        link_add_stream(link, stream);
    return stream;
}

/* ---- I/O thread */

static void fail(Stream *stream, Error *why)
{
    port_mutex_lock(&stream->mutex);
    if (!stream->failure.code)
        error_move(&stream->failure, why);
    else
        error_clear(why);
    tell_user(stream);
    port_mutex_unlock(&stream->mutex);
}

/* Reads once: true when bytes moved; *over at the end or on failure. */
static bool pump_in(Stream *stream, const LinkTransportOps *ops, bool *over)
{
    port_mutex_lock(&stream->mutex);
    char *to = NULL;
    size_t room = ring_reserve(&stream->in, &to);
    stream->starved = room == 0;
    port_mutex_unlock(&stream->mutex);
    if (!room)
        return false;
    Error why = { 0 };
    long count = ops->channel_read(stream->channel, to, room, &why);
    if (count == PORT_FAILED)
        fail(stream, &why);
    port_mutex_lock(&stream->mutex);
    if (count > 0)
        ring_commit(&stream->in, (size_t)count);
    stream->ended |= count == 0;
    if (count >= 0)
        tell_user(stream);
    port_mutex_unlock(&stream->mutex);
    *over |= count == 0 || count == PORT_FAILED;
    return count > 0;
}

static bool pump_out(Stream *stream, const LinkTransportOps *ops, bool *over)
{
    port_mutex_lock(&stream->mutex);
    const char *from = NULL;
    size_t held = ring_peek(&stream->out, &from);
    port_mutex_unlock(&stream->mutex);
    if (!held)
        return false;
    Error why = { 0 };
    long count = ops->channel_write(stream->channel, from, held, &why);
    if (count == PORT_FAILED)
        fail(stream, &why);
    port_mutex_lock(&stream->mutex);
    if (count > 0)
        ring_drop(&stream->out, (size_t)count);
    tell_user(stream);
    port_mutex_unlock(&stream->mutex);
    *over |= count == PORT_FAILED;
    return count > 0;
}

bool stream_pump(Stream *stream, LinkTransport *transport, const LinkTransportOps *ops, bool *ret_over)
{
    port_mutex_lock(&stream->mutex);
    *ret_over = stream->cancelled;
    port_mutex_unlock(&stream->mutex);
    if (*ret_over)
        return true;
    if (!stream->channel)
        stream->channel = ops->channel_start(transport, stream->opening);
    if (!stream->ready) {
        Error why = { 0 };
        json_t *answer = NULL;
        int result = ops->channel_poll(stream->channel, &answer, &why);
        if (result < 0)
            fail(stream, &why);
        *ret_over = result < 0;
        stream->ready = result == 1;
        if (result <= 0) {
            json_decref(answer);
            return false;
        }
        port_mutex_lock(&stream->mutex);
        stream->answer = answer;
        stream->told_ready = true;
        tell_user(stream);
        port_mutex_unlock(&stream->mutex);
    }
    bool moved = pump_in(stream, ops, ret_over);
    return (!*ret_over && pump_out(stream, ops, ret_over)) || moved;
}

void stream_detach(Stream *stream, const LinkTransportOps *ops, const Error *why)
{
    if (stream->channel)
        ops->channel_free(stream->channel);
    stream->channel = NULL;
    port_mutex_lock(&stream->mutex);
    stream->detached = true;
    if (why && !stream->failure.code && !stream->ended)
        error_copy(&stream->failure, why);
    tell_user(stream);
    port_mutex_unlock(&stream->mutex);
    unref(stream);
}

/* ---- the user's thread */

/* With the mutex held: is there anything for stream_read to tell? */
static bool readable(const Stream *stream) { return stream->in.count || stream->ended || stream->cancelled || stream->detached || stream->failure.code; }

/* The code and words of what ended the stream. */
static int tell_failure(const Stream *stream, Error *err)
{
    if (stream->cancelled)
        return error_set(err, ERR_CANCELLED, NULL, NULL);
    if (stream->failure.code && err)
        error_copy(err, &stream->failure);
    return stream->failure.code ? stream->failure.code : error_set(err, ERR_CONNECTION_LOST, NULL, "the stream has ended");
}

/* With the mutex held. */
static void wait_readable(Stream *stream, int timeout_ms)
{
    int64_t end = port_monotonic_ms() + timeout_ms;
    while (!readable(stream) && !stream->woken) {
        int64_t left = timeout_ms < 0 ? -1 : end - port_monotonic_ms();
        if (timeout_ms >= 0 && left <= 0)
            break;
        port_cond_wait(&stream->changed, &stream->mutex, (int)left);
    }
    stream->woken = false;
}

int stream_wait(Stream *stream, int timeout_ms)
{
    port_mutex_lock(&stream->mutex);
    wait_readable(stream, timeout_ms);
    int result = readable(stream);
    port_mutex_unlock(&stream->mutex);
    return result;
}

int stream_ready(Stream *stream, json_t **ret_ready, Error *err)
{
    port_mutex_lock(&stream->mutex);
    int result = stream->told_ready;
    if (!result && readable(stream))
        result = tell_failure(stream, err);
    else if (result && ret_ready)
        *ret_ready = TAKE_PTR(stream->answer);
    port_mutex_unlock(&stream->mutex);
    return result;
}

long stream_try_write(Stream *stream, const void *bytes, size_t size, Error *err)
{
    long result = PORT_FAILED;
    port_mutex_lock(&stream->mutex);
    if (stream->cancelled || stream->detached || stream->failure.code) {
        tell_failure(stream, err);
    } else {
        size_t part = ring_put(&stream->out, bytes, size);
        result = part ? (long)part : PORT_AGAIN;
    }
    port_mutex_unlock(&stream->mutex);
    if (result > 0)
        link_wake(stream->link);
    return result;
}

long stream_read(Stream *stream, void *bytes, size_t size, int timeout_ms, Error *err)
{
    port_mutex_lock(&stream->mutex);
    wait_readable(stream, timeout_ms);
    long result = stream->cancelled ? 0 : (long)ring_get(&stream->in, bytes, size);
    bool wake = result > 0 && stream->starved;
    if (wake)
        stream->starved = false;
    if (result == 0 && readable(stream)) {
        result = stream->ended && !stream->cancelled ? 0 : PORT_FAILED;
        if (result == PORT_FAILED)
            tell_failure(stream, err);
    } else if (result == 0) {
        result = PORT_AGAIN;
    }
    port_mutex_unlock(&stream->mutex);
    if (wake)
        link_wake(stream->link);
    return result;
}

int stream_write(Stream *stream, const void *bytes, size_t size, Error *err)
{
    int code = 0;
    port_mutex_lock(&stream->mutex);
    for (size_t done = 0; done < size && code == 0;) {
        if (stream->cancelled || stream->detached || stream->failure.code) {
            code = tell_failure(stream, err);
            break;
        }
        size_t part = ring_put(&stream->out, (const char *)bytes + done, size - done);
        done += part;
        if (part)
            link_wake(stream->link);
        else
            port_cond_wait(&stream->changed, &stream->mutex, -1);
    }
    port_mutex_unlock(&stream->mutex);
    return code;
}

void stream_wake(Stream *stream)
{
    port_mutex_lock(&stream->mutex);
    stream->woken = true;
    port_cond_broadcast(&stream->changed);
    port_mutex_unlock(&stream->mutex);
}

void stream_cancel(Stream *stream)
{
    port_mutex_lock(&stream->mutex);
    stream->cancelled = true;
    port_cond_broadcast(&stream->changed);
    port_mutex_unlock(&stream->mutex);
    if (stream->link)
        link_wake(stream->link);
}

void stream_close(Stream *stream)
{
    if (!stream)
        return;
    port_mutex_lock(&stream->mutex);
    stream->wake = NULL;
    port_mutex_unlock(&stream->mutex);
    stream_cancel(stream);
    unref(stream);
}
