/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Going back: see snapshot_revert.h. Internal snapshots are libvirt's own affair. For external ones: new empty images over the frozen ones,
 * then the VM is defined with these (from here on it has gone back, whatever happens), then its memory is restored, and the images of the
 * state it was in are removed. An agent that was killed undoes or completes that, depending on how the VM is defined, and a VM that was cut off runs
 * again.
 */
#include "agent/snapshot_revert.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/image_chain.h"
#include "agent/journal.h"
#include "agent/log.h"
#include "agent/program.h"
#include "agent/snapshot_store.h"
#include "agent/snapshot_take.h"
#include "agent/vm_lock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND "revert"

int image_lay_over(const char *below, const char *below_format, const char *path, Error *err)
{
    const char *const arguments[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", below_format, "-b", below, path, NULL };
    return program_run(&(Program){ .arguments = arguments }, NULL, err);
}

/* ---------------------------------------------------------------- internal */

static int revert_internal(SnapshotVm *vm, const SnapshotFacts *facts, bool start, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    unsigned flags = VIR_DOMAIN_SNAPSHOT_REVERT_FORCE;
    if (start && !facts->info.memory)
        flags |= VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING;
    int code = snapshot_vm_handle(vm, facts->info.name, &snapshot, err);
    if (code == 0 && virDomainRevertToSnapshot(snapshot, flags) < 0)
        code = virt_error(err, vm->info.name);
    return code;
}

/* ---------------------------------------------------------------- external */

typedef struct Going {
    SnapshotVm *vm;
    const SnapshotFacts *facts;
    char *xml;          /* libvirt's description of the snapshot */
    DiskSwap *swaps;    /* the new images; their paths are owned */
    size_t count;
    JournalEntry *entry;
} Going;

static void going_clear(Going *going)
{
    for (size_t i = 0; i < going->count; i++)
        free((char *)going->swaps[i].path);
    free(going->swaps);
    free(going->xml);
}

static void plan_images(Going *going)
{
    const DomainImages *images = &going->facts->images;
    going->count = images->count;
    going->swaps = x_calloc(images->count, sizeof *going->swaps);
    for (size_t i = 0; i < images->count; i++)
        going->swaps[i] = (DiskSwap){ images->items[i].target, image_name_beside(images->items[i].path, ".qcow2"), "qcow2" };
}

static json_t *paths_of_swaps(const Going *going)
{
    json_t *list = json_array();
    for (size_t i = 0; i < going->count; i++)
        json_array_append_new(list, json_string(going->swaps[i].path));
    return list;
}

/* Whether it was laid over a snapshot's image of that disk, and not attached by the administrator later. */
static bool lies_over_snapshot(const SnapshotVm *vm, const DomainImage *image)
{
    AUTO(StrList_clear) StrList chain = { 0 };
    image_chain(image->path, &chain);
    for (size_t i = 0; i < vm->count; i++) {
        const DomainImage *frozen = domain_images_find(&vm->all[i].images, image->target);
        if (frozen && frozen->path && !str_equal(frozen->path, image->path) && StrList_contains(&chain, frozen->path))
            return true;
    }
    return false;
}

/* The images that only the state belongs to that is left now. */
static json_t *paths_now(const SnapshotVm *vm)
{
    json_t *list = json_array();
    for (size_t i = 0; i < vm->images.count; i++)
        if (vm->images.items[i].path && !vm->images.items[i].block && lies_over_snapshot(vm, &vm->images.items[i]))
            json_array_append_new(list, json_string(vm->images.items[i].path));
    return list;
}

static int begin_entry(Going *going, Error *err)
{
    json_t *facts = json_pack("{s:s, s:s, s:o, s:o}", "vm", going->vm->info.id, "name", going->facts->info.name,
                              "new", paths_of_swaps(going), "old", paths_now(going->vm));
    return journal_begin(going->vm->agent->journal, KIND, going->vm->owner, facts, &going->entry, err);
}

static int make_images(const Going *going, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < going->count && code == 0; i++) {
        const DomainImage *frozen = &going->facts->images.items[i];
        if (!frozen->path || access(frozen->path, R_OK) < 0)
            return error_set(err, ERR_VOLUME_NOT_FOUND, frozen->path ? frozen->path : frozen->target, NULL);
        code = image_lay_over(frozen->path, frozen->format, going->swaps[i].path, err);
    }
    return code;
}

static int define(const Going *going, Error *err)
{
    virConnectPtr conn = virDomainGetConnect(going->vm->domain);
    AUTO_FREE char *xml = snapshot_xml_domain(going->xml, going->swaps, going->count);
    AUTO_DOMAIN defined = xml ? virDomainDefineXML(conn, xml) : NULL;
    return defined ? 0 : virt_error(err, going->vm->info.name);
}

/* The firmware's variables belong to the state. */
static int restore_nvram(const SnapshotVm *vm, const char *name, Error *err)
{
    AUTO_FREE char *xml = snapshot_vm_definition(vm, err);
    AUTO_FREE char *nvram = xml ? domain_nvram(xml) : NULL;
    AUTO_FREE char *kept = snapshot_record_file(vm->agent, vm->info.id, name, SNAPSHOT_NVRAM);
    if (!xml)
        return err->code;
    return nvram && access(kept, R_OK) == 0 ? file_copy(kept, nvram, err) : 0;
}

/* Images of the state that was left, unless a snapshot or another VM has them or another disk stands on them. */
static void remove_old(const SnapshotVm *vm, const json_t *old)
{
    for (size_t i = 0; i < json_array_size(old); i++) {
        const char *path = json_string_value(json_array_get(old, i));
        AUTO(StrList_clear) StrList users = { 0 };
        if (!path || snapshot_vm_pins(vm, path, NULL))
            continue;
        image_children(vm->agent, path, &users);
        inventory_users_of(vm->agent->inventory, path, vm->info.id, &users);
        if (!users.count)
            unlink(path);
    }
}

/* After the VM has been defined; also by an agent that comes later. */
static int settle(SnapshotVm *vm, const char *name, const json_t *old, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    int code = snapshot_vm_handle(vm, name, &snapshot, err);
    AUTO_FREE char *xml = snapshot ? virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
    if (code == 0)
        code = xml ? snapshot_vm_redefine(vm, xml, true, err) : virt_error(err, vm->info.name);
    if (code == 0)
        code = snapshot_vm_reload(vm, err);
    if (code == 0)
        remove_old(vm, old);
    return code;
}

/* The times of the last writes, in ns. */
static json_t *times_of(const json_t *paths)
{
    json_t *times = json_array();
    for (size_t i = 0; i < json_array_size(paths); i++) {
        const char *path = json_string_value(json_array_get(paths, i));
        struct stat status = { 0 };
        if (path)
            stat(path, &status);
        json_array_append_new(times, json_integer((json_int_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec));
    }
    return times;
}

#define WAKE_MEMORY "memory"
#define WAKE_START "start"

/* What a later agent must know once the VM is cut off: whether it ran, what it shall do at the end, and that nobody has used the new images meanwhile. */
static int note_cut(const Going *going, bool start, Error *err)
{
    const char *wake = going->facts->memory_file ? WAKE_MEMORY : start ? WAKE_START : "";
    json_t *times = times_of(json_object_get(journal_facts(going->entry), "new"));
    return journal_set(going->entry, "cut", json_pack("{s:b, s:s, s:o}", "ran", going->vm->info.state == VM_STATE_RUNNING, "wake", wake, "written", times), err);
}

static int restore_memory(const Going *going, Error *err)
{
    virConnectPtr conn = virDomainGetConnect(going->vm->domain);
    AUTO_FREE char *xml = snapshot_xml_domain(going->xml, going->swaps, going->count);
    unsigned flags = going->facts->info.state == VM_STATE_PAUSED ? VIR_DOMAIN_SAVE_PAUSED : VIR_DOMAIN_SAVE_RUNNING;
    if (!xml || virDomainRestoreFlags(conn, going->facts->memory_file, xml, flags) < 0)
        return virt_error(err, going->vm->info.name);
    return 0;
}

static int bring_back(Going *going, bool start, Error *err)
{
    SnapshotVm *vm = going->vm;
    AUTO_FREE char *name = x_strdup(going->facts->info.name); /* reading the VM anew frees the facts */
    AUTO_FREE char *memory = x_strdup(going->facts->memory_file);
    int code = note_cut(going, start, err);
    if (code == 0 && snapshot_vm_active(vm) && virDomainDestroy(vm->domain) < 0 && snapshot_vm_active(vm))
        code = virt_error(err, vm->info.name);
    if (code == 0)
        code = define(going, err);
    if (code < 0)
        return code;
    code = restore_nvram(vm, name, err);
    if (code == 0 && memory)
        code = restore_memory(going, err);
    Error later = { 0 };
    if (settle(vm, name, json_object_get(journal_facts(going->entry), "old"), &later) < 0 && code == 0)
        code = error_move(err, &later);
    error_clear(&later);
    if (code == 0 && start && !memory && virDomainCreate(vm->domain) < 0)
        code = virt_error(err, vm->info.name);
    return code;
}

static bool uses_new(const SnapshotVm *vm, const json_t *fresh)
{
    for (size_t i = 0; i < json_array_size(fresh); i++)
        if (snapshot_vm_pins(vm, json_string_value(json_array_get(fresh, i)), NULL))
            return true;
    return false;
}

static void remove_new(const SnapshotVm *vm, const json_t *fresh)
{
    for (size_t i = 0; i < json_array_size(fresh); i++)
        if (!snapshot_vm_pins(vm, json_string_value(json_array_get(fresh, i)), NULL))
            unlink(json_string_value(json_array_get(fresh, i)));
}

static int revert_external(SnapshotVm *vm, const SnapshotFacts *facts, bool start, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    Going going = { .vm = vm, .facts = facts };
    int code = snapshot_vm_handle(vm, facts->info.name, &snapshot, err);
    if (code < 0)
        return code;
    going.xml = virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE);
    if (!going.xml)
        return virt_error(err, vm->info.name);
    plan_images(&going);
    code = begin_entry(&going, err);
    if (code == 0)
        code = make_images(&going, err);
    if (code == 0)
        code = bring_back(&going, start, err);
    AUTO(error_clear) Error ignored = { 0 };
    if (code < 0 && going.entry && snapshot_vm_reload(vm, &ignored) == 0)
        remove_new(vm, json_object_get(journal_facts(going.entry), "new"));
    journal_end(going.entry);
    going_clear(&going);
    return code;
}

int snapshot_revert(SnapshotVm *vm, const char *name, bool start, Error *err)
{
    const SnapshotFacts *facts = snapshot_vm_find(vm, name);
    if (!facts)
        return error_set(err, ERR_SNAPSHOT_NOT_FOUND, name, NULL);
    int code = facts->info.style == SNAPSHOT_STYLE_INTERNAL ? revert_internal(vm, facts, start, err) : revert_external(vm, facts, start, err);
    AUTO(error_clear) Error ignored = { 0 };
    snapshot_vm_reload(vm, &ignored);
    snapshot_vm_changed(vm);
    return code;
}

/* ---------------------------------------------------------------- after a crash */

typedef struct Waking {
    Agent *agent;
    JournalEntry *entry;
    char *id;
    bool locked;
} Waking;

static void waking_free(void *context)
{
    Waking *waking = context;
    if (waking->locked)
        vm_unlock(waking->id);
    if (waking->entry)
        journal_leave(waking->entry);
    free(waking->id);
    free(waking);
}

/* The images that it was given, if it still has them. */
static int plan_again(Going *going, Error *err)
{
    const DomainImages *images = &going->facts->images;
    going->swaps = x_calloc(images->count, sizeof *going->swaps);
    for (size_t i = 0; i < images->count; i++) {
        const DomainImage *now = domain_images_find(&going->vm->images, images->items[i].target);
        if (!now || !now->path)
            return error_set(err, ERR_VM_CHANGED, going->vm->info.name, "the disk %s is another one now", images->items[i].target);
        going->swaps[going->count++] = (DiskSwap){ images->items[i].target, x_strdup(now->path), "qcow2" };
    }
    return 0;
}

static int restore_again(SnapshotVm *vm, const char *name, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    Going going = { .vm = vm, .facts = snapshot_vm_find(vm, name) };
    if (!going.facts || !going.facts->memory_file)
        return error_set(err, ERR_SNAPSHOT_NOT_FOUND, name, NULL);
    int code = snapshot_vm_handle(vm, name, &snapshot, err);
    if (code == 0)
        code = plan_again(&going, err);
    going.xml = snapshot ? virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
    if (code == 0)
        code = going.xml ? restore_memory(&going, err) : virt_error(err, vm->info.name);
    going_clear(&going);
    return code;
}

static int wake(SnapshotVm *vm, const json_t *facts, Error *err)
{
    bool memory = str_equal(json_string_value(json_object_get(json_object_get(facts, "cut"), "wake")), WAKE_MEMORY);
    if (memory && uses_new(vm, json_object_get(facts, "new")))
        return restore_again(vm, json_string_value(json_object_get(facts, "name")), err);
    return virDomainCreate(vm->domain) < 0 ? virt_error(err, vm->info.name) : 0;
}

/* A VM that does not come up says so by the task, as it would if nobody had been killed. */
static int wake_run(Task *task, void *context, Error *err)
{
    (void)task;
    Waking *waking = context;
    SnapshotVm vm = { 0 };
    drivers_wait(waking->agent->drivers);
    int code = snapshot_vm_open(waking->agent, waking->id, &vm, err);
    if (code == 0)
        code = vm_lock(waking->id, vm.info.name, "it goes back to a snapshot", err);
    waking->locked = code == 0;
    if (code == 0 && !snapshot_vm_active(&vm))
        code = wake(&vm, journal_facts(waking->entry), err);
    if (vm.domain) {
        snapshot_vm_changed(&vm);
        snapshot_vm_close(&vm);
    }
    journal_end(TAKE_PTR(waking->entry));
    return code;
}

/* Whether it is off since it was cut off. Who has gone on with the new images would lose by the memory that does not belong to them. */
static bool shall_wake(const SnapshotVm *vm, const json_t *facts)
{
    const json_t *cut = json_object_get(facts, "cut");
    const json_t *fresh = json_object_get(facts, "new");
    if (!cut || snapshot_vm_active(vm))
        return false;
    if (!uses_new(vm, fresh))
        return json_is_true(json_object_get(cut, "ran"));
    json_t *times = times_of(fresh);
    bool untouched = json_equal(times, json_object_get(cut, "written"));
    json_decref(times);
    return untouched && !str_empty(json_string_value(json_object_get(cut, "wake")));
}

static int wake_later(const SnapshotVm *vm, JournalEntry *entry, Error *err)
{
    bool went = uses_new(vm, json_object_get(journal_facts(entry), "new"));
    Waking *waking = x_calloc(1, sizeof *waking);
    *waking = (Waking){ .agent = vm->agent, .entry = entry, .id = x_strdup(vm->info.id) };
    TaskRef ref = { 0 };
    int code = task_start(vm->agent->tasks, &(TaskSpec){ .method = went ? METHOD_snapshot_revert : METHOD_vm_start, .kind = OBJECT_VM,
        .object_id = vm->info.id, .object_name = vm->info.name, .user = "poolagentd", .run = wake_run, .release = waking_free, .context = waking }, &ref, err);
    TaskRef_clear(&ref);
    if (code < 0) /* waking_free has left the entry for the next connection */
        log_line("%s", err->message);
    return JOURNAL_TAKEN;
}

int journal_recover_revert(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    const json_t *facts = journal_facts(entry);
    const char *id = json_string_value(json_object_get(facts, "vm"));
    virDomainPtr domain = id ? virDomainLookupByUUIDString(conn, id) : NULL;
    SnapshotVm vm;
    if (!domain)
        return JOURNAL_DONE;
    int code = snapshot_vm_from(agent, owner, domain, &vm, err);
    if (code < 0)
        return code;
    const char *name = json_string_value(json_object_get(facts, "name"));
    bool wake = shall_wake(&vm, facts);
    if (uses_new(&vm, json_object_get(facts, "new"))) {
        code = snapshot_vm_active(&vm) ? 0 : restore_nvram(&vm, name, err);
        if (code == 0)
            code = settle(&vm, name, json_object_get(facts, "old"), err);
    } else {
        remove_new(&vm, json_object_get(facts, "new"));
    }
    if (code == 0 && wake)
        code = wake_later(&vm, entry, err);
    snapshot_vm_close(&vm);
    return code;
}
