/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a VM needs although no disk of it says so: of its snapshots, and of its next start. Waits for libvirt: workers and driver threads only. */
#ifndef POOLCENTER_AGENT_VM_HELD_H
#define POOLCENTER_AGENT_VM_HELD_H

#include "agent/virt.h"
#include "protocol/types.h"

/* Adds the paths: images and memory of its snapshots, the disks of a changed definition that waits for the next start. Not those of vm->disks. */
void vm_held_read(virDomainPtr domain, const VmInfo *vm, bool snapshots, StrList *ret);

#endif
