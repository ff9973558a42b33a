/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The threads of one upload: see upload_stream.h. The stream's own thread owns the SSH session (which has a sender and a receiver thread of its
 * own; or it shares the link's, see stream_transport.h) and moves blocks from the reader's ring into the channel; the reader reads and hashes ahead of it.
 */
#include "client/core/upload_stream.h"

#include "client/core/log.h"
#include "client/core/text.h"
#include "protocol/rpc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_TIMEOUT_MS = 20000,
    NEWS_INTERVAL_MS = 100,
    CHECK_BYTES_PER_MS = 10000, /* what a slow disk reads */
    WAIT_MS = 100, /* longest sleep: everything that matters also wakes */
};

struct UploadStream {
    UploadJob job;
    PortThread *thread;
    PortWake *wake;       /* of the SSH session: cancel, ticket, blocks */
    _Atomic bool cancel;
    _Atomic bool letter_waits;
    int64_t last_news;    /* stream's thread */
    const LinkTransportOps *ops;
    LinkTransport *line;  /* stream's thread, like the two below */
    LinkChannel *channel;
    UploadReader *reader;
    PortMutex mutex;
    StreamNews news;      /* under the mutex, like the two below */
    char *ticket;         /* not used yet */
    int64_t offset;
};

void upload_job_clear(UploadJob *job)
{
    bulk_login_clear(&job->login);
    free(job->path);
    *job = (UploadJob){ 0 };
}

/* ---- news for the UI thread: one letter at a time, which reads the newest state */

static void read_letter(void *context, void *item)
{
    UploadStream *stream = item;
    (void)context;
    atomic_store(&stream->letter_waits, false);
    if (!atomic_load(&stream->cancel))
        stream->job.news(stream->job.context, stream);
}

static void tell(UploadStream *stream)
{
    stream->last_news = port_monotonic_ms();
    if (!atomic_exchange(&stream->letter_waits, true))
        mailbox_post(stream->job.mailbox, stream->job.owner, read_letter, NULL, stream, NULL);
}

static void read_over(void *context, void *item)
{
    UploadStream *stream = item;
    (void)context;
    stream->job.over(stream->job.context, stream);
}

static void set_done(UploadStream *stream, int64_t done)
{
    port_mutex_lock(&stream->mutex);
    stream->news.done = done;
    port_mutex_unlock(&stream->mutex);
    if (port_monotonic_ms() - stream->last_news >= NEWS_INTERVAL_MS)
        tell(stream);
}

static void set_phase(UploadStream *stream, StreamPhase phase, int64_t done)
{
    port_mutex_lock(&stream->mutex);
    stream->news.phase = phase;
    stream->news.done = done;
    port_mutex_unlock(&stream->mutex);
    tell(stream);
}

/* ---- waiting */

static const char *file_name(const UploadStream *stream) { return port_base_name(stream->job.path); }
static int cancelled(const UploadStream *stream, Error *err) { return error_set(err, ERR_CANCELLED, file_name(stream), NULL); }
static int lost(const UploadStream *stream, TextId cause, Error *err) { return error_set(err, ERR_CONNECTION_LOST, stream->job.login.server.host, "%s", text(cause)); }

/* Sleeps until something woke this thread. */
static void sleep_on_wake(UploadStream *stream) { port_socket_wait(PORT_NO_SOCKET, 0, stream->wake, WAIT_MS); }

static void reader_woke(void *context)
{
    UploadStream *stream = context;
    port_wake_set(stream->wake);
}

static int wait_for_ticket(UploadStream *stream, char **ret_ticket, int64_t *ret_offset, Error *err)
{
    while (!atomic_load(&stream->cancel)) {
        port_mutex_lock(&stream->mutex);
        *ret_ticket = TAKE_PTR(stream->ticket);
        *ret_offset = stream->offset;
        port_mutex_unlock(&stream->mutex);
        if (*ret_ticket)
            return 0;
        int rc = stream->ops->wait(stream->line, 0, err); /* a channel that was dropped may still have to say goodbye */
        if (rc < 0)
            return rc;
        sleep_on_wake(stream);
    }
    return cancelled(stream, err);
}

/* ---- the data channel */

static void start_reader(UploadStream *stream, int64_t offset)
{
    upload_reader_free(stream->reader);
    stream->reader = upload_reader_start(stream->job.path, stream->job.size, stream->job.modified, offset, reader_woke, stream);
}

/* Until the agent is ready: it reads and hashes what it has first, as the reader does here. */
static int wait_for_ready(UploadStream *stream, int64_t offset, json_t **ret, Error *err)
{
    int64_t deadline = port_monotonic_ms() + STEP_TIMEOUT_MS + offset / CHECK_BYTES_PER_MS;
    int rc = 0;
    while ((rc = stream->ops->channel_poll(stream->channel, ret, err)) == 0) {
        if (atomic_load(&stream->cancel))
            return cancelled(stream, err);
        if (port_monotonic_ms() > deadline)
            return error_set(err, ERR_TIMEOUT, stream->job.login.server.host, NULL);
        if (offset)
            set_done(stream, upload_reader_checked(stream->reader));
        rc = stream->ops->wait(stream->line, WAIT_MS, err);
        if (rc < 0)
            return rc;
    }
    return rc < 0 ? rc : 0;
}

static int open_channel(UploadStream *stream, const char *ticket, int64_t offset, DataReady *ret, Error *err)
{
    AUTO_FREE char *opening = x_printf("%s%s", RPC_OPEN_DATA, ticket);
    json_t *ready = NULL;
    stream->channel = stream->ops->channel_start(stream->line, opening);
    int rc = wait_for_ready(stream, offset, &ready, err);
    if (rc < 0)
        return rc;
    rc = DataReady_decode(ready, UNKNOWN_IGNORE, ret, err);
    json_decref(ready);
    if (rc == 0 && (ret->offset < 0 || ret->offset > stream->job.size))
        rc = error_set(err, ERR_PROTOCOL, stream->job.login.server.host, "%s", text(TEXT_UPLOAD_BAD_OFFSET));
    return rc;
}

/* 1: what the host has is the file's beginning; 0: it is not; negative: failed. */
static int compare_prefix(UploadStream *stream, const DataReady *ready, Error *err)
{
    char sha256[UPLOAD_SHA256_HEX + 1] = "";
    while (!atomic_load(&stream->cancel)) {
        int rc = upload_reader_prefix(stream->reader, sha256, err);
        if (rc < 0)
            return rc;
        if (rc == 1)
            return ready->offset == 0 || str_equal(sha256, ready->prefix_sha256);
        set_done(stream, upload_reader_checked(stream->reader));
        sleep_on_wake(stream);
    }
    return cancelled(stream, err);
}

static void drop_channel(UploadStream *stream)
{
    if (stream->channel)
        stream->ops->channel_free(stream->channel);
    stream->channel = NULL;
    upload_reader_free(TAKE_PTR(stream->reader));
}

/* 1: the channel is open and the reader stands where the host wants it; 0: the host has something else. */
static int try_ticket(UploadStream *stream, Error *err)
{
    AUTO_FREE char *ticket = NULL;
    int64_t offset = 0;
    AUTO(DataReady_clear) DataReady ready = { 0 };
    int rc = wait_for_ticket(stream, &ticket, &offset, err);
    if (rc < 0)
        return rc;
    bool possible = offset >= 0 && offset <= stream->job.size;
    start_reader(stream, possible ? offset : 0); /* hashes its prefix while the agent does the same */
    if (possible && offset > 0)
        set_phase(stream, STREAM_CHECKING, 0);
    rc = open_channel(stream, ticket, possible ? offset : 0, &ready, err);
    if (rc < 0)
        return rc;
    if (!possible || ready.offset != offset)
        start_reader(stream, ready.offset);
    rc = compare_prefix(stream, &ready, err);
    if (rc == 1)
        set_phase(stream, STREAM_SENDING, ready.offset);
    return rc;
}

/* The host never sends on this channel: what can be read is its end. */
static int check_channel(UploadStream *stream, Error *err)
{
    char bytes[64];
    long got = stream->ops->channel_read(stream->channel, bytes, sizeof bytes, err);
    if (got == PORT_FAILED)
        return ERR_CONNECTION_LOST;
    return got == 0 ? lost(stream, TEXT_UPLOAD_STREAM_CLOSED, err) : 0;
}

static int send_block(UploadStream *stream, const char *bytes, size_t size, int64_t *done, Error *err)
{
    while (size) {
        if (atomic_load(&stream->cancel))
            return cancelled(stream, err);
        long sent = stream->ops->channel_write(stream->channel, bytes, size, err);
        if (sent == PORT_FAILED)
            return ERR_CONNECTION_LOST;
        if (sent == PORT_AGAIN) {
            int rc = stream->ops->wait(stream->line, WAIT_MS, err);
            if (rc >= 0)
                rc = check_channel(stream, err);
            if (rc < 0)
                return rc;
            sent = 0;
        }
        bytes += sent;
        size -= (size_t)sent;
        *done += sent;
        set_done(stream, *done);
    }
    return 0;
}

static int send_file(UploadStream *stream, Error *err)
{
    int64_t done = stream->news.done; /* only this thread writes it */
    for (;;) {
        const void *bytes = NULL;
        size_t size = 0;
        int rc = upload_reader_block(stream->reader, &bytes, &size, err);
        if (rc < 0 || (rc == 1 && !size))
            return rc < 0 ? rc : 0;
        if (atomic_load(&stream->cancel))
            return cancelled(stream, err);
        if (rc == 0) {
            sleep_on_wake(stream);
            continue;
        }
        rc = send_block(stream, bytes, size, &done, err);
        if (rc < 0)
            return rc;
        upload_reader_release(stream->reader);
    }
}

/* All bytes are handed over: keeps the connection going until the agent has answered and the UI thread ends this. */
static void stay(UploadStream *stream)
{
    AUTO(error_clear) Error error = { 0 };
    port_mutex_lock(&stream->mutex);
    upload_reader_digest(stream->reader, stream->news.sha256);
    port_mutex_unlock(&stream->mutex);
    set_phase(stream, STREAM_SENT, stream->job.size);
    bool open = true;
    while (!atomic_load(&stream->cancel)) {
        if (open)
            open = stream->ops->wait(stream->line, WAIT_MS, &error) >= 0 && check_channel(stream, &error) == 0;
        else
            sleep_on_wake(stream);
    }
}

static int upload(UploadStream *stream, Error *err)
{
    int rc = bulk_line_open(&stream->job.login, &stream->cancel, stream->wake, &stream->ops, &stream->line, err);
    if (rc < 0)
        return rc;
    while ((rc = try_ticket(stream, err)) == 0) {
        drop_channel(stream);
        set_phase(stream, STREAM_DIFFERS, 0);
    }
    return rc < 0 ? rc : send_file(stream, err);
}

static void run(void *context)
{
    UploadStream *stream = context;
    AUTO(error_clear) Error error = { 0 };
    if (upload(stream, &error) == 0) {
        stay(stream);
    } else {
        port_mutex_lock(&stream->mutex);
        error_copy(&stream->news.error, &error);
        stream->news.phase = STREAM_FAILED;
        port_mutex_unlock(&stream->mutex);
        tell(stream);
    }
    drop_channel(stream);
    if (stream->line)
        stream->ops->close(stream->line);
    while (!atomic_load(&stream->cancel))
        sleep_on_wake(stream);
    mailbox_post(stream->job.mailbox, stream->job.owner, read_over, NULL, stream, NULL);
}

/* ---- UI thread */

UploadStream *upload_stream_start(UploadJob *job)
{
    UploadStream *stream = x_calloc(1, sizeof *stream);
    stream->job = *job;
    *job = (UploadJob){ 0 };
    port_mutex_init(&stream->mutex);
    stream->wake = port_wake_create();
    stream->thread = port_thread_start("upload", run, stream);
    return stream;
}

void upload_stream_give_ticket(UploadStream *stream, const char *ticket, int64_t offset)
{
    port_mutex_lock(&stream->mutex);
    free(stream->ticket);
    stream->ticket = x_strdup(ticket);
    stream->offset = offset;
    port_mutex_unlock(&stream->mutex);
    port_wake_set(stream->wake);
}

void upload_stream_read(UploadStream *stream, StreamNews *ret)
{
    port_mutex_lock(&stream->mutex);
    *ret = stream->news;
    ret->error = (Error){ 0 };
    error_copy(&ret->error, &stream->news.error);
    port_mutex_unlock(&stream->mutex);
}

void upload_stream_end(UploadStream *stream)
{
    atomic_store(&stream->cancel, true);
    port_wake_set(stream->wake);
}

void upload_stream_free(UploadStream *stream)
{
    if (!stream)
        return;
    upload_stream_end(stream);
    port_thread_join(stream->thread);
    port_wake_free(stream->wake);
    port_mutex_clear(&stream->mutex);
    error_clear(&stream->news.error);
    free(stream->ticket);
    upload_job_clear(&stream->job);
    free(stream);
}
