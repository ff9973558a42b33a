/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One change of a VM's definition, as vm.configure, vm.revert and vm.set_xml make it: look, edit, define, then apply to the running VM what
 * can be. Defining is the point where it succeeds or fails as a whole. On the thread of a task; waits for libvirt.
 */
#ifndef POOLCENTER_AGENT_VM_CHANGE_H
#define POOLCENTER_AGENT_VM_CHANGE_H

#include "agent/tasks.h"
#include "agent/vm_definition.h"

typedef struct VmChange {
    Agent *agent;
    const char *id;
    const char *name;     /* for errors */
    const char *revision; /* definition it was made on; NULL: any */
    /* Changes definition->root. */
    int (*edit)(void *context, VmDefinition *definition, Error *err);
    void *context;
    bool strict;            /* the description comes from outside: it must keep to libvirt's schema, where that is installed */
    const VmConfig *wishes; /* for what a description does not tell: autostart and new passwords; may be NULL */
    bool *ret_stored;       /* whether libvirt has the new definition, also when what comes after it fails; may be NULL */
} VmChange;

/* ERR_VM_CHANGED, if the definition is not the one of that revision: the cause says what has changed, as far as it is known. */
int vm_change_check(Agent *agent, const VmDefinition *definition, const char *revision, Error *err);

/* ERR_NOT_SUPPORTED, if its state is saved and hardware is to be changed: the saved machine has what it had then, and would write to a disk that is
 * another VM's by now. wishes NULL: the whole description. */
int vm_change_check_saved(const VmDefinition *definition, const VmConfig *wishes, Error *err);

/* ERR_BUSY: another job works on the VM. */
int vm_change_run(const VmChange *change, Task *task, VmConfigured *ret, Error *err);
/* Makes it the task's result, as JSON; rows that a task has no room for are left out (vm.get tells them). done is cleared. */
void vm_change_tell(Task *task, VmConfigured *done);

#endif
