/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The data connection of an upload. Its thread receives and digests block by block while the bytes are still in the CPU's cache;
 * a second thread writes, so that a disk that waits does not stop the network until all blocks are full.
 */
#include "agent/uploads.h"
#include "agent/workers.h"
#include "protocol/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, BLOCKS = 4 };

typedef struct Block {
    char *bytes;
    size_t count;
} Block;

/* Blocks from the receiver to the writer: a ring. */
typedef struct Pipe {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    Block blocks[BLOCKS];
    size_t first;  /* oldest full block */
    size_t full;
    bool closed;   /* no more blocks come */
    bool ended;    /* the writer has left */
    Error error;   /* the writer's */
    Upload *upload;
} Pipe;

static void pipe_init(Pipe *pipe, Upload *upload)
{
    *pipe = (Pipe){ .upload = upload };
    pthread_mutex_init(&pipe->lock, NULL);
    pthread_cond_init(&pipe->moved, NULL);
    for (size_t i = 0; i < BLOCKS; i++)
        pipe->blocks[i].bytes = x_realloc(NULL, BLOCK, 1);
}

static void pipe_clear(Pipe *pipe)
{
    for (size_t i = 0; i < BLOCKS; i++)
        free(pipe->blocks[i].bytes);
    error_clear(&pipe->error);
    pthread_cond_destroy(&pipe->moved);
    pthread_mutex_destroy(&pipe->lock);
}

/* The next free block; NULL when the writer has failed. */
static Block *pipe_free_block(Pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    while (pipe->full == BLOCKS && !pipe->error.code)
        pthread_cond_wait(&pipe->moved, &pipe->lock);
    Block *block = pipe->error.code ? NULL : &pipe->blocks[(pipe->first + pipe->full) % BLOCKS];
    pthread_mutex_unlock(&pipe->lock);
    return block;
}

static void pipe_push(Pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    pipe->full++;
    pthread_cond_broadcast(&pipe->moved);
    pthread_mutex_unlock(&pipe->lock);
}

/* Waits until the writer has written all and left. */
static void pipe_finish(Pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    pipe->closed = true;
    pthread_cond_broadcast(&pipe->moved);
    while (!pipe->ended)
        pthread_cond_wait(&pipe->moved, &pipe->lock);
    pthread_mutex_unlock(&pipe->lock);
}

static void note_written(Upload *upload, int64_t offset)
{
    pthread_mutex_lock(&upload->uploads->lock);
    upload->received = offset;
    upload->last_byte = clock_ms();
    Task *task = upload->task;
    pthread_cond_broadcast(&upload->uploads->changed);
    pthread_mutex_unlock(&upload->uploads->lock);
    if (task) /* ends only after this thread has */
        task_progress(task, offset, upload->target.size);
}

static void write_block(Pipe *pipe, const Block *block)
{
    UploadSink *sink = &pipe->upload->sink;
    Error err = { 0 };
    int code = sink->type->write(sink, block->bytes, block->count, &err);
    if (code == 0)
        note_written(pipe->upload, sink->offset);
    pthread_mutex_lock(&pipe->lock);
    if (code < 0)
        error_move(&pipe->error, &err);
    pipe->first = (pipe->first + 1) % BLOCKS;
    pipe->full--;
    pthread_cond_broadcast(&pipe->moved);
    pthread_mutex_unlock(&pipe->lock);
    if (code < 0) /* wakes the receiver and tells the client */
        shutdown(pipe->upload->fd, SHUT_RDWR);
}

static void writer_main(void *context)
{
    Pipe *pipe = context;
    pthread_mutex_lock(&pipe->lock);
    while (!pipe->error.code && !(pipe->closed && !pipe->full)) {
        if (!pipe->full) {
            pthread_cond_wait(&pipe->moved, &pipe->lock);
            continue;
        }
        const Block *block = &pipe->blocks[pipe->first];
        pthread_mutex_unlock(&pipe->lock);
        write_block(pipe, block);
        pthread_mutex_lock(&pipe->lock);
    }
    pipe->ended = true;
    pthread_cond_broadcast(&pipe->moved);
    pthread_mutex_unlock(&pipe->lock);
}

/* Bytes that came with the opening line first, then the socket's. 0: no more come. */
static size_t receive(int fd, char *bytes, size_t count, const char **rest, size_t *rest_length)
{
    if (*rest_length) {
        size_t taken = *rest_length < count ? *rest_length : count;
        memcpy(bytes, *rest, taken);
        *rest += taken;
        *rest_length -= taken;
        return taken;
    }
    ssize_t got = 0;
    do
        got = recv(fd, bytes, count, MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : (size_t)got;
}

/* Until all is there, the connection ends, or the writer fails. Returns how many bytes are missing. */
static int64_t pump(Pipe *pipe, int64_t missing, Digest *digest, const char *rest, size_t rest_length)
{
    Upload *upload = pipe->upload;
    while (missing && upload->go_on) {
        Block *block = pipe_free_block(pipe);
        if (!block)
            break;
        block->count = receive(upload->fd, block->bytes, missing < BLOCK ? (size_t)missing : BLOCK, &rest, &rest_length);
        if (!block->count)
            break;
        digest_add(digest, block->bytes, block->count);
        missing -= (int64_t)block->count;
        pipe_push(pipe);
    }
    return missing;
}

static bool send_line(int fd, char *line)
{
    size_t length = strlen(line);
    bool ok = send(fd, line, length, MSG_NOSIGNAL) == (ssize_t)length;
    free(line);
    return ok;
}

static void send_error(int fd, const Error *err)
{
    ErrorInfo info;
    error_to_info(err, &info);
    send_line(fd, rpc_opening_line(RPC_REFUSED, ErrorInfo_encode(&info)));
    ErrorInfo_clear(&info);
}

static int incomplete(const Upload *upload, Error *err)
{
    return error_set(err, ERR_UPLOAD_INCOMPLETE, upload->target.name, "the connection was lost after %lld of %lld bytes",
                     (long long)upload->sink.offset, (long long)upload->target.size);
}

static int receive_all(Upload *upload, Digest *digest, const char *rest, size_t rest_length, Error *err)
{
    Pipe pipe;
    pipe_init(&pipe, upload);
    int64_t missing = upload->target.size - upload->sink.offset;
    if (thread_start(writer_main, &pipe)) {
        missing = pump(&pipe, missing, digest, rest, rest_length);
        pipe_finish(&pipe);
    } else {
        error_set(&pipe.error, ERR_OUT_OF_MEMORY, NULL, NULL);
    }
    int code = pipe.error.code;
    if (code)
        error_move(err, &pipe.error);
    else if (missing)
        code = incomplete(upload, err);
    pipe_clear(&pipe);
    return code;
}

/* Digests what is there already, tells the client, then takes the rest. */
static int run(Upload *upload, const char *rest, size_t rest_length, Error *err)
{
    UploadSink *sink = &upload->sink;
    Digest digest;
    digest_start(&digest);
    DataReady ready = { .offset = sink->offset };
    char prefix[LIMIT_DIGEST + 1];
    int code = sink->type->digest_prefix(sink, &digest, &upload->go_on, err);
    if (code < 0)
        send_error(upload->fd, err);
    digest_text(&digest, prefix);
    ready.prefix_sha256 = prefix; /* borrowed: not cleared */
    if (code == 0 && !send_line(upload->fd, rpc_opening_line(RPC_READY, DataReady_encode(&ready))))
        code = incomplete(upload, err);
    if (code == 0)
        code = receive_all(upload, &digest, rest, rest_length, err);
    digest_text(&digest, upload->digest);
    return code;
}

/* The upload becomes ours, if it still waits for a data connection. */
static int take(Upload *upload, int fd, Error *err)
{
    pthread_mutex_lock(&upload->uploads->lock);
    int code = upload->phase == UPLOAD_WAITING ? 0 : error_set(err, ERR_TICKET_INVALID, NULL, NULL);
    if (code == 0) {
        upload->phase = UPLOAD_RECEIVING;
        upload->fd = fd;
        upload->last_byte = clock_ms();
    }
    pthread_mutex_unlock(&upload->uploads->lock);
    return code;
}

static void give_back(Upload *upload, int code, Error *err)
{
    Uploads *uploads = upload->uploads;
    pthread_mutex_lock(&uploads->lock);
    upload->fd = -1;
    upload->received = upload->sink.offset;
    if (upload->abandon) {
        error_clear(err);
        error_set(err, ERR_CANCELLED, upload->target.name, NULL);
        upload_throw_away(upload);
        upload_fail(upload, err);
    } else if (code < 0) {
        upload_fail(upload, err);
    } else {
        upload->phase = UPLOAD_COMPLETE;
    }
    pthread_cond_broadcast(&uploads->changed);
    pthread_mutex_unlock(&uploads->lock);
}

void upload_receive(void *context, int fd, const char *rest, size_t rest_length)
{
    Upload *upload = context;
    Uploads *uploads = upload->uploads;
    AUTO(error_clear) Error err = { 0 };
    if (take(upload, fd, &err) < 0)
        send_error(fd, &err);
    else
        give_back(upload, run(upload, rest, rest_length, &err), &err);
    close(fd);
    pthread_mutex_lock(&uploads->lock);
    upload_unref(upload);
    pthread_mutex_unlock(&uploads->lock);
}
