/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume, or a place for a new one, as the calls on volumes need them: datastore, libvirt's objects, path. Waits for libvirt: workers and tasks only. */
#ifndef POOLCENTER_AGENT_VOLUME_HANDLE_H
#define POOLCENTER_AGENT_VOLUME_HANDLE_H

#include "agent/agent.h"
#include "agent/virt.h"

typedef struct VolumeHandle {
    Agent *agent;
    int owner;               /* driver */
    DatastoreInfo datastore;
    virStoragePoolPtr pool;
    virStorageVolPtr volume; /* NULL: a place for a new one */
    VolumeInfo info;         /* of a place: name and path (where known) only */
    bool direct;             /* a plain file in a directory that the agent may work on itself */
} VolumeHandle;

/* The volume of that name in an active datastore. ERR_DATASTORE_NOT_FOUND, ERR_DATASTORE_INACTIVE, ERR_VOLUME_NOT_FOUND. */
int volume_handle_open(Agent *agent, const char *datastore, const char *name, VolumeHandle *ret, Error *err);
/* A name that is free there; partitions of a whole disk have the disk's names, whatever name was wished. ERR_VOLUME_NAME_INVALID, ERR_VOLUME_EXISTS, ERR_BUSY; ERR_NOT_SUPPORTED where volumes are not made. */
int volume_handle_new(Agent *agent, const char *datastore, const char *name, VolumeHandle *ret, Error *err);
/* Also of one that was never opened (all zero). */
void volume_handle_clear(VolumeHandle *handle);

/* ERR_NO_SPACE unless so many bytes are free there. */
int volume_handle_room(const VolumeHandle *place, int64_t bytes, Error *err);
/* Tells libvirt and the inventory that the datastore's content changed. */
void volume_handle_changed(const VolumeHandle *handle);
/* The file's hidden name while it is being made: the caller frees. id: a UUID. */
char *volume_handle_part(const VolumeHandle *place, const char *id);
/* Writes bytes into a file that is being made there. ERR_NO_SPACE, ERR_IO. */
int volume_handle_write(const VolumeHandle *place, int fd, const void *bytes, size_t count, int64_t at, Error *err);
/* Gives the finished part file its name, durably; never over another file. ERR_VOLUME_EXISTS. */
int volume_handle_commit(const VolumeHandle *place, const char *part, Error *err);
/* The same, in place of the file that has the name. */
int volume_handle_replace(const VolumeHandle *place, const char *part, Error *err);

#endif
