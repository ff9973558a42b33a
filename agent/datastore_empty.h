/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a datastore holds anything, before what it stands on is destroyed. Waits for libvirt: workers and tasks only. */
#ifndef POOLCENTER_AGENT_DATASTORE_EMPTY_H
#define POOLCENTER_AGENT_DATASTORE_EMPTY_H

#include "agent/virt.h"

/* Reads an active pool anew. 0: it is empty, of what libvirt does not list as well: thin volumes and other things with space of a volume group,
 * which virStoragePoolDelete would remove unasked. ERR_DATASTORE_NOT_EMPTY, ERR_LIBVIRT. */
int datastore_empty_check(virStoragePoolPtr pool, Error *err);

#endif
