/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread of a download: see download_stream.h. It receives, hashes and appends block by block; the SSH session reads ahead on threads of its own. */
#include "client/core/download_stream.h"

#include "client/core/link_transport.h"
#include "client/core/port.h"
#include "client/core/text.h"
#include "protocol/rpc.h"

#include <openssl/evp.h>
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

struct DownloadStream {
    DownloadJob job;
    PortThread *thread;
    PortWake *wake;
    _Atomic bool cancel;
    _Atomic bool letter_waits;
    int64_t last_news;   /* the thread's, like the five below */
    const LinkTransportOps *ops;
    LinkTransport *line;
    LinkChannel *channel;
    EVP_MD_CTX *digest;
    PortFile *part;
    PortMutex mutex;
    DownloadNews news;   /* under the mutex, like the three below */
    char *ticket;
    int64_t offset;
    int64_t size;
};

/* ---- news */

static void read_letter(void *context, void *item)
{
    DownloadStream *stream = item;
    (void)context;
    atomic_store(&stream->letter_waits, false);
    if (!atomic_load(&stream->cancel))
        stream->job.news(stream->job.context, stream);
}

static void read_over(void *context, void *item)
{
    DownloadStream *stream = item;
    (void)context;
    stream->job.over(stream->job.context, stream);
}

static void tell(DownloadStream *stream)
{
    stream->last_news = port_monotonic_ms();
    if (!atomic_exchange(&stream->letter_waits, true))
        mailbox_post(stream->job.mailbox, stream->job.owner, read_letter, NULL, stream, NULL);
}

static void set_done(DownloadStream *stream, int64_t done)
{
    port_mutex_lock(&stream->mutex);
    stream->news.done = done;
    port_mutex_unlock(&stream->mutex);
    if (port_monotonic_ms() - stream->last_news >= NEWS_INTERVAL_MS)
        tell(stream);
}

static void set_phase(DownloadStream *stream, DownloadPhase phase, int64_t done)
{
    port_mutex_lock(&stream->mutex);
    stream->news.phase = phase;
    stream->news.done = done;
    port_mutex_unlock(&stream->mutex);
    tell(stream);
}

/* ---- small things */

static const char *host(const DownloadStream *stream) { return stream->job.login.server.host; }
static int cancelled(const DownloadStream *stream, Error *err) { return error_set(err, ERR_CANCELLED, port_base_name(stream->job.part), NULL); }
static int lost(const DownloadStream *stream, Error *err) { return error_set(err, ERR_CONNECTION_LOST, host(stream), "%s", text(TEXT_UPLOAD_STREAM_CLOSED)); }

static void hex_digest(const EVP_MD_CTX *digest, char ret[DOWNLOAD_SHA256_HEX + 1])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (!copy || !EVP_MD_CTX_copy_ex(copy, digest) || !EVP_DigestFinal_ex(copy, bytes, NULL))
        abort();
    EVP_MD_CTX_free(copy);
    for (size_t i = 0; i < DOWNLOAD_SHA256_HEX / 2; i++) {
        ret[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    ret[DOWNLOAD_SHA256_HEX] = '\0';
}

static int wait_for_ticket(DownloadStream *stream, char **ret_ticket, int64_t *ret_offset, int64_t *ret_size, Error *err)
{
    while (!atomic_load(&stream->cancel)) {
        port_mutex_lock(&stream->mutex);
        *ret_ticket = TAKE_PTR(stream->ticket);
        *ret_offset = stream->offset;
        *ret_size = stream->size;
        port_mutex_unlock(&stream->mutex);
        if (*ret_ticket)
            return 0;
        port_socket_wait(PORT_NO_SOCKET, 0, stream->wake, WAIT_MS);
    }
    return cancelled(stream, err);
}

/* ---- what is here already */

static int hash_part(DownloadStream *stream, PortFile *file, int64_t until, Error *err)
{
    AUTO_FREE char *block = x_realloc(NULL, BLOCK_SIZE, 1);
    for (int64_t at = 0; at < until;) {
        size_t got = 0;
        size_t wanted = until - at < BLOCK_SIZE ? (size_t)(until - at) : BLOCK_SIZE;
        int rc = port_file_read(file, at, block, wanted, &got, err);
        if (rc < 0)
            return rc;
        if (!got)
            return error_set(err, ERR_FILE_READ, stream->job.part, NULL);
        if (atomic_load(&stream->cancel))
            return cancelled(stream, err);
        EVP_DigestUpdate(stream->digest, block, got);
        at += (int64_t)got;
        set_done(stream, at);
    }
    return 0;
}

/* Hashes the part file as far as the host has the same to compare; opens it for what follows. 1: it is ready, 0: it is longer than what was asked for. */
static int take_part(DownloadStream *stream, int64_t offset, Error *err)
{
    PortFile *file = NULL;
    int64_t size = 0;
    int rc = 0;
    if (offset > 0) {
        set_phase(stream, DOWNLOAD_PHASE_CHECKING, 0);
        rc = port_file_open(stream->job.part, &file, err);
        if (rc == 0)
            rc = hash_part(stream, file, offset, err);
        port_file_close(file);
    } else {
        port_remove(stream->job.part); /* of something else, or longer than what there is now */
    }
    if (rc == 0)
        rc = port_file_append_open(stream->job.part, &stream->part, &size, err);
    return rc < 0 ? rc : size == offset;
}

/* ---- the data channel */

static int wait_for_ready(DownloadStream *stream, int64_t offset, DataReady *ret, Error *err)
{
    int64_t deadline = port_monotonic_ms() + STEP_TIMEOUT_MS + offset / CHECK_BYTES_PER_MS;
    json_t *ready = NULL;
    int rc = 0;
    while ((rc = stream->ops->channel_poll(stream->channel, &ready, err)) == 0) {
        if (atomic_load(&stream->cancel))
            return cancelled(stream, err);
        if (port_monotonic_ms() > deadline)
            return error_set(err, ERR_TIMEOUT, host(stream), NULL);
        rc = stream->ops->wait(stream->line, WAIT_MS, err);
        if (rc < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    rc = DataReady_decode(ready, UNKNOWN_IGNORE, ret, err);
    json_decref(ready);
    return rc;
}

static int write_block(DownloadStream *stream, const char *bytes, size_t count, Error *err)
{
    Error why = { 0 };
    if (port_file_append(stream->part, bytes, count, &why) == 0)
        return 0;
    int rc = error_set(err, ERR_FILE_WRITE, stream->job.part, "%s", str_or_empty(why.cause));
    error_clear(&why);
    return rc;
}

static int receive(DownloadStream *stream, int64_t done, int64_t size, Error *err)
{
    AUTO_FREE char *block = x_realloc(NULL, BLOCK_SIZE, 1);
    int64_t last = port_monotonic_ms();
    while (done < size) {
        if (atomic_load(&stream->cancel))
            return cancelled(stream, err);
        size_t wanted = size - done < BLOCK_SIZE ? (size_t)(size - done) : BLOCK_SIZE;
        long got = stream->ops->channel_read(stream->channel, block, wanted, err);
        if (got == PORT_FAILED)
            return ERR_CONNECTION_LOST;
        if (got == 0 || (got == PORT_AGAIN && port_monotonic_ms() - last > SILENCE_MS))
            return lost(stream, err);
        if (got == PORT_AGAIN) {
            int rc = stream->ops->wait(stream->line, WAIT_MS, err);
            if (rc < 0)
                return rc;
            continue;
        }
        EVP_DigestUpdate(stream->digest, block, (size_t)got);
        int rc = write_block(stream, block, (size_t)got, err);
        if (rc < 0)
            return rc;
        done += got;
        last = port_monotonic_ms();
        set_done(stream, done);
    }
    return 0;
}

/* 1: all is here; 0: the host has something else. */
static int download(DownloadStream *stream, Error *err)
{
    AUTO_FREE char *ticket = NULL;
    int64_t offset = 0, size = 0;
    AUTO(DataReady_clear) DataReady ready = { 0 };
    char prefix[DOWNLOAD_SHA256_HEX + 1];
    int rc = bulk_line_open(&stream->job.login, &stream->cancel, stream->wake, &stream->ops, &stream->line, err);
    if (rc == 0)
        rc = wait_for_ticket(stream, &ticket, &offset, &size, err);
    if (rc < 0)
        return rc;
    AUTO_FREE char *opening = x_printf("%s%s", RPC_OPEN_DATA, ticket);
    stream->channel = stream->ops->channel_start(stream->line, opening);
    rc = take_part(stream, offset, err);
    if (rc <= 0)
        return rc;
    rc = wait_for_ready(stream, offset, &ready, err);
    if (rc < 0)
        return rc;
    hex_digest(stream->digest, prefix);
    if (ready.offset != offset || (offset && !str_equal(prefix, ready.prefix_sha256)))
        return 0;
    set_phase(stream, DOWNLOAD_PHASE_RECEIVING, offset);
    rc = receive(stream, offset, size, err);
    return rc < 0 ? rc : 1;
}

static void close_all(DownloadStream *stream)
{
    port_file_close(TAKE_PTR(stream->part));
    if (stream->channel)
        stream->ops->channel_free(stream->channel);
    if (stream->line)
        stream->ops->close(stream->line);
}

static void run(void *context)
{
    DownloadStream *stream = context;
    AUTO(error_clear) Error error = { 0 };
    int rc = download(stream, &error);
    close_all(stream);
    port_mutex_lock(&stream->mutex);
    stream->news.phase = rc == 1 ? DOWNLOAD_PHASE_RECEIVED : rc == 0 ? DOWNLOAD_PHASE_DIFFERS : DOWNLOAD_PHASE_FAILED;
    hex_digest(stream->digest, stream->news.sha256);
    error_copy(&stream->news.error, &error);
    port_mutex_unlock(&stream->mutex);
    tell(stream);
    while (!atomic_load(&stream->cancel))
        port_socket_wait(PORT_NO_SOCKET, 0, stream->wake, WAIT_MS);
    mailbox_post(stream->job.mailbox, stream->job.owner, read_over, NULL, stream, NULL);
}

/* ---- UI thread */

DownloadStream *download_stream_start(DownloadJob *job)
{
    DownloadStream *stream = x_calloc(1, sizeof *stream);
    stream->job = *job;
    *job = (DownloadJob){ 0 };
    port_mutex_init(&stream->mutex);
    stream->wake = port_wake_create();
    stream->digest = EVP_MD_CTX_new();
    if (!stream->digest || !EVP_DigestInit_ex(stream->digest, EVP_sha256(), NULL))
        abort();
    stream->thread = port_thread_start("download", run, stream);
    return stream;
}

void download_stream_give_ticket(DownloadStream *stream, const char *ticket, int64_t offset, int64_t size)
{
    port_mutex_lock(&stream->mutex);
    free(stream->ticket);
    stream->ticket = x_strdup(ticket);
    stream->offset = offset;
    stream->size = size;
    port_mutex_unlock(&stream->mutex);
    port_wake_set(stream->wake);
}

void download_stream_read(DownloadStream *stream, DownloadNews *ret)
{
    port_mutex_lock(&stream->mutex);
    *ret = stream->news;
    ret->error = (Error){ 0 };
    error_copy(&ret->error, &stream->news.error);
    port_mutex_unlock(&stream->mutex);
}

void download_stream_end(DownloadStream *stream)
{
    atomic_store(&stream->cancel, true);
    port_wake_set(stream->wake);
}

void download_stream_free(DownloadStream *stream)
{
    if (!stream)
        return;
    download_stream_end(stream);
    port_thread_join(stream->thread);
    port_wake_free(stream->wake);
    port_mutex_clear(&stream->mutex);
    EVP_MD_CTX_free(stream->digest);
    error_clear(&stream->news.error);
    free(stream->ticket);
    bulk_login_clear(&stream->job.login);
    free(stream->job.part);
    free(stream);
}
