/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread of one attempt of a download: an SSH connection of its own, the data channel, the part file. download.c gives it a ticket and reads
 * its news. Functions are for the UI thread; they never wait, except download_stream_free.
 */
#ifndef POOLCENTER_DOWNLOAD_STREAM_H
#define POOLCENTER_DOWNLOAD_STREAM_H

#include "client/core/bulk_line.h"
#include "client/core/mailbox.h"

enum { DOWNLOAD_SHA256_HEX = 64 };

typedef struct DownloadStream DownloadStream;

typedef enum DownloadPhase {
    DOWNLOAD_PHASE_CONNECTING,
    DOWNLOAD_PHASE_CHECKING,  /* compares what is here with what the host has */
    DOWNLOAD_PHASE_RECEIVING,
    DOWNLOAD_PHASE_DIFFERS,   /* the host has something else: the part file is of no use */
    DOWNLOAD_PHASE_RECEIVED,  /* all bytes are in the part file, the digest is known */
    DOWNLOAD_PHASE_FAILED,
} DownloadPhase;

typedef struct DownloadNews {
    DownloadPhase phase;
    int64_t done;             /* bytes that are here; CHECKING: bytes compared */
    char sha256[DOWNLOAD_SHA256_HEX + 1]; /* RECEIVED */
    Error error;              /* FAILED; the reader clears it */
} DownloadNews;

/* What a stream needs; it takes the contents. */
typedef struct DownloadJob {
    BulkLogin login;
    char *part;               /* local file that the bytes are appended to */
    Mailbox *mailbox;
    const void *owner;        /* of the letters */
    void (*news)(void *context, DownloadStream *stream); /* UI thread, some time after anything changed */
    void (*over)(void *context, DownloadStream *stream); /* UI thread, after download_stream_end: free it */
    void *context;
} DownloadJob;

DownloadStream *download_stream_start(DownloadJob *job);
/* What volume.download answered. */
void download_stream_give_ticket(DownloadStream *stream, const char *ticket, int64_t offset, int64_t size);
void download_stream_read(DownloadStream *stream, DownloadNews *ret);
void download_stream_end(DownloadStream *stream);
void download_stream_free(DownloadStream *stream);

#endif
