/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Snapshots of VMs, as libvirt and our records know them. Two styles, never mixed in one VM:
 *  - external: the disk's image is frozen and a new one is laid over it. The rule, since everything works with it: any format, UEFI, a VM that
 *    runs, with a short pause. libvirt takes them; going back and merging is done here, since libvirt learned that only in version 9.9.
 *  - internal: inside of the qcow2 images. For VMs that have such ones already, and where images cannot be laid over the disks.
 * Waits for libvirt; workers and tasks only.
 */
#ifndef POOLCENTER_AGENT_SNAPSHOTS_H
#define POOLCENTER_AGENT_SNAPSHOTS_H

#include "agent/snapshot_xml.h"
#include "agent/virt.h"
#include "agent/agent.h"

/* A VM and what is known of its snapshots at the moment. */
typedef struct SnapshotVm {
    Agent *agent;
    int owner;
    virDomainPtr domain;
    VmInfo info;
    DomainImages images;  /* now: of the running VM, or as defined */
    SnapshotFacts *all;   /* in libvirt's order: parents before children */
    size_t count;
} SnapshotVm;

/* Looks the VM up and reads all of its snapshots. ERR_VM_NOT_FOUND, ERR_NO_LIBVIRT. */
int snapshot_vm_open(Agent *agent, const char *vm, SnapshotVm *ret, Error *err);
/* The same from a connection, for what happens before the inventory knows the VM. */
int snapshot_vm_from(Agent *agent, int owner, virDomainPtr domain, SnapshotVm *ret, Error *err);
/* Reads disks and snapshots anew. */
int snapshot_vm_reload(SnapshotVm *vm, Error *err);
void snapshot_vm_close(SnapshotVm *vm);

bool snapshot_vm_active(const SnapshotVm *vm);
/* Not those that the user has deleted. NULL: none of that name. */
const SnapshotFacts *snapshot_vm_find(const SnapshotVm *vm, const char *name);
/* Also those whose deletion was begun and failed. */
const SnapshotFacts *snapshot_vm_find_shown(const SnapshotVm *vm, const char *name);
/* All. */
const SnapshotFacts *snapshot_vm_find_any(const SnapshotVm *vm, const char *name);
/* The style the next snapshot has; UNKNOWN: none is possible, *ret_reason (constant or in buffer) says why. */
SnapshotStyle snapshot_vm_style(const SnapshotVm *vm, char ret_reason[256]);
/* libvirt's own object. ERR_SNAPSHOT_NOT_FOUND. */
int snapshot_vm_handle(const SnapshotVm *vm, const char *name, virDomainSnapshotPtr *ret, Error *err);
/* Whether that image is the frozen one of a snapshot other than except (may be NULL), or of the VM now. */
bool snapshot_vm_pins(const SnapshotVm *vm, const char *path, const char *except);
/* Tells libvirt the description anew; current: the VM's state comes from it now. */
int snapshot_vm_redefine(const SnapshotVm *vm, const char *xml, bool current, Error *err);
/* The datastores that hold the VM's disks have changed, and the VM. */
void snapshot_vm_changed(const SnapshotVm *vm);
/* What all clients are told. */
void snapshot_vm_list(const SnapshotVm *vm, SnapshotList *ret);
/* The description of the VM as it starts next time; the caller frees. NULL with the error. */
char *snapshot_vm_definition(const SnapshotVm *vm, Error *err);

#endif
