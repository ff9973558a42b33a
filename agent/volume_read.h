/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume whose bytes are given to somebody, by a data connection or to another host. Workers and tasks only. */
#ifndef POOLCENTER_AGENT_VOLUME_READ_H
#define POOLCENTER_AGENT_VOLUME_READ_H

#include "agent/volume_handle.h"
#include "agent/volume_locks.h"
#include "agent/volume_use.h"

enum { VOLUME_READ_BLOCK = 256 << 10 };

typedef struct VolumeReading {
    char *name;
    int file;              /* -1: not open */
    int64_t size;
    struct timespec modified;
    VolumeLocks *locks;    /* has it locked for reading; NULL: not */
    char *path;
} VolumeReading;

/* Opens a file of a directory datastore, or a block device, that no running VM writes to, and keeps all from starting that would. what: as for
 * volume_lock. ERR_VOLUME_IN_USE, ERR_BUSY, ERR_NOT_SUPPORTED. *ret may be cleared in any case. handle and use are only looked at. */
int volume_read_open(const VolumeHandle *handle, const VolumeUse *use, const char *what, VolumeReading *ret, Error *err);
void volume_read_clear(VolumeReading *reading);
/* Up to VOLUME_READ_BLOCK bytes from there, none behind end_at; at least one. */
int volume_read_block(const VolumeReading *reading, char *block, int64_t at, int64_t end_at, size_t *ret, Error *err);
/* ERR_IO if somebody has written to it since it was opened. */
int volume_read_check(const VolumeReading *reading, Error *err);

#endif
