/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's disks and what is on them, as lsblk tells. Runs a program: workers and tasks only. */
#ifndef POOLCENTER_AGENT_HOST_DISKS_H
#define POOLCENTER_AGENT_HOST_DISKS_H

#include "protocol/types.h"

/* Disks and their parts, each part after its disk; the caller clears the table. ERR_PROGRAM_MISSING, ERR_PROGRAM_FAILED. */
int host_disks_read(HostDiskTable *ret, Error *err);
/* Whether the device may be taken for a datastore. ERR_DEVICE_NOT_EMPTY, ERR_DATASTORE_SPEC: there is none of that name. */
int host_disk_empty(const char *path, Error *err);

#endif
