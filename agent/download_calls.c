/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.download: the bytes of a volume over a data connection. The digest of what the client has already is sent first, so that it can
 * tell whether it may go on there; the digest of the whole is the task's result. The data connection's thread does all of it.
 */
#include "agent/digest.h"
#include "agent/request.h"
#include "agent/tickets.h"
#include "agent/volume_read.h"
#include "protocol/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000 };

typedef struct Download {
    VolumeReading volume;
    int64_t offset;
    Task *task;
} Download;

static void download_free(Download *download)
{
    volume_read_clear(&download->volume);
    free(download);
}

/* Without an error it has ended well; the error is taken over. Whoever sees the end may change the volume at once. */
static void end(Download *download, Error *err)
{
    Task *task = TAKE_PTR(download->task);
    download_free(download);
    task_end(task, err);
}

static void drop(void *context)
{
    Download *download = context;
    Error err = { 0 };
    error_set(&err, ERR_UPLOAD_INCOMPLETE, download->volume.name, "no data connection was opened");
    end(download, &err);
}

static int lost(const Download *download, Error *err)
{
    return error_set(err, ERR_IO, download->volume.name, "the connection to the client was lost");
}

/* Waits for a slow client, but not longer than a cancellation. */
static int send_all(const Download *download, int fd, const char *bytes, size_t count, Error *err)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    while (count) {
        int code = task_check(download->task, err);
        if (code < 0)
            return code;
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        bool stalled = sent < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) && clock_ms() < until;
        if (stalled)
            continue;
        if (sent <= 0)
            return lost(download, err);
        bytes += sent;
        count -= (size_t)sent;
        until = clock_ms() + PATIENCE_MS;
    }
    return 0;
}

/* Digests bytes from..to, and sends them if there is a connection. */
static int pass(Download *download, int fd, int64_t from, int64_t to, Digest *digest, Error *err)
{
    AUTO_FREE char *block = x_calloc(1, VOLUME_READ_BLOCK);
    int code = 0;
    for (int64_t at = from; at < to && code == 0;) {
        size_t got = 0;
        code = volume_read_block(&download->volume, block, at, to, &got, err);
        if (code == 0)
            digest_add(digest, block, got);
        if (code == 0)
            code = fd >= 0 ? send_all(download, fd, block, got, err) : task_check(download->task, err);
        at += (int64_t)got;
        if (fd >= 0)
            task_progress(download->task, at, download->volume.size);
    }
    return code;
}

static int send_line(const Download *download, int fd, char *line, Error *err)
{
    int code = send_all(download, fd, line, strlen(line), err);
    free(line);
    return code;
}

static int run(Download *download, int fd, Error *err)
{
    Digest digest;
    digest_start(&digest);
    int code = pass(download, -1, 0, download->offset, &digest, err);
    char text[LIMIT_DIGEST + 1];
    digest_text(&digest, text);
    DataReady ready = { .offset = download->offset, .prefix_sha256 = text }; /* borrowed: not cleared */
    if (code == 0)
        code = send_line(download, fd, rpc_opening_line(RPC_READY, DataReady_encode(&ready)), err);
    if (code == 0)
        code = pass(download, fd, download->offset, download->volume.size, &digest, err);
    if (code == 0)
        code = volume_read_check(&download->volume, err);
    if (code == 0) {
        digest_text(&digest, text);
        task_result(download->task, text);
        task_progress(download->task, download->volume.size, download->volume.size);
    }
    return code;
}

static void serve_download(void *context, int fd, const char *rest, size_t rest_length)
{
    (void)rest, (void)rest_length; /* the client has nothing to say */
    Download *download = context;
    Error err = { 0 };
    struct timeval step = { .tv_sec = 1 };
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &step, sizeof step);
    int code = run(download, fd, &err);
    end(download, code < 0 ? &err : NULL);
    close(fd); /* after the task has its result: the client asks for it when it sees the end */
}

/* ---------------------------------------------------------------- volume.download */

static int describe(Request *request, const VolumeDownloadParams *params, Download *download, Error *err)
{
    VolumeHandle handle;
    VolumeUse use;
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &handle, err);
    if (code < 0)
        return code;
    volume_use_read(request->agent, handle.info.path, &use);
    code = volume_read_open(&handle, &use, "it is being downloaded", &download->volume, err);
    if (code == 0)
        download->offset = params->offset > 0 && params->offset <= download->volume.size ? params->offset : 0;
    volume_use_clear(&use);
    volume_handle_clear(&handle);
    return code;
}

static int issue(Request *request, const VolumeDownloadParams *params, Download *download, DownloadTicket *ret, Error *err)
{
    TaskSpec spec = { .method = METHOD_volume_download, .kind = OBJECT_VOLUME, .object_id = params->datastore, .object_name = params->volume,
                      .user = request->identity->user, .cancellable = true };
    int code = task_open(request->agent->tasks, &spec, NULL, &download->task, err);
    if (code < 0)
        return code;
    *ret = (DownloadTicket){ .task = x_strdup(task_id(download->task)), .offset = download->offset, .size = download->volume.size };
    task_progress(download->task, download->offset, download->volume.size);
    Stream stream = { serve_download, drop, download };
    code = tickets_issue(request->agent->tickets, request->identity->uid, &stream, &ret->ticket, err);
    if (code < 0) {
        Error why = { 0 };
        error_copy(&why, err);
        task_end(TAKE_PTR(download->task), &why);
    }
    return code;
}

int handle_volume_download(Request *request, const VolumeDownloadParams *params, DownloadTicket *ret, Error *err)
{
    Download *download = x_calloc(1, sizeof *download);
    request_object(request, params->datastore, params->volume);
    int code = describe(request, params, download, err);
    if (code == 0)
        code = issue(request, params, download, ret, err);
    if (code < 0)
        download_free(download);
    return code;
}
