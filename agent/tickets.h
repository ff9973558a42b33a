/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One-time words that let a data connection take up what a call has prepared. Any thread. */
#ifndef POOLCENTER_AGENT_TICKETS_H
#define POOLCENTER_AGENT_TICKETS_H

#include "agent/loop.h"
#include "protocol/error.h"

#include <sys/types.h>

typedef struct Tickets Tickets;

/* What happens to the data connection. serve runs on a thread of its own; the descriptor is blocking and its own: it closes it.
 * rest: bytes that came after the opening line. It must send the READY or ERROR line first. drop frees a context nobody came for. */
typedef struct Stream {
    void (*serve)(void *context, int fd, const char *rest, size_t rest_length);
    void (*drop)(void *context);
    void *context;
} Stream;

/* Tickets nobody came for are dropped on the loop's thread. */
Tickets *tickets_create(Loop *loop);
void tickets_free(Tickets *tickets);
/* Issues a ticket for that user; the caller frees the word. ERR_BUSY: too many wait; the stream is still the caller's then. */
int tickets_issue(Tickets *tickets, uid_t uid, const Stream *stream, char **ret, Error *err);
/* Takes the ticket: it is gone then. ERR_TICKET_INVALID. */
int tickets_take(Tickets *tickets, uid_t uid, const char *word, Stream *ret, Error *err);

#endif
