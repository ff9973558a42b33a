/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images of Ceph pools as disks of VMs. QEMU reaches the cluster by itself, so a description also names the monitors and the key:
 * rbd_disks_complete takes both from the datastore.
 */
#ifndef POOLCENTER_AGENT_RBD_DISK_H
#define POOLCENTER_AGENT_RBD_DISK_H

#include "agent/rbd_path.h"
#include "agent/virt.h"
#include "agent/xml_edit.h"

/* virStorageVolGetPath, in the agent's words. The caller frees; NULL: libvirt does not say. */
char *rbd_volume_path(virStorageVolPtr volume);

/* The source element of the datastore that has the Ceph pool, with monitors and login: its parent is freed with xml_free. NULL: there is none. */
xmlNode *rbd_source_find(virConnectPtr conn, const char *pool);
/* Adds to a VM's description (its root element) what its disks on RBD lack: monitors and key, from the datastore that has the pool. Disks that
 * name monitors stay as they are. Waits for libvirt: workers and tasks only. ERR_DATASTORE_NOT_FOUND, ERR_LIBVIRT. */
int rbd_disks_complete(virConnectPtr conn, xmlNode *domain, Error *err);

#endif
