/* SPDX-License-Identifier: GPL-3.0-or-later */
/* datastore.create, datastore.refresh, and the three ways a datastore goes: detach, forget, destroy. */
#include "agent/datastore_empty.h"
#include "agent/datastore_keep.h"
#include "agent/datastore_spec.h"
#include "agent/drivers.h"
#include "agent/driver_read.h"
#include "agent/rbd_disk.h"
#include "agent/request.h"
#include "agent/store_flags.h"
#include "agent/store_probe.h"
#include "agent/upload_file.h"
#include "agent/volume_use.h"
#include "agent/volumes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct StoreJob {
    Agent *agent;
    int owner;
    char *id;
    char *name;
    virStoragePoolPtr pool;
} StoreJob;

static void store_free(void *context)
{
    StoreJob *job = context;
    if (job->pool)
        virStoragePoolFree(job->pool);
    free(job->id);
    free(job->name);
    free(job);
}

/* As any other one that is added; there is nothing more to say of a directory. */
int handle_datastore_create(Request *request, const DatastoreCreateParams *params, TaskRef *ret, Error *err)
{
    DatastoreSpec spec = { .kind = DATASTORE_KIND_DIR, .name = params->name, .path = params->path }; /* borrowed: not cleared */
    return handle_datastore_add(request, &spec, ret, err);
}

/* libvirt would wait for a server that is gone with its lock on the pool, and whoever asks for the list of pools for that. */
static int check_answers(StoreJob *job, Error *err)
{
    DatastoreInfo info;
    StoreSpace space;
    int code = read_datastore(job->pool, &info, err);
    if (code < 0)
        return code;
    if (datastore_is_directory(&info) && virStoragePoolIsActive(job->pool) > 0 && !store_probe_space(job->agent->store_probes, info.path, &space))
        code = error_set(err, ERR_IO, info.path, "its server does not answer; bring it back, or unmount it on the host by 'umount -l'");
    DatastoreInfo_clear(&info);
    return code;
}

static int refresh_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    int known = check_answers(job, err);
    if (known < 0)
        return known;
    int result = virStoragePoolIsActive(job->pool) == 0 ? virStoragePoolCreate(job->pool, 0) : virStoragePoolRefresh(job->pool, 0);
    int code = result < 0 ? virt_error(err, job->name) : 0;
    drivers_refresh_datastore(job->agent->drivers, job->owner, job->id);
    return code;
}

/* The folder that datastore.add made to mount it at; "": it is somewhere else. The caller frees. */
static char *mount_folder(StoreJob *job)
{
    DatastoreInfo info;
    if (read_datastore(job->pool, &info, NULL) < 0)
        return x_strdup("");
    bool ours = info.path && strncmp(info.path, DATASTORE_MOUNTS "/", strlen(DATASTORE_MOUNTS "/")) == 0;
    char *folder = x_strdup(ours ? info.path : "");
    DatastoreInfo_clear(&info);
    return folder;
}

/* ERR_DATASTORE_IN_USE, naming a running VM that has one of its volumes. */
static int check_users(StoreJob *job, Error *err)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    virStorageVolPtr *volumes = NULL;
    int count = virStoragePoolListAllVolumes(job->pool, &volumes, 0), code = 0;
    inventory_changes(job->agent->inventory, NULL, 0, &all);
    for (int i = 0; i < count; i++) {
        char *path = rbd_volume_path(volumes[i]);
        const VolumeUser *first = NULL;
        VolumeUse use;
        volume_use_of(&all, str_or_empty(path), &use);
        if (code == 0 && volume_use_active(&use, &first))
            code = error_set(err, ERR_DATASTORE_IN_USE, job->name, "the VM '%s' runs and has '%s'", first->name, virStorageVolGetName(volumes[i]));
        volume_use_clear(&use);
        free(path);
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return code;
}

/* The files of a directory stay where they are, and what is mounted stays while one is open; what else is stopped takes disks away. */
static int check_forgettable(StoreJob *job, Error *err)
{
    DatastoreInfo info;
    if (virStoragePoolIsActive(job->pool) <= 0)
        return 0;
    int code = read_datastore(job->pool, &info, err);
    if (code < 0)
        return code;
    bool directory = datastore_is_directory(&info);
    DatastoreInfo_clear(&info);
    return directory ? 0 : check_users(job, err);
}

static int forget_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    AUTO_CONN conn = NULL;
    AUTO_FREE char *secret = datastore_secret_of(job->pool), *credentials = datastore_credentials(job->agent, job->id);
    AUTO_FREE char *folder = mount_folder(job);
    int code = drivers_connection(job->agent->drivers, job->owner, &conn, err);
    if (code == 0)
        code = check_answers(job, err);
    if (code == 0)
        code = check_forgettable(job, err);
    if (code < 0)
        return code;
    bool stopped = virStoragePoolIsActive(job->pool) == 0 || virStoragePoolDestroy(job->pool) == 0;
    bool stored = virStoragePoolIsPersistent(job->pool) != 0;
    if (!stopped || (stored && virStoragePoolUndefine(job->pool) < 0))
        code = virt_error(err, job->name);
    else
        datastore_unkeep(conn, secret, credentials);
    if (code == 0 && *folder)
        (void)rmdir(folder); /* empty, now that nothing is mounted there; what is not stays */
    if (code == 0)
        store_flags_forget(job->agent->store_flags, job->id);
    drivers_refresh_datastore(job->agent->drivers, job->owner, job->id);
    return code;
}

static int detach_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    int code = check_answers(job, err);
    if (code == 0 && virStoragePoolIsActive(job->pool))
        code = check_users(job, err);
    if (code == 0 && virStoragePoolIsActive(job->pool) && virStoragePoolDestroy(job->pool) < 0)
        code = virt_error(err, job->name);
    drivers_refresh_datastore(job->agent->drivers, job->owner, job->id);
    return code;
}

/* libvirt can take apart what it has made of nothing: a directory, a volume group. Disks it would have to erase, servers are not this host's. */
static int check_kind(const DatastoreInfo *info, Error *err)
{
    if (str_equal(info->type, "dir") || str_equal(info->type, "logical"))
        return 0;
    bool disk = str_equal(info->type, "fs") || str_equal(info->type, "disk");
    return error_set(err, ERR_NOT_SUPPORTED, info->name, "%s; forget it instead",
                     disk ? "its disk would have to be erased, which is left to you" : "what it holds is not on this host alone");
}

/* What uploads have left that nobody goes on with stays unseen, but keeps the directory from being removed. */
static int drop_parts(const DatastoreInfo *info, Error *err)
{
    return str_equal(info->type, "dir") ? upload_parts_drop(info->path, info->name, err) : 0;
}

/* As a whole: what cannot be removed is active again, and listed. */
static int take_apart(StoreJob *job, Error *err)
{
    if (virStoragePoolDestroy(job->pool) < 0)
        return virt_error(err, job->name);
    if (virStoragePoolDelete(job->pool, 0) == 0 && virStoragePoolUndefine(job->pool) == 0)
        return 0;
    int code = virt_error(err, job->name);
    virStoragePoolCreate(job->pool, 0);
    return code;
}

static int destroy_active(StoreJob *job, const DatastoreInfo *info, Error *err)
{
    int code = datastore_empty_check(job->pool, err);
    if (code == 0)
        code = drop_parts(info, err);
    return code == 0 ? take_apart(job, err) : code;
}

/* One that is not active becomes so, or nobody could tell what it holds; it does not stay active if it has to stay. */
static int destroy_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    DatastoreInfo info;
    int code = read_datastore(job->pool, &info, err);
    if (code < 0)
        return code;
    bool active = virStoragePoolIsActive(job->pool) > 0;
    code = check_kind(&info, err);
    if (code == 0 && !active && virStoragePoolCreate(job->pool, 0) < 0)
        code = virt_error(err, job->name);
    if (code == 0)
        code = destroy_active(job, &info, err);
    if (code == 0)
        store_flags_forget(job->agent->store_flags, job->id);
    else if (!active && virStoragePoolIsActive(job->pool) > 0)
        virStoragePoolDestroy(job->pool);
    DatastoreInfo_clear(&info);
    drivers_refresh_datastore(job->agent->drivers, job->owner, job->id);
    return code;
}

static int start_job(Request *request, const char *id, int (*run)(Task *, void *, Error *), TaskRef *ret, Error *err)
{
    StoreJob *job = x_calloc(1, sizeof *job);
    *job = (StoreJob){ .agent = request->agent, .id = x_strdup(id) };
    int code = drivers_datastore(request->agent->drivers, id, &job->pool, &job->owner, err);
    if (code < 0) {
        store_free(job);
        return code;
    }
    job->name = x_strdup(virStoragePoolGetName(job->pool));
    request_object(request, id, job->name);
    return request_task(request, OBJECT_DATASTORE, false, run, store_free, job, ret, err);
}

int handle_datastore_refresh(Request *request, const DatastoreRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->datastore, refresh_run, ret, err);
}

int handle_datastore_forget(Request *request, const DatastoreRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->datastore, forget_run, ret, err);
}

int handle_datastore_detach(Request *request, const DatastoreRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->datastore, detach_run, ret, err);
}

int handle_datastore_destroy(Request *request, const DatastoreRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->datastore, destroy_run, ret, err);
}
