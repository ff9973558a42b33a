/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from libvirt's type of a storage pool (DatastoreInfo.type, https://libvirt.org/storage.html). For both sides; any thread. */
#ifndef POOLCENTER_DATASTORE_TYPE_H
#define POOLCENTER_DATASTORE_TYPE_H

#include "protocol/types.h"

#include <stdbool.h>

/* What the paths of Ceph pools and of their images begin with: "rbd:pool", "rbd:pool/image". */
#define RBD_PATH "rbd:"

/* Why something is not possible in a kind of datastore, ever. The client has a sentence for each, the agent says datastore_obstacle_cause. */
typedef enum DatastoreObstacle {
    OBSTACLE_NONE,
    OBSTACLE_ELSEWHERE, /* the volumes are the storage system's: iSCSI, SCSI */
    OBSTACLE_NO_FILES,  /* nothing comes there but by copying */
    OBSTACLE_NOT_READ,  /* images of Ceph are no files of the host */
    OBSTACLE_NO_WIPE,
    OBSTACLE_PARTITION, /* libvirt does not resize them */
    OBSTACLE_KEPT,      /* there is nothing that libvirt could take apart */
    DatastoreObstacle_COUNT
} DatastoreObstacle;

/* Active, also with parts missing: what it holds can be used. */
static inline bool datastore_works(const DatastoreInfo *datastore)
{
    return datastore->state == DATASTORE_STATE_ACTIVE || datastore->state == DATASTORE_STATE_DEGRADED;
}

/* Its volumes are devices, or images of its own kind: disks there are raw, whatever format was wished. */
bool datastore_type_is_raw(const char *type);

/* Its volumes are files in a directory of the host. */
bool datastore_type_is_directory(const char *type);

/* VMs are cloned into it: as files, or as images of Ceph. */
bool datastore_type_takes_clones(const char *type);

/* Its volumes are the partitions of a disk: the host names them. */
bool datastore_type_is_partitioned(const char *type);

/* Whether the method is possible with such a datastore or its volumes. volume.create stands for every new volume there, copied and moved ones, too;
 * volume.copy and volume.move are about the volume that is there. Types that are not known have no obstacles. */
DatastoreObstacle datastore_type_obstacle(const char *type, Method method);

/* The cause for an error, for example "the partitions of a whole disk keep their size". Static; NULL without an obstacle. */
const char *datastore_obstacle_cause(DatastoreObstacle obstacle);

#endif
