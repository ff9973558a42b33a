/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Merging: see snapshot_merge.h. A deleted snapshot is a frozen image per disk. Nobody stands on it: it is removed. One image does, the upper
 * one: its contents are written down into it, and it takes the upper one's place. Until that is through, the upper image has all it had, so an
 * interruption at any moment leaves what VM and snapshots see intact, and it is done once more from the beginning: the snapshot's record
 * remembers which image is being merged. Of a running VM QEMU merges itself, the images of others qemu-img does.
 */
#include "agent/snapshot_merge.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/image_chain.h"
#include "agent/program.h"
#include "agent/snapshot_store.h"
#include "agent/upload_sink.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Merge {
    SnapshotVm *vm;
    Task *task;
    const char *snapshot;  /* name of the one that goes */
    const char *target;
    const char *base;      /* its frozen image */
    const char *format;    /* of that */
    const char *top;       /* the image that stands on it */
} Merge;

/* ---------------------------------------------------------------- who stands on whom */

/* The VM's own images: of snapshots, and of now. */
static bool is_own(const SnapshotVm *vm, const char *path) { return snapshot_vm_pins(vm, path, NULL); }

typedef enum Fate { FATE_KEEP, FATE_REMOVE, FATE_MERGE, FATE_NOTHING } Fate;

/* Disks of other VMs, or images of nobody. */
static bool others_use(const SnapshotVm *vm, const char *path)
{
    AUTO(StrList_clear) StrList users = { 0 };
    image_dependents(vm->agent, path, vm->info.id, &users);
    for (size_t i = 0; i < users.count; i++)
        if (!is_own(vm, users.items[i]))
            return true;
    return false;
}

/* What can be done about one disk of a deleted snapshot; FATE_MERGE: *ret_top is the upper image, the caller frees. */
static Fate fate_of(const SnapshotVm *vm, const SnapshotFacts *facts, const DomainImage *image, char **ret_top)
{
    AUTO(StrList_clear) StrList children = { 0 };
    if (!image->path || image->block || snapshot_vm_pins(vm, image->path, facts->info.name) || access(image->path, F_OK) < 0)
        return FATE_NOTHING;
    image_children(vm->agent, image->path, &children);
    if (children.count == 0)
        return others_use(vm, image->path) ? FATE_NOTHING : FATE_REMOVE;
    if (children.count > 1 || !is_own(vm, children.items[0]) || others_use(vm, image->path))
        return FATE_KEEP;
    *ret_top = x_strdup(children.items[0]);
    return FATE_MERGE;
}

static bool can_go(const SnapshotVm *vm, const SnapshotFacts *facts)
{
    for (size_t i = 0; i < facts->images.count; i++) {
        AUTO_FREE char *top = NULL;
        if (fate_of(vm, facts, &facts->images.items[i], &top) == FATE_KEEP)
            return false;
    }
    return true;
}

/* The lower image grows by what the upper one holds, but not beyond the disk's size. */
static int64_t growth(const char *base, const char *top, const VmInfo *vm, const char *target)
{
    int64_t upper = image_allocation(top);
    for (size_t i = 0; i < vm->disks.count; i++) {
        int64_t room = vm->disks.items[i].capacity - image_allocation(base);
        if (str_equal(vm->disks.items[i].target, target) && vm->disks.items[i].capacity && room < upper)
            upper = room > 0 ? room : 0;
    }
    return upper;
}

int snapshot_merge_check(const SnapshotVm *vm, const char *name, Error *err)
{
    const SnapshotFacts *facts = snapshot_vm_find_any(vm, name);
    for (size_t i = 0; facts && i < facts->images.count; i++) {
        AUTO_FREE char *top = NULL;
        const DomainImage *image = &facts->images.items[i];
        if (fate_of(vm, facts, image, &top) != FATE_MERGE)
            continue;
        int64_t need = growth(image->path, top, &vm->info, image->target);
        int64_t have = file_system_free(image->path);
        if (need <= have)
            continue;
        AUTO_FREE char *needed = size_text(need);
        AUTO_FREE char *free_space = size_text(have);
        return error_set(err, ERR_NO_SPACE, image->path, "merging needs up to %s, %s are free", needed, free_space);
    }
    return 0;
}

/* ---------------------------------------------------------------- the record */

static int change_record(const SnapshotVm *vm, const char *name, void (*change)(json_t *record, const Merge *merge), const Merge *merge, Error *err)
{
    json_t *record = snapshot_record_read(vm->agent, vm->info.id, name);
    change(record, merge);
    int code = snapshot_record_write(vm->agent, vm->info.id, name, record, err);
    json_decref(record);
    return code;
}

static void set_deleted(json_t *record, const Merge *merge)
{
    (void)merge;
    json_object_set_new(record, "deleted", json_true());
}

static void clear_deleted(json_t *record, const Merge *merge)
{
    (void)merge;
    if (!json_object_size(json_object_get(record, "merges")))
        json_object_del(record, "deleted");
}

static void set_merge(json_t *record, const Merge *merge)
{
    json_t *merges = json_object_get(record, "merges");
    if (!merges)
        json_object_set_new(record, "merges", merges = json_object());
    json_object_set_new(merges, merge->target, json_string(merge->top));
}

int snapshot_mark_deleted(const SnapshotVm *vm, const char *name, Error *err) { return change_record(vm, name, set_deleted, NULL, err); }

void snapshot_unmark(const SnapshotVm *vm, const char *name)
{
    AUTO(error_clear) Error ignored = { 0 };
    change_record(vm, name, clear_deleted, NULL, &ignored);
}

/* The image whose merging was begun; the caller frees. */
static char *begun_merge(const SnapshotVm *vm, const char *name, const char *target)
{
    json_t *record = snapshot_record_read(vm->agent, vm->info.id, name);
    char *top = x_strdup(json_string_value(json_object_get(json_object_get(record, "merges"), target)));
    json_decref(record);
    return top;
}

/* ---------------------------------------------------------------- merging by QEMU */

static const char *image_now(const SnapshotVm *vm, const char *target)
{
    const DomainImage *image = domain_images_find(&vm->images, target);
    return image ? image->path : NULL;
}

static bool job_running(const SnapshotVm *vm, const char *target, virDomainBlockJobInfo *ret)
{
    memset(ret, 0, sizeof *ret);
    return virDomainGetBlockJobInfo(vm->domain, target, ret, 0) > 0;
}

/* QEMU leaves the chain as it is: the upper image has all it had. When the agent ends, QEMU goes on, and the next agent with it. */
static int leave_job(const Merge *merge, Error *err)
{
    if (!task_stopping(merge->task))
        virDomainBlockJobAbort(merge->vm->domain, merge->target, 0);
    return error_set(err, ERR_CANCELLED, merge->vm->info.name, NULL);
}

/* From the change-over on there is no way back; until then a cancellation ends it. */
static bool change_over(const Merge *merge)
{
    task_set_cancellable(merge->task, false);
    if (virDomainBlockJobAbort(merge->vm->domain, merge->target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0)
        return true;
    task_set_cancellable(merge->task, true);
    return false;
}

/* Ends when QEMU has changed over to the lower image, or has given up. */
static int watch_job(const Merge *merge, bool top_is_active, Error *err)
{
    enum { STEP_MS = 50 };
    virDomainBlockJobInfo info;
    bool cancelled = false;
    while (!cancelled && job_running(merge->vm, merge->target, &info)) {
        task_progress(merge->task, (int64_t)info.cur, (int64_t)info.end);
        bool through = top_is_active && info.end && info.cur == info.end;
        if (through && !task_cancelled(merge->task) && change_over(merge))
            break;
        cancelled = task_wait(merge->task, STEP_MS);
    }
    int code = cancelled ? leave_job(merge, err) : 0;
    if (code < 0 && task_stopping(merge->task))
        return code;
    if (snapshot_vm_reload(merge->vm, code < 0 ? NULL : err) < 0)
        return code < 0 ? code : err->code;
    if (!image_chain_has(image_now(merge->vm, merge->target), merge->top)) {
        error_clear(err); /* it was through before it could be ended */
        return 0;
    }
    return code < 0 ? code : error_set(err, ERR_LIBVIRT, merge->vm->info.name, "QEMU has not merged the disk %s", merge->target);
}

static int merge_running(const Merge *merge, Error *err)
{
    virDomainBlockJobInfo info;
    bool active = str_equal(image_now(merge->vm, merge->target), merge->top);
    unsigned flags = active ? VIR_DOMAIN_BLOCK_COMMIT_ACTIVE : 0;
    bool goes_on = job_running(merge->vm, merge->target, &info);
    if (!goes_on && virDomainBlockCommit(merge->vm->domain, merge->target, merge->base, merge->top, 0, flags) < 0)
        return virt_error(err, merge->vm->info.name);
    return watch_job(merge, active, err);
}

/* ---------------------------------------------------------------- merging by qemu-img */

/* What qemu-img had reserved and not yet used when it was ended. */
static void free_leaks(const Merge *merge)
{
    const char *const arguments[] = { "qemu-img", "check", "-q", "-r", "leaks", "-f", "qcow2", merge->base, NULL };
    if (str_equal(merge->format, "qcow2"))
        program_run(&(Program){ .arguments = arguments }, NULL, NULL);
}

static int commit(const Merge *merge, Error *err)
{
    const char *const arguments[] = { "qemu-img", "commit", "-p", "-d", "-f", "qcow2", "-b", merge->base, merge->top, NULL };
    ProgramShare share = { merge->task, 0, 100, 100 };
    int code = program_run(&(Program){ .arguments = arguments, .line = program_progress, .context = &share, .task = merge->task }, NULL, err);
    if (code == ERR_CANCELLED && !task_stopping(merge->task))
        free_leaks(merge);
    return code;
}

/* What stood on the upper image stands on the lower one. */
static int move_children(const Merge *merge, Error *err)
{
    AUTO(StrList_clear) StrList children = { 0 };
    int code = 0;
    image_children(merge->vm->agent, merge->top, &children);
    for (size_t i = 0; i < children.count && code == 0; i++) {
        const char *const arguments[] = { "qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-F", merge->format, "-b", merge->base,
                                          children.items[i], NULL };
        code = program_run(&(Program){ .arguments = arguments }, NULL, err);
    }
    return code;
}

static int redefine_vm(const Merge *merge, const char *path, const char *format, Error *err)
{
    AUTO_FREE char *xml = snapshot_vm_definition(merge->vm, err);
    DomainImages images = { 0 };
    if (!xml || domain_images_parse(xml, &images, err) < 0)
        return err->code;
    const DomainImage *image = domain_images_find(&images, merge->target);
    bool same = !image || str_equal(image->path, path) || (!str_equal(image->path, merge->top) && !str_equal(image->path, merge->base));
    domain_images_clear(&images);
    if (same)
        return 0;
    AUTO_FREE char *changed = domain_xml_swap(xml, &(DiskSwap){ merge->target, path, format }, 1);
    AUTO_DOMAIN defined = changed ? virDomainDefineXML(virDomainGetConnect(merge->vm->domain), changed) : NULL;
    return defined ? 0 : virt_error(err, merge->vm->info.name);
}

/* Somebody else may start the VM at any moment: then it runs on the upper image, and keeps it. */
static int define_lower(const Merge *merge, Error *err)
{
    int code = redefine_vm(merge, merge->base, merge->format, err);
    if (code < 0 || !snapshot_vm_active(merge->vm))
        return code;
    code = snapshot_vm_reload(merge->vm, err);
    if (code < 0 || !image_chain_has(image_now(merge->vm, merge->target), merge->top))
        return code;
    redefine_vm(merge, merge->top, "qcow2", err);
    return error_set(err, ERR_BUSY, merge->vm->info.name, "it was started meanwhile; delete a snapshot of it again");
}

/* ---------------------------------------------------------------- one disk */

/* Snapshots whose frozen image was the upper one have the lower one now. */
static int redefine_snapshots(const Merge *merge, Error *err)
{
    SnapshotVm *vm = merge->vm;
    int code = 0;
    for (size_t i = 0; i < vm->count && code == 0; i++) {
        const DomainImage *image = domain_images_find(&vm->all[i].images, merge->target);
        AUTO_SNAPSHOT snapshot = NULL;
        if (!image || !str_equal(image->path, merge->top))
            continue;
        code = snapshot_vm_handle(vm, vm->all[i].info.name, &snapshot, err);
        AUTO_FREE char *xml = snapshot ? virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
        AUTO_FREE char *changed = xml ? snapshot_xml_swap(xml, &(DiskSwap){ merge->target, merge->base, merge->format }, 1, NULL) : NULL;
        if (code == 0)
            code = changed ? snapshot_vm_redefine(vm, changed, vm->all[i].info.current, err) : virt_error(err, vm->info.name);
    }
    return code;
}

static int merge_disk(const Merge *merge, Error *err)
{
    SnapshotVm *vm = merge->vm;
    const char *now = image_now(vm, merge->target);
    bool running = snapshot_vm_active(vm) && now && image_chain_has(now, merge->base);
    task_set_cancellable(merge->task, true);
    int code = task_check(merge->task, err);
    if (code == 0)
        code = change_record(vm, merge->snapshot, set_merge, merge, err);
    if (code == 0 && running && image_chain_has(now, merge->top))
        code = merge_running(merge, err);
    else if (code == 0 && !running && access(merge->top, F_OK) == 0)
        code = commit(merge, err);
    if (code == 0) {
        task_set_cancellable(merge->task, false);
        code = move_children(merge, err);
    }
    if (code == 0)
        code = running ? redefine_vm(merge, merge->base, merge->format, err) : define_lower(merge, err);
    if (code == 0)
        code = redefine_snapshots(merge, err);
    if (code == 0)
        unlink(merge->top);
    if (code == 0)
        code = snapshot_vm_reload(vm, err);
    return code;
}

/* ---------------------------------------------------------------- a whole snapshot */

/* libvirt's description goes, and with it ours. */
static int forget(SnapshotVm *vm, const char *name, const char *memory_file, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    int code = snapshot_vm_handle(vm, name, &snapshot, err);
    if (code == 0 && virDomainSnapshotDelete(snapshot, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY) < 0)
        code = virt_error(err, vm->info.name);
    if (code == 0 && memory_file)
        unlink(memory_file);
    if (code == 0)
        snapshot_record_drop(vm->agent, vm->info.id, name);
    return code < 0 ? code : snapshot_vm_reload(vm, err);
}

/* What one disk needs; the texts are owned, since the VM is read anew meanwhile. */
typedef struct Step {
    char *target;
    char *base;
    char *format;
    char *top; /* NULL: the image is just removed */
} Step;

static void steps_free(Step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(steps[i].target);
        free(steps[i].base);
        free(steps[i].format);
        free(steps[i].top);
    }
    free(steps);
}

static size_t plan(const SnapshotVm *vm, const SnapshotFacts *facts, Step *steps)
{
    size_t count = 0;
    for (size_t i = 0; i < facts->images.count; i++) {
        const DomainImage *image = &facts->images.items[i];
        char *top = begun_merge(vm, facts->info.name, image->target);
        Fate fate = top ? FATE_MERGE : fate_of(vm, facts, image, &top);
        if (fate == FATE_MERGE || fate == FATE_REMOVE)
            steps[count++] = (Step){ x_strdup(image->target), x_strdup(image->path), x_strdup(image->format), top };
    }
    return count;
}

static int take_out(SnapshotVm *vm, const SnapshotFacts *facts, Task *task, Error *err)
{
    Step *steps = x_calloc(facts->images.count, sizeof *steps);
    size_t count = plan(vm, facts, steps);
    AUTO_FREE char *name = x_strdup(facts->info.name);
    AUTO_FREE char *memory_file = x_strdup(facts->memory_file);
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++) {
        if (steps[i].top)
            code = merge_disk(&(Merge){ vm, task, name, steps[i].target, steps[i].base, steps[i].format, steps[i].top }, err);
        else
            unlink(steps[i].base);
    }
    steps_free(steps, count);
    return code < 0 ? code : forget(vm, name, memory_file, err);
}

/* A marked one that can go now, one that was begun first. */
static const SnapshotFacts *next_to_go(const SnapshotVm *vm)
{
    const SnapshotFacts *found = NULL;
    for (size_t i = vm->count; i-- > 0;) {
        json_t *record = snapshot_record_read(vm->agent, vm->info.id, vm->all[i].info.name);
        bool begun = json_object_size(json_object_get(record, "merges")) > 0;
        bool deleted = json_is_true(json_object_get(record, "deleted"));
        json_decref(record);
        if (deleted && begun)
            return &vm->all[i];
        if (deleted && !found && can_go(vm, &vm->all[i]))
            found = &vm->all[i];
    }
    return found;
}

int snapshot_merge_all(SnapshotVm *vm, Task *task, Error *err)
{
    int code = 0;
    for (const SnapshotFacts *next; code == 0 && (next = next_to_go(vm));)
        code = take_out(vm, next, task, err);
    snapshot_vm_changed(vm);
    return code;
}
