/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte queues: see ring.h. Any thread, one at a time. */
#include "client/core/ring.h"

#include <stdlib.h>
#include <string.h>

/* Not cleared: memory that is never used is never touched, and there may be a hundred connections. */
void ring_init(Ring *ring, size_t size) { *ring = (Ring){ .bytes = x_realloc(NULL, size, 1), .size = size }; }

void ring_clear(Ring *ring)
{
    free(ring->bytes);
    *ring = (Ring){ 0 };
}

size_t ring_peek(const Ring *ring, const char **ret)
{
    *ret = ring->bytes + ring->start;
    size_t together = ring->size - ring->start;
    return ring->count < together ? ring->count : together;
}

void ring_drop(Ring *ring, size_t count)
{
    ring->count -= count;
    ring->start = (ring->start + count) % ring->size;
}

size_t ring_reserve(const Ring *ring, char **ret)
{
    size_t end = ring->size ? (ring->start + ring->count) % ring->size : 0;
    *ret = ring->bytes + end;
    size_t together = end >= ring->start ? ring->size - end : ring->start - end;
    size_t room = ring_room(ring);
    return room < together ? room : together;
}

void ring_commit(Ring *ring, size_t count) { ring->count += count; }

size_t ring_put(Ring *ring, const void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        char *to = NULL;
        size_t room = ring_reserve(ring, &to);
        if (!room)
            break;
        size_t part = size - done < room ? size - done : room;
        memcpy(to, (const char *)bytes + done, part);
        ring_commit(ring, part);
        done += part;
    }
    return done;
}

size_t ring_get(Ring *ring, void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const char *from = NULL;
        size_t held = ring_peek(ring, &from);
        if (!held)
            break;
        size_t part = size - done < held ? size - done : held;
        memcpy((char *)bytes + done, from, part);
        ring_drop(ring, part);
        done += part;
    }
    return done;
}
