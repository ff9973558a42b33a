/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.create. The call checks everything that can be checked, so that the wizard hears of a mistake at once; the task makes the disks,
 * the definition, and starts it. What was made is removed again when a step fails or the task is cancelled.
 */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/upload_file.h"
#include "agent/vm_make.h"
#include "agent/volumes.h"
#include "agent/xml_write.h"

#include <stdlib.h>
#include <string.h>

typedef struct PlannedVolume {
    virStoragePoolPtr pool;
    virStorageVolPtr made; /* NULL: not yet */
    char *datastore;
    char *name;
    int owner;
} PlannedVolume;

typedef struct CreateJob {
    VmMake make;
    PlannedVolume *volumes;
    size_t volume_count;
} CreateJob;

static void create_free(void *context)
{
    CreateJob *job = context;
    for (size_t i = 0; i < job->volume_count; i++) {
        PlannedVolume *volume = &job->volumes[i];
        virt_pool_cleanup(&volume->pool);
        virt_volume_cleanup(&volume->made);
        free(volume->datastore);
        free(volume->name);
    }
    free(job->volumes);
    vm_make_clear(&job->make);
    free(job);
}

/* ---------------------------------------------------------------- checks */

static int check_disk(const CreateJob *job, const NewDisk *disk, Error *err)
{
    const char *name = job->make.params.name;
    if (disk->capacity < 1 << 20 || disk->capacity > INT64_C(1) << 50)
        return error_set(err, ERR_VM_RESOURCES, name, "a disk must have from 1 MiB to 1 PiB");
    if (disk->format != VOLUME_FORMAT_RAW && disk->format != VOLUME_FORMAT_QCOW2)
        return error_set(err, ERR_NOT_SUPPORTED, name, "new disks are qcow2 or raw");
    if (disk->bus < DISK_BUS_VIRTIO || disk->bus > DISK_BUS_USB)
        return error_set(err, ERR_NOT_SUPPORTED, name, "a disk cannot be on the bus %s", DiskBus_name(disk->bus));
    return disk->volume ? volume_name_check(disk->volume, err) : 0;
}

static bool planned(const CreateJob *job, const char *datastore, const char *name)
{
    for (size_t i = 0; i < job->volume_count; i++)
        if (str_equal(job->volumes[i].datastore, datastore) && str_equal(job->volumes[i].name, name))
            return true;
    return false;
}

static bool name_free(const CreateJob *job, virStoragePoolPtr pool, const char *datastore, const char *name)
{
    AUTO_VOLUME volume = virStorageVolLookupByName(pool, name);
    return !volume && !planned(job, datastore, name);
}

/* "web01.qcow2", "web01-2.qcow2" ... */
static char *free_name(const CreateJob *job, virStoragePoolPtr pool, const NewDisk *disk)
{
    const char *vm = job->make.params.name + strspn(job->make.params.name, "."); /* hidden files are no volumes */
    char *name = x_printf("%s.%s", *vm ? vm : "vm", VolumeFormat_name(disk->format));
    for (int number = 2; number < 1000 && !name_free(job, pool, disk->datastore, name); number++) {
        free(name);
        name = x_printf("%s-%d.%s", *vm ? vm : "vm", number, VolumeFormat_name(disk->format));
    }
    return name;
}

/* A thin disk may be larger than what is free; a thick one must fit now. */
static int check_space(const DatastoreInfo *datastore, const NewDisk *disk, Error *err)
{
    if (!disk->thick || disk->capacity <= datastore->available)
        return 0;
    AUTO_FREE char *need = size_text(disk->capacity);
    AUTO_FREE char *have = size_text(datastore->available);
    return error_set(err, ERR_NO_SPACE, datastore->name, "%s are needed, %s are free", need, have);
}

static int plan_disk(CreateJob *job, const NewDisk *disk, Error *err)
{
    DatastoreInfo datastore;
    PlannedVolume *volume = &job->volumes[job->volume_count];
    int code = check_disk(job, disk, err);
    if (code == 0)
        code = datastore_active(job->make.agent, disk->datastore, &datastore, err);
    if (code < 0)
        return code;
    code = check_space(&datastore, disk, err);
    DatastoreInfo_clear(&datastore);
    if (code == 0)
        code = drivers_datastore(job->make.agent->drivers, disk->datastore, &volume->pool, &volume->owner, err);
    if (code < 0)
        return code;
    virStoragePoolRefresh(volume->pool, 0); /* names of files that came from outside count, too */
    if (disk->volume && !name_free(job, volume->pool, disk->datastore, disk->volume))
        code = error_set(err, ERR_VOLUME_EXISTS, disk->volume, NULL);
    volume->name = disk->volume ? x_strdup(disk->volume) : free_name(job, volume->pool, disk);
    volume->datastore = x_strdup(disk->datastore);
    job->make.plan.disks[job->volume_count].format = disk->format;
    job->make.plan.disks[job->volume_count].bus = disk->bus;
    job->make.plan.disk_count = ++job->volume_count;
    return code;
}

static int plan_disks(CreateJob *job, Error *err)
{
    int code = 0;
    job->volumes = x_calloc(job->make.params.disks.count, sizeof *job->volumes);
    job->make.plan.disks = x_calloc(job->make.params.disks.count, sizeof *job->make.plan.disks);
    for (size_t i = 0; i < job->make.params.disks.count && code == 0; i++) {
        code = plan_disk(job, &job->make.params.disks.items[i], err);
        if (code < 0 && job->volume_count == i) /* the one that failed was not counted */
            virt_pool_cleanup(&job->volumes[i].pool);
    }
    return code;
}

static int plan(CreateJob *job, Error *err)
{
    int code = vm_make_check(&job->make, err); /* the cheap checks before those that look at disks */
    if (code == 0)
        code = plan_disks(job, err);
    if (code == 0)
        code = vm_make_nics(&job->make, err);
    return code < 0 ? code : vm_make_media(&job->make, err);
}

/* ---------------------------------------------------------------- the task */

static int make_volume(CreateJob *job, size_t index, Error *err)
{
    const NewDisk *disk = &job->make.params.disks.items[index];
    PlannedVolume *volume = &job->volumes[index];
    AUTO_FREE char *xml = volume_xml(&(NewVolume){
        .name = volume->name,
        .format = VolumeFormat_name(disk->format),
        .capacity = disk->capacity,
        .allocation = disk->thick ? disk->capacity : 0,
    });
    unsigned flags = disk->thick && disk->format == VOLUME_FORMAT_QCOW2 ? VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA : 0;
    volume->made = virStorageVolCreateXML(volume->pool, xml, flags);
    virStorageVolInfo info;
    DomainDisk *planned_disk = &job->make.plan.disks[index];
    if (!volume->made || virStorageVolGetInfo(volume->made, &info) < 0)
        return virt_error(err, volume->name);
    if (info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK)
        return error_set(err, ERR_NOT_SUPPORTED, volume->name, "disks in this kind of datastore cannot be given to a VM yet");
    planned_disk->block = info.type == VIR_STORAGE_VOL_BLOCK;
    planned_disk->path = virStorageVolGetPath(volume->made);
    return planned_disk->path ? 0 : virt_error(err, volume->name);
}

static int make_all(CreateJob *job, Task *task, virDomainPtr *ret, Error *err)
{
    int64_t steps = (int64_t)job->volume_count + 1;
    int code = 0;
    for (size_t i = 0; i < job->volume_count && code == 0; i++) {
        task_progress(task, (int64_t)i, steps);
        code = task_check(task, err);
        if (code == 0)
            code = make_volume(job, i, err);
    }
    if (code == 0)
        code = task_check(task, err);
    if (code == 0)
        code = vm_make_define(&job->make, task, ret, err);
    return code;
}

static void undo(CreateJob *job, virDomainPtr domain)
{
    if (domain)
        vm_make_remove(domain);
    for (size_t i = job->volume_count; i-- > 0;)
        if (job->volumes[i].made)
            virStorageVolDelete(job->volumes[i].made, 0);
}

static int create_run(Task *task, void *context, Error *err)
{
    CreateJob *job = context;
    AUTO_DOMAIN domain = NULL;
    int code = make_all(job, task, &domain, err);
    if (code < 0)
        undo(job, domain);
    for (size_t i = 0; i < job->volume_count; i++)
        datastore_changed(job->make.agent, job->volumes[i].owner, job->volumes[i].datastore);
    drivers_refresh_vm(job->make.agent->drivers, job->make.owner, job->make.plan.id);
    task_progress(task, (int64_t)job->volume_count + 1, (int64_t)job->volume_count + 1);
    return code;
}

int handle_vm_create(Request *request, const VmCreateParams *params, TaskRef *ret, Error *err)
{
    CreateJob *job = x_calloc(1, sizeof *job);
    vm_make_init(&job->make, request->agent, params);
    request_object(request, job->make.plan.id, params->name);
    int code = plan(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, true, create_run, create_free, job, ret, err);
    create_free(job);
    return code;
}
