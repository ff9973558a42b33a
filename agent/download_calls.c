/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.download: the bytes of a volume over a data connection. The digest of what the client has already is sent first, so that it can
 * tell whether it may go on there; the digest of the whole is the task's result. The data connection's thread does all of it.
 */
#include "agent/digest.h"
#include "agent/request.h"
#include "agent/tickets.h"
#include "agent/volume_handle.h"
#include "agent/volume_use.h"
#include "protocol/rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { BLOCK_SIZE = 256 << 10, PATIENCE_MS = 60000 };

typedef struct Download {
    char *name;
    int file;
    int64_t offset;
    int64_t size;
    struct timespec modified;
    Task *task;
} Download;

static void download_free(Download *download)
{
    if (download->file >= 0)
        close(download->file);
    free(download->name);
    free(download);
}

/* Without an error it has ended well; the error is taken over. */
static void end(Download *download, Error *err)
{
    task_end(TAKE_PTR(download->task), err);
    download_free(download);
}

static void drop(void *context)
{
    Download *download = context;
    Error err = { 0 };
    error_set(&err, ERR_UPLOAD_INCOMPLETE, download->name, "no data connection was opened");
    end(download, &err);
}

static int lost(const Download *download, Error *err)
{
    return error_set(err, ERR_IO, download->name, "the connection to the client was lost");
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

static int read_block(const Download *download, char *block, int64_t at, int64_t end_at, size_t *ret, Error *err)
{
    size_t wanted = end_at - at < BLOCK_SIZE ? (size_t)(end_at - at) : BLOCK_SIZE;
    ssize_t got = 0;
    do
        got = pread(download->file, block, wanted, at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(err, ERR_IO, download->name, "%s", strerror(errno));
    if (got == 0)
        return error_set(err, ERR_IO, download->name, "it became shorter meanwhile");
    *ret = (size_t)got;
    return 0;
}

/* Digests bytes from..to, and sends them if there is a connection. */
static int pass(Download *download, int fd, int64_t from, int64_t to, Digest *digest, Error *err)
{
    AUTO_FREE char *block = x_calloc(1, BLOCK_SIZE);
    int code = 0;
    for (int64_t at = from; at < to && code == 0;) {
        size_t got = 0;
        code = read_block(download, block, at, to, &got, err);
        if (code == 0)
            digest_add(digest, block, got);
        if (code == 0)
            code = fd >= 0 ? send_all(download, fd, block, got, err) : task_check(download->task, err);
        at += (int64_t)got;
        if (fd >= 0)
            task_progress(download->task, at, download->size);
    }
    return code;
}

static int send_line(const Download *download, int fd, char *line, Error *err)
{
    int code = send_all(download, fd, line, strlen(line), err);
    free(line);
    return code;
}

static int check_same(const Download *download, Error *err)
{
    struct stat status;
    bool same = fstat(download->file, &status) == 0
        && (!S_ISREG(status.st_mode) || (status.st_size == download->size && status.st_mtim.tv_sec == download->modified.tv_sec
                                         && status.st_mtim.tv_nsec == download->modified.tv_nsec));
    return same ? 0 : error_set(err, ERR_IO, download->name, "it was changed while it was read");
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
        code = pass(download, fd, download->offset, download->size, &digest, err);
    if (code == 0)
        code = check_same(download, err);
    if (code == 0) {
        digest_text(&digest, text);
        task_result(download->task, text);
        task_progress(download->task, download->size, download->size);
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
    posix_fadvise(download->file, 0, 0, POSIX_FADV_SEQUENTIAL);
    int code = run(download, fd, &err);
    end(download, code < 0 ? &err : NULL);
    close(fd); /* after the task has its result: the client asks for it when it sees the end */
}

/* ---------------------------------------------------------------- volume.download */

static int open_file(const VolumeHandle *handle, Download *download, Error *err)
{
    struct stat status;
    int links = handle->direct ? O_NOFOLLOW : 0; /* block devices have names that are links */
    download->file = open(handle->info.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | links);
    if (download->file < 0 || fstat(download->file, &status) < 0)
        return error_set(err, ERR_IO, download->name, "%s", strerror(errno));
    bool device = !handle->direct && S_ISBLK(status.st_mode);
    if (!device && !(handle->direct && S_ISREG(status.st_mode)))
        return error_set(err, ERR_NOT_SUPPORTED, download->name, "it is neither a file of a directory datastore nor a block device");
    download->size = device ? lseek(download->file, 0, SEEK_END) : status.st_size;
    download->modified = status.st_mtim;
    return 0;
}

static int describe(Request *request, const VolumeDownloadParams *params, Download *download, Error *err)
{
    VolumeHandle handle;
    VolumeUse use;
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &handle, err);
    if (code < 0)
        return code;
    volume_use_read(request->agent, handle.info.path, &use);
    code = volume_use_no_writers(&use, handle.info.name, err);
    if (code == 0)
        code = open_file(&handle, download, err);
    if (code == 0)
        download->offset = params->offset > 0 && params->offset <= download->size ? params->offset : 0;
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
    *ret = (DownloadTicket){ .task = x_strdup(task_id(download->task)), .offset = download->offset, .size = download->size };
    task_progress(download->task, download->offset, download->size);
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
    *download = (Download){ .name = x_strdup(params->volume), .file = -1 };
    request_object(request, params->datastore, params->volume);
    int code = describe(request, params, download, err);
    if (code == 0)
        code = issue(request, params, download, ret, err);
    if (code < 0)
        download_free(download);
    return code;
}
