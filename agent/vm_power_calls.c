/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power operations: one table of what each needs and does; all run as tasks. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_lock.h"
#include "agent/volume_locks.h"

#include <stdlib.h>

typedef struct PowerJob {
    Agent *agent;
    virDomainPtr domain;
    int owner;
    char *id;
    char *name;
    bool paused;
    unsigned way; /* VIR_DOMAIN_SHUTDOWN_...; 0: libvirt's choice */
    int (*act)(struct PowerJob *job, Task *task, Error *err);
} PowerJob;

typedef int (*PowerAct)(PowerJob *job, Task *task, Error *err);

/* States an action is possible in, as bits. */
enum {
    ON = 1 << VM_STATE_RUNNING,
    HELD = 1 << VM_STATE_PAUSED,
    ENDING = 1 << VM_STATE_SHUTTING_DOWN,
    DOWN = 1 << VM_STATE_OFF | 1 << VM_STATE_SAVED,
    BROKEN = 1 << VM_STATE_CRASHED,
};

static int outcome(const PowerJob *job, int result, Error *err) { return result < 0 ? virt_error(err, job->name) : 0; }

static int act_start(PowerJob *job, Task *task, Error *err)
{
    (void)task;
    return outcome(job, virDomainCreateWithFlags(job->domain, job->paused ? VIR_DOMAIN_START_PAUSED : 0), err);
}

static int act_force_off(PowerJob *job, Task *task, Error *err)
{
    (void)task;
    return outcome(job, virDomainDestroy(job->domain), err);
}

static int act_reset(PowerJob *job, Task *task, Error *err)
{
    (void)task;
    return outcome(job, virDomainReset(job->domain, 0), err);
}

static int act_reboot(PowerJob *job, Task *task, Error *err)
{
    (void)task;
    return outcome(job, virDomainReboot(job->domain, 0), err);
}

static int act_pause(PowerJob *job, Task *task, Error *err)
{
    (void)task;
    return outcome(job, virDomainSuspend(job->domain), err);
}

static int act_resume(PowerJob *job, Task *task, Error *err)
{
    (void)task;
    return outcome(job, virDomainResume(job->domain), err);
}

/* Asks, then waits until the guest is off. A guest may need to be asked again once it has booted far enough. */
static int act_shutdown(PowerJob *job, Task *task, Error *err)
{
    enum { STEP_MS = 250, ASK_AGAIN_MS = 10000 };
    int64_t end = clock_ms() + job->agent->config.shutdown_timeout * 1000;
    int64_t ask = 0;
    while (virDomainIsActive(job->domain) != 0) {
        int64_t now = clock_ms();
        if (now >= end)
            return error_set(err, ERR_BUSY, job->name, "the guest has not reacted within %ld s; force it off if it is stuck",
                             (long)job->agent->config.shutdown_timeout);
        if (now >= ask && virDomainShutdownFlags(job->domain, job->way) < 0 && virDomainIsActive(job->domain) != 0)
            return virt_error(err, job->name);
        if (now >= ask)
            ask = now + ASK_AGAIN_MS;
        if (task_wait(task, STEP_MS))
            return error_set(err, ERR_CANCELLED, job->name, NULL);
    }
    return 0;
}

static int act_guest_shutdown(PowerJob *job, Task *task, Error *err)
{
    job->way = VIR_DOMAIN_SHUTDOWN_GUEST_AGENT;
    virDomainAgentSetResponseTimeout(job->domain, GUEST_AGENT_SECONDS, 0);
    return act_shutdown(job, task, err);
}

static void power_free(void *context)
{
    PowerJob *job = context;
    if (job->domain)
        virDomainFree(job->domain);
    free(job->id);
    free(job->name);
    free(job);
}

static int power_run(Task *task, void *context, Error *err)
{
    PowerJob *job = context;
    int code = job->act(job, task, err);
    drivers_refresh_vm(job->agent->drivers, job->owner, job->id);
    return code;
}

static int check_state(const VmInfo *vm, int allowed, Error *err)
{
    if (1 << vm->state & allowed)
        return 0;
    return error_set(err, ERR_VM_WRONG_STATE, vm->name, "%s", VmState_name(vm->state));
}

static int check_startable(const VmInfo *vm, Error *err)
{
    if (vm->template)
        return error_set(err, ERR_IS_TEMPLATE, vm->name, NULL);
    return vm_lock_check(vm->id, vm->name, err);
}

static int power(Request *request, const char *id, int allowed, PowerAct act, bool paused, TaskRef *ret, Error *err)
{
    PowerJob *job = x_calloc(1, sizeof *job);
    *job = (PowerJob){ .agent = request->agent, .id = x_strdup(id), .paused = paused, .act = act };
    int code = drivers_vm(request->agent->drivers, id, &job->domain, &job->owner, err);
    if (code == 0) {
        drivers_refresh_vm(request->agent->drivers, job->owner, id); /* an event may still be on its way */
        VmInfo vm = { 0 };
        if (inventory_get_vm(request->agent->inventory, id, &vm, NULL)) {
            job->name = x_strdup(vm.name);
            request_object(request, id, vm.name);
            code = check_state(&vm, allowed, err);
            if (code == 0 && act == act_start)
                code = check_startable(&vm, err);
            VmInfo_clear(&vm);
        } else {
            code = error_set(err, ERR_VM_NOT_FOUND, id, NULL);
        }
    }
    if (code == 0)
        return request_task(request, OBJECT_VM, act == act_shutdown || act == act_guest_shutdown, power_run, power_free, job, ret, err);
    power_free(job);
    return code;
}

/* A job works on one of its disks. */
static int check_disks(Agent *agent, const char *id, Error *err)
{
    VmInfo vm;
    if (!inventory_get_vm(agent->inventory, id, &vm, NULL))
        return 0; /* power says so */
    int code = volume_lock_check_vm(agent->volume_locks, &vm, err);
    VmInfo_clear(&vm);
    return code;
}

int handle_vm_start(Request *request, const VmStartParams *params, TaskRef *ret, Error *err)
{
    if (check_disks(request->agent, params->vm, err) < 0)
        return err->code;
    return power(request, params->vm, DOWN | BROKEN, act_start, params->paused, ret, err);
}

int handle_vm_shutdown(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, ON | ENDING, act_shutdown, false, ret, err);
}

int handle_vm_guest_shutdown(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, ON | ENDING, act_guest_shutdown, false, ret, err);
}

int handle_vm_reboot(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, ON, act_reboot, false, ret, err);
}

int handle_vm_force_off(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, ON | HELD | ENDING | BROKEN, act_force_off, false, ret, err);
}

int handle_vm_reset(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, ON | HELD, act_reset, false, ret, err);
}

int handle_vm_pause(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, ON, act_pause, false, ret, err);
}

int handle_vm_resume(Request *request, const VmRef *params, TaskRef *ret, Error *err)
{
    return power(request, params->vm, HELD, act_resume, false, ret, err);
}
