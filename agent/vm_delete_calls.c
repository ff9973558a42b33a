/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.delete: the definition with all that belongs to it, then the volumes of the chosen disks. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/snapshot_files.h"
#include "agent/snapshot_store.h"
#include "agent/vm_lock.h"
#include "agent/vm_seed.h"
#include "agent/volume_locks.h"
#include "agent/volume_use.h"
#include "agent/volumes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct DeleteJob {
    Agent *agent;
    virDomainPtr domain;
    int owner;
    char *id;
    char *name;
    DiskInfoList disks; /* those that go, too */
    SeedMark seed;      /* its ISO goes with it; empty: there is none */
    StrList left;       /* files that only its snapshots have needed */
    bool locked;
} DeleteJob;

#define WHAT "it is being deleted"

static void delete_free(void *context)
{
    DeleteJob *job = context;
    for (size_t i = 0; i < job->disks.count; i++)
        volume_unlock(job->agent->volume_locks, job->disks.items[i].path);
    if (job->locked)
        vm_unlock(job->id);
    virt_domain_cleanup(&job->domain);
    free(job->id);
    free(job->name);
    DiskInfoList_clear(&job->disks);
    StrList_clear(&job->left);
    seed_mark_clear(&job->seed);
    free(job);
}

static int undefine(const DeleteJob *job, Error *err)
{
    const unsigned everything = VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
    if (virDomainUndefineFlags(job->domain, everything) == 0)
        return 0;
    bool flags_refused = virt_error_is(VIR_ERR_INVALID_ARG) || virt_error_is(VIR_ERR_NO_SUPPORT);
    if (flags_refused && virDomainUndefine(job->domain) == 0)
        return 0;
    return virt_error(err, job->name);
}

static int delete_volume(DeleteJob *job, const DiskInfo *disk, Error *err)
{
    AUTO_POOL pool = NULL;
    AUTO_VOLUME volume = NULL;
    int owner = 0;
    int code = drivers_datastore(job->agent->drivers, disk->datastore, &pool, &owner, err);
    if (code == 0)
        code = volume_find(pool, disk->volume, &volume, err);
    if (code == 0 && virStorageVolDelete(volume, 0) < 0)
        code = virt_error(err, disk->volume);
    datastore_changed(job->agent, owner, disk->datastore);
    return code;
}

/* A disk that cannot be deleted does not keep the others. */
static int delete_run(Task *task, void *context, Error *err)
{
    DeleteJob *job = context;
    int64_t steps = (int64_t)job->disks.count + 1;
    int code = undefine(job, err);
    for (size_t i = 0; i < job->left.count && code == 0; i++)
        unlink(job->left.items[i]);
    if (code == 0)
        snapshot_records_drop(job->agent, job->id);
    if (code == 0 && job->seed.path)
        vm_seed_delete(job->agent, virDomainGetConnect(job->domain), job->id, job->seed.path);
    drivers_refresh_vm(job->agent->drivers, job->owner, job->id);
    for (size_t i = 0; i < job->disks.count && (i || code == 0); i++) {
        Error why = { 0 };
        task_progress(task, (int64_t)i + 1, steps);
        if (delete_volume(job, &job->disks.items[i], &why) < 0 && code == 0)
            code = error_move(err, &why);
        error_clear(&why);
    }
    return code;
}

static int check_users(Agent *agent, const VmInfo *vm, const DiskInfo *disk, Error *err)
{
    StrList users = { 0 };
    volume_users_of(agent, disk->path, vm->id, &users);
    int code = users.count ? error_set(err, ERR_VOLUME_IN_USE, disk->volume, "%s", users.items[0]) : 0;
    StrList_clear(&users);
    return code;
}

static int choose_disk(Agent *agent, const VmInfo *vm, const char *target, DiskInfoList *ret, Error *err)
{
    for (size_t i = 0; i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (!str_equal(disk->target, target))
            continue;
        if (disk->device != DISK_DEVICE_DISK || !disk->path || !disk->datastore || !disk->volume)
            return error_set(err, ERR_NOT_SUPPORTED, vm->name, "the disk %s is not in a datastore, so it cannot be deleted with the VM", target);
        int code = check_users(agent, vm, disk, err);
        if (code == 0)
            code = volume_lock(agent->volume_locks, disk->path, disk->volume, WHAT, err);
        if (code < 0)
            return code;
        DiskInfo copy;
        DiskInfo_copy(disk, &copy);
        DiskInfoList_add(ret, &copy);
        return 0;
    }
    return error_set(err, ERR_INVALID_PARAMS, vm->name, "the VM has no disk %s", target);
}

/* Its snapshots go with it; what other VMs' disks stand on stays. */
static int describe_snapshots(Request *request, DeleteJob *job, Error *err)
{
    SnapshotVm vm;
    int code = snapshot_vm_open(request->agent, job->id, &vm, err);
    if (code < 0)
        return code;
    if (vm.info.template || vm.count || job->disks.count)
        code = snapshot_files_check(&vm, &job->disks, err);
    snapshot_files_left(&vm, &job->disks, &job->left);
    snapshot_vm_close(&vm);
    return code;
}

static int describe(Request *request, const VmDeleteParams *params, DeleteJob *job, Error *err)
{
    VmInfo vm;
    int code = drivers_vm(request->agent->drivers, params->vm, &job->domain, &job->owner, err);
    if (code < 0)
        return code;
    drivers_refresh_vm(request->agent->drivers, job->owner, params->vm);
    if (!inventory_get_vm(request->agent->inventory, params->vm, &vm, NULL))
        return error_set(err, ERR_VM_NOT_FOUND, params->vm, NULL);
    job->name = x_strdup(vm.name);
    request_object(request, params->vm, vm.name);
    code = vm_lock(params->vm, vm.name, WHAT, err);
    job->locked = code == 0;
    vm_seed_of(job->domain, &job->seed);
    if (code == 0 && vm.state != VM_STATE_OFF && vm.state != VM_STATE_SAVED && vm.state != VM_STATE_CRASHED)
        code = error_set(err, ERR_VM_WRONG_STATE, vm.name, "%s", VmState_name(vm.state));
    else if (code == 0 && vm.protected)
        code = error_set(err, ERR_VM_PROTECTED, vm.name, NULL);
    for (size_t i = 0; i < params->disks.count && code == 0; i++)
        code = choose_disk(request->agent, &vm, params->disks.items[i], &job->disks, err);
    VmInfo_clear(&vm);
    return code < 0 ? code : describe_snapshots(request, job, err);
}

int handle_vm_delete(Request *request, const VmDeleteParams *params, TaskRef *ret, Error *err)
{
    DeleteJob *job = x_calloc(1, sizeof *job);
    *job = (DeleteJob){ .agent = request->agent, .id = x_strdup(params->vm) };
    int code = describe(request, params, job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, delete_run, delete_free, job, ret, err);
    delete_free(job);
    return code;
}
