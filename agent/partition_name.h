/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of partitions: libvirt takes no others for volumes of a pool that is a whole disk. Waits for libvirt: workers and tasks only. */
#ifndef POOLCENTER_AGENT_PARTITION_NAME_H
#define POOLCENTER_AGENT_PARTITION_NAME_H

#include "agent/virt.h"

/* More than a GPT has by default. */
enum { PARTITIONS_MAX = 128 };

/* "sdb1", "nvme0n1p1": what the partition of that number is called. NULL: the pool's disk is not there. The caller frees. */
char *partition_name(virStoragePoolPtr pool, int number);
/* The one that a new partition gets, which is the lowest free number. NULL: there is none. The caller frees. */
char *partition_name_next(virStoragePoolPtr pool);

#endif
