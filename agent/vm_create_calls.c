/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.create. The call checks everything that can be checked, so that the wizard hears of a mistake at once; the task makes the disks,
 * the definition, and starts it. What was made is removed again when a step fails or the task is cancelled.
 */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_make.h"
#include "agent/vm_volumes.h"

#include <stdlib.h>

typedef struct CreateJob {
    VmMake make;
    VmVolumes volumes; /* one per planned disk */
} CreateJob;

static void create_free(void *context)
{
    CreateJob *job = context;
    vm_volumes_clear(&job->volumes);
    vm_make_clear(&job->make);
    free(job);
}

/* ---------------------------------------------------------------- checks */

static int plan_disk(CreateJob *job, const NewDisk *disk, Error *err)
{
    DomainPlan *plan = &job->make.plan;
    const char *name = job->make.params.name;
    const VmNewVolume wish = { disk->datastore, disk->volume, disk->capacity, disk->format, disk->thick };
    if (disk->bus < DISK_BUS_VIRTIO || disk->bus > DISK_BUS_USB)
        return error_set(err, ERR_NOT_SUPPORTED, name, "a disk cannot be on the bus %s", DiskBus_name(disk->bus));
    int code = vm_volumes_plan(&job->volumes, name, &wish, err);
    if (code == 0)
        plan->disks[plan->disk_count++] = (DomainDisk){ .format = vm_volumes_format(&job->volumes), .bus = disk->bus };
    return code;
}

static int plan_disks(CreateJob *job, Error *err)
{
    int code = 0;
    job->make.plan.disks = x_calloc(job->make.params.disks.count, sizeof *job->make.plan.disks);
    for (size_t i = 0; i < job->make.params.disks.count && code == 0; i++)
        code = plan_disk(job, &job->make.params.disks.items[i], err);
    return code;
}

static int plan(CreateJob *job, Error *err)
{
    int code = vm_make_check(&job->make, err); /* the cheap checks before those that look at disks */
    if (code == 0)
        code = plan_disks(job, err);
    if (code == 0)
        code = vm_make_nics(&job->make, err);
    if (code == 0)
        code = vm_make_media(&job->make, err);
    const NewDiskList *disks = &job->make.params.disks;
    return code < 0 ? code : vm_make_seed(&job->make, disks->count ? disks->items[0].datastore : NULL, true, err);
}

/* ---------------------------------------------------------------- the task */

static int make_disk(CreateJob *job, size_t index, JournalEntry *entry, Error *err)
{
    DomainDisk *disk = &job->make.plan.disks[index];
    int code = vm_volumes_make(&job->volumes, index, entry, err);
    if (code < 0)
        return code;
    disk->block = job->volumes.items[index].block;
    disk->path = x_strdup(job->volumes.items[index].path);
    return 0;
}

static int make_all(CreateJob *job, Task *task, JournalEntry *entry, virDomainPtr *ret, Error *err)
{
    int64_t steps = (int64_t)job->volumes.count + 1;
    int code = 0;
    for (size_t i = 0; i < job->volumes.count && code == 0; i++) {
        task_progress(task, (int64_t)i, steps);
        code = task_check(task, err);
        if (code == 0)
            code = make_disk(job, i, entry, err);
    }
    if (code == 0)
        code = task_check(task, err);
    if (code == 0)
        code = journal_vm(entry, job->make.plan.id, err);
    if (code == 0)
        code = vm_make_define(&job->make, task, entry, ret, err);
    if (code == 0 && job->make.params.start && virDomainCreate(*ret) < 0)
        code = virt_error(err, job->make.params.name);
    return code;
}

static int create_run(Task *task, void *context, Error *err)
{
    CreateJob *job = context;
    AUTO_DOMAIN domain = NULL;
    JournalEntry *entry = NULL;
    int code = journal_begin(job->make.agent->journal, JOURNAL_MAKE, job->make.owner, NULL, &entry, err);
    if (code == 0)
        code = make_all(job, task, entry, &domain, err);
    if (code < 0 && domain)
        vm_make_remove(domain);
    if (code < 0) {
        vm_seed_undo(job->make.seed);
        vm_volumes_undo(&job->volumes);
    }
    journal_end(entry);
    vm_volumes_tell(&job->volumes);
    vm_seed_tell(job->make.seed);
    drivers_refresh_vm(job->make.agent->drivers, job->make.owner, job->make.plan.id);
    task_progress(task, (int64_t)job->volumes.count + 1, (int64_t)job->volumes.count + 1);
    return code;
}

int handle_vm_create(Request *request, const VmCreateParams *params, TaskRef *ret, Error *err)
{
    CreateJob *job = x_calloc(1, sizeof *job);
    vm_make_init(&job->make, request->agent, params);
    job->volumes.agent = request->agent;
    request_object(request, job->make.plan.id, params->name);
    int code = plan(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, true, create_run, create_free, job, ret, err);
    create_free(job);
    return code;
}
