/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a new volume libvirt shall allocate at once. Waits for libvirt: workers and tasks only. */
#ifndef POOLCENTER_AGENT_VOLUME_ALLOCATION_H
#define POOLCENTER_AGENT_VOLUME_ALLOCATION_H

#include "agent/virt.h"

/* All of it, or nothing where a volume grows by itself. A logical volume does not: given less than its size, libvirt makes it a snapshot of
 * nothing that is lost as soon as it is full. */
int64_t volume_allocation(virStoragePoolPtr pool, int64_t capacity, bool all);

#endif
