/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a guest sets itself up with at its first start: files for cloud-init or an answer file for Windows Setup, on an ISO that is made here and becomes a CD
 * drive of the VM. The ISO is a volume like others; a mark in the VM's metadata says that it is ours to delete. Waits for libvirt: workers and tasks.
 */
#ifndef POOLCENTER_AGENT_VM_SEED_H
#define POOLCENTER_AGENT_VM_SEED_H

#include "agent/agent.h"
#include "agent/journal.h"
#include "agent/seed_mark.h"
#include "agent/virt.h"

typedef struct SeedTarget {
    const char *vm;        /* name */
    const char *guest;     /* kind; may be NULL */
    const char *datastore; /* of its first disk: the ISO goes there if the seed does not say and it takes ISOs; may be NULL */
    bool uefi;
    bool fresh;            /* its disks are empty: a Windows Setup that wipes the first one may be let onto it */
} SeedTarget;

typedef struct SeedPlan SeedPlan;

/* Checks it all and writes the files in memory; passwords in seed are wiped. ERR_VM_SETTING, ERR_DATASTORE_NOT_FOUND ... */
int vm_seed_plan(Agent *agent, const SeedTarget *target, VmSeed *seed, SeedPlan **ret, Error *err);
/* Makes the ISO and gives it to the VM, which is off; one that it has already is taken out and deleted. *domain is defined anew. */
int vm_seed_make(SeedPlan *plan, virDomainPtr domain, JournalEntry *entry, Error *err);
/* Deletes the ISO again. */
void vm_seed_undo(SeedPlan *plan);
/* The datastore has changed. */
void vm_seed_tell(const SeedPlan *plan);
void vm_seed_free(SeedPlan *plan);

/* The VM's mark in its stored description. false: it has none. */
bool vm_seed_of(virDomainPtr domain, SeedMark *ret);
/* Takes the seed out of the VM, on or off, and deletes the ISO. ERR_VM_SETTING: it has none. */
int vm_seed_remove(Agent *agent, virDomainPtr domain, const char *name, Error *err);
/* Deletes the ISO that was made for the VM (its UUID), unless another one has it in a drive. */
void vm_seed_delete(Agent *agent, virConnectPtr conn, const char *vm, const char *path);

/* A guest has shut down: the seed goes if that was wished. On the driver's thread; a task does the work. */
void vm_seed_shut_down(Agent *agent, virConnectPtr conn, const char *id);

#endif
