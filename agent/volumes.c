/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datastores and volumes, for several calls: see volumes.h. */
#include "agent/volumes.h"
#include "agent/driver_read.h"
#include "agent/drivers.h"
#include "agent/image_chain.h"
#include "agent/volume_use.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int datastore_active(Agent *agent, const char *id, DatastoreInfo *ret, Error *err)
{
    DatastoreInfo datastore;
    if (!inventory_get_datastore(agent->inventory, id, &datastore, NULL))
        return error_set(err, ERR_DATASTORE_NOT_FOUND, id, NULL);
    if (datastore_works(&datastore)) {
        *ret = datastore;
        return 0;
    }
    int code = error_set(err, ERR_DATASTORE_INACTIVE, datastore.name, NULL);
    DatastoreInfo_clear(&datastore);
    return code;
}

int volume_users(Agent *agent, const char *path, const char *name, Error *err)
{
    StrList users = { 0 };
    volume_users_of(agent, path, NULL, &users);
    if (!users.count) /* images of others may stand on it: snapshots, linked clones */
        image_dependents(agent, path, NULL, &users);
    if (!users.count)
        return 0;
    char *names = x_strdup(users.items[0]);
    for (size_t i = 1; i < users.count && i < 5; i++) {
        AUTO_FREE char *before = names;
        names = x_printf("%s, %s", before, users.items[i]);
    }
    int code = error_set(err, ERR_VOLUME_IN_USE, name, "%s%s", names, users.count > 5 ? " and others" : "");
    free(names);
    StrList_clear(&users);
    return code;
}

bool volume_exists(virStoragePoolPtr pool, const UploadTarget *target)
{
    struct stat status;
    if (target->directory)
        return lstat(target->path, &status) == 0;
    AUTO_VOLUME volume = virStorageVolLookupByName(pool, target->name);
    return volume != NULL;
}

int volume_find(virStoragePoolPtr pool, const char *name, virStorageVolPtr *ret, Error *err)
{
    virStorageVolPtr volume = virStorageVolLookupByName(pool, name);
    if (!volume && virt_error_is(VIR_ERR_NO_STORAGE_VOL) && virStoragePoolRefresh(pool, 0) == 0)
        volume = virStorageVolLookupByName(pool, name);
    if (!volume)
        return virt_error(err, name);
    *ret = volume;
    return 0;
}

int datastore_can(const DatastoreInfo *datastore, Method method, Error *err)
{
    DatastoreObstacle obstacle = datastore_type_obstacle(datastore->type, method);
    return obstacle == OBSTACLE_NONE ? 0 : error_set(err, ERR_NOT_SUPPORTED, datastore->name, "%s", datastore_obstacle_cause(obstacle));
}

void datastore_changed(Agent *agent, int owner, const char *id) { drivers_refresh_datastore(agent->drivers, owner, id); }

int volume_arrived(Agent *agent, int owner, const UploadTarget *target, VolumeInfo *ret, Error *err)
{
    AUTO_POOL pool = NULL;
    AUTO_VOLUME volume = NULL;
    Error ignored = { 0 };
    int code = drivers_datastore(agent->drivers, target->datastore, &pool, NULL, err);
    if (code < 0)
        return code;
    virStoragePoolRefresh(pool, 0);
    /* While libvirt makes another volume there it refuses to look; the file is there all the same. */
    if (volume_find(pool, target->name, &volume, &ignored) < 0 || read_volume(volume, ret, &ignored) < 0)
        *ret = (VolumeInfo){ .name = x_strdup(target->name), .path = x_strdup(target->path), .capacity = target->size, .allocation = target->size };
    error_clear(&ignored);
    datastore_changed(agent, owner, target->datastore);
    return 0;
}
