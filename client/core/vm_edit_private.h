/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files vm_edit*.c share. UI thread. */
#ifndef POOLCENTER_VM_EDIT_PRIVATE_H
#define POOLCENTER_VM_EDIT_PRIVATE_H

#include "client/core/vm_edit.h"

/* X(GROUP_<id>, field of VmConfig, its type) */
#define VM_GROUPS(X) \
    X(GENERAL, general, VmGeneral) X(STARTUP, startup, VmStartup) X(CPU, cpu, VmCpu) X(MEMORY, memory, VmMemory) X(BOOT, boot, VmBoot) X(TPM, tpm, VmTpm) \
    X(DISKS, disks, VmDisks) X(NICS, nics, VmNics) X(GRAPHICS, graphics, VmGraphics) X(VIDEO, video, VmVideos) X(SERIAL, serial, VmSerials) \
    X(CHANNELS, channels, VmChannels) X(HOST_DEVICES, host_devices, VmHostDevices) X(RNG, rng, VmRng) X(WATCHDOG, watchdog, VmWatchdog)

bool vm_edit_is_drive(const VmDisk *disk);
const VmDisk *vm_edit_disk(const VmDisks *disks, const char *key); /* NULL: none, also for key or disks NULL */
VmPage vm_edit_group_page(SettingGroup group);
/* Where a row is edited: disks or drives by what the device is, protection on the page Start. */
VmPage vm_edit_page_of(const VmEdit *edit, const VmSetting *row);
/* Devices of the page that the host does not have yet. */
size_t vm_edit_new_devices(const VmEdit *edit, VmPage page);
/* The words of a field ("Maximum"), or of a whole group where field is NULL. */
const char *vm_setting_word(SettingGroup group, const char *field);

#endif
