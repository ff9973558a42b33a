/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.copy: a second volume with the same contents, in another format or datastore if wanted. */
#include "agent/request.h"
#include "agent/volume_copy.h"
#include "agent/volume_image.h"
#include "agent/volume_locks.h"

#include <stdlib.h>

typedef struct CopyJob {
    VolumeHandle from, to;
    VolumeFormat from_format, to_format;
    bool locked;
} CopyJob;

static void copy_free(void *context)
{
    CopyJob *job = context;
    if (job->locked)
        volume_unlock(job->from.agent->volume_locks, job->from.info.path);
    volume_handle_clear(&job->from);
    volume_handle_clear(&job->to);
    free(job);
}

static int copy_run(Task *task, void *context, Error *err)
{
    CopyJob *job = context;
    VolumeCopy copy = { &job->from, &job->to, job->from_format, job->to_format };
    AUTO(error_clear) Error ignored = { 0 };
    JournalEntry *entry = NULL;
    int code = journal_begin(job->to.agent->journal, JOURNAL_MAKE, job->to.owner, NULL, &entry, err);
    if (code == 0)
        code = volume_copy_run(&copy, task, entry, err);
    if (entry && code < 0 && !job->to.direct && journal_undo(entry, virStoragePoolGetConnect(job->to.pool), &ignored) < 0)
        journal_leave(entry);
    else
        journal_end(entry);
    volume_handle_changed(&job->to);
    return code;
}

static int check(CopyJob *job, const VolumeCopyParams *params, Error *err)
{
    VolumeUse use;
    volume_use_read(job->from.agent, job->from.info.path, &use);
    int code = volume_use_no_writers(&use, job->from.info.name, err);
    if (code == 0)
        code = volume_image_check(&job->from, &use, &job->from_format, err);
    volume_use_clear(&use);
    job->to_format = params->format == VOLUME_FORMAT_UNKNOWN ? volume_copy_format(&job->to, job->from_format) : params->format;
    if (code == 0)
        code = volume_copy_check(&(VolumeCopy){ &job->from, &job->to, job->from_format, job->to_format }, err);
    if (code == 0)
        code = volume_lock_read(job->from.agent->volume_locks, job->from.info.path, job->from.info.name, "it is being copied", err);
    job->locked = code == 0;
    return code;
}

int handle_volume_copy(Request *request, const VolumeCopyParams *params, TaskRef *ret, Error *err)
{
    CopyJob *job = x_calloc(1, sizeof *job);
    const char *to = params->to_datastore ? params->to_datastore : params->datastore;
    request_object(request, params->datastore, params->volume);
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &job->from, err);
    if (code == 0)
        code = volume_handle_new(request->agent, to, params->name, &job->to, err);
    if (code == 0)
        code = check(job, params, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, true, copy_run, copy_free, job, ret, err);
    copy_free(job);
    return code;
}
