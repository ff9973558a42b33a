/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A data channel of a server's SSH connection, opened with a ticket: for consoles, which read it on a thread of their own. The server's I/O
 * thread moves the bytes through two bounded rings, so neither side ever waits for the other's thread.
 */
#ifndef POOLCENTER_STREAM_H
#define POOLCENTER_STREAM_H

#include "client/core/port.h"
#include "client/core/server.h"

typedef struct Stream Stream;

/* UI thread. Never NULL: what goes wrong (also: not connected) is told by the first read or write. The ticket is copied. */
Stream *stream_open(Server *server, const char *ticket);
/* The stream's user, one thread. Waits at most timeout_ms (< 0: no limit). Bytes read; 0: the other side closed; PORT_AGAIN: nothing came in time;
 * PORT_FAILED with err set: refused by the agent, ERR_CONNECTION_LOST, ERR_CANCELLED. */
long stream_read(Stream *stream, void *bytes, size_t size, int timeout_ms, Error *err);
/* 1: stream_read would return at once; 0: timed out. */
int stream_wait(Stream *stream, int timeout_ms);
/* Writes all bytes, waiting for room. 0 or a negative code with err set. */
int stream_write(Stream *stream, const void *bytes, size_t size, Error *err);
/* Any thread: a waiting stream_read returns PORT_AGAIN, stream_wait 0; sticky: a wake before the wait counts once. */
void stream_wake(Stream *stream);
/* Any thread: waiting and later calls end with ERR_CANCELLED. */
void stream_cancel(Stream *stream);
/* The last call of the user; closes the channel. NULL is fine. */
void stream_close(Stream *stream);

#endif
