/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking deleted external snapshots out of the chains. The VM is locked (vm_lock.h) by the caller. Tasks only. */
#ifndef POOLCENTER_AGENT_SNAPSHOT_MERGE_H
#define POOLCENTER_AGENT_SNAPSHOT_MERGE_H

#include "agent/snapshots.h"

/* Whether there is space for merging away the snapshot of that name. ERR_NO_SPACE. */
int snapshot_merge_check(const SnapshotVm *vm, const char *name, Error *err);
/* Marks a snapshot as deleted: nobody sees it any more, and a later agent goes on. ERR_IO. */
int snapshot_mark_deleted(const SnapshotVm *vm, const char *name, Error *err);
/* Takes the mark away again, unless its merging was begun: then it can only be deleted. */
void snapshot_unmark(const SnapshotVm *vm, const char *name);
/* Merges all marked ones that can be merged: that have at most one successor, and no other VM's disk standing on them. The others go later, when
 * that is so. Can be done again and again, after whatever interruption. The task can be cancelled while contents are being copied: disks that were through
 * stay so, the rest is as after an interruption. vm is read anew. ERR_CANCELLED. */
int snapshot_merge_all(SnapshotVm *vm, Task *task, Error *err);

#endif
