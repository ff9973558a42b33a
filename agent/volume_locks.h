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
/* The same for those who have it open and give it to somebody, as long as that one likes: its name may go meanwhile. */
int volume_lock_open(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err);
void volume_unlock_open(VolumeLocks *locks, const char *path);
/* The job that has it ends and leaves it to a journal's entry, which alone lets go of it: whoever works on it later is not concerned. */
void volume_lock_leave(VolumeLocks *locks, const char *path, const char *entry);
void volume_unlock_left(VolumeLocks *locks, const char *path, const char *entry);
/* ERR_BUSY if a job works on it. */
int volume_lock_check(VolumeLocks *locks, const char *path, const char *name, Error *err);
/* The same for deleting it: those who have it open do not count. */
int volume_lock_check_name(VolumeLocks *locks, const char *path, const char *name, Error *err);
/* The same for somebody who only reads it (a medium in a drive): jobs that only read it, too, do not count. */
int volume_lock_check_read(VolumeLocks *locks, const char *path, const char *name, Error *err);
/* Whichever of the two fits, for all disks of a VM: for starting it. */
int volume_lock_check_vm(VolumeLocks *locks, const VmInfo *vm, Error *err);

#endif
