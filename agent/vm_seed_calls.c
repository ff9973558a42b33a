/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.set_seed and vm.remove_seed: what a VM sets itself up with at its next start; and taking it out by itself when a guest has shut down. */
#include "agent/domain_xml.h"
#include "agent/drivers.h"
#include "agent/log.h"
#include "agent/request.h"
#include "agent/vm_lock.h"
#include "agent/vm_seed.h"

#include <stdlib.h>
#include <string.h>

typedef struct SeedJob {
    Agent *agent;
    virDomainPtr domain;
    int owner;
    char *id;
    char *name;
    VmSeed seed;
    SeedPlan *plan; /* NULL: take it out */
} SeedJob;

static void seed_job_free(void *context)
{
    SeedJob *job = context;
    virt_domain_cleanup(&job->domain);
    vm_seed_free(job->plan);
    VmSeed_clear(&job->seed);
    free(job->id);
    free(job->name);
    free(job);
}

static int make(SeedJob *job, Error *err)
{
    JournalEntry *entry = NULL;
    int code = journal_begin(job->agent->journal, JOURNAL_MAKE, job->owner, NULL, &entry, err);
    if (code == 0 && virDomainIsActive(job->domain) > 0)
        code = error_set(err, ERR_VM_WRONG_STATE, job->name, "%s", VmState_name(VM_STATE_RUNNING));
    if (code == 0)
        code = vm_seed_make(job->plan, job->domain, entry, err);
    if (code < 0)
        vm_seed_undo(job->plan);
    journal_end(entry);
    vm_seed_tell(job->plan);
    return code;
}

static int seed_run(Task *task, void *context, Error *err)
{
    (void)task;
    SeedJob *job = context;
    int code = vm_lock(job->id, job->name, "its first start is being prepared", err);
    if (code < 0)
        return code;
    code = job->plan ? make(job, err) : vm_seed_remove(job->agent, job->domain, job->name, err);
    vm_unlock(job->id);
    drivers_refresh_vm(job->agent->drivers, job->owner, job->id);
    return code;
}

static const char *first_datastore(const VmInfo *vm)
{
    for (size_t i = 0; i < vm->disks.count; i++)
        if (vm->disks.items[i].device == DISK_DEVICE_DISK && vm->disks.items[i].datastore)
            return vm->disks.items[i].datastore;
    return NULL;
}

static int open_vm(Request *request, SeedJob *job, VmInfo *vm, Error *err)
{
    int code = drivers_vm(request->agent->drivers, job->id, &job->domain, &job->owner, err);
    if (code < 0)
        return code;
    drivers_refresh_vm(request->agent->drivers, job->owner, job->id);
    if (!inventory_get_vm(request->agent->inventory, job->id, vm, NULL))
        return error_set(err, ERR_VM_NOT_FOUND, job->id, NULL);
    job->name = x_strdup(vm->name);
    request_object(request, job->id, vm->name);
    return vm_lock_check(job->id, job->name, err);
}

static int plan_seed(SeedJob *job, const VmInfo *vm, const VmSeedParams *params, Error *err)
{
    if (vm->template)
        return error_set(err, ERR_IS_TEMPLATE, vm->name, NULL);
    if (vm->state != VM_STATE_OFF)
        return error_set(err, ERR_VM_WRONG_STATE, vm->name, "%s", VmState_name(vm->state));
    VmSeed_copy(params->seed, &job->seed);
    const SeedTarget target = { vm->name, vm->guest, first_datastore(vm), vm->firmware == FIRMWARE_UEFI, true };
    return vm_seed_plan(job->agent, &target, &job->seed, &job->plan, err);
}

static SeedJob *new_job(Agent *agent, const char *id)
{
    SeedJob *job = x_calloc(1, sizeof *job);
    *job = (SeedJob){ .agent = agent, .id = x_strdup(id) };
    return job;
}

int handle_vm_set_seed(Request *request, const VmSeedParams *params, TaskRef *ret, Error *err)
{
    VmInfo vm = { 0 };
    SeedJob *job = new_job(request->agent, params->vm);
    int code = open_vm(request, job, &vm, err);
    if (code == 0)
        code = plan_seed(job, &vm, params, err);
    VmInfo_clear(&vm);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, seed_run, seed_job_free, job, ret, err);
    seed_job_free(job);
    return code;
}

int handle_vm_remove_seed(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    VmInfo vm = { 0 };
    SeedMark mark = { 0 };
    SeedJob *job = new_job(request->agent, params->vm);
    int code = open_vm(request, job, &vm, err);
    if (code == 0 && !vm_seed_of(job->domain, &mark))
        code = error_set(err, ERR_VM_SETTING, vm.name, "nothing was made for its first start, so there is nothing to take out");
    seed_mark_clear(&mark);
    VmInfo_clear(&vm);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, seed_run, seed_job_free, job, ret, err);
    seed_job_free(job);
    return code;
}

/* ---------------------------------------------------------------- by itself */

void vm_seed_shut_down(Agent *agent, virConnectPtr conn, const char *id)
{
    TaskRef task;
    SeedMark mark = { 0 };
    AUTO(error_clear) Error err = { 0 };
    AUTO_DOMAIN domain = virDomainLookupByUUIDString(conn, id);
    bool due = domain && vm_seed_of(domain, &mark) && mark.remove;
    seed_mark_clear(&mark);
    if (!due)
        return;
    SeedJob *job = new_job(agent, id);
    job->name = x_strdup(virDomainGetName(domain));
    int code = drivers_vm(agent->drivers, id, &job->domain, &job->owner, &err);
    const TaskSpec spec = { .method = METHOD_vm_remove_seed, .kind = OBJECT_VM, .object_id = id, .object_name = job->name, .user = "", .run = seed_run,
                            .release = seed_job_free, .context = job };
    if (code == 0)
        code = task_start(agent->tasks, &spec, &task, &err);
    else
        seed_job_free(job);
    if (code == 0)
        TaskRef_clear(&task);
    else
        log_line("%s: its first start's data stays: %s", id, err.message);
}
