/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What making a VM has in common, wherever its disks come from (vm.create, vm.import): checks, network cards, the definition. Waits for libvirt:
 * workers and tasks only. */
#ifndef POOLCENTER_AGENT_VM_MAKE_H
#define POOLCENTER_AGENT_VM_MAKE_H

#include "agent/agent.h"
#include "agent/domain_build.h"
#include "agent/journal.h"
#include "agent/virt.h"
#include "agent/vm_seed.h"

typedef struct VmMake {
    Agent *agent;
    int owner;            /* driver */
    virConnectPtr conn;
    VmCreateParams params;
    GuestPlatform platform;
    SeedPlan *seed;       /* NULL: it needs none */
    DomainPlan plan;      /* the caller fills in the disks; all of it goes with vm_make_clear */
} VmMake;

/* Copies the parameters and draws a UUID. It must not be moved in memory afterwards. */
void vm_make_init(VmMake *make, Agent *agent, const VmCreateParams *params);
void vm_make_clear(VmMake *make);

/* Name, driver, size and firmware: what can be told without looking at disks. The name is claimed until vm_make_clear. ERR_VM_EXISTS, ERR_VM_NAME_INVALID, ERR_VM_RESOURCES ... */
int vm_make_check(VmMake *make, Error *err);
/* Finds the networks and the installation medium. */
int vm_make_nics(VmMake *make, Error *err);
int vm_make_media(VmMake *make, Error *err);

/* Checks what it shall set itself up with, if anything. datastore: where the ISO goes if the parameters do not say; may be NULL. fresh: its disks are empty. */
int vm_make_seed(VmMake *make, const char *datastore, bool fresh, Error *err);

/* Defines it, with its seed (noted in entry before it is made). *ret is set as soon as it is defined, also when a
 * later step fails: then vm_seed_undo(make->seed) is the caller's. */
int vm_make_define(VmMake *make, Task *task, JournalEntry *entry, virDomainPtr *ret, Error *err);
/* Starts a VM that stays if it does not start, which the error says: its disks may be an hour's work. After the journal's entry has ended. */
int vm_make_start(virDomainPtr domain, const char *name, Error *err);
/* Takes a VM back that was made: cuts it off, removes its definition, nvram and saved state. */
void vm_make_remove(virDomainPtr domain);

#endif
