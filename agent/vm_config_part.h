/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of vm_config.c: what the files of the groups (vm_general.c, hardware_*.c) share. For nobody else. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_VM_CONFIG_PART_H
#define POOLCENTER_AGENT_VM_CONFIG_PART_H

#include "agent/vm_config.h"
#include "agent/xml_edit.h"

typedef struct Edit {
    xmlNode *root;
    xmlNode *devices;
    const char *name; /* of the VM, for errors */
    Error *err;
} Edit;

/* Sets ERR_VM_SETTING and returns it. */
int edit_refuse(const Edit *edit, const char *format, ...) PRINTF_LIKE(2, 3);

/* Devices of one element name. Their keys come from key_of (NULL: their number); what is not unique gets "#2". */
typedef struct DeviceKind {
    const char *element;
    char *(*key_of)(xmlNode *node);
    bool (*is_ours)(xmlNode *node); /* NULL: all of that element */
} DeviceKind;

extern const DeviceKind disk_devices, nic_devices, graphic_devices, video_devices, serial_devices, channel_devices, host_devices_of_vm;

typedef struct DeviceNode {
    xmlNode *node;
    char *key;
} DeviceNode;

typedef struct DeviceNodes {
    DeviceNode *items;
    size_t count;
} DeviceNodes;

void device_nodes_read(xmlNode *devices, const DeviceKind *kind, DeviceNodes *ret);
void device_nodes_clear(DeviceNodes *nodes);

/* Makes the devices what the items are: structs of the contract whose first member is their key. change makes the node like the item. */
typedef int (*DeviceChange)(const Edit *edit, xmlNode *node, const void *item, bool is_new);
int devices_write(const Edit *edit, const DeviceKind *kind, const void *items, size_t count, size_t size, DeviceChange change);

/* Text that differs, where absent and empty are the same. */
bool text_differs(const char *a, const char *b);
/* The child <name>want</name>, where that is another text than old: what was too long to be told comes back as none, and stays. */
void edit_leaf(xmlNode *parent, const char *name, const char *old, const char *want);

/* In the order they are written: the boot order names devices by the keys they had before. */
#define CONFIG_PARTS(PART) \
    PART(general, VmGeneral) PART(startup, VmStartup) PART(cpu, VmCpu) PART(memory, VmMemory) PART(boot, VmBoot) PART(tpm, VmTpm) \
    PART(disks, VmDisks) PART(nics, VmNics) PART(host_devices, VmHostDevices) PART(graphics, VmGraphics) PART(video, VmVideos) \
    PART(serial, VmSerials) PART(channels, VmChannels) PART(rng, VmRng) PART(watchdog, VmWatchdog)
#define PART(group, T) \
    void group##_read(xmlNode *root, T *ret); \
    int group##_write(const Edit *edit, const T *old, const T *want);
CONFIG_PARTS(PART)
#undef PART

#endif
