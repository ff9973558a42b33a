/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The I/O thread's side of a stream. Private to stream.c and link.c. */
#ifndef POOLCENTER_STREAM_PRIVATE_H
#define POOLCENTER_STREAM_PRIVATE_H

#include "client/core/link.h"

/* A stream that link is to serve (a reference of its own), or with link NULL one that has failed already. UI thread. */
Stream *stream_create(Link *link, const char *ticket, const Error *failure);

/* For uploads that share the link's connection: any thread may make one, for this session of the link (link_session); opening: the whole line. wake (borrowed until
 * stream_close) is set when stream_ready, stream_read or stream_try_write would say something new. */
Stream *stream_create_shared(Link *link, int session, const char *opening, PortWake *wake);
/* The user's thread: 0 not yet, 1 ready (*ret_ready: what the agent said, taken), negative with err set. */
int stream_ready(Stream *stream, json_t **ret_ready, Error *err);
/* Bytes taken, PORT_AGAIN, PORT_FAILED with err set. */
long stream_try_write(Stream *stream, const void *bytes, size_t size, Error *err);

/* I/O thread: moves bytes; true when any moved. *ret_over: the stream has ended or failed, call stream_detach. */
bool stream_pump(Stream *stream, LinkTransport *transport, const LinkTransportOps *ops, bool *ret_over);
/* The I/O thread lets go: closes the channel; why (may be NULL) is what the user's thread reads next. */
void stream_detach(Stream *stream, const LinkTransportOps *ops, const Error *why);
/* For the links' list of streams. */
Stream **stream_next(Stream *stream);

#endif
