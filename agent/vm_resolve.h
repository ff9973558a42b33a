/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between what a description names (paths, networks) and what clients know (datastores with volumes, ids of networks). Waits for libvirt:
 * workers only. */
#ifndef POOLCENTER_AGENT_VM_RESOLVE_H
#define POOLCENTER_AGENT_VM_RESOLVE_H

#include "agent/agent.h"
#include "agent/vm_definition.h"
#include "agent/vm_volumes.h"

/* Fills in datastores, volumes and capacities of disks, and ids of networks. */
void vm_resolve_told(Agent *agent, VmConfig *config);

/* Turns a client's wishes into paths and names that vm_config_write can use, and plans the volumes that are to be made, in the order of the
 * disks that want them. Told fields are not believed. ERR_VOLUME_NOT_FOUND, ERR_VOLUME_IN_USE, ERR_NETWORK_NOT_FOUND, ERR_VM_SETTING ... */
int vm_resolve_wishes(Agent *agent, const VmDefinition *definition, VmConfig *want, VmVolumes *volumes, Error *err);

#endif
