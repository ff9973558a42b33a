/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between two configurations of a VM, setting by setting. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_VM_COMPARE_H
#define POOLCENTER_AGENT_VM_COMPARE_H

#include "protocol/types.h"

/* Rows of group, name and device (when is left unknown) for what leads from one to the other: names of fields, add and remove for devices.
 * Groups that one of both does not have are passed over. */
void vm_compare(const VmConfig *from, const VmConfig *to, VmSettingList *ret);
/* The same as a text for people: "cpu.count 2 -> 4, disks.add vdb". The caller frees; "" when nothing differs. */
char *vm_compare_text(const VmConfig *from, const VmConfig *to);

/* Makes what runs comparable with what is stored: libvirt resolves some wishes when a VM starts. */
void vm_compare_prepare(const VmConfig *config, VmConfig *active);

#endif
