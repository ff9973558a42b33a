/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Taking snapshots: see snapshot_take.h. libvirt does the work, and ends it also when the agent is killed meanwhile; the journal's entry
 * tells the next agent what to look after.
 */
#include "agent/snapshot_take.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/ident.h"
#include "agent/image_chain.h"
#include "agent/journal.h"
#include "agent/log.h"
#include "agent/snapshot_picture.h"
#include "agent/snapshot_store.h"
#include "agent/upload_sink.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 200 };

typedef struct Taking {
    SnapshotVm *vm;
    const SnapshotWish *wish;
    SnapshotStyle style;
    DiskSwap *overlays; /* their texts are owned */
    size_t count;
    char *memory_file;
    JournalEntry *entry;
} Taking;

/* ---------------------------------------------------------------- checks */

static int check_name(const char *name, SnapshotStyle style, Error *err)
{
    enum { NAME_MAX_BYTES = 120 }; /* libvirt makes file names of it */
    const char *wrong = NULL;
    size_t length = strlen(name);
    if (name[strspn(name, " ")] == 0)
        wrong = "it is empty";
    else if (*name == ' ' || name[length - 1] == ' ')
        wrong = "it begins or ends with a space";
    else if (length > NAME_MAX_BYTES)
        wrong = "it is longer than 120 bytes";
    else if (strchr(name, '/') || *name == '.')
        wrong = "it must not contain a slash or begin with a dot";
    else if (style == SNAPSHOT_STYLE_INTERNAL && strspn(name, "0123456789") == length)
        wrong = "inside of images a name needs something else than digits";
    for (const char *p = name; *p && !wrong; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            wrong = "it contains a control character";
    return wrong ? error_set(err, ERR_SNAPSHOT_NAME, name, "%s", wrong) : 0;
}

static int check_kind(const SnapshotVm *vm, const SnapshotWish *wish, SnapshotStyle style, Error *err)
{
    bool active = snapshot_vm_active(vm);
    if (wish->memory && wish->quiesce)
        return error_set(err, ERR_NOT_SUPPORTED, vm->info.name, "a snapshot with memory needs no resting file systems");
    if ((wish->memory || wish->quiesce) && !active)
        return error_set(err, ERR_VM_WRONG_STATE, vm->info.name, "%s", VmState_name(vm->info.state));
    if (style == SNAPSHOT_STYLE_INTERNAL && active && !wish->memory)
        return error_set(err, ERR_NOT_SUPPORTED, vm->info.name, "its snapshots are inside of its images: while it runs, they need the memory, too");
    return 0;
}

static int check_space(const SnapshotVm *vm, const SnapshotWish *wish, Error *err)
{
    const char *path = vm->images.items[0].path;
    if (!wish->memory || file_system_free(path) > vm->info.memory)
        return 0;
    AUTO_FREE char *need = size_text(vm->info.memory);
    return error_set(err, ERR_NO_SPACE, path, "the memory takes up to %s", need);
}

static int name_taken(const SnapshotVm *vm, const char *name, Error *err)
{
    if (snapshot_vm_find_shown(vm, name))
        return error_set(err, ERR_SNAPSHOT_EXISTS, name, NULL);
    return error_set(err, ERR_SNAPSHOT_EXISTS, name, "it has been deleted, but other disks still stand on its images");
}

int snapshot_take_check(const SnapshotVm *vm, const SnapshotWish *wish, Error *err)
{
    char reason[256];
    if (vm->info.template)
        return error_set(err, ERR_IS_TEMPLATE, vm->info.name, NULL);
    SnapshotStyle style = snapshot_vm_style(vm, reason);
    if (style == SNAPSHOT_STYLE_UNKNOWN) {
        reason[strlen(reason) - 1] = 0; /* without the full stop */
        return error_set(err, ERR_NOT_SUPPORTED, vm->info.name, "%s", reason);
    }
    if (vm->info.state != VM_STATE_OFF && vm->info.state != VM_STATE_RUNNING && vm->info.state != VM_STATE_PAUSED)
        return error_set(err, ERR_VM_WRONG_STATE, vm->info.name, "%s", VmState_name(vm->info.state));
    int code = check_name(wish->name, style, err);
    if (code == 0 && snapshot_vm_find_any(vm, wish->name))
        code = name_taken(vm, wish->name, err);
    if (code == 0)
        code = check_kind(vm, wish, style, err);
    return code < 0 ? code : check_space(vm, wish, err);
}

/* ---------------------------------------------------------------- names */

/* Length of the name without its last dot, and without the eight digits that an earlier call has given it. */
static int stem_length(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - path) : strlen(path);
    if (length > 9 && path[length - 9] == '-' && strspn(path + length - 8, "0123456789abcdef") >= 8)
        length -= 9;
    return (int)length;
}

char *image_name_beside(const char *path, const char *suffix)
{
    char id[LIMIT_UUID + 1];
    uuid_random(id);
    return x_printf("%.*s-%.8s%s", stem_length(path), path, id, suffix);
}

/* Where libvirt puts the variables of a VM that leaves the choice to it; it tells only when the VM has been started. */
static char *default_nvram(xmlNode *root)
{
    const char *home = getenv("HOME");
    AUTO_FREE char *name = xml_text(xml_child(root, "name"), LIMIT_NAME);
    if (!name || !xml_attribute_is(xml_child(root, "os"), "firmware", "efi"))
        return NULL;
    if (geteuid() == 0)
        return x_printf("/var/lib/libvirt/qemu/nvram/%s_VARS.fd", name);
    return home ? x_printf("%s/.config/libvirt/qemu/nvram/%s_VARS.fd", home, name) : NULL;
}

char *domain_nvram(const char *xml)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", NULL);
    xmlNode *nvram = xml_child(root, "os/nvram");
    char *path = xml_attribute(xml_child(nvram, "source"), "file", LIMIT_PATH);
    if (!path)
        path = xml_text(nvram, LIMIT_PATH);
    if (!path || *path != '/') {
        free(path);
        path = default_nvram(root);
    }
    xml_free(root);
    return path;
}

static void plan_files(Taking *taking)
{
    const DomainImages *images = &taking->vm->images;
    taking->overlays = x_calloc(images->count, sizeof *taking->overlays);
    if (taking->style != SNAPSHOT_STYLE_EXTERNAL)
        return;
    taking->count = images->count;
    for (size_t i = 0; i < images->count; i++)
        taking->overlays[i] = (DiskSwap){ images->items[i].target, image_name_beside(images->items[i].path, ".qcow2"), "qcow2" };
    if (taking->wish->memory)
        taking->memory_file = image_name_beside(images->items[0].path, ".mem");
}

static void taking_clear(Taking *taking)
{
    for (size_t i = 0; i < taking->count; i++)
        free((char *)taking->overlays[i].path);
    free(taking->overlays);
    free(taking->memory_file);
}

/* ---------------------------------------------------------------- the journal */

#define KIND "snapshot"

static int begin_entry(Taking *taking, Error *err)
{
    json_t *files = json_array();
    for (size_t i = 0; i < taking->count; i++)
        json_array_append_new(files, json_string(taking->overlays[i].path));
    if (taking->memory_file)
        json_array_append_new(files, json_string(taking->memory_file));
    json_t *facts = json_pack("{s:s, s:s, s:o}", "vm", taking->vm->info.id, "name", taking->wish->name, "files", files);
    return journal_begin(taking->vm->agent->journal, KIND, taking->vm->owner, facts, &taking->entry, err);
}

/* Not those that the VM uses all the same: libvirt had gone on. */
static void remove_files(const SnapshotVm *vm, const json_t *files)
{
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *path = json_string_value(json_array_get(files, i));
        bool used = !path || snapshot_vm_pins(vm, path, NULL);
        for (size_t k = 0; k < vm->count && !used; k++)
            used = str_equal(vm->all[k].memory_file, path);
        if (!used)
            unlink(path);
    }
}

typedef struct Recovery {
    Agent *agent;
    JournalEntry *entry;
    int owner;
    virDomainPtr domain;
} Recovery;

/* How far libvirt is with writing the memory; false: it does nothing of that kind. */
static bool tell_progress(Task *task, virDomainPtr domain)
{
    virDomainJobInfo info = { 0 };
    if (virDomainGetJobInfo(domain, &info) < 0)
        return virt_error_is(VIR_ERR_OPERATION_TIMEOUT); /* it is busy */
    if (info.type == VIR_DOMAIN_JOB_NONE)
        return false;
    if (info.dataTotal && info.dataRemaining <= info.dataTotal)
        task_progress(task, (int64_t)(info.dataTotal - info.dataRemaining), (int64_t)info.dataTotal);
    return true;
}

/* libvirt works on while no agent is there. */
static void wait_for_job(Task *task, virDomainPtr domain)
{
    while (tell_progress(task, domain) && !task_wait(task, STEP_MS))
        ;
}

/* Completed if libvirt has it, rolled back if not. */
static int recover_run(Task *task, void *context, Error *err)
{
    Recovery *recovery = context;
    const json_t *facts = journal_facts(recovery->entry);
    const char *name = json_string_value(json_object_get(facts, "name"));
    SnapshotVm vm;
    wait_for_job(task, recovery->domain);
    if (task_stopping(task)) /* libvirt may still write to the files; recovery_free leaves them to the next agent */
        return task_check(task, err);
    int code = snapshot_vm_from(recovery->agent, recovery->owner, TAKE_PTR(recovery->domain), &vm, err);
    if (code < 0) {
        journal_leave(TAKE_PTR(recovery->entry));
        return code;
    }
    if (!snapshot_vm_find_any(&vm, name)) {
        remove_files(&vm, json_object_get(facts, "files"));
        snapshot_record_drop(recovery->agent, vm.info.id, name);
    }
    snapshot_vm_changed(&vm);
    snapshot_vm_close(&vm);
    journal_end(TAKE_PTR(recovery->entry));
    return 0;
}

static void recovery_free(void *context)
{
    Recovery *recovery = context;
    if (recovery->entry)
        journal_leave(recovery->entry);
    virt_domain_cleanup(&recovery->domain);
    free(recovery);
}

int journal_recover_snapshot(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    const char *id = json_string_value(json_object_get(journal_facts(entry), "vm"));
    virDomainPtr domain = id ? virDomainLookupByUUIDString(conn, id) : NULL;
    if (!domain)
        return JOURNAL_DONE;
    Recovery *recovery = x_calloc(1, sizeof *recovery);
    *recovery = (Recovery){ agent, entry, owner, domain };
    TaskRef ref = { 0 };
    int code = task_start(agent->tasks, &(TaskSpec){ .method = METHOD_snapshot_create, .kind = OBJECT_VM, .object_id = id,
        .object_name = virDomainGetName(domain), .user = "poolagentd", .run = recover_run, .release = recovery_free, .context = recovery }, &ref, err);
    TaskRef_clear(&ref);
    if (code < 0) /* recovery_free has left the entry for the next connection */
        log_line("%s", err->message);
    return JOURNAL_TAKEN;
}

/* ---------------------------------------------------------------- taking */

static int keep_extras(Taking *taking, Error *err)
{
    SnapshotVm *vm = taking->vm;
    AUTO_FREE char *xml = snapshot_vm_definition(vm, err);
    if (!xml)
        return err->code;
    AUTO_FREE char *nvram = domain_nvram(xml);
    AUTO_FREE char *kept = snapshot_record_file(vm->agent, vm->info.id, taking->wish->name, SNAPSHOT_NVRAM);
    int code = nvram && access(nvram, R_OK) == 0 ? file_copy(nvram, kept, err) : 0;
    json_t *record = json_pack("{s:b}", "quiesced", taking->wish->quiesce);
    if (code == 0)
        code = snapshot_record_write(vm->agent, vm->info.id, taking->wish->name, record, err);
    json_decref(record);
    if (code == 0 && snapshot_vm_active(vm))
        snapshot_picture_take(vm, taking->wish->name);
    return code;
}

/* While memory is written: tells how far that is, and ends it when it is cancelled. A guest that writes its memory faster than it can be saved would
 * go on for ever: after a while it is held until the rest is saved. */
typedef struct Watch {
    virDomainPtr domain;
    Task *task;
    int64_t hold_at; /* ms of clock_ms; 0: the VM does not run anyway */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over; /* the snapshot has been taken, or not */
    bool held;
    bool aborted;
} Watch;

/* An agent that ends waits for it. Asked for again and again, since QEMU hears of it only once it has begun to write. */
static void look_after(Watch *watch)
{
    if (task_cancelled(watch->task) && !task_stopping(watch->task)) {
        watch->aborted |= virDomainAbortJob(watch->domain) == 0;
        return;
    }
    tell_progress(watch->task, watch->domain);
    if (watch->hold_at && clock_ms() >= watch->hold_at) {
        watch->held = virDomainSuspend(watch->domain) == 0;
        watch->hold_at = 0;
    }
}

/* The first look comes late: whoever asks while libvirt prepares the snapshot waits up to 30 s for the answer. */
static void *watch_main(void *context)
{
    enum { FIRST_MS = 1000 };
    Watch *watch = context;
    long step = FIRST_MS;
    pthread_mutex_lock(&watch->lock);
    while (!watch->over) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += step * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&watch->ended, &watch->lock, &until) == 0)
            continue;
        pthread_mutex_unlock(&watch->lock);
        look_after(watch);
        step = STEP_MS;
        pthread_mutex_lock(&watch->lock);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

static void watch_init(Watch *watch)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->ended, &attributes);
    pthread_condattr_destroy(&attributes);
}

static virDomainSnapshotPtr create_watched(const Taking *taking, Task *task, const char *xml, unsigned flags, bool *ret_aborted)
{
    enum { LEAST_MS = 10000, MS_PER_MIB = 8 };
    const VmInfo *vm = &taking->vm->info;
    bool live = vm->state == VM_STATE_RUNNING;
    pthread_t thread;
    Watch watch = { .domain = taking->vm->domain, .task = task, .hold_at = live ? clock_ms() + LEAST_MS + vm->memory / (1 << 20) * MS_PER_MIB : 0 };
    watch_init(&watch);
    bool watched = pthread_create(&thread, NULL, watch_main, &watch) == 0;
    if (watched && live)
        flags |= VIR_DOMAIN_SNAPSHOT_CREATE_LIVE;
    task_set_cancellable(task, watched);
    virDomainSnapshotPtr snapshot = virDomainSnapshotCreateXML(taking->vm->domain, xml, flags);
    task_set_cancellable(task, false);
    pthread_mutex_lock(&watch.lock);
    watch.over = true;
    pthread_cond_signal(&watch.ended);
    pthread_mutex_unlock(&watch.lock);
    if (watched)
        pthread_join(thread, NULL);
    if (watch.held && snapshot) /* else the error would be lost; see undo */
        virDomainResume(taking->vm->domain);
    pthread_cond_destroy(&watch.ended);
    pthread_mutex_destroy(&watch.lock);
    *ret_aborted = watch.aborted;
    return snapshot;
}

static int create(const Taking *taking, Task *task, Error *err)
{
    const SnapshotWish *wish = taking->wish;
    unsigned flags = VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC;
    bool aborted = false;
    if (taking->style == SNAPSHOT_STYLE_EXTERNAL && !wish->memory)
        flags |= VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY;
    if (wish->quiesce) {
        flags |= VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE;
        virDomainAgentSetResponseTimeout(taking->vm->domain, GUEST_FREEZE_SECONDS, 0);
    }
    AUTO_FREE char *xml = snapshot_xml_build(wish->name, wish->description, taking->overlays, taking->count, &taking->vm->images.others, taking->memory_file);
    AUTO_SNAPSHOT snapshot = taking->memory_file ? create_watched(taking, task, xml, flags, &aborted)
                                                 : virDomainSnapshotCreateXML(taking->vm->domain, xml, flags);
    if (snapshot)
        return 0;
    return aborted ? task_check(task, err) : virt_error(err, taking->vm->info.name);
}

static void undo(Taking *taking)
{
    AUTO(error_clear) Error ignored = { 0 };
    int state = VIR_DOMAIN_NOSTATE;
    if (taking->vm->info.state == VM_STATE_RUNNING && virDomainGetState(taking->vm->domain, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PAUSED)
        virDomainResume(taking->vm->domain);
    if (snapshot_vm_reload(taking->vm, &ignored) == 0 && !snapshot_vm_find_any(taking->vm, taking->wish->name))
        remove_files(taking->vm, json_object_get(journal_facts(taking->entry), "files"));
    snapshot_record_drop(taking->vm->agent, taking->vm->info.id, taking->wish->name);
}

int snapshot_take(SnapshotVm *vm, const SnapshotWish *wish, Task *task, Error *err)
{
    char reason[256];
    Taking taking = { .vm = vm, .wish = wish, .style = snapshot_vm_style(vm, reason) };
    plan_files(&taking);
    int code = begin_entry(&taking, err);
    if (code == 0) {
        code = keep_extras(&taking, err);
        if (code == 0)
            code = create(&taking, task, err);
        if (code < 0)
            undo(&taking);
        journal_end(taking.entry);
    }
    if (code == 0)
        code = snapshot_vm_reload(vm, err);
    snapshot_vm_changed(vm);
    taking_clear(&taking);
    return code;
}
