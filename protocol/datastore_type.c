/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See datastore_type.h. What libvirt's backends can do: their functions in libvirt's src/storage/storage_backend_*.c. */
#include "protocol/datastore_type.h"

#include "protocol/util.h"

/* Types that have the same obstacles. */
typedef enum TypeClass { CLASS_DIRECTORY, CLASS_MOUNTED, CLASS_GROUP, CLASS_CEPH, CLASS_PARTITIONS, CLASS_ELSEWHERE, CLASS_COUNT } TypeClass;

static const struct { const char *type; TypeClass class; } classes[] = {
    { "dir", CLASS_DIRECTORY },   { "fs", CLASS_MOUNTED },       { "netfs", CLASS_MOUNTED },          { "logical", CLASS_GROUP },
    { "rbd", CLASS_CEPH },        { "disk", CLASS_PARTITIONS },  { "iscsi", CLASS_ELSEWHERE },        { "iscsi-direct", CLASS_ELSEWHERE },
    { "scsi", CLASS_ELSEWHERE },  { "mpath", CLASS_ELSEWHERE },
};

static const struct { Method method; DatastoreObstacle of[CLASS_COUNT]; } obstacles[] = {
    { METHOD_volume_create,     { [CLASS_ELSEWHERE] = OBSTACLE_ELSEWHERE } },
    { METHOD_volume_delete,     { [CLASS_ELSEWHERE] = OBSTACLE_ELSEWHERE } },
    { METHOD_volume_move,       { [CLASS_ELSEWHERE] = OBSTACLE_ELSEWHERE } },
    { METHOD_volume_resize,     { [CLASS_ELSEWHERE] = OBSTACLE_ELSEWHERE, [CLASS_PARTITIONS] = OBSTACLE_PARTITION } },
    { METHOD_upload_begin,      { [CLASS_ELSEWHERE] = OBSTACLE_ELSEWHERE, [CLASS_PARTITIONS] = OBSTACLE_NO_FILES, [CLASS_CEPH] = OBSTACLE_NO_FILES } },
    { METHOD_volume_fetch,      { [CLASS_ELSEWHERE] = OBSTACLE_ELSEWHERE, [CLASS_PARTITIONS] = OBSTACLE_NO_FILES, [CLASS_CEPH] = OBSTACLE_NO_FILES,
                                  [CLASS_GROUP] = OBSTACLE_NO_FILES } },
    { METHOD_volume_download,   { [CLASS_CEPH] = OBSTACLE_NOT_READ } },
    { METHOD_volume_offer,      { [CLASS_CEPH] = OBSTACLE_NOT_READ } },
    { METHOD_volume_wipe,       { [CLASS_CEPH] = OBSTACLE_NO_WIPE } },
    { METHOD_datastore_destroy, { [CLASS_MOUNTED] = OBSTACLE_KEPT, [CLASS_CEPH] = OBSTACLE_KEPT, [CLASS_PARTITIONS] = OBSTACLE_KEPT,
                                  [CLASS_ELSEWHERE] = OBSTACLE_KEPT } },
};

bool datastore_type_is_raw(const char *type)
{
    static const char *const raw[] = { "logical", "disk", "iscsi", "iscsi-direct", "scsi", "mpath", "rbd", "zfs" };
    for (size_t i = 0; i < ARRAY_SIZE(raw); i++)
        if (str_equal(type, raw[i]))
            return true;
    return false;
}

bool datastore_type_is_directory(const char *type) { return str_equal(type, "dir") || str_equal(type, "fs") || str_equal(type, "netfs"); }

bool datastore_type_takes_clones(const char *type) { return datastore_type_is_directory(type) || str_equal(type, "rbd"); }

bool datastore_type_is_partitioned(const char *type) { return str_equal(type, "disk"); }

DatastoreObstacle datastore_type_obstacle(const char *type, Method method)
{
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
        for (size_t j = 0; str_equal(type, classes[i].type) && j < ARRAY_SIZE(obstacles); j++)
            if (obstacles[j].method == method)
                return obstacles[j].of[classes[i].class];
    return OBSTACLE_NONE;
}

const char *datastore_obstacle_cause(DatastoreObstacle obstacle)
{
    static const char *const causes[DatastoreObstacle_COUNT] = {
        [OBSTACLE_ELSEWHERE] = "its volumes are made, resized and deleted on the storage system that has them",
        [OBSTACLE_NO_FILES] = "files do not come straight into this kind of datastore; put the file into a directory first, then copy it",
        [OBSTACLE_NOT_READ] = "images of a Ceph pool are not read as files; copy it into a directory first",
        [OBSTACLE_NO_WIPE] = "images of a Ceph pool are not overwritten in place; delete it instead",
        [OBSTACLE_PARTITION] = "the partitions of a whole disk keep their size",
        [OBSTACLE_KEPT] = "only directories and volume groups of LVM are destroyed; forget it instead",
    };
    return causes[obstacle];
}
