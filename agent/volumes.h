/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several calls need to know about datastores and their volumes. Waits for libvirt: workers only. */
#ifndef POOLCENTER_AGENT_VOLUMES_H
#define POOLCENTER_AGENT_VOLUMES_H

#include "agent/agent.h"
#include "agent/upload_sink.h"
#include "agent/virt.h"

/* A copy of the datastore, if it is there and active. ERR_DATASTORE_NOT_FOUND, ERR_DATASTORE_INACTIVE. */
int datastore_active(Agent *agent, const char *id, DatastoreInfo *ret, Error *err);
/* ERR_NOT_SUPPORTED, with the reason, where a datastore of its kind can never do that (datastore_type_obstacle). */
int datastore_can(const DatastoreInfo *datastore, Method method, Error *err);
/* ERR_VOLUME_IN_USE names the VMs that have it as a disk. */
int volume_users(Agent *agent, const char *path, const char *name, Error *err);
bool volume_exists(virStoragePoolPtr pool, const UploadTarget *target);
/* The volume of that name, with a look at the directory if libvirt does not know it yet. ERR_VOLUME_NOT_FOUND. */
int volume_find(virStoragePoolPtr pool, const char *name, virStorageVolPtr *ret, Error *err);
/* A file was put into its place: libvirt and the inventory shall know. */
int volume_arrived(Agent *agent, int owner, const UploadTarget *target, VolumeInfo *ret, Error *err);
/* The datastore's content and free space changed. */
void datastore_changed(Agent *agent, int owner, const char *id);

#endif
