/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Downloads as the window knows them: see download.h. One attempt: volume.download (while the stream connects) -> ticket -> bytes into the part file
 * -> task.wait, whose result is the host's digest -> the file gets its name. What may pass is tried again, with growing pauses. UI thread.
 */
#include "client/core/download.h"

#include "client/core/bulk_line.h"
#include "client/core/core.h"
#include "client/core/download_stream.h"
#include "client/core/log.h"
#include "client/core/parts.h"
#include "client/core/port.h"
#include "client/core/server_private.h"
#include "client/core/text.h"

#include <stdlib.h>

enum { TICK_MS = 250, TRIES_MAX = 8, TASK_WAIT_MS = 10000 };

/* A call on its way; it outlives its download. */
typedef struct DownloadCall {
    Download *download; /* NULL: nobody waits for the answer any more */
    Server *server;
} DownloadCall;

struct Download {
    Downloads *downloads;
    Server *server;
    char *datastore, *volume, *path, *part;
    char *task;
    int64_t done_bytes, size, attempt_from;
    int64_t asked;     /* the offset that was wanted */
    char sha256[DOWNLOAD_SHA256_HEX + 1];
    DownloadStream *stream;
    DownloadCall *call;
    int64_t next_try;  /* monotonic; 0: runs */
    int tries;
    DownloadDone *done;
    const void *owner;
    void *context;
    Download *next;
};

struct Downloads {
    Core *core;
    Download *first;
    DownloadStream **ending; /* given up, their threads not done yet */
    size_t ending_count;
    bool ticking;
};

static void schedule(Downloads *downloads);

/* ---- ending */

static void drop_call(Download *download)
{
    if (download->call)
        download->call->download = NULL;
    download->call = NULL;
}

static void drop_stream(Download *download)
{
    Downloads *downloads = download->downloads;
    if (!download->stream)
        return;
    download_stream_end(download->stream);
    downloads->ending = x_realloc(downloads->ending, downloads->ending_count + 1, sizeof *downloads->ending);
    downloads->ending[downloads->ending_count++] = TAKE_PTR(download->stream);
}

static void stream_over(void *context, DownloadStream *stream)
{
    Downloads *downloads = context;
    for (size_t i = 0; i < downloads->ending_count; i++)
        if (downloads->ending[i] == stream)
            downloads->ending[i--] = downloads->ending[--downloads->ending_count];
    download_stream_free(stream);
}

static void free_download(Download *download)
{
    drop_call(download);
    free(download->datastore);
    free(download->volume);
    free(download->path);
    free(download->part);
    free(download->task);
    free(download);
}

static void end_download(Download *download, const Error *error)
{
    Downloads *downloads = download->downloads;
    Download **at = &downloads->first;
    drop_call(download);
    drop_stream(download);
    while (*at != download)
        at = &(*at)->next;
    *at = download->next;
    if (error)
        log_error("download", error);
    if (download->done)
        download->done(download->context, download, error);
    free_download(download);
    schedule(downloads);
}

static void try_again(Download *download)
{
    bool moved = download->attempt_from >= 0 && download->done_bytes > download->attempt_from;
    drop_call(download);
    drop_stream(download);
    download->tries = moved ? 1 : download->tries + 1;
    download->next_try = port_monotonic_ms() + bulk_pause_ms(download->tries);
    schedule(download->downloads);
}

static void fail(Download *download, const Error *error)
{
    if (bulk_may_pass(error->code) && (download->tries < TRIES_MAX || !server_online(download->server)))
        try_again(download);
    else
        end_download(download, error);
}

/* ---- calls to the agent */

static DownloadCall *make_call(Download *download)
{
    DownloadCall *call = x_calloc(1, sizeof *call);
    *call = (DownloadCall){ download, download->server };
    drop_call(download);
    download->call = call;
    return call;
}

static Download *take_call(DownloadCall *call)
{
    Download *download = call->download;
    if (download)
        download->call = NULL;
    free(call);
    return download;
}

static void cancel_task(Server *server, const char *task)
{
    TaskRef params = { .task = (char *)(uintptr_t)task };
    if (*task && server_online(server))
        call_task_cancel(server, &params, NULL, NULL, NULL);
}

static void begun(void *context, DownloadTicket *result, const Error *error)
{
    DownloadCall *call = context;
    Server *server = call->server;
    Download *download = take_call(call);
    if (!download) {
        if (result)
            cancel_task(server, result->task);
        return;
    }
    if (error) {
        fail(download, error);
        return;
    }
    if (result->size < 0 || (result->offset && (result->offset != download->asked || result->offset > result->size))) {
        AUTO(error_clear) Error strange = { 0 };
        cancel_task(server, result->task);
        error_set(&strange, ERR_PROTOCOL, server_name(server), "volume.download: offset %lld, size %lld", (long long)result->offset, (long long)result->size);
        end_download(download, &strange);
        return;
    }
    free(download->task);
    download->task = TAKE_PTR(result->task);
    download->size = result->size;
    download_stream_give_ticket(download->stream, result->ticket, result->offset, result->size);
}

static int wrong_digest(const Download *download, const char *hosts, Error *err)
{
    AUTO_FREE char *cause = text_format(TEXT_DOWNLOAD_DIGESTS, hosts, download->sha256, NULL);
    return error_set(err, ERR_DOWNLOAD_CHECKSUM, download->volume, "%s", cause);
}

/* The whole file is here: compare, then give it its name. */
static void finish(Download *download, const TaskInfo *task)
{
    AUTO(error_clear) Error error = { 0 };
    if (task->state != TASK_STATE_DONE && task->error)
        error_set_foreign(&error, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    else if (!str_equal(task->result, download->sha256))
        wrong_digest(download, str_or_empty(task->result), &error);
    if (error.code)
        port_remove(download->part);
    else
        port_rename(download->part, download->path, &error);
    end_download(download, error.code ? &error : NULL);
}

static void task_ended(void *context, TaskInfo *task, const Error *error);

static void wait_for_task(Download *download)
{
    TaskWaitParams params = { .task = download->task, .timeout = TASK_WAIT_MS };
    call_task_wait(download->server, &params, task_ended, download->downloads, make_call(download));
}

static void task_ended(void *context, TaskInfo *task, const Error *error)
{
    Download *download = take_call(context);
    if (!download)
        return;
    if (error)
        fail(download, error);
    else if (task->state == TASK_STATE_RUNNING || task->state == TASK_STATE_QUEUED)
        wait_for_task(download);
    else
        finish(download, task);
}

/* ---- news from the stream */

static Download *download_of(const Downloads *downloads, const DownloadStream *stream)
{
    Download *download = downloads->first;
    while (download && download->stream != stream)
        download = download->next;
    return download;
}

/* The agent knows better why its side ended (somebody cancelled the task), unless it only saw the connection break. */
static void learned_why(void *context, TaskInfo *task, const Error *error)
{
    Download *download = take_call(context);
    AUTO(error_clear) Error why = { 0 };
    if (!download)
        return;
    if (!error && task->state == TASK_STATE_DONE && download->attempt_from >= 0 && download->done_bytes == download->attempt_from) {
        error_set(&why, ERR_PROTOCOL, server_name(download->server), "it has less than it said");
        end_download(download, &why);
        return;
    }
    if (!error && task->error && (task->state == TASK_STATE_CANCELLED || task->error->code == ERR_IO)) {
        error_set_foreign(&why, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
        if (task->state == TASK_STATE_CANCELLED) {
            port_remove(download->part);
            end_download(download, &why);
            return;
        }
    }
    try_again(download);
}

static void stream_failed(Download *download, const Error *error)
{
    if (error->code != ERR_CONNECTION_LOST || !*download->task || !server_online(download->server) || download->tries >= TRIES_MAX) {
        fail(download, error);
        return;
    }
    drop_stream(download);
    TaskWaitParams params = { .task = download->task, .timeout = TASK_WAIT_MS };
    call_task_wait(download->server, &params, learned_why, download->downloads, make_call(download));
}

static void received(Download *download, const char *sha256)
{
    for (size_t i = 0; i <= DOWNLOAD_SHA256_HEX; i++)
        download->sha256[i] = sha256[i];
    drop_stream(download);
    wait_for_task(download);
}

/* What is here is of no use: all of it comes again, but not for ever. */
static void differs(Download *download)
{
    AUTO(error_clear) Error error = { 0 };
    drop_stream(download);
    port_remove(download->part);
    if (download->tries < TRIES_MAX) {
        try_again(download);
        return;
    }
    error_set(&error, ERR_PROTOCOL, server_name(download->server), "it sends something else every time");
    end_download(download, &error);
}

static void stream_news(void *context, DownloadStream *stream)
{
    Download *download = download_of(context, stream);
    DownloadNews news = { 0 };
    if (!download)
        return;
    download_stream_read(stream, &news);
    if (news.phase == DOWNLOAD_PHASE_RECEIVING || news.phase == DOWNLOAD_PHASE_RECEIVED) {
        download->done_bytes = news.done;
        download->attempt_from = download->attempt_from < 0 ? news.done : download->attempt_from;
    }
    if (news.phase == DOWNLOAD_PHASE_DIFFERS) {
        differs(download);
    } else if (news.phase == DOWNLOAD_PHASE_RECEIVED) {
        received(download, news.sha256);
    } else if (news.phase == DOWNLOAD_PHASE_FAILED) {
        stream_failed(download, &news.error);
    }
    error_clear(&news.error);
}

/* ---- attempts */

static int64_t part_size(const Download *download)
{
    PortFile *file = NULL;
    int64_t size = 0, modified = 0;
    if (!port_file_exists(download->part) || port_file_open(download->part, &file, NULL) < 0)
        return 0;
    port_file_stat(file, &size, &modified, NULL);
    port_file_close(file);
    return size;
}

static void start_attempt(Download *download)
{
    Downloads *downloads = download->downloads;
    DownloadJob job = { .part = x_strdup(download->part), .mailbox = core_mailbox(downloads->core), .owner = downloads, .news = stream_news,
                        .over = stream_over, .context = downloads };
    VolumeDownloadParams params = { .datastore = download->datastore, .volume = download->volume, .offset = part_size(download) };
    download->asked = params.offset;
    bulk_login_init(download->server, &job.login);
    download->next_try = 0;
    download->attempt_from = -1;
    download->done_bytes = 0;
    download->stream = download_stream_start(&job);
    call_volume_download(download->server, &params, begun, downloads, make_call(download));
}

static void tick(void *context) { schedule(context); }

static void schedule(Downloads *downloads)
{
    bool waits = false;
    for (Download *download = downloads->first; download; download = download->next) {
        if (!download->next_try || !server_online(download->server))
            continue;
        if (download->next_try <= port_monotonic_ms())
            start_attempt(download);
        else
            waits = true;
    }
    if (waits != downloads->ticking)
        core_every(downloads->core, waits ? TICK_MS : 0, tick, downloads);
    downloads->ticking = waits;
}

/* ---- the core's side */

Downloads *downloads_create(Core *core)
{
    Downloads *downloads = x_calloc(1, sizeof *downloads);
    downloads->core = core;
    return downloads;
}

void downloads_free(Downloads *downloads)
{
    if (!downloads)
        return;
    if (downloads->ticking)
        core_every(downloads->core, 0, tick, downloads);
    for (Download *download = downloads->first; download; download = download->next)
        drop_stream(download);
    for (size_t i = 0; i < downloads->ending_count; i++)
        download_stream_free(downloads->ending[i]);
    mailbox_forget(core_mailbox(downloads->core), downloads);
    while (downloads->first) {
        Download *download = downloads->first;
        downloads->first = download->next;
        free_download(download);
    }
    free(downloads->ending);
    free(downloads);
}

void downloads_server_changed(Downloads *downloads, Server *server)
{
    bool online = server_online(server);
    for (Download *download = downloads->first; download; download = download->next) {
        if (download->server != server)
            continue;
        if (!online && !download->next_try)
            try_again(download);
        if (online && download->next_try) {
            download->tries = 0;
            download->next_try = port_monotonic_ms();
        }
    }
    schedule(downloads);
}

void downloads_server_removed(Downloads *downloads, Server *server)
{
    for (Download *download = downloads->first, *next = NULL; download; download = next) {
        AUTO(error_clear) Error error = { 0 };
        next = download->next;
        if (download->server != server)
            continue;
        error_set(&error, ERR_CANCELLED, download->volume, NULL); /* the user wanted it */
        end_download(download, &error);
    }
}

void downloads_forget(Downloads *downloads, const void *owner)
{
    for (Download *download = downloads->first; download; download = download->next)
        if (download->owner == owner)
            download->done = NULL;
}

/* ---- the user's side */

Download *download_start(Server *server, const char *datastore, const char *volume, const char *path, DownloadDone *done, const void *owner,
                         void *context, Error *err)
{
    Downloads *downloads = core_downloads(server_core(server));
    for (const Download *other = downloads->first; other; other = other->next) {
        if (!str_equal(other->path, path))
            continue;
        error_set(err, ERR_BUSY, path, "%s", text(TEXT_DOWNLOAD_TWICE));
        return NULL;
    }
    Download *download = x_calloc(1, sizeof *download);
    *download = (Download){ .downloads = downloads, .server = server, .datastore = x_strdup(datastore), .volume = x_strdup(volume), .path = x_strdup(path),
                            .part = x_printf("%s.part", path), .task = x_strdup(""), .attempt_from = -1, .next_try = port_monotonic_ms(), .done = done,
                            .owner = owner, .context = context, .next = downloads->first };
    downloads->first = download;
    schedule(downloads);
    return download;
}

void download_cancel(Download *download)
{
    AUTO(error_clear) Error error = { 0 };
    cancel_task(download->server, download->task);
    port_remove(download->part);
    error_set(&error, ERR_CANCELLED, download->volume, NULL);
    end_download(download, &error);
}

Server *download_server(const Download *download) { return download->server; }
const char *download_volume(const Download *download) { return download->volume; }
const char *download_path(const Download *download) { return download->path; }
const char *download_task(const Download *download) { return download->task; }
int64_t download_done(const Download *download) { return download->done_bytes; }
int64_t download_size(const Download *download) { return download->size; }
const char *download_sha256(const Download *download) { return download->sha256; }
