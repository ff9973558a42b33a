/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot.list, picture, create, edit, revert and delete: checks at once, so that a dialog hears of a mistake; then a task that has the VM locked. */
#include "agent/drivers.h"
#include "agent/journal.h"
#include "agent/log.h"
#include "agent/request.h"
#include "agent/snapshot_merge.h"
#include "agent/snapshot_picture.h"
#include "agent/snapshot_revert.h"
#include "agent/snapshot_store.h"
#include "agent/snapshot_take.h"
#include "agent/vm_lock.h"

#include <stdlib.h>
#include <string.h>

typedef struct SnapshotJob {
    Agent *agent;
    SnapshotVm vm;
    char *id;
    char *name;        /* of the snapshot */
    char *description;
    char *keep_as;
    bool memory;
    bool quiesce;
    bool start;
    bool children;
    bool locked;
    JournalEntry *entry;
} SnapshotJob;

static void job_free(void *context)
{
    SnapshotJob *job = context;
    if (job->locked)
        vm_unlock(job->id);
    if (job->entry)
        journal_leave(job->entry);
    snapshot_vm_close(&job->vm);
    free(job->id);
    free(job->name);
    free(job->description);
    free(job->keep_as);
    free(job);
}

/* Reads the VM and locks it. job is freed on failure. */
static int job_open(Request *request, const char *vm, const char *what, SnapshotJob *job, Error *err)
{
    job->agent = request->agent;
    job->id = x_strdup(vm);
    int code = snapshot_vm_open(request->agent, vm, &job->vm, err);
    if (code == 0) {
        request_object(request, vm, job->vm.info.name);
        code = vm_lock(vm, job->vm.info.name, what, err);
        job->locked = code == 0;
    }
    return code;
}

static int job_start(Request *request, SnapshotJob *job, int checked, bool cancellable, int (*run)(Task *, void *, Error *), TaskRef *ret, Error *err)
{
    if (checked == 0)
        return request_task(request, OBJECT_VM, cancellable, run, job_free, job, ret, err);
    job_free(job);
    return checked;
}

/* ---------------------------------------------------------------- looking */

int handle_snapshot_list(Request *request, const VmRef *params, SnapshotList *ret, Error *err)
{
    SnapshotVm vm;
    int code = snapshot_vm_open(request->agent, params->vm, &vm, err);
    if (code < 0)
        return code;
    snapshot_vm_list(&vm, ret);
    snapshot_vm_close(&vm);
    return 0;
}

int handle_snapshot_picture(Request *request, const SnapshotRef *params, SnapshotPicture *ret, Error *err)
{
    VmInfo vm;
    if (!inventory_get_vm(request->agent->inventory, params->vm, &vm, NULL)) /* the id becomes part of a path */
        return error_set(err, ERR_VM_NOT_FOUND, params->vm, NULL);
    int code = snapshot_picture_read(request->agent, vm.id, params->snapshot, ret, err);
    VmInfo_clear(&vm);
    return code;
}

int handle_snapshot_edit(Request *request, const SnapshotEditParams *params, Empty *ret, Error *err)
{
    (void)ret;
    AUTO_SNAPSHOT snapshot = NULL;
    SnapshotJob *job = x_calloc(1, sizeof *job);
    int code = job_open(request, params->vm, "a snapshot is being described", job, err);
    if (code == 0 && !snapshot_vm_find(&job->vm, params->snapshot))
        code = error_set(err, ERR_SNAPSHOT_NOT_FOUND, params->snapshot, NULL);
    if (code == 0)
        code = snapshot_vm_handle(&job->vm, params->snapshot, &snapshot, err);
    if (code == 0) {
        AUTO_FREE char *xml = virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE);
        AUTO_FREE char *changed = xml ? snapshot_xml_swap(xml, NULL, 0, str_or_empty(params->description)) : NULL;
        bool current = snapshot_vm_find(&job->vm, params->snapshot)->info.current;
        code = changed ? snapshot_vm_redefine(&job->vm, changed, current, err) : virt_error(err, params->snapshot);
    }
    job_free(job);
    return code;
}

/* ---------------------------------------------------------------- taking */

static int create_run(Task *task, void *context, Error *err)
{
    SnapshotJob *job = context;
    return snapshot_take(&job->vm, &(SnapshotWish){ job->name, job->description, job->memory, job->quiesce }, task, err);
}

int handle_snapshot_create(Request *request, const SnapshotCreateParams *params, TaskRef *ret, Error *err)
{
    SnapshotJob *job = x_calloc(1, sizeof *job);
    *job = (SnapshotJob){ .name = x_strdup(params->name), .description = x_strdup(params->description),
                          .memory = params->memory, .quiesce = params->quiesce };
    int code = job_open(request, params->vm, "a snapshot is being taken", job, err);
    if (code == 0)
        code = snapshot_take_check(&job->vm, &(SnapshotWish){ job->name, job->description, job->memory, job->quiesce }, err);
    return job_start(request, job, code, false, create_run, ret, err);
}

/* ---------------------------------------------------------------- going back */

static SnapshotWish wish_to_keep(const SnapshotJob *job)
{
    return (SnapshotWish){ .name = job->keep_as, .memory = snapshot_vm_active(&job->vm) };
}

static int revert_run(Task *task, void *context, Error *err)
{
    SnapshotJob *job = context;
    SnapshotWish wish = wish_to_keep(job);
    int code = job->keep_as ? snapshot_take(&job->vm, &wish, task, err) : 0;
    return code < 0 ? code : snapshot_revert(&job->vm, job->name, job->start, err);
}

int handle_snapshot_revert(Request *request, const SnapshotRevertParams *params, TaskRef *ret, Error *err)
{
    SnapshotJob *job = x_calloc(1, sizeof *job);
    *job = (SnapshotJob){ .name = x_strdup(params->snapshot), .start = params->start,
                          .keep_as = str_empty(params->keep_as) ? NULL : x_strdup(params->keep_as) };
    int code = job_open(request, params->vm, "it goes back to a snapshot", job, err);
    if (code == 0 && job->vm.info.template)
        code = error_set(err, ERR_IS_TEMPLATE, job->vm.info.name, NULL);
    if (code == 0 && !snapshot_vm_find(&job->vm, params->snapshot))
        code = error_set(err, ERR_SNAPSHOT_NOT_FOUND, params->snapshot, NULL);
    if (code == 0 && job->vm.info.state == VM_STATE_SAVED)
        code = error_set(err, ERR_VM_WRONG_STATE, job->vm.info.name, "%s", VmState_name(VM_STATE_SAVED));
    if (code == 0 && job->keep_as) {
        SnapshotWish wish = wish_to_keep(job);
        code = snapshot_take_check(&job->vm, &wish, err);
    }
    return job_start(request, job, code, false, revert_run, ret, err);
}

/* ---------------------------------------------------------------- deleting */

static bool is_below(const SnapshotVm *vm, const SnapshotFacts *facts, const char *name)
{
    for (size_t steps = 0; facts && steps <= vm->count; steps++) {
        if (str_equal(facts->info.name, name))
            return true;
        facts = facts->info.parent ? snapshot_vm_find_any(vm, facts->info.parent) : NULL;
    }
    return false;
}

static bool shall_go(const SnapshotJob *job, const SnapshotFacts *facts)
{
    return job->children ? is_below(&job->vm, facts, job->name) : str_equal(facts->info.name, job->name);
}

static int delete_internal(const SnapshotJob *job, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    int code = snapshot_vm_handle(&job->vm, job->name, &snapshot, err);
    if (code == 0 && virDomainSnapshotDelete(snapshot, job->children ? VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN : 0) < 0)
        code = virt_error(err, job->vm.info.name);
    for (size_t i = 0; i < job->vm.count && code == 0; i++)
        if (shall_go(job, &job->vm.all[i]))
            snapshot_record_drop(job->agent, job->id, job->vm.all[i].info.name);
    snapshot_vm_changed(&job->vm);
    return code;
}

static int mark_all(const SnapshotJob *job, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->vm.count && code == 0; i++)
        if (shall_go(job, &job->vm.all[i]))
            code = snapshot_mark_deleted(&job->vm, job->vm.all[i].info.name, err);
    return code;
}

static void unmark_all(const SnapshotJob *job)
{
    for (size_t i = 0; i < job->vm.count; i++)
        if (shall_go(job, &job->vm.all[i]))
            snapshot_unmark(&job->vm, job->vm.all[i].info.name);
}

/* The journal's entry brings the next agent back to the merging, if this one is killed. */
static int delete_run(Task *task, void *context, Error *err)
{
    SnapshotJob *job = context;
    const SnapshotFacts *facts = snapshot_vm_find_shown(&job->vm, job->name);
    if (facts->info.style == SNAPSHOT_STYLE_INTERNAL)
        return delete_internal(job, err);
    int code = journal_begin(job->agent->journal, "merge", job->vm.owner, json_pack("{s:s}", "vm", job->id), &job->entry, err);
    if (code == 0)
        code = mark_all(job, err);
    if (code == 0)
        code = snapshot_merge_all(&job->vm, task, err);
    bool agent_ends = code == ERR_CANCELLED && task_stopping(task);
    if (code < 0 && !agent_ends)
        unmark_all(job);
    if (code == 0 || (code == ERR_CANCELLED && !agent_ends))
        journal_end(TAKE_PTR(job->entry)); /* else job_free leaves it to the next agent */
    return code;
}

int handle_snapshot_delete(Request *request, const SnapshotDeleteParams *params, TaskRef *ret, Error *err)
{
    SnapshotJob *job = x_calloc(1, sizeof *job);
    *job = (SnapshotJob){ .name = x_strdup(params->snapshot), .children = params->children };
    int code = job_open(request, params->vm, "a snapshot is being deleted", job, err);
    if (code == 0 && !snapshot_vm_find_shown(&job->vm, params->snapshot))
        code = error_set(err, ERR_SNAPSHOT_NOT_FOUND, params->snapshot, NULL);
    if (code == 0)
        code = snapshot_merge_check(&job->vm, params->snapshot, err);
    bool copies = code == 0 && snapshot_vm_find_shown(&job->vm, params->snapshot)->info.style == SNAPSHOT_STYLE_EXTERNAL;
    return job_start(request, job, code, copies, delete_run, ret, err);
}

/* ---------------------------------------------------------------- after a crash */

static int resume_run(Task *task, void *context, Error *err)
{
    SnapshotJob *job = context;
    drivers_wait(job->agent->drivers); /* who stands on an image is known when everything is */
    int code = snapshot_vm_open(job->agent, job->id, &job->vm, err);
    if (code == 0)
        code = vm_lock(job->id, job->vm.info.name, "a snapshot is being deleted", err);
    job->locked = code == 0;
    if (code == 0)
        code = snapshot_merge_all(&job->vm, task, err);
    if (code == 0 || code == ERR_VM_NOT_FOUND || (code == ERR_CANCELLED && !task_stopping(task)))
        journal_end(TAKE_PTR(job->entry));
    return code;
}

int journal_recover_merge(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)owner;
    const char *id = json_string_value(json_object_get(journal_facts(entry), "vm"));
    AUTO_DOMAIN domain = id ? virDomainLookupByUUIDString(conn, id) : NULL;
    if (!domain)
        return JOURNAL_DONE;
    SnapshotJob *job = x_calloc(1, sizeof *job);
    *job = (SnapshotJob){ .agent = agent, .id = x_strdup(id), .entry = entry };
    TaskRef ref = { 0 };
    int code = task_start(agent->tasks, &(TaskSpec){ .method = METHOD_snapshot_delete, .kind = OBJECT_VM, .object_id = id,
        .object_name = virDomainGetName(domain), .user = "poolagentd", .run = resume_run, .release = job_free, .context = job }, &ref, err);
    TaskRef_clear(&ref);
    if (code < 0) /* job_free has left the entry for the next connection */
        log_line("%s", err->message);
    return JOURNAL_TAKEN;
}
