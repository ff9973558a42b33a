/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A domain's description as the contract's VmConfig, and back: the tree of the description is changed in place, only where a wish differs
 * from what is there. No libvirt calls, so datastores and networks are not looked up here (vm_resolve.h); any thread.
 */
#ifndef POOLCENTER_AGENT_VM_CONFIG_H
#define POOLCENTER_AGENT_VM_CONFIG_H

#include "agent/xml.h"
#include "protocol/types.h"

/* Fills every group from the root of a domain's description. Not known here and left empty: startup.autostart, datastores and volumes of
 * disks, networks of cards, capacity, present, connected names of host devices. */
void vm_config_read(xmlNode *root, VmConfig *ret);

/* Changes the description: the groups that want has. What vm_config_read leaves empty must have been resolved into paths and names before.
 * ERR_VM_SETTING names what is not possible; the tree may be half changed then. */
int vm_config_write(xmlNode *root, const VmConfig *want, Error *err);

/* Replaces the devices (or settings) of a group by those of another description of the same VM that runs: without what libvirt gives to
 * running devices only. */
void vm_config_take(xmlNode *root, xmlNode *active, SettingGroup group);

/* The element of a device: "disks", "vda". NULL: none. */
xmlNode *vm_config_device(xmlNode *root, SettingGroup group, const char *key);

#endif
