/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The libvirt description of a new VM. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_DOMAIN_BUILD_H
#define POOLCENTER_AGENT_DOMAIN_BUILD_H

#include "agent/driver_read.h"

typedef struct DomainDisk {
    char *path;
    bool block;       /* a block device, e.g. a logical volume */
    VolumeFormat format;
    DiskBus bus;
} DomainDisk;

typedef struct DomainNic {
    char *name;       /* of the libvirt network or the bridge */
    bool host_bridge;
    NicModel model;
} DomainNic;

typedef struct DomainPlan {
    const VmCreateParams *params;
    const GuestPlatform *platform;
    char id[LIMIT_UUID + 1];
    char *media;      /* path of the ISO, NULL: an empty drive */
    DomainDisk *disks;
    size_t disk_count;
    DomainNic *nics;
    size_t nic_count;
} DomainPlan;

/* The caller frees. */
char *domain_xml(const DomainPlan *plan);

/* Whether a guest kind of the wizard is a Windows: other clock, other devices it has drivers for. */
bool guest_is_windows(const char *guest);

#endif
