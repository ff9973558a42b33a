/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes between libssh2 and the socket. libssh2 loses packets when it is told "would block" for one packet and continues with another, so
 * sending never blocks here: bytes go into a queue, and channels stop early when it fills. Threaded: one thread receives and one
 * sends, which saves most system calls of the session's thread (a round trip to the wineserver each, under Wine) and keeps the line
 * busy while it encrypts. Used by ssh*.c; all functions are for the session's thread.
 */
#ifndef POOLCENTER_SSH_IO_H
#define POOLCENTER_SSH_IO_H

#include "client/core/port.h"

typedef struct SshIo SshIo;

SshIo *ssh_io_create(PortSocket socket, PortWake *wake); /* takes the socket; borrows the wake */
void ssh_io_start_threads(SshIo *io);
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

#endif
