/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a VM that runs, one libvirt call (or a few) each. Called by vm_change.c on its task's thread; they wait for libvirt and the guest. */
#ifndef POOLCENTER_AGENT_VM_LIVE_H
#define POOLCENTER_AGENT_VM_LIVE_H

#include "agent/tasks.h"
#include "agent/vm_definition.h"

typedef struct VmLive {
    Task *task;
    const VmDefinition *before; /* what ran, and was stored */
    const VmDefinition *now;    /* what is stored now */
} VmLive;

/* Whether one step carries out both changes. */
bool vm_live_together(const VmSetting *a, const VmSetting *b);
/* Carries the change out on the running VM. Negative: it did not work, with libvirt's or the guest's cause. */
int vm_live_apply(const VmLive *live, const VmSetting *change, Error *err);

#endif
