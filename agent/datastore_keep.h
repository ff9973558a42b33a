/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords of datastores, kept on the host where only root reads them: libvirt's secrets (iSCSI, RBD) and a file for mount.cifs. Workers and tasks. */
#ifndef POOLCENTER_AGENT_DATASTORE_KEEP_H
#define POOLCENTER_AGENT_DATASTORE_KEEP_H

#include "agent/agent.h"
#include "agent/virt.h"

/* Keeps the password of spec for the datastore of that id. secret: the UUID for libvirt's secret; path: see datastore_credentials.
 * ERR_IO, ERR_LIBVIRT; nothing is kept then. */
int datastore_keep(virConnectPtr conn, const DatastoreSpec *spec, const char *id, const char *secret, const char *path, Error *err);
/* Where the file for mount.cifs is; the caller frees. */
char *datastore_credentials(const Agent *agent, const char *id);
/* The VMs that name secrets of their own for disks in the Ceph pool of spec (of a datastore that was there before) start with its key from now on.
 * To be called when the key has proved right. Not secrets of other tools, nor those that other datastores name. */
void datastore_keep_for_vms(virConnectPtr conn, const DatastoreSpec *spec);
/* Takes back what was kept; what is not there is fine. secret may be NULL. A secret that is not of ours stays, and one that a VM starts with. */
void datastore_unkeep(virConnectPtr conn, const char *secret, const char *path);
/* The UUID of the secret that a pool's XML names; NULL: none. The caller frees. */
char *datastore_secret_of(virStoragePoolPtr pool);

#endif
