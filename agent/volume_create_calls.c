/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.create: an empty disk image, by libvirt, which knows how to in every kind of datastore. */
#include "agent/journal.h"
#include "agent/request.h"
#include "agent/volume_allocation.h"
#include "agent/volume_handle.h"
#include "agent/volume_new.h"
#include "agent/xml_write.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>

#define CAPACITY_MAX (INT64_C(1) << 50)

typedef struct CreateJob {
    VolumeHandle place;
    VolumeFormat format;
    int64_t capacity;
    bool thick;
} CreateJob;

static void create_free(void *context)
{
    CreateJob *job = context;
    volume_handle_clear(&job->place);
    free(job);
}

static int make(CreateJob *job, Error *err)
{
    AUTO_FREE char *xml = volume_xml(&(NewVolume){ .name = job->place.info.name, .format = VolumeFormat_name(job->format),
                                                   .capacity = job->capacity, .allocation = volume_allocation(job->place.pool, job->capacity, job->thick) });
    unsigned flags = job->thick && job->format == VOLUME_FORMAT_QCOW2 ? VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA : 0;
    job->place.volume = virStorageVolCreateXML(job->place.pool, xml, flags);
    return job->place.volume ? 0 : virt_error(err, job->place.info.name);
}

static int create_run(Task *task, void *context, Error *err)
{
    (void)task;
    CreateJob *job = context;
    VolumeHandle *place = &job->place;
    JournalEntry *entry = NULL;
    int code = journal_begin(place->agent->journal, JOURNAL_MAKE, place->owner, NULL, &entry, err);
    if (code == 0)
        code = volume_new_note(place->pool, place->datastore.id, place->info.name, entry, err);
    if (code == 0)
        code = make(job, err);
    journal_end(entry);
    volume_handle_changed(place);
    return code;
}

static int check(const VolumeCreateParams *params, const VolumeHandle *place, Error *err)
{
    if (params->format != VOLUME_FORMAT_QCOW2 && params->format != VOLUME_FORMAT_RAW)
        return error_set(err, ERR_NOT_SUPPORTED, params->name, "only qcow2 and raw disk images are made empty");
    if (params->capacity < 512 || params->capacity > CAPACITY_MAX)
        return error_set(err, ERR_VOLUME_SIZE, params->name, "it must be from 512 bytes to 2^50 bytes");
    return params->thick ? volume_handle_room(place, params->capacity, err) : 0;
}

int handle_volume_create(Request *request, const VolumeCreateParams *params, TaskRef *ret, Error *err)
{
    CreateJob *job = x_calloc(1, sizeof *job);
    *job = (CreateJob){ .format = params->format, .capacity = params->capacity, .thick = params->thick };
    request_object(request, params->datastore, params->name);
    int code = volume_handle_new(request->agent, params->datastore, params->name, &job->place, err);
    if (code == 0 && datastore_type_is_raw(job->place.datastore.type))
        job->format = VOLUME_FORMAT_RAW;
    if (code == 0)
        code = check(params, &job->place, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, false, create_run, create_free, job, ret, err);
    create_free(job);
    return code;
}
