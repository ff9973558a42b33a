/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import.inspect and vm.import. The call checks all that can be checked, so that the wizard hears of a mistake at once. The task lets qemu-img write each disk
 * straight from its place in the archive into its volume, while another thread compares the files with the manifest; only what is packed or cut into pieces is
 * put together first. The disks have hidden names until everything is right; a killed agent's journal removes them.
 */
#include "agent/base64.h"
#include "agent/disk_full.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/import_source.h"
#include "agent/import_stage.h"
#include "agent/journal.h"
#include "agent/program.h"
#include "agent/request.h"
#include "agent/upload_file.h"
#include "agent/vm_make.h"
#include "agent/volume_handle.h"
#include "agent/volume_locks.h"
#include "agent/volume_new.h"
#include "agent/volumes.h"
#include "protocol/datastore_type.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One disk on its way. */
typedef struct ImportedDisk {
    const ApplianceDisk *from;
    ImagePlace place;   /* where it is read from; its descriptor is ours. Of a staged one: not before it is there */
    int64_t size;       /* bytes in the package */
    char *stage;        /* hidden file that is made of it first; NULL: it is read in its place */
    ImageFacts facts;
    VolumeHandle target;
    char *part;         /* hidden name while it is written; NULL: a volume that libvirt makes */
    int64_t needed;     /* bytes it takes at most */
} ImportedDisk;

typedef struct ImportJob {
    VmMake make;
    VmImportParams params;
    ImportSource source;
    VolumeHandle file;  /* what is imported */
    StrList locked;     /* paths that are read */
    ImportedDisk *disks;
    JournalEntry *journal;
    atomic_bool wrong;  /* a file is not as the manifest says: what is made of it is in vain */
} ImportJob;

/* The manifest is checked on a thread of its own. */
typedef struct Verifier {
    ImportJob *job;
    Task *task;
    atomic_bool stop;
    Error error;
    pthread_t thread;
    bool runs;
} Verifier;

static void unlock_files(ImportJob *job)
{
    for (size_t i = 0; i < job->locked.count; i++)
        volume_unlock(job->make.agent->volume_locks, job->locked.items[i]);
    StrList_clear(&job->locked);
}

static void import_free(void *context)
{
    ImportJob *job = context;
    for (size_t i = 0; i < job->params.disks.count && job->disks; i++) {
        if (job->disks[i].place.fd > 0)
            close(job->disks[i].place.fd);
        volume_handle_clear(&job->disks[i].target);
        free(job->disks[i].stage);
        free(job->disks[i].part);
    }
    free(job->disks);
    unlock_files(job);
    import_source_close(&job->source);
    volume_handle_clear(&job->file);
    VmImportParams_clear(&job->params);
    vm_make_clear(&job->make);
    free(job);
}

/* ---------------------------------------------------------------- import.inspect */

static int open_file(Agent *agent, const char *datastore, const char *volume, VolumeHandle *ret, Error *err)
{
    int code = volume_handle_open(agent, datastore, volume, ret, err);
    if (code == 0 && !ret->direct)
        code = error_set(err, ERR_NOT_SUPPORTED, volume, "only files in a directory datastore can be imported");
    return code;
}

static int inspect_head(const ImportInspectParams *params, Appliance *ret, Error *err)
{
    AUTO_FREE char *bytes = x_calloc(strlen(params->head) + 1, 1);
    long count = base64_decode(params->head, bytes);
    int code = volume_name_check(params->name, err);
    if (code < 0)
        return code;
    if (count < 0 || params->size < count)
        return error_set(err, ERR_INVALID_PARAMS, params->name, "head is not the beginning of a file of this size");
    return import_source_head(params->name, params->size, bytes, (size_t)count, params->machine, ret, err);
}

int handle_import_inspect(Request *request, const ImportInspectParams *params, Appliance *ret, Error *err)
{
    VolumeHandle file = { 0 };
    ImportSource source = { .fd = -1 };
    if (params->head && params->name)
        return inspect_head(params, ret, err);
    if (!params->datastore || !params->volume)
        return error_set(err, ERR_INVALID_PARAMS, NULL, "either datastore and volume, or name and head are needed");
    request_object(request, params->datastore, params->volume);
    int code = open_file(request->agent, params->datastore, params->volume, &file, err);
    if (code == 0)
        code = import_source_open(file.info.path, params->machine, &source, err);
    if (code == 0)
        Appliance_copy(&source.appliance, ret);
    import_source_close(&source);
    volume_handle_clear(&file);
    return code;
}

/* ---------------------------------------------------------------- vm.import: checks */

static const ApplianceDisk *find_disk(const Appliance *appliance, const char *file)
{
    for (size_t i = 0; i < appliance->disks.count; i++)
        if (str_equal(appliance->disks.items[i].file, file))
            return &appliance->disks.items[i];
    return NULL;
}

static int check_disk(const ImportJob *job, size_t index, Error *err)
{
    const ImportDisk *disk = &job->params.disks.items[index];
    if (!find_disk(&job->source.appliance, disk->file))
        return error_set(err, ERR_APPLIANCE_INVALID, job->source.name, "it has no disk '%s'", disk->file);
    for (size_t i = 0; i < index; i++)
        if (str_equal(job->params.disks.items[i].file, disk->file))
            return error_set(err, ERR_INVALID_PARAMS, disk->file, "a disk is named twice");
    if (disk->format != VOLUME_FORMAT_RAW && disk->format != VOLUME_FORMAT_QCOW2)
        return error_set(err, ERR_NOT_SUPPORTED, job->params.name, "new disks are qcow2 or raw");
    if (disk->bus < DISK_BUS_VIRTIO || disk->bus > DISK_BUS_USB)
        return error_set(err, ERR_NOT_SUPPORTED, job->params.name, "a disk cannot be on the bus %s", DiskBus_name(disk->bus));
    return 0;
}

static bool name_taken(const ImportJob *job, size_t before, const char *datastore, const char *name)
{
    for (size_t i = 0; i < before; i++)
        if (str_equal(job->disks[i].target.datastore.id, datastore) && str_equal(job->disks[i].target.info.name, name))
            return true;
    return false;
}

/* "web01.qcow2", "web01-2.qcow2" ... : the first that is free. */
static int find_place(ImportJob *job, size_t index, Error *err)
{
    enum { TRIES = 1000 };
    const ImportDisk *disk = &job->params.disks.items[index];
    const char *vm = job->params.name + strspn(job->params.name, "."); /* hidden files are no volumes */
    int code = ERR_VOLUME_EXISTS;
    for (int number = 1; number < TRIES && code == ERR_VOLUME_EXISTS; number++) {
        AUTO_FREE char *tail = number == 1 ? x_strdup("") : x_printf("-%d", number);
        AUTO_FREE char *name = x_printf("%s%s.%s", *vm ? vm : "vm", tail, VolumeFormat_name(disk->format));
        if (name_taken(job, index, disk->datastore, name))
            continue;
        error_clear(err);
        code = volume_handle_new(job->make.agent, disk->datastore, name, &job->disks[index].target, err);
    }
    return code;
}

/* Whether all its pieces are there, and how much they are. */
static int measure_parts(const ImportJob *job, ImportedDisk *disk, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < (disk->from->parts.count ? disk->from->parts.count : 1) && code == 0; i++) {
        ImagePlace place;
        code = import_source_place(&job->source, disk->from->parts.count ? disk->from->parts.items[i] : disk->from->file, &place, err);
        if (code < 0)
            break;
        disk->size += place.size;
        close(place.fd);
    }
    return code;
}

/* Flat files are raw, whatever their bytes look like. */
static int find_image(const ImportJob *job, ImportedDisk *disk, Error *err)
{
    bool flat = disk->from->parts.count == 1;
    int code = import_source_place(&job->source, flat ? disk->from->parts.items[0] : disk->from->file, &disk->place, err);
    disk->size = disk->place.size;
    disk->facts = (ImageFacts){ VOLUME_FORMAT_RAW, disk->place.size };
    return code < 0 || flat ? code : image_probe(&disk->place, disk->from->file, NULL, &disk->facts, err);
}

static int choose_format(ImportJob *job, ImportDisk *disk, Error *err)
{
    DatastoreInfo datastore;
    int code = datastore_active(job->make.agent, disk->datastore, &datastore, err);
    if (code < 0)
        return code;
    if (datastore_type_is_raw(datastore.type))
        disk->format = VOLUME_FORMAT_RAW;
    DatastoreInfo_clear(&datastore);
    return 0;
}

static int plan_disk(ImportJob *job, size_t index, Error *err)
{
    ImportedDisk *disk = &job->disks[index];
    int code = check_disk(job, index, err);
    if (code == 0)
        code = choose_format(job, &job->params.disks.items[index], err);
    if (code < 0)
        return code;
    disk->from = find_disk(&job->source.appliance, job->params.disks.items[index].file);
    if (disk->from->empty)
        disk->facts = (ImageFacts){ VOLUME_FORMAT_RAW, disk->from->capacity };
    else
        code = import_stage_needed(disk->from) ? measure_parts(job, disk, err) : find_image(job, disk, err);
    return code < 0 ? code : find_place(job, index, err);
}

static int plan_disks(ImportJob *job, Error *err)
{
    int code = 0;
    size_t count = job->params.disks.count;
    job->disks = x_calloc(count, sizeof *job->disks);
    job->make.plan.disks = x_calloc(count, sizeof *job->make.plan.disks);
    for (size_t i = 0; i < count && code == 0; i++) {
        code = plan_disk(job, i, err);
        job->make.plan.disks[i] = (DomainDisk){ .format = job->params.disks.items[i].format, .bus = job->params.disks.items[i].bus };
    }
    job->make.plan.disk_count = count;
    return code;
}

static int check_license(const ImportJob *job, Error *err)
{
    if (!job->source.appliance.licenses.count || job->params.accept_licenses)
        return 0;
    return error_set(err, ERR_APPLIANCE_LICENSE, job->source.name, NULL);
}

static int lock_file(ImportJob *job, const char *name, Error *err)
{
    const char *slash = strrchr(job->file.info.path, '/');
    AUTO_FREE char *path = x_printf("%.*s/%s", (int)(slash - job->file.info.path), job->file.info.path, name);
    int code = volume_lock_read(job->make.agent->volume_locks, path, name, "it is being imported", err);
    if (code == 0)
        StrList_add(&job->locked, path);
    return code;
}

/* What lies beside a description. */
static int lock_disks(ImportJob *job, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->source.appliance.disks.count && !job->source.members.count && code == 0; i++) {
        const ApplianceDisk *disk = &job->source.appliance.disks.items[i];
        if (!disk->empty && !str_equal(disk->file, job->source.name))
            code = lock_file(job, disk->file, err);
        for (size_t k = 0; k < disk->parts.count && code == 0; k++)
            code = lock_file(job, disk->parts.items[k], err);
    }
    return code;
}

static int open_source(ImportJob *job, Error *err)
{
    int code = open_file(job->make.agent, job->params.datastore, job->params.volume, &job->file, err);
    if (code == 0)
        code = lock_file(job, strrchr(job->file.info.path, '/') + 1, err);
    if (code == 0)
        code = import_source_open(job->file.info.path, job->params.machine, &job->source, err);
    if (code == 0 && job->source.appliance.machines.count && !job->params.machine)
        code = error_set(err, ERR_APPLIANCE_INVALID, job->source.name, "it holds %zu VMs; choose one of them", job->source.appliance.machines.count);
    return code < 0 ? code : lock_disks(job, err);
}

static int plan(ImportJob *job, Error *err)
{
    int code = vm_make_check(&job->make, err);
    if (code == 0)
        code = open_source(job, err);
    if (code == 0)
        code = check_license(job, err);
    if (code == 0)
        code = plan_disks(job, err);
    if (code == 0)
        code = vm_make_nics(&job->make, err);
    const ImportDiskList *disks = &job->params.disks;
    return code < 0 ? code : vm_make_seed(&job->make, disks->count ? disks->items[0].datastore : NULL, false, err);
}

/* ---------------------------------------------------------------- the manifest, meanwhile */

static void *verify(void *context)
{
    Verifier *verifier = context;
    int code = import_source_verify(&verifier->job->source, verifier->task, &verifier->stop, &verifier->error);
    verifier->job->wrong = code < 0 && !verifier->stop && !task_cancelled(verifier->task);
    return NULL;
}

static int verify_start(Verifier *verifier, ImportJob *job, Task *task, Error *err)
{
    *verifier = (Verifier){ .job = job, .task = task };
    if (!job->source.manifest.count)
        return 0;
    verifier->runs = pthread_create(&verifier->thread, NULL, verify, verifier) == 0;
    return verifier->runs ? 0 : error_set(err, ERR_BUSY, job->source.name, "the host has no more threads");
}

/* Waits for its end. failed: the disks are not made, so the rest does not matter; the reason is what it has found until now, if anything. */
static int verify_end(Verifier *verifier, bool failed, Error *err)
{
    if (!verifier->runs)
        return 0;
    if (failed)
        verifier->stop = true;
    pthread_join(verifier->thread, NULL);
    if (!verifier->error.code || (failed && !verifier->job->wrong)) {
        error_clear(&verifier->error);
        return 0;
    }
    error_clear(err);
    return error_move(err, &verifier->error);
}

/* ---------------------------------------------------------------- the disks */

/* A bomb shows itself here: what it would unpack to is known from its tables. */
static int measure_disk(ImportJob *job, size_t index, Task *task, Error *err)
{
    ImportedDisk *disk = &job->disks[index];
    const ImportDisk *wanted = &job->params.disks.items[index];
    int code = image_measure(&disk->place, disk->facts.format, VolumeFormat_name(wanted->format), wanted->file, task, &disk->needed, err);
    int64_t together = disk->needed;
    for (size_t j = 0; j < index; j++)
        if (str_equal(job->disks[j].target.datastore.id, disk->target.datastore.id))
            together += job->disks[j].needed;
    return code < 0 ? code : volume_handle_room(&disk->target, together, err);
}

static int measure(ImportJob *job, Task *task, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->params.disks.count && code == 0; i++)
        if (!import_stage_needed(job->disks[i].from) && !job->disks[i].from->empty) /* a new file grows; of a new volume, libvirt says whether there is room */
            code = measure_disk(job, i, task, err);
    return code;
}

/* What is packed may hold its disk and the tables of its format, and half of what is free: the disk itself needs room, too. */
static int64_t most_to_stage(const ImportJob *job, const ImportedDisk *disk)
{
    enum { TABLES = 64 << 20 };
    int64_t room = file_system_free(job->file.info.path) / 2;
    int64_t bound = disk->from->capacity ? disk->from->capacity + disk->from->capacity / 8 + TABLES : room;
    return bound < room ? bound : room;
}

/* Beside the package, where the next agent's journal finds it. */
static int stage(ImportJob *job, size_t index, Task *task, int64_t before, int64_t total, Error *err)
{
    ImportedDisk *disk = &job->disks[index];
    AUTO_FREE char *id = x_printf("%s-%zu-joined", journal_id(job->journal), index + 1);
    disk->stage = volume_handle_part(&job->file, id);
    ImportStage how = { .source = &job->source, .disk = disk->from, .path = disk->stage, .most = most_to_stage(job, disk),
                        .share = { task, before, disk->size, total } };
    int code = journal_file(job->journal, disk->stage, err);
    if (code == 0)
        code = disk_full_explain(job->file.datastore.path, job->file.datastore.name, import_stage(&how, &disk->place.fd, err), err);
    if (code < 0)
        return code;
    disk->place.size = lseek(disk->place.fd, 0, SEEK_END);
    disk->facts = (ImageFacts){ VOLUME_FORMAT_RAW, disk->place.size };
    if (disk->from->format != VOLUME_FORMAT_RAW)
        code = image_probe(&disk->place, disk->from->file, task, &disk->facts, err);
    return code < 0 ? code : measure_disk(job, index, task, err);
}

/* A volume that is no file: libvirt makes it, qemu-img fills it. */
static int make_volume(ImportJob *job, size_t index, Error *err)
{
    ImportedDisk *disk = &job->disks[index];
    virStorageVolInfo info;
    int code = volume_new_empty(&disk->target, disk->facts.capacity, job->journal, err);
    if (code < 0)
        return code;
    if (virStorageVolGetInfo(disk->target.volume, &info) < 0)
        return virt_error(err, disk->target.info.name);
    if (info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK)
        return error_set(err, ERR_NOT_SUPPORTED, disk->target.info.name, "disks in this kind of datastore cannot be given to a VM yet");
    job->make.plan.disks[index].block = info.type == VIR_STORAGE_VOL_BLOCK;
    job->make.plan.disks[index].format = VOLUME_FORMAT_RAW;
    return 0;
}

static int prepare(ImportJob *job, size_t index, Error *err)
{
    ImportedDisk *disk = &job->disks[index];
    if (!disk->target.direct)
        return make_volume(job, index, err);
    AUTO_FREE char *id = x_printf("%s-%zu", journal_id(job->journal), index + 1);
    disk->part = volume_handle_part(&disk->target, id);
    return journal_file(job->journal, disk->part, err);
}

static int convert(ImportJob *job, size_t index, Task *task, int64_t before, int64_t total, Error *err)
{
    enum { SLACK = 64 << 20 };
    ImportedDisk *disk = &job->disks[index];
    ProgramShare share = { task, before, disk->size, total };
    const char *format = VolumeFormat_name(job->make.plan.disks[index].format);
    const char *target = disk->part ? disk->part : disk->target.info.path;
    AUTO_FREE char *source = image_source(&disk->place, disk->facts.format);
    const char *const new_file[] = { "qemu-img", "convert", "-p", "-t", "writeback", "-O", format, source, target, NULL };
    const char *const volume[] = { "qemu-img", "convert", "-p", "-n", "-t", "writeback", "-O", format, source, target, NULL };
    int64_t largest = disk->needed > disk->facts.capacity ? disk->needed : disk->facts.capacity;
    Program program = { .arguments = disk->part ? new_file : volume, .kept = { disk->place.fd }, .task = task, .stop = &job->wrong,
                        .line = program_progress, .context = &share,
                        .file_size = disk->part ? largest + SLACK : 0 };
    return disk_full_explain(disk->target.datastore.path, disk->target.datastore.name, program_run(&program, NULL, err), err);
}

/* Without a file. What libvirt has made is empty already. */
static int create(const ImportJob *job, size_t index, Task *task, Error *err)
{
    const ImportedDisk *disk = &job->disks[index];
    AUTO_FREE char *size = x_printf("%lld", (long long)disk->facts.capacity);
    const char *format = VolumeFormat_name(job->make.plan.disks[index].format);
    const char *const arguments[] = { "qemu-img", "create", "-q", "-f", format, str_or_empty(disk->part), size, NULL };
    int code = disk->part ? program_run(&(Program){ .arguments = arguments, .task = task }, NULL, err) : 0;
    return disk_full_explain(disk->target.datastore.path, disk->target.datastore.name, code, err);
}

/* What has been staged is gone through twice. */
static int64_t work_of(const ImportedDisk *disk) { return import_stage_needed(disk->from) ? 2 * disk->size : disk->size; }

static int write_disk(ImportJob *job, size_t index, Task *task, int64_t before, int64_t total, Error *err)
{
    ImportedDisk *disk = &job->disks[index];
    bool staged = import_stage_needed(disk->from);
    task_progress(task, before, total);
    int code = staged ? stage(job, index, task, before, total, err) : 0;
    if (code == 0)
        code = prepare(job, index, err);
    if (code == 0 && disk->from->empty)
        code = create(job, index, task, err);
    else if (code == 0)
        code = convert(job, index, task, staged ? before + disk->size : before, total, err);
    if (staged && disk->stage)
        unlink(disk->stage);
    return code;
}

static int write_disks(ImportJob *job, Task *task, Error *err)
{
    int64_t total = 1;
    int64_t before = 0;
    int code = 0;
    for (size_t i = 0; i < job->params.disks.count; i++)
        total += work_of(&job->disks[i]);
    for (size_t i = 0; i < job->params.disks.count && code == 0; i++) {
        code = write_disk(job, i, task, before, total, err);
        before += work_of(&job->disks[i]);
    }
    return code;
}

/* Gives the disks their names. */
static int commit_disks(ImportJob *job, Error *err)
{
    for (size_t i = 0; i < job->params.disks.count; i++) {
        ImportedDisk *disk = &job->disks[i];
        int code = disk->part ? journal_name(job->journal, disk->part, disk->target.info.path, err) : 0;
        if (code == 0 && disk->part && chmod(disk->part, 0600) < 0)
            code = error_set(err, ERR_IO, disk->target.info.name, "%s", strerror(errno));
        if (code == 0 && disk->part)
            code = volume_handle_commit(&disk->target, disk->part, err);
        if (code < 0)
            return code;
        job->make.plan.disks[i].path = x_strdup(disk->target.info.path);
    }
    return 0;
}

/* ---------------------------------------------------------------- the task */

static int import_all(ImportJob *job, Task *task, virDomainPtr *ret, Error *err)
{
    Verifier verifier;
    int code = measure(job, task, err);
    if (code == 0)
        code = verify_start(&verifier, job, task, err);
    if (code < 0)
        return code;
    code = write_disks(job, task, err);
    int checked = verify_end(&verifier, code < 0, err);
    if (checked < 0)
        code = checked;
    if (code == 0)
        code = task_check(task, err);
    if (code == 0)
        code = commit_disks(job, err);
    if (code == 0)
        code = journal_vm(job->journal, job->make.plan.id, err);
    return code < 0 ? code : vm_make_define(&job->make, task, job->journal, ret, err);
}

/* Not what a VM uses, and not what another import reads. */
static void remove_file(const ImportJob *job, const char *name)
{
    AUTO_FREE char *path = x_printf("%s/%s", job->source.directory, name);
    if (volume_users(job->make.agent, path, name, NULL) == 0 && volume_lock_check(job->make.agent->volume_locks, path, name, NULL) == 0)
        unlink(path);
}

static void remove_disk(const ImportJob *job, const ApplianceDisk *disk)
{
    for (size_t i = 0; i < disk->parts.count; i++)
        remove_file(job, disk->parts.items[i]);
    if (!disk->empty && !str_equal(disk->file, job->source.name))
        remove_file(job, disk->file);
}

/* What was imported from: the file and, for a description, the disks and the manifest beside it. */
static void remove_files(ImportJob *job)
{
    unlock_files(job);
    for (size_t i = 0; i < job->source.appliance.disks.count && !job->source.members.count; i++)
        remove_disk(job, &job->source.appliance.disks.items[i]);
    if (job->source.appliance.kind == APPLIANCE_OVF && job->source.appliance.manifest) {
        AUTO_FREE char *manifest = x_printf("%.*s.mf", (int)strlen(job->source.name) - 4, job->source.name);
        remove_file(job, manifest);
    }
    remove_file(job, job->source.name);
}

static void tell_changes(const ImportJob *job)
{
    for (size_t i = 0; i < job->params.disks.count; i++)
        volume_handle_changed(&job->disks[i].target);
    if (job->params.remove_files || job->params.uploaded)
        volume_handle_changed(&job->file);
    vm_seed_tell(job->make.seed);
    drivers_refresh_vm(job->make.agent->drivers, job->make.owner, job->make.plan.id);
}

static int import_run(Task *task, void *context, Error *err)
{
    ImportJob *job = context;
    AUTO_DOMAIN domain = NULL;
    Error ignored = { 0 };
    int code = journal_begin(job->make.agent->journal, JOURNAL_MAKE, job->make.owner, NULL, &job->journal, err);
    if (code < 0)
        return code;
    code = import_all(job, task, &domain, err);
    if (code < 0 && journal_undo(job->journal, job->make.conn, &ignored) < 0)
        journal_leave(job->journal);
    else
        journal_end(job->journal);
    error_clear(&ignored);
    if (code == 0 ? job->params.remove_files : job->params.uploaded)
        remove_files(job);
    if (code == 0 && job->params.start) /* what is imported stays, whether it starts or not */
        code = vm_make_start(domain, job->params.name, err);
    tell_changes(job);
    if (code == 0)
        task_progress(task, 1, 1);
    return code;
}

static void vm_params(const VmImportParams *params, VmCreateParams *ret)
{
    *ret = (VmCreateParams){ .name = params->name, .description = params->description, .driver = params->driver, .guest = params->guest,
                             .vcpus = params->vcpus, .memory = params->memory, .firmware = params->firmware, .nics = params->nics, .start = params->start,
                             .seed = params->seed };
}

int handle_vm_import(Request *request, const VmImportParams *params, TaskRef *ret, Error *err)
{
    ImportJob *job = x_calloc(1, sizeof *job);
    VmCreateParams vm; /* borrows from params */
    vm_params(params, &vm);
    job->source.fd = -1;
    VmImportParams_copy(params, &job->params);
    vm_make_init(&job->make, request->agent, &vm);
    request_object(request, job->make.plan.id, params->name);
    int code = plan(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, true, import_run, import_free, job, ret, err);
    import_free(job);
    return code;
}
