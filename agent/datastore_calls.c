/* SPDX-License-Identifier: GPL-3.0-or-later */
/* datastore.create, datastore.refresh, datastore.forget. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/store_path.h"
#include "agent/volumes.h"
#include "agent/xml_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct StoreJob {
    Agent *agent;
    int owner;
    char *id;
    char *name;
    char *path;
    virStoragePoolPtr pool; /* NULL: to be made */
} StoreJob;

static void store_free(void *context)
{
    StoreJob *job = context;
    if (job->pool)
        virStoragePoolFree(job->pool);
    free(job->id);
    free(job->name);
    free(job->path);
    free(job);
}

static int check_name(const char *name, Error *err)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/')
            return error_set(err, ERR_INVALID_PARAMS, name, "a datastore's name must not contain slashes or control characters");
    return *name && *name != ' ' ? 0 : error_set(err, ERR_INVALID_PARAMS, name, "a datastore needs a name that does not begin with a space");
}

/* A datastore of that name or at that place. */
static int check_unique(Agent *agent, const char *name, const char *path, Error *err)
{
    Inventory all;
    int code = 0;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.datastores.count && code == 0; i++) {
        const DatastoreInfo *other = &all.datastores.items[i];
        if (str_equal(other->name, name))
            code = error_set(err, ERR_DATASTORE_EXISTS, name, "it is at %s", str_or_empty(other->path));
        else if (str_equal(other->path, path))
            code = error_set(err, ERR_DATASTORE_EXISTS, name, "%s is the datastore '%s'", path, other->name);
    }
    Inventory_clear(&all);
    return code;
}

static int define(StoreJob *job, virConnectPtr conn, Error *err)
{
    AUTO_FREE char *xml = pool_xml(job->name, job->path);
    job->pool = virStoragePoolDefineXML(conn, xml, 0);
    if (!job->pool)
        return virt_error(err, job->name);
    char id[VIR_UUID_STRING_BUFLEN];
    if (virStoragePoolGetUUIDString(job->pool, id) == 0 && virStoragePoolCreate(job->pool, 0) == 0
        && virStoragePoolSetAutostart(job->pool, 1) == 0) {
        drivers_refresh_datastore(job->agent->drivers, job->owner, id);
        return 0;
    }
    int code = virt_error(err, job->name);
    virStoragePoolDestroy(job->pool);
    virStoragePoolUndefine(job->pool);
    return code;
}

static int create_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    AUTO_CONN conn = NULL;
    size_t made = 0;
    int code = drivers_connection(job->agent->drivers, job->owner, &conn, err);
    if (code == 0)
        code = store_path_make(job->path, &made, err);
    if (code == 0)
        code = define(job, conn, err);
    if (code < 0)
        store_path_unmake(job->path, made);
    return code;
}

int handle_datastore_create(Request *request, const DatastoreCreateParams *params, TaskRef *ret, Error *err)
{
    char *path = NULL;
    request_object(request, NULL, params->name);
    int code = check_name(params->name, err);
    if (code == 0)
        code = store_path_check(params->path, &path, err);
    if (code == 0)
        code = check_unique(request->agent, params->name, path, err);
    if (code < 0) {
        free(path);
        return code;
    }
    StoreJob *job = x_calloc(1, sizeof *job);
    *job = (StoreJob){ .agent = request->agent, .owner = 0, .name = x_strdup(params->name), .path = path };
    return request_task(request, OBJECT_DATASTORE, false, create_run, store_free, job, ret, err);
}

static int refresh_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    int result = virStoragePoolIsActive(job->pool) == 0 ? virStoragePoolCreate(job->pool, 0) : virStoragePoolRefresh(job->pool, 0);
    int code = result < 0 ? virt_error(err, job->name) : 0;
    drivers_refresh_datastore(job->agent->drivers, job->owner, job->id);
    return code;
}

static int forget_run(Task *task, void *context, Error *err)
{
    (void)task;
    StoreJob *job = context;
    int code = 0;
    bool stopped = virStoragePoolIsActive(job->pool) == 0 || virStoragePoolDestroy(job->pool) == 0;
    bool stored = virStoragePoolIsPersistent(job->pool) != 0;
    if (!stopped || (stored && virStoragePoolUndefine(job->pool) < 0))
        code = virt_error(err, job->name);
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
