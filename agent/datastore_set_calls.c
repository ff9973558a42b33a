/* SPDX-License-Identifier: GPL-3.0-or-later */
/* datastore.set: the marks of a datastore. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/store_flags.h"

#include <stdlib.h>

typedef struct SetJob {
    Agent *agent;
    int owner;
    virStoragePoolPtr pool;
    DatastoreSetParams params;
} SetJob;

static void set_free(void *context)
{
    SetJob *job = context;
    if (job->pool)
        virStoragePoolFree(job->pool);
    DatastoreSetParams_clear(&job->params);
    free(job);
}

static int set_run(Task *task, void *context, Error *err)
{
    SetJob *job = context;
    (void)task;
    int code = virStoragePoolSetAutostart(job->pool, job->params.autostart) < 0 ? virt_error(err, virStoragePoolGetName(job->pool)) : 0;
    if (code == 0)
        code = store_flags_set(job->agent->store_flags, &job->params, err);
    drivers_reload(job->agent->drivers, job->owner); /* another one may not be the default any more */
    drivers_refresh_datastore(job->agent->drivers, job->owner, job->params.datastore);
    return code;
}

int handle_datastore_set(Request *request, const DatastoreSetParams *params, TaskRef *ret, Error *err)
{
    if (params->low_space < 0 || params->low_space > 100)
        return error_set(err, ERR_INVALID_PARAMS, params->datastore, "a percentage is from 0 to 100");
    SetJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    DatastoreSetParams_copy(params, &job->params);
    int code = drivers_datastore(request->agent->drivers, params->datastore, &job->pool, &job->owner, err);
    if (code < 0) {
        set_free(job);
        return code;
    }
    request_object(request, params->datastore, virStoragePoolGetName(job->pool));
    return request_task(request, OBJECT_DATASTORE, false, set_run, set_free, job, ret, err);
}
