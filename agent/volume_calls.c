/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.list and volume.delete. */
#include "agent/driver_read.h"
#include "agent/drivers.h"
#include "agent/rbd_disk.h"
#include "agent/request.h"
#include "agent/store_probe.h"
#include "agent/upload_file.h"
#include "agent/volume_image.h"
#include "agent/volume_locks.h"
#include "agent/volume_use.h"
#include "agent/volumes.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(virStorageVolGetName(*(const virStorageVolPtr *)a), virStorageVolGetName(*(const virStorageVolPtr *)b));
}

/* Leaves out the files of uploads under way. */
static size_t drop_parts(virStorageVolPtr *volumes, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (upload_is_part_name(virStorageVolGetName(volumes[i])))
            virStorageVolFree(volumes[i]);
        else
            volumes[kept++] = volumes[i];
    }
    return kept;
}

static void add_volume(Agent *agent, virStorageVolPtr volume, bool files, VolumeList *ret)
{
    VolumeInfo info;
    AUTO(error_clear) Error err = { 0 };
    if (read_volume(volume, &info, &err) < 0)
        return; /* deleted meanwhile */
    if (info.path)
        inventory_users_of(agent->inventory, info.path, NULL, &info.used_by);
    if (files && info.path && !info.used_by.count && !store_probe_hides(agent->store_probes, info.path))
        info.format = volume_image_format(info.path, info.format);
    VolumeInfoList_add(&ret->volumes, &info);
}

int handle_volume_list(Request *request, const VolumeListParams *params, VolumeList *ret, Error *err)
{
    DatastoreInfo datastore;
    AUTO_POOL pool = NULL;
    int code = datastore_active(request->agent, params->datastore, &datastore, err);
    if (code < 0)
        return code;
    ret->content = datastore.content; /* read before the list: a change meanwhile shows as a newer counter */
    bool files = request->agent->config.direct_files && datastore_is_directory(&datastore);
    AUTO_FREE char *name = x_strdup(datastore.name);
    DatastoreInfo_clear(&datastore);
    code = drivers_datastore(request->agent->drivers, params->datastore, &pool, NULL, err);
    if (code < 0)
        return code;
    virStorageVolPtr *volumes = NULL;
    int found = virStoragePoolListAllVolumes(pool, &volumes, 0);
    if (found < 0)
        return virt_error(err, name);
    size_t count = drop_parts(volumes, (size_t)found);
    qsort(volumes, count, sizeof(virStorageVolPtr), by_name);
    size_t skip = params->skip > 0 ? (size_t)params->skip : 0;
    ret->total = (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        if (i >= skip && i - skip < LIMIT_VOLUMES)
            add_volume(request->agent, volumes[i], files, ret);
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return 0;
}

typedef struct DeleteJob {
    Agent *agent;
    int owner;
    char *datastore;
    virStorageVolPtr volume;
    char *path;
    bool locked;
} DeleteJob;

static void delete_free(void *context)
{
    DeleteJob *job = context;
    if (job->locked)
        volume_unlock(job->agent->volume_locks, job->path);
    if (job->volume)
        virStorageVolFree(job->volume);
    free(job->path);
    free(job->datastore);
    free(job);
}

/* Nobody gets it from here on. Those who only have it open go on, and keep others from it by themselves. */
static int hold(DeleteJob *job, Error *err)
{
    const char *name = virStorageVolGetName(job->volume);
    job->path = rbd_volume_path(job->volume);
    if (!job->path)
        return virt_error(err, name);
    job->locked = volume_lock(job->agent->volume_locks, job->path, name, "it is being deleted", NULL) == 0;
    return job->locked ? 0 : volume_lock_check_name(job->agent->volume_locks, job->path, name, err);
}

/* By VMs, by volumes that are based on it. What libvirt says of its path decides, not what the client calls it. */
static int check_unused(const DeleteJob *job, Error *err)
{
    VolumeUse use;
    volume_use_read(job->agent, job->path, &use);
    int code = volume_use_none(&use, virStorageVolGetName(job->volume), err);
    volume_use_clear(&use);
    return code;
}

static int delete_run(Task *task, void *context, Error *err)
{
    (void)task;
    DeleteJob *job = context;
    int code = check_unused(job, err); /* once more: a VM that was about to get it when it was not held yet has it now */
    if (code == 0 && virStorageVolDelete(job->volume, 0) < 0)
        code = virt_error(err, virStorageVolGetName(job->volume));
    datastore_changed(job->agent, job->owner, job->datastore);
    return code;
}

int handle_volume_delete(Request *request, const VolumeRef *params, TaskRef *ret, Error *err)
{
    DatastoreInfo datastore;
    AUTO_POOL pool = NULL;
    DeleteJob *job = x_calloc(1, sizeof *job);
    *job = (DeleteJob){ .agent = request->agent, .datastore = x_strdup(params->datastore) };
    request_object(request, params->datastore, params->volume);
    int code = datastore_active(request->agent, params->datastore, &datastore, err);
    if (code == 0) {
        code = datastore_can(&datastore, METHOD_volume_delete, err);
        DatastoreInfo_clear(&datastore);
    }
    if (code == 0)
        code = drivers_datastore(request->agent->drivers, params->datastore, &pool, &job->owner, err);
    if (code == 0)
        code = volume_find(pool, params->volume, &job->volume, err);
    if (code == 0)
        code = hold(job, err);
    if (code == 0)
        code = check_unused(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, false, delete_run, delete_free, job, ret, err);
    delete_free(job);
    return code;
}
