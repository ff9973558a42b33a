/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded queue of bytes in one block of memory. Not locked: its owner guards it. One thread may fill a reserved part, and one read a peeked part,
 * without the lock. */
#ifndef POOLCENTER_RING_H
#define POOLCENTER_RING_H

#include "protocol/util.h"

typedef struct Ring {
    char *bytes;
    size_t size;
    size_t start; /* first byte held */
    size_t count; /* bytes held */
} Ring;

void ring_init(Ring *ring, size_t size);
void ring_clear(Ring *ring);
static inline size_t ring_room(const Ring *ring) { return ring->size - ring->count; }

/* Copy in or out at most size bytes; return how many. */
size_t ring_put(Ring *ring, const void *bytes, size_t size);
size_t ring_get(Ring *ring, void *bytes, size_t size);

/* Without copying: the bytes (the room) that lie together; ring_drop (ring_commit) takes them from (adds them to) the queue. */
size_t ring_peek(const Ring *ring, const char **ret);
void ring_drop(Ring *ring, size_t count);
size_t ring_reserve(const Ring *ring, char **ret);
void ring_commit(Ring *ring, size_t count);
/* Of an empty ring that nobody has reserved a part of: begins at the first byte again, so that little memory is in use. */
static inline void ring_rewind(Ring *ring)
{
    if (!ring->count)
        ring->start = 0;
}

#endif
