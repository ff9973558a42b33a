/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an RFB session reads from and writes to: a data channel in the program, a plain socket or a script in tests. Used by the session's thread,
 * except for wake and cancel, which any thread may call. */
#ifndef POOLCENTER_RFB_TRANSPORT_H
#define POOLCENTER_RFB_TRANSPORT_H

#include "client/core/port.h"

typedef struct RfbTransport {
    void *self;
    /* Bytes read; 0: the other side closed; PORT_AGAIN: nothing came in time, or it was woken; PORT_FAILED with err set. */
    long (*read)(void *self, void *bytes, size_t size, int timeout_ms, Error *err);
    /* All bytes: 0, or a negative code with err set. */
    int (*write)(void *self, const void *bytes, size_t size, Error *err);
    void (*wake)(void *self);   /* sticky: a wake before the read counts */
    void (*cancel)(void *self); /* waiting and later calls fail with ERR_CANCELLED */
    void (*close)(void *self);  /* the last call */
} RfbTransport;

#endif
