/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking a snapshot. The VM is locked (vm_lock.h) by the caller. Tasks only. */
#ifndef POOLCENTER_AGENT_SNAPSHOT_TAKE_H
#define POOLCENTER_AGENT_SNAPSHOT_TAKE_H

#include "agent/snapshots.h"
#include "agent/tasks.h"

typedef struct SnapshotWish {
    const char *name;
    const char *description;
    bool memory;
    bool quiesce;
} SnapshotWish;

/* Whether it can be taken now. ERR_SNAPSHOT_NAME, ERR_SNAPSHOT_EXISTS, ERR_NOT_SUPPORTED, ERR_VM_WRONG_STATE, ERR_NO_SPACE. */
int snapshot_take_check(const SnapshotVm *vm, const SnapshotWish *wish, Error *err);
/* Takes it; nothing is left when that fails. task hears how far the memory is written, and can be cancelled until it is (ERR_CANCELLED), where that is
 * a file of its own. vm is read anew. */
int snapshot_take(SnapshotVm *vm, const SnapshotWish *wish, Task *task, Error *err);
/* A name beside an image for one that belongs to it: "web01-1a2b3c4d.qcow2". The caller frees. */
char *image_name_beside(const char *path, const char *suffix);
/* Path of the file with the firmware's variables, which may not exist yet; NULL: it has none. The caller frees. */
char *domain_nvram(const char *xml);

#endif
