/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One job at a time may rearrange the disks of a VM (snapshots, clones, templates), and meanwhile the VM is not started or deleted. Many may read
 * a template, whose disks never change. Any thread.
 */
#ifndef POOLCENTER_AGENT_VM_LOCK_H
#define POOLCENTER_AGENT_VM_LOCK_H

#include "protocol/error.h"

/* ERR_BUSY, naming what works on it. what: the middle of a sentence, constant text. name: the VM's, for the error. */
int vm_lock(const char *vm, const char *name, const char *what, Error *err);
/* For jobs that only read it: several may at a time, while nobody has it locked for itself. Each unlocks it once. */
int vm_lock_shared(const char *vm, const char *name, const char *what, Error *err);
void vm_unlock(const char *vm);
/* ERR_BUSY while somebody has it locked, in either way. */
int vm_lock_check(const char *vm, const char *name, Error *err);

#endif
