/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection between the agents of two hosts: TLS 1.3 with a key that both know and nobody else (a client, which both trust, has carried it),
 * so each side knows who the other is without certificates. By the host's GnuTLS, which libvirt needs, too. Plain calls that wait: tasks and
 * threads of their own.
 */
#ifndef POOLCENTER_AGENT_PEER_H
#define POOLCENTER_AGENT_PEER_H

#include "agent/tasks.h"

enum { PEER_KEY_BYTES = 32 };

typedef struct Peer Peer;

typedef enum PeerSide {
    PEER_ACCEPTS,
    PEER_CONNECTS,
} PeerSide;

/* ERR_NOT_SUPPORTED: the host has no GnuTLS that can. */
int peer_check(Error *err);
/* Takes the connected socket, also when it fails. Within 5 seconds both have shown the key, or ERR_PEER_UNREACHABLE. who: for sentences. */
int peer_open(int fd, PeerSide side, const unsigned char key[PEER_KEY_BYTES], const char *who, Peer **ret, Error *err);
/* NULL is fine. */
void peer_close(Peer *peer);

/* All of the bytes. ERR_CANCELLED with the task; ERR_PEER_UNREACHABLE: the connection is lost, or nothing moved for 20 seconds. */
int peer_send(Peer *peer, Task *task, const void *bytes, size_t count, Error *err);
int peer_receive(Peer *peer, Task *task, void *ret, size_t count, Error *err);

/* What goes over it: a head with the kind and the length of what follows. The side that has accepted sends the first four; the other one begins with
 * PEER_FROM and ends with PEER_THANKS. */
typedef enum PeerKind {
    PEER_DATA = 1, /* bytes of the volume */
    PEER_HOLE,     /* so many zeros, which are not sent */
    PEER_END,      /* the SHA-256 of the whole */
    PEER_FAILED,   /* why there will be no more */
    PEER_FROM,     /* length: the first byte wanted; nothing follows */
    PEER_THANKS,   /* all has come and is right */
} PeerKind;

int peer_send_head(Peer *peer, Task *task, PeerKind kind, int64_t length, Error *err);
int peer_receive_head(Peer *peer, Task *task, PeerKind *ret_kind, int64_t *ret_length, Error *err);

#endif
