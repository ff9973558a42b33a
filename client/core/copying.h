/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A copy of a volume from one host to another. The hosts do it by themselves where the target can reach the source (volume.offer, volume.pull): it goes on
 * without this computer then. Otherwise the bytes go through this computer's memory (relay_stream.h), resumed after a broken connection. Compared by SHA-256
 * either way. UI thread.
 */
#ifndef POOLCENTER_COPYING_H
#define POOLCENTER_COPYING_H

#include "client/core/core.h"

typedef struct Copying Copying;

/* Told once, at the end. error NULL: the copy is there, whole and right. The copying is gone when this returns. */
typedef void CopyingDone(void *context, const Copying *copying, const Error *error);

typedef struct CopyingPlan {
    Server *from, *to;
    const char *from_datastore, *volume;
    const char *to_datastore, *name; /* not yet used there */
    bool through_client;             /* do not even try the straight way */
} CopyingPlan;

/* Strings are copied. done may be NULL. */
Copying *copying_start(Core *core, const CopyingPlan *plan, CopyingDone *done, void *context);
/* Ends it soon, with ERR_CANCELLED; nothing half-made stays on the target. */
void copying_cancel(Copying *copying);

Server *copying_from(const Copying *copying);
Server *copying_to(const Copying *copying);
const char *copying_volume(const Copying *copying);
bool copying_straight(const Copying *copying);      /* from host to host, as far as is known */
int64_t copying_size(const Copying *copying);
const char *copying_sha256(const Copying *copying); /* hex, when it has ended well */

#endif
