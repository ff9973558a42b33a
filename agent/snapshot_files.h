/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left of a VM's snapshots when the VM itself is deleted. Workers and tasks only. */
#ifndef POOLCENTER_AGENT_SNAPSHOT_FILES_H
#define POOLCENTER_AGENT_SNAPSHOT_FILES_H

#include "agent/snapshots.h"

/* Files that only its snapshots need, once the VM and those disks of it are gone: saved memory, and images that no disk that stays stands on. */
void snapshot_files_left(const SnapshotVm *vm, const DiskInfoList *deleted, StrList *ret);
/* ERR_TEMPLATE_IN_USE: disks of other VMs stand on one of these disks or files. */
int snapshot_files_check(const SnapshotVm *vm, const DiskInfoList *deleted, Error *err);

#endif
