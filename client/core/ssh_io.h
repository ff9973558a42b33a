/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes between libssh2 and the socket. libssh2 loses packets when it is told "would block" for one packet and continues with another, so
 * sending never blocks here: bytes go into a queue, and channels stop early when it fills. Threaded: one thread receives and one
 * sends, which saves most system calls of the session's thread (a round trip to the wineserver each, under Wine) and keeps the line
 * busy while it encrypts. Piped: instead of a socket there is a relay (ssh_relay.c), which carries the bytes through another session's channel.
 * Used by ssh*.c; all functions are for the session's thread, except ssh_io_pipe_*.
 */
#ifndef POOLCENTER_SSH_IO_H
#define POOLCENTER_SSH_IO_H

#include "client/core/port.h"

typedef struct SshIo SshIo;

SshIo *ssh_io_create(PortSocket socket, PortWake *wake); /* takes the socket; borrows the wake */
/* Without a socket; far_wake tells the relay's thread that there is something to take, or room again. Borrows both. */
SshIo *ssh_io_create_piped(PortWake *wake, PortWake *far_wake);
/* The session changes its thread; called while no other thread uses it. */
void ssh_io_set_wake(SshIo *io, PortWake *wake);
void ssh_io_start_threads(SshIo *io); /* nothing to do when piped */
void ssh_io_free(SshIo *io);

/* As port_recv. */
long ssh_io_recv(SshIo *io, void *bytes, size_t size);
/* Takes all bytes or, when the peer has not taken any for very long, fails. */
long ssh_io_send(SshIo *io, const void *bytes, size_t size);
/* False: the queue is rather full; a channel should wait (ssh_io_wait returns when it has emptied). */
bool ssh_io_has_room(SshIo *io);
/* Sends what is queued, as far as that goes without waiting. */
void ssh_io_flush(SshIo *io);
/* Waits until there is something to receive, room again, or the wake is set. */
void ssh_io_wait(SshIo *io, int timeout_ms);
uint64_t ssh_io_received(SshIo *io); /* bytes so far */
/* Why recv or send failed; the caller frees. */
char *ssh_io_failure(SshIo *io);

/* The relay's thread. What came for the session: at most *ret_size bytes fit at the result, then commit says how many are there. */
char *ssh_io_pipe_room(SshIo *io, size_t *ret_size);
void ssh_io_pipe_commit(SshIo *io, size_t size);
/* What the session sends: look, then drop what was taken. */
const char *ssh_io_pipe_peek(SshIo *io, size_t *ret_size);
void ssh_io_pipe_drop(SshIo *io, size_t size);
/* No more bytes; failure: why, NULL: the peer closed. */
void ssh_io_pipe_end(SshIo *io, const char *failure);

#endif
