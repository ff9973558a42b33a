/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread of one attempt to carry a volume from host to host: an SSH connection to each, a download's data channel on one and an upload's on the
 * other. The bytes are only ever in memory here. copying.c gives it tickets and reads its news. Functions are for the UI thread; they never wait,
 * except relay_stream_free.
 */
#ifndef POOLCENTER_RELAY_STREAM_H
#define POOLCENTER_RELAY_STREAM_H

#include "client/core/bulk_line.h"
#include "client/core/mailbox.h"

typedef struct RelayStream RelayStream;

typedef enum RelayPhase {
    RELAY_CONNECTING,
    RELAY_CONNECTED, /* to both: it waits for tickets */
    RELAY_SENDING,
    RELAY_DIFFERS,   /* what an earlier attempt left on the target is not the beginning of the volume */
    RELAY_SENT,      /* all bytes are handed over; the line stays until the stream is ended */
    RELAY_FAILED,
} RelayPhase;

typedef struct RelayNews {
    RelayPhase phase;
    int64_t done;    /* bytes the target has */
    Error error;     /* FAILED; the reader clears it */
} RelayNews;

/* What a stream needs; it takes the contents. */
typedef struct RelayJob {
    BulkLogin from, to;
    Mailbox *mailbox;
    const void *owner; /* of the letters */
    void (*news)(void *context, RelayStream *stream); /* UI thread, some time after anything changed */
    void (*over)(void *context, RelayStream *stream); /* UI thread, after relay_stream_end: free it */
    void *context;
} RelayJob;

RelayStream *relay_stream_start(RelayJob *job);
/* What volume.download and upload.begin answered. */
void relay_stream_give_tickets(RelayStream *stream, const char *from, const char *to, int64_t offset, int64_t size);
void relay_stream_read(RelayStream *stream, RelayNews *ret);
void relay_stream_end(RelayStream *stream);
void relay_stream_free(RelayStream *stream);

#endif
