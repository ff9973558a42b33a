/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes that a job works on: nobody else may change, start or delete them meanwhile. By their paths; any thread. */
#ifndef POOLCENTER_AGENT_VOLUME_LOCKS_H
#define POOLCENTER_AGENT_VOLUME_LOCKS_H

#include "protocol/types.h"

typedef struct VolumeLocks VolumeLocks;

VolumeLocks *volume_locks_create(void);
void volume_locks_free(VolumeLocks *locks);

/* what: what is being done, for the sentence of those who come too late ("it is being moved"). ERR_BUSY with the other's. */
int volume_lock(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err);
/* For jobs that only read it: several may at a time. Each unlocks it once. */
int volume_lock_read(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err);
void volume_unlock(VolumeLocks *locks, const char *path);
/* ERR_BUSY if a job works on it. */
int volume_lock_check(VolumeLocks *locks, const char *path, const char *name, Error *err);
/* The same for all disks of a VM: for starting it. */
int volume_lock_check_vm(VolumeLocks *locks, const VmInfo *vm, Error *err);

#endif
