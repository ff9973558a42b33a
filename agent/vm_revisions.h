/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers the last configurations that were told, by their revision, so that who comes too late can be told what has changed. Any thread. */
#ifndef POOLCENTER_AGENT_VM_REVISIONS_H
#define POOLCENTER_AGENT_VM_REVISIONS_H

#include "protocol/types.h"

typedef struct VmRevisions VmRevisions;

VmRevisions *vm_revisions_create(void);
void vm_revisions_free(VmRevisions *revisions);
void vm_revisions_put(VmRevisions *revisions, const char *revision, const VmConfig *config);
/* False: forgotten, or never told. */
bool vm_revisions_get(VmRevisions *revisions, const char *revision, VmConfig *ret);

#endif
