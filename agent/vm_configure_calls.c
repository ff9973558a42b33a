/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.configure and vm.revert. The call checks and tries the change on a copy of the definition, so that a dialog hears of a mistake at once;
 * the task makes new volumes, changes the definition, and applies to a running VM what can be. If the definition is refused, it was nothing.
 */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_change.h"
#include "agent/vm_general.h"
#include "agent/vm_lock.h"
#include "agent/vm_resolve.h"

#include <stdlib.h>
#include <string.h>

typedef struct ConfigureJob {
    Agent *agent;
    char *id;
    char *name;
    char revision[LIMIT_DIGEST + 1]; /* of the definition that the call has checked */
    VmConfig want;
    VmVolumes volumes;
    StrList groups; /* of vm.revert */
    int owner;      /* driver */
} ConfigureJob;

static void configure_free(void *context)
{
    ConfigureJob *job = context;
    VmConfig_clear(&job->want);
    vm_volumes_clear(&job->volumes);
    StrList_clear(&job->groups);
    free(job->id);
    free(job->name);
    free(job);
}

static ConfigureJob *configure_job(Request *request, const char *id, const char *name)
{
    ConfigureJob *job = x_calloc(1, sizeof *job);
    *job = (ConfigureJob){ .agent = request->agent, .id = x_strdup(id), .name = x_strdup(name), .volumes = { .agent = request->agent } };
    return job;
}

static int run_change(Task *task, const VmChange *change, Error *err)
{
    VmConfigured done;
    int code = vm_change_run(change, task, &done, err);
    if (code < 0)
        return code;
    vm_change_tell(task, &done);
    return 0;
}

/* ---------------------------------------------------------------- vm.configure */

static int edit_wishes(void *context, VmDefinition *definition, Error *err)
{
    ConfigureJob *job = context;
    return vm_config_write(definition->root, &job->want, err);
}

static int make_all(ConfigureJob *job, Task *task, JournalEntry *entry, Error *err)
{
    size_t made = 0;
    for (size_t i = 0; job->want.disks && i < job->want.disks->items.count; i++) {
        VmDisk *disk = &job->want.disks->items.items[i];
        int code = disk->create ? task_check(task, err) : 0;
        if (code == 0 && disk->create)
            code = vm_volumes_make(&job->volumes, made, entry, err);
        if (code < 0)
            return code;
        if (!disk->create)
            continue;
        free(disk->path);
        disk->path = x_strdup(job->volumes.items[made++].path);
    }
    return 0;
}

/* Noted until they are there: an empty volume that no VM has does less harm than a VM without its disk. */
static int make_volumes(ConfigureJob *job, Task *task, Error *err)
{
    JournalEntry *entry = NULL;
    int code = job->volumes.count ? journal_begin(job->agent->journal, JOURNAL_MAKE, job->owner, NULL, &entry, err) : 0;
    if (code == 0)
        code = make_all(job, task, entry, err);
    if (code < 0)
        vm_volumes_undo(&job->volumes);
    journal_end(entry);
    return code;
}

static int configure_run(Task *task, void *context, Error *err)
{
    ConfigureJob *job = context;
    bool stored = false;
    const VmChange change = { job->agent, job->id, job->name, job->revision, edit_wishes, job, false, &job->want, &stored };
    int code = make_volumes(job, task, err);
    if (code == 0) {
        code = run_change(task, &change, err);
        if (code < 0 && !stored)
            vm_volumes_undo(&job->volumes);
    }
    vm_volumes_tell(&job->volumes);
    return code;
}

/* What needs the VM to be off, and names that are taken. */
static int check_state(const ConfigureJob *job, const VmDefinition *definition, Error *err)
{
    const VmConfig *want = &job->want;
    const VmBoot *old = definition->config.boot;
    bool renamed = want->general && !str_equal(want->general->name, definition->name);
    bool firmware = want->boot && want->boot->firmware != FIRMWARE_UNKNOWN
        && (want->boot->firmware != old->firmware || want->boot->secure_boot != old->secure_boot);
    if (definition->running && (renamed || firmware))
        return error_set(err, ERR_VM_WRONG_STATE, definition->name, "%s", VmState_name(VM_STATE_RUNNING));
    return renamed ? vm_name_check(want->general->name, err) : 0;
}

/* libvirt itself would notice an unknown CPU model only when the VM is started. Where it has no list, it has to do so. */
static int check_cpu_model(const ConfigureJob *job, const VmDefinition *definition, Error *err)
{
    const VmCpu *cpu = job->want.cpu;
    AUTO_CONN conn = NULL;
    AUTO_FREE char *arch = xml_attribute(xml_child(definition->root, "os/type"), "arch", LIMIT_NAME);
    char **models = NULL;
    bool known = false;
    if (!cpu || cpu->mode != CPU_MODE_NAMED || str_equal(cpu->model, definition->config.cpu->model))
        return 0;
    int code = drivers_connection(job->agent->drivers, definition->owner, &conn, err);
    int count = code == 0 ? virConnectGetCPUModelNames(conn, arch ? arch : "x86_64", &models, 0) : 0;
    for (int i = 0; i < count; i++) {
        known |= str_equal(models[i], cpu->model);
        free(models[i]);
    }
    free(models);
    if (code == 0 && count > 0 && !known)
        code = error_set(err, ERR_VM_SETTING, definition->name, "the host knows no CPU model '%s'", str_or_empty(cpu->model));
    return code;
}

static int plan(ConfigureJob *job, VmDefinition *definition, const char *revision, Error *err)
{
    int code = vm_change_check(job->agent, definition, revision, err);
    if (code == 0)
        code = vm_lock_check(job->id, job->name, err);
    if (code == 0)
        code = vm_change_check_saved(definition, &job->want, err);
    if (code == 0)
        code = check_state(job, definition, err);
    if (code == 0)
        code = check_cpu_model(job, definition, err);
    if (code == 0)
        code = vm_resolve_wishes(job->agent, definition, &job->want, &job->volumes, err);
    if (code == 0)
        code = vm_config_write(definition->root, &job->want, err); /* a try: this tree is thrown away */
    memcpy(job->revision, definition->revision, sizeof job->revision);
    job->owner = definition->owner;
    return code;
}

int handle_vm_configure(Request *request, const VmConfigureParams *params, TaskRef *ret, Error *err)
{
    VmDefinition definition;
    int code = vm_definition_load(request->agent, params->vm, &definition, err);
    if (code < 0)
        return code;
    ConfigureJob *job = configure_job(request, params->vm, definition.name);
    request_object(request, params->vm, definition.name);
    VmConfig_copy(params->config, &job->want);
    code = plan(job, &definition, params->revision, err);
    vm_definition_clear(&definition);
    if (code == 0)
        return request_task(request, OBJECT_VM, job->volumes.count > 0, configure_run, configure_free, job, ret, err);
    configure_free(job);
    return code;
}

/* ---------------------------------------------------------------- vm.revert */

static bool is_wanted(const ConfigureJob *job, SettingGroup group)
{
    return !job->groups.count || StrList_contains(&job->groups, SettingGroup_name(group));
}

static int edit_back(void *context, VmDefinition *definition, Error *err)
{
    ConfigureJob *job = context;
    if (!definition->live)
        return error_set(err, ERR_VM_WRONG_STATE, definition->name, "%s", VmState_name(VM_STATE_OFF));
    for (SettingGroup group = GROUP_CPU; group < SettingGroup_COUNT; group++)
        if (group != GROUP_BOOT && is_wanted(job, group))
            vm_config_take(definition->root, definition->live, group);
    if (is_wanted(job, GROUP_BOOT)) /* it names devices, so these come first */
        vm_config_take(definition->root, definition->live, GROUP_BOOT);
    return 0;
}

static int revert_run(Task *task, void *context, Error *err)
{
    ConfigureJob *job = context;
    return run_change(task, &(VmChange){ job->agent, job->id, job->name, job->revision, edit_back, job, false, NULL, NULL }, err);
}

static int check_groups(const StrList *groups, Error *err)
{
    for (size_t i = 0; i < groups->count; i++)
        if (SettingGroup_parse(groups->items[i]) == GROUP_UNKNOWN)
            return error_set(err, ERR_INVALID_PARAMS, NULL, "there is no group %s", groups->items[i]);
    return 0;
}

int handle_vm_revert(Request *request, const VmRevertParams *params, TaskRef *ret, Error *err)
{
    VmDefinition definition;
    int code = check_groups(&params->groups, err);
    if (code == 0)
        code = vm_definition_load(request->agent, params->vm, &definition, err);
    if (code < 0)
        return code;
    ConfigureJob *job = configure_job(request, params->vm, definition.name);
    request_object(request, params->vm, definition.name);
    for (size_t i = 0; i < params->groups.count; i++)
        StrList_add(&job->groups, params->groups.items[i]);
    code = vm_change_check(request->agent, &definition, params->revision, err);
    if (code == 0)
        code = edit_back(job, &definition, err);
    memcpy(job->revision, definition.revision, sizeof job->revision);
    vm_definition_clear(&definition);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, revert_run, configure_free, job, ret, err);
    configure_free(job);
    return code;
}
