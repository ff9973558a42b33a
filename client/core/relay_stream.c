/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread between two hosts: see relay_stream.h. Each SSH session reads ahead and sends behind on threads of its own; this one moves blocks between them. */
#include "client/core/relay_stream.h"

#include "client/core/link_transport.h"
#include "client/core/port.h"
#include "client/core/text.h"
#include "protocol/rpc.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    STEP_TIMEOUT_MS = 20000,
    NEWS_INTERVAL_MS = 100,
    CHECK_BYTES_PER_MS = 10000, /* what a slow disk reads */
    SILENCE_MS = 120000,
    WAIT_MS = 100,
    BLOCK_SIZE = 256 << 10,
};

/* One of the two hosts. */
typedef struct RelayEnd {
    BulkLogin *login;
    const LinkTransportOps *ops;
    LinkTransport *line;
    LinkChannel *channel;
} RelayEnd;

struct RelayStream {
    RelayJob job;
    PortThread *thread;
    PortWake *wake;
    _Atomic bool cancel;
    _Atomic bool letter_waits;
    int64_t last_news; /* the thread's, like the two below */
    RelayEnd from, to;
    PortMutex mutex;
    RelayNews news;    /* under the mutex, like all below */
    char *from_ticket, *to_ticket;
    int64_t offset, size;
};

/* ---- news */

static void read_letter(void *context, void *item)
{
    RelayStream *stream = item;
    (void)context;
    atomic_store(&stream->letter_waits, false);
    if (!atomic_load(&stream->cancel))
        stream->job.news(stream->job.context, stream);
}

static void read_over(void *context, void *item)
{
    RelayStream *stream = item;
    (void)context;
    stream->job.over(stream->job.context, stream);
}

static void tell(RelayStream *stream)
{
    stream->last_news = port_monotonic_ms();
    if (!atomic_exchange(&stream->letter_waits, true))
        mailbox_post(stream->job.mailbox, stream->job.owner, read_letter, NULL, stream, NULL);
}

static void set_done(RelayStream *stream, int64_t done)
{
    port_mutex_lock(&stream->mutex);
    stream->news.done = done;
    port_mutex_unlock(&stream->mutex);
    if (port_monotonic_ms() - stream->last_news >= NEWS_INTERVAL_MS)
        tell(stream);
}

static void set_phase(RelayStream *stream, RelayPhase phase, int64_t done)
{
    port_mutex_lock(&stream->mutex);
    stream->news.phase = phase;
    stream->news.done = done;
    port_mutex_unlock(&stream->mutex);
    tell(stream);
}

/* ---- small things */

static int check_cancel(const RelayStream *stream, Error *err)
{
    return atomic_load(&stream->cancel) ? error_set(err, ERR_CANCELLED, stream->from.login->server.host, NULL) : 0;
}

static int lost(const RelayEnd *end, Error *err) { return error_set(err, ERR_CONNECTION_LOST, end->login->server.host, "%s", text(TEXT_UPLOAD_STREAM_CLOSED)); }

/* Waits at one end; the other one only gets its keep-alives. */
static int wait_at(RelayStream *stream, RelayEnd *end, Error *err)
{
    RelayEnd *other = end == &stream->from ? &stream->to : &stream->from;
    int rc = check_cancel(stream, err);
    if (rc == 0)
        rc = other->ops->wait(other->line, 0, err);
    if (rc >= 0)
        rc = end->ops->wait(end->line, WAIT_MS, err);
    return rc < 0 ? rc : 0;
}

/* Both lines are kept going meanwhile. */
static int wait_for_tickets(RelayStream *stream, char **ret_from, char **ret_to, int64_t *ret_offset, int64_t *ret_size, Error *err)
{
    for (;;) {
        port_mutex_lock(&stream->mutex);
        *ret_from = TAKE_PTR(stream->from_ticket);
        *ret_to = TAKE_PTR(stream->to_ticket);
        *ret_offset = stream->offset;
        *ret_size = stream->size;
        port_mutex_unlock(&stream->mutex);
        if (*ret_from)
            return 0;
        int rc = wait_at(stream, &stream->from, err);
        if (rc < 0)
            return rc;
    }
}

/* ---- the channels */

static void start_channel(RelayEnd *end, const char *ticket)
{
    AUTO_FREE char *opening = x_printf("%s%s", RPC_OPEN_DATA, ticket);
    end->channel = end->ops->channel_start(end->line, opening);
}

/* Each agent digests what is before offset first. */
static int wait_for_ready(RelayStream *stream, RelayEnd *end, int64_t offset, DataReady *ret, Error *err)
{
    int64_t deadline = port_monotonic_ms() + STEP_TIMEOUT_MS + offset / CHECK_BYTES_PER_MS;
    json_t *ready = NULL;
    int rc = 0;
    while ((rc = end->ops->channel_poll(end->channel, &ready, err)) == 0) {
        if (port_monotonic_ms() > deadline)
            return error_set(err, ERR_TIMEOUT, end->login->server.host, NULL);
        rc = wait_at(stream, end, err);
        if (rc < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    rc = DataReady_decode(ready, UNKNOWN_IGNORE, ret, err);
    json_decref(ready);
    return rc;
}

/* 1: both stand at the same byte and have the same before it. */
static int open_channels(RelayStream *stream, const char *from, const char *to, int64_t offset, Error *err)
{
    AUTO(DataReady_clear) DataReady there = { 0 };
    AUTO(DataReady_clear) DataReady here = { 0 };
    start_channel(&stream->from, from);
    start_channel(&stream->to, to);
    int rc = wait_for_ready(stream, &stream->from, offset, &there, err);
    if (rc == 0)
        rc = wait_for_ready(stream, &stream->to, offset, &here, err);
    if (rc < 0)
        return rc;
    return there.offset == offset && here.offset == offset && (!offset || str_equal(there.prefix_sha256, here.prefix_sha256));
}

/* ---- bytes */

static int read_some(RelayStream *stream, char *block, size_t wanted, size_t *ret, Error *err)
{
    RelayEnd *from = &stream->from;
    int64_t last = port_monotonic_ms();
    for (;;) {
        long got = from->ops->channel_read(from->channel, block, wanted, err);
        if (got == PORT_FAILED)
            return ERR_CONNECTION_LOST;
        if (got == 0 || (got == PORT_AGAIN && port_monotonic_ms() - last > SILENCE_MS))
            return lost(from, err);
        if (got > 0) {
            *ret = (size_t)got;
            return 0;
        }
        int rc = wait_at(stream, from, err);
        if (rc < 0)
            return rc;
    }
}

/* The target never sends on its channel: what can be read is its end. */
static int check_target(RelayStream *stream, Error *err)
{
    char bytes[64];
    RelayEnd *to = &stream->to;
    long got = to->ops->channel_read(to->channel, bytes, sizeof bytes, err);
    if (got == PORT_FAILED)
        return ERR_CONNECTION_LOST;
    return got == 0 ? lost(to, err) : 0;
}

static int write_all(RelayStream *stream, const char *block, size_t count, Error *err)
{
    RelayEnd *to = &stream->to;
    while (count) {
        long sent = to->ops->channel_write(to->channel, block, count, err);
        if (sent == PORT_FAILED)
            return ERR_CONNECTION_LOST;
        if (sent == PORT_AGAIN) {
            int rc = wait_at(stream, to, err);
            if (rc == 0)
                rc = check_target(stream, err);
            if (rc < 0)
                return rc;
            sent = 0;
        }
        block += sent;
        count -= (size_t)sent;
    }
    return 0;
}

static int carry(RelayStream *stream, int64_t done, int64_t size, Error *err)
{
    AUTO_FREE char *block = x_realloc(NULL, BLOCK_SIZE, 1);
    while (done < size) {
        size_t got = 0, wanted = size - done < BLOCK_SIZE ? (size_t)(size - done) : BLOCK_SIZE;
        int rc = check_cancel(stream, err);
        if (rc == 0)
            rc = read_some(stream, block, wanted, &got, err);
        if (rc == 0)
            rc = write_all(stream, block, got, err);
        if (rc < 0)
            return rc;
        done += (int64_t)got;
        set_done(stream, done);
    }
    return 0;
}

/* What is handed over may still be on its way: keeps the target's line going until the UI thread ends this. */
static void stay(RelayStream *stream)
{
    AUTO(error_clear) Error ignored = { 0 };
    bool open = true;
    while (!atomic_load(&stream->cancel)) {
        if (open)
            open = wait_at(stream, &stream->to, &ignored) >= 0 && check_target(stream, &ignored) == 0;
        else
            port_socket_wait(PORT_NO_SOCKET, 0, stream->wake, WAIT_MS);
    }
}

/* ---- the attempt */

/* 1: all bytes are handed over; 0: the target has something else. */
static int relay(RelayStream *stream, Error *err)
{
    AUTO_FREE char *from = NULL, *to = NULL;
    int64_t offset = 0, size = 0;
    int rc = bulk_line_open(stream->from.login, &stream->cancel, stream->wake, &stream->from.ops, &stream->from.line, err);
    if (rc == 0)
        rc = bulk_line_open(stream->to.login, &stream->cancel, stream->wake, &stream->to.ops, &stream->to.line, err);
    if (rc < 0)
        return rc;
    set_phase(stream, RELAY_CONNECTED, 0);
    rc = wait_for_tickets(stream, &from, &to, &offset, &size, err);
    if (rc == 0)
        rc = open_channels(stream, from, to, offset, err);
    if (rc <= 0)
        return rc;
    set_phase(stream, RELAY_SENDING, offset);
    rc = carry(stream, offset, size, err);
    return rc < 0 ? rc : 1;
}

static void close_end(RelayEnd *end)
{
    if (end->channel)
        end->ops->channel_free(end->channel);
    if (end->line)
        end->ops->close(end->line);
}

static void run(void *context)
{
    RelayStream *stream = context;
    AUTO(error_clear) Error error = { 0 };
    int rc = relay(stream, &error);
    port_mutex_lock(&stream->mutex);
    stream->news.phase = rc == 1 ? RELAY_SENT : rc == 0 ? RELAY_DIFFERS : RELAY_FAILED;
    error_copy(&stream->news.error, &error);
    port_mutex_unlock(&stream->mutex);
    tell(stream);
    if (rc == 1)
        stay(stream);
    close_end(&stream->from);
    close_end(&stream->to);
    while (!atomic_load(&stream->cancel))
        port_socket_wait(PORT_NO_SOCKET, 0, stream->wake, WAIT_MS);
    mailbox_post(stream->job.mailbox, stream->job.owner, read_over, NULL, stream, NULL);
}

/* ---- UI thread */

RelayStream *relay_stream_start(RelayJob *job)
{
    RelayStream *stream = x_calloc(1, sizeof *stream);
    stream->job = *job;
    *job = (RelayJob){ 0 };
    stream->from.login = &stream->job.from;
    stream->to.login = &stream->job.to;
    port_mutex_init(&stream->mutex);
    stream->wake = port_wake_create();
    stream->thread = port_thread_start("relay", run, stream);
    return stream;
}

void relay_stream_give_tickets(RelayStream *stream, const char *from, const char *to, int64_t offset, int64_t size)
{
    port_mutex_lock(&stream->mutex);
    free(stream->from_ticket);
    free(stream->to_ticket);
    stream->from_ticket = x_strdup(from);
    stream->to_ticket = x_strdup(to);
    stream->offset = offset;
    stream->size = size;
    port_mutex_unlock(&stream->mutex);
    port_wake_set(stream->wake);
}

void relay_stream_read(RelayStream *stream, RelayNews *ret)
{
    port_mutex_lock(&stream->mutex);
    *ret = stream->news;
    ret->error = (Error){ 0 };
    error_copy(&ret->error, &stream->news.error);
    port_mutex_unlock(&stream->mutex);
}

void relay_stream_end(RelayStream *stream)
{
    atomic_store(&stream->cancel, true);
    port_wake_set(stream->wake);
}

void relay_stream_free(RelayStream *stream)
{
    if (!stream)
        return;
    relay_stream_end(stream);
    port_thread_join(stream->thread);
    port_wake_free(stream->wake);
    port_mutex_clear(&stream->mutex);
    error_clear(&stream->news.error);
    free(stream->from_ticket);
    free(stream->to_ticket);
    bulk_login_clear(&stream->job.from);
    bulk_login_clear(&stream->job.to);
    free(stream);
}
