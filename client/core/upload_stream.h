/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The threads of one upload: an SSH connection of its own, the data channel, the file. It knows nothing of calls and queues: upload.c gives
 * it tickets and reads its news. Functions are for the UI thread; they never wait, except upload_stream_free.
 */
#ifndef POOLCENTER_UPLOAD_STREAM_H
#define POOLCENTER_UPLOAD_STREAM_H

#include "client/core/bulk_line.h"
#include "client/core/mailbox.h"
#include "client/core/upload_reader.h"

typedef struct UploadStream UploadStream;

typedef enum StreamPhase {
    STREAM_CONNECTING,
    STREAM_CHECKING, /* compares what the host has with the file */
    STREAM_SENDING,
    STREAM_DIFFERS,  /* the host has something else: waits for the ticket of a new beginning */
    STREAM_SENT,     /* all bytes are on their way, the digest is known; the connection stays until the stream is ended */
    STREAM_FAILED,
} StreamPhase;

typedef struct StreamNews {
    StreamPhase phase;
    int64_t done;    /* CHECKING: bytes compared; SENDING: bytes the host has or that are on their way */
    char sha256[UPLOAD_SHA256_HEX + 1]; /* SENT; else "" */
    Error error;     /* FAILED */
} StreamNews;

/* What a stream needs; it takes the strings (upload_job_clear frees them). */
typedef struct UploadJob {
    BulkLogin login;
    char *path;
    int64_t size;
    int64_t modified;
    Mailbox *mailbox;
    const void *owner; /* of the letters */
    void (*news)(void *context, UploadStream *stream); /* UI thread, some time after anything changed */
    void (*over)(void *context, UploadStream *stream); /* UI thread, after upload_stream_end: its threads are done, free it */
    void *context;
} UploadJob;

void upload_job_clear(UploadJob *job);

UploadStream *upload_stream_start(UploadJob *job);
/* The ticket of upload.begin and the offset it told. */
void upload_stream_give_ticket(UploadStream *stream, const char *ticket, int64_t offset);
/* The caller clears ret->error. */
void upload_stream_read(UploadStream *stream, StreamNews *ret);
/* Gives up whatever it does: job.over follows, job.news does not any more. */
void upload_stream_end(UploadStream *stream);
/* Waits for its threads: at once after over, otherwise until they have noticed upload_stream_end. */
void upload_stream_free(UploadStream *stream);

#endif
