/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes made for a VM, by vm.create and vm.configure: all checked before, made one after the other, taken back together. Waits for libvirt:
 * workers (planning) and tasks. One owner. */
#ifndef POOLCENTER_AGENT_VM_VOLUMES_H
#define POOLCENTER_AGENT_VM_VOLUMES_H

#include "agent/agent.h"
#include "agent/journal.h"
#include "agent/virt.h"

typedef struct VmVolume {
    VmNewVolume wish;
    virStoragePoolPtr pool;
    virStorageVolPtr made; /* NULL: not yet */
    char *name;
    int owner;
    char *path;            /* once made */
    bool block;            /* a block device, e.g. a logical volume */
} VmVolume;

typedef struct VmVolumes {
    Agent *agent;
    VmVolume *items;
    size_t count;
} VmVolumes;

/* Adds one: checks its size, name and space. vm: name of the VM, for errors and for the volume's name if the wish has none. */
int vm_volumes_plan(VmVolumes *volumes, const char *vm, const VmNewVolume *wish, Error *err);
/* The format that the last one added will have: the wished one, but raw where volumes are no files. */
VolumeFormat vm_volumes_format(const VmVolumes *volumes);
/* entry: where it is noted before; NULL: nowhere. */
int vm_volumes_make(VmVolumes *volumes, size_t index, JournalEntry *entry, Error *err);
/* Deletes those that were made. */
void vm_volumes_undo(VmVolumes *volumes);
/* The datastores have changed. */
void vm_volumes_tell(VmVolumes *volumes);
void vm_volumes_clear(VmVolumes *volumes);

#endif
