/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going back to a snapshot. The VM is locked (vm_lock.h) by the caller. Tasks only. */
#ifndef POOLCENTER_AGENT_SNAPSHOT_REVERT_H
#define POOLCENTER_AGENT_SNAPSHOT_REVERT_H

#include "agent/snapshots.h"

/* Brings the VM to the snapshot; what it was before is gone. start: start it if the snapshot has no memory. vm is read anew. */
int snapshot_revert(SnapshotVm *vm, const char *name, bool start, Error *err);
/* One qcow2 image over another. ERR_PROGRAM_FAILED ... */
int image_lay_over(const char *below, const char *below_format, const char *path, Error *err);

#endif
