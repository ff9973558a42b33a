/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices of a running VM, for vm_live.c alone: the device is the one of the change's group and key. See vm_live.h. */
#ifndef POOLCENTER_AGENT_VM_PLUG_H
#define POOLCENTER_AGENT_VM_PLUG_H

#include "agent/vm_live.h"

int vm_plug_add(const VmLive *live, const VmSetting *change, Error *err);
/* Waits a few seconds for the guest to let it go. */
int vm_plug_remove(const VmLive *live, const VmSetting *change, Error *err);
/* Takes the group's only device out, and puts the new one in. */
int vm_plug_replace(const VmLive *live, const VmSetting *change, Error *err);
int vm_plug_disk_limits(const VmLive *live, const VmSetting *change, Error *err);
int vm_plug_medium(const VmLive *live, const VmSetting *change, Error *err);
/* Network, cable and limits of a card. */
int vm_plug_nic_update(const VmLive *live, const VmSetting *change, Error *err);
int vm_plug_password(const VmLive *live, const VmSetting *change, Error *err);

#endif
