/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a change of a setting takes effect while the VM runs. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_VM_RULES_H
#define POOLCENTER_AGENT_VM_RULES_H

#include "protocol/types.h"

/* Fills when and reason of a change by its group, name and device. config: where the device is (or was). */
void vm_rule(const VmConfig *config, const VmConfig *active, VmSetting *change);
/* The rules for a VM that runs, without those that say no more than "at once". For disks.add the device is the bus. */
void vm_rules(const VmConfig *active, VmSettingList *ret);

#endif
