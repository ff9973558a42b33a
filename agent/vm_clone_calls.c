/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.clone: a VM from another one, from one of its snapshots, or from a template. The call checks and plans; the task makes the disks under
 * hidden names, gives them their names, and defines the VM. What is an image of a Ceph pool, or becomes one, is copied as volumes are. The journal
 * undoes all of it if the agent is killed before the end.
 */
#include "agent/clone_xml.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/ident.h"
#include "agent/image_chain.h"
#include "agent/image_probe.h"
#include "agent/journal.h"
#include "agent/name_claims.h"
#include "agent/program.h"
#include "agent/rbd_disk.h"
#include "agent/request.h"
#include "agent/snapshot_revert.h"
#include "agent/snapshot_store.h"
#include "agent/snapshot_take.h"
#include "agent/snapshots.h"
#include "agent/vm_general.h"
#include "agent/vm_lock.h"
#include "agent/vm_make.h"
#include "agent/vm_seed.h"
#include "agent/volume_copy.h"
#include "agent/volumes.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct CloneDisk {
    char *target;
    char *from;
    char *format;  /* of that */
    char *part;    /* hidden until it is complete */
    char *to;
    int64_t bytes; /* for the progress */
    VolumeHandle *volumes; /* from and to, if a Ceph pool has one of them: then they are copied as volumes; NULL: files */
} CloneDisk;

typedef struct CloneJob {
    Agent *agent;
    SnapshotVm vm;
    VmCloneParams params;
    char id[LIMIT_UUID + 1];
    char *name;
    char *xml;          /* of what is cloned */
    char *nvram;        /* file with its firmware's variables; NULL: none */
    bool inside;        /* from a snapshot inside of the images */
    CloneDisk *disks;
    size_t count;
    int64_t total;
    int64_t files;      /* the part of it that becomes files, without volumes */
    bool locked;
    JournalEntry *entry;
    virDomainPtr made;
    SeedPlan *seed;     /* NULL: it needs none */
} CloneJob;

static void job_free(void *context)
{
    CloneJob *job = context;
    name_claims_drop(job);
    if (job->locked)
        vm_unlock(job->params.vm);
    for (size_t i = 0; i < job->count; i++) {
        free(job->disks[i].target);
        free(job->disks[i].from);
        free(job->disks[i].format);
        free(job->disks[i].part);
        free(job->disks[i].to);
        for (size_t k = 0; k < 2 && job->disks[i].volumes; k++)
            volume_handle_clear(&job->disks[i].volumes[k]);
        free(job->disks[i].volumes);
    }
    if (job->entry)
        journal_leave(job->entry);
    free(job->disks);
    free(job->name);
    free(job->xml);
    free(job->nvram);
    virt_domain_cleanup(&job->made);
    vm_seed_free(job->seed);
    snapshot_vm_close(&job->vm);
    VmCloneParams_clear(&job->params);
    free(job);
}

/* ---------------------------------------------------------------- what is cloned */

static int source_snapshot(CloneJob *job, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    const SnapshotFacts *facts = snapshot_vm_find(&job->vm, job->params.snapshot);
    if (!facts)
        return error_set(err, ERR_SNAPSHOT_NOT_FOUND, job->params.snapshot, NULL);
    job->inside = facts->info.style == SNAPSHOT_STYLE_INTERNAL;
    if (job->inside && snapshot_vm_active(&job->vm))
        return error_set(err, ERR_VM_WRONG_STATE, job->vm.info.name, "%s", VmState_name(job->vm.info.state));
    if (job->inside && job->params.linked)
        return error_set(err, ERR_NOT_SUPPORTED, job->vm.info.name, "no disk can be linked to a snapshot inside of an image");
    int code = snapshot_vm_handle(&job->vm, facts->info.name, &snapshot, err);
    AUTO_FREE char *xml = snapshot ? virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
    if (code == 0 && !xml)
        code = virt_error(err, facts->info.name);
    job->xml = xml ? snapshot_xml_domain(xml, NULL, 0) : NULL;
    job->nvram = snapshot_record_file(job->agent, job->params.vm, facts->info.name, SNAPSHOT_NVRAM);
    return code;
}

static int source_now(CloneJob *job, Error *err)
{
    const VmInfo *vm = &job->vm.info;
    if (vm->state != VM_STATE_OFF)
        return error_set(err, ERR_VM_WRONG_STATE, vm->name, "%s", VmState_name(vm->state));
    if (job->params.linked && !vm->template)
        return error_set(err, ERR_NOT_SUPPORTED, vm->name, "disks can be linked to a template or to a snapshot only: these never change");
    job->xml = snapshot_vm_definition(&job->vm, err);
    job->nvram = job->xml ? domain_nvram(job->xml) : NULL;
    return job->xml ? 0 : err->code;
}

static int find_source(CloneJob *job, Error *err)
{
    if (!str_equal(job->vm.info.driver, "qemu"))
        return error_set(err, ERR_NOT_SUPPORTED, job->vm.info.name, "only QEMU's VMs can be cloned here");
    return job->params.snapshot ? source_snapshot(job, err) : source_now(job, err);
}

/* ---------------------------------------------------------------- names */

static bool name_taken(const CloneJob *job, const char *name)
{
    bool claimed = name_claim_vm(job, job->vm.owner, name); /* before the look: nobody makes it afterwards */
    AUTO_DOMAIN other = virDomainLookupByName(virDomainGetConnect(job->vm.domain), name);
    return other || !claimed;
}

/* "web01 2", "web01 3" ...; of a template: its family's name with a number. */
static char *free_name(const CloneJob *job)
{
    const VmInfo *vm = &job->vm.info;
    const char *stem = vm->template ? vm->template->family : vm->name;
    char *name = NULL;
    for (int number = vm->template ? 1 : 2; number < 10000; number++) {
        name = x_printf("%s %d", stem, number);
        if (!name_taken(job, name))
            break;
        free(name);
        name = NULL;
    }
    return name ? name : x_strdup(stem);
}

static int choose_name(CloneJob *job, Error *err)
{
    job->name = str_empty(job->params.name) ? free_name(job) : x_strdup(job->params.name);
    int code = vm_name_check(job->name, err);
    return code == 0 && name_taken(job, job->name) ? error_set(err, ERR_VM_EXISTS, job->name, NULL) : code;
}

/* Its path, "rbd:pool" of a Ceph pool; none is set when none was chosen. */
static int find_place(const CloneJob *job, char **ret, Error *err)
{
    DatastoreInfo datastore;
    if (!job->params.datastore)
        return 0;
    int code = datastore_active(job->agent, job->params.datastore, &datastore, err);
    if (code < 0)
        return code;
    if (datastore.path && datastore_type_takes_clones(datastore.type))
        *ret = x_strdup(datastore.path);
    else
        code = error_set(err, ERR_NOT_SUPPORTED, datastore.name, "clones go into datastores that are directories or Ceph pools");
    DatastoreInfo_clear(&datastore);
    return code;
}

static bool planned(const CloneJob *job, const char *path)
{
    for (size_t i = 0; i < job->count; i++)
        if (str_equal(job->disks[i].to, path))
            return true;
    return false;
}

/* "web02.qcow2", "web02-2.qcow2" ... in that directory. */
static char *free_path(const CloneJob *job, const char *directory, const char *format)
{
    const char *stem = job->name + strspn(job->name, ".");
    char *path = x_printf("%s/%s.%s", directory, stem, format);
    for (int number = 2; number < 1000 && (planned(job, path) || access(path, F_OK) == 0); number++) {
        free(path);
        path = x_printf("%s/%s-%d.%s", directory, stem, number, format);
    }
    return path;
}

/* ---------------------------------------------------------------- planning */

static int plan_disk(CloneJob *job, const DomainImage *image, const char *directory, Error *err)
{
    if (!image->path || access(image->path, R_OK) < 0)
        return error_set(err, ERR_NOT_SUPPORTED, job->vm.info.name, "the disk %s is no file that can be copied", image->target);
    if (image->block && !directory)
        return error_set(err, ERR_NOT_SUPPORTED, job->vm.info.name, "the disk %s is a device; choose a datastore for its copy", image->target);
    const char *format = job->params.linked || image->block ? "qcow2" : image->format;
    AUTO_FREE char *beside = x_strndup(image->path, (size_t)(strrchr(image->path, '/') - image->path));
    AUTO_FREE char *to = free_path(job, directory ? directory : beside, format);
    CloneDisk *disk = &job->disks[job->count];
    *disk = (CloneDisk){ .target = x_strdup(image->target), .from = x_strdup(image->path), .format = x_strdup(image->format) };
    disk->part = x_printf("%.*s/.poolcenter-%.8s-%zu.clone", (int)(strrchr(to, '/') - to), to, job->id, job->count);
    disk->to = TAKE_PTR(to);
    AUTO(StrList_clear) StrList chain = { 0 };
    image_chain(image->path, &chain);
    for (size_t i = 0; i < chain.count; i++)
        disk->bytes += image_allocation(chain.items[i]);
    job->total += disk->bytes;
    job->files += disk->bytes;
    job->count++;
    return 0;
}

/* "web02.raw", "web02-2.raw" ... in that datastore. */
static int free_volume(const CloneJob *job, const char *datastore, VolumeHandle *ret, Error *err)
{
    enum { TRIES = 1000 };
    const char *stem = job->name + strspn(job->name, ".");
    bool pool = false;
    DatastoreInfo info;
    int code = datastore_active(job->agent, datastore, &info, err);
    if (code < 0)
        return code;
    pool = rbd_path_is(info.path);
    DatastoreInfo_clear(&info);
    code = ERR_VOLUME_EXISTS;
    for (int number = 1; number < TRIES && code == ERR_VOLUME_EXISTS; number++) {
        AUTO_FREE char *tail = number == 1 ? x_strdup("") : x_printf("-%d", number);
        AUTO_FREE char *name = x_printf("%s%s.%s", stem, tail, pool ? "raw" : "qcow2");
        error_clear(err);
        code = volume_handle_new(job->agent, datastore, name, ret, err);
        if (code == 0 && planned(job, ret->info.path)) {
            volume_handle_clear(ret);
            code = ERR_VOLUME_EXISTS;
        }
    }
    return code;
}

static VolumeCopy volume_copy_of(const CloneDisk *disk)
{
    VolumeHandle *volumes = disk->volumes;
    return (VolumeCopy){ &volumes[0], &volumes[1], VolumeFormat_parse(disk->format), rbd_path_is(disk->to) ? VOLUME_FORMAT_RAW : VOLUME_FORMAT_QCOW2 };
}

static int plan_volume(CloneJob *job, const char *target, const char *from, const char *format, Error *err)
{
    AUTO_FREE char *datastore = NULL;
    AUTO_FREE char *volume = NULL;
    if (job->params.linked)
        return error_set(err, ERR_NOT_SUPPORTED, job->vm.info.name, "the disk %s cannot be linked: only files can, images of a Ceph pool are copied", target);
    if (job->inside || !inventory_find_volume(job->agent->inventory, from, &datastore, &volume))
        return error_set(err, ERR_NOT_SUPPORTED, job->vm.info.name, "the disk %s is in no datastore, or is a snapshot inside of an image", target);
    CloneDisk *disk = &job->disks[job->count++];
    *disk = (CloneDisk){ .target = x_strdup(target), .from = x_strdup(from), .format = x_strdup(format), .volumes = x_calloc(2, sizeof *disk->volumes) };
    int code = volume_handle_open(job->agent, datastore, volume, &disk->volumes[0], err);
    if (code == 0)
        code = free_volume(job, job->params.datastore ? job->params.datastore : datastore, &disk->volumes[1], err);
    if (code < 0)
        return code;
    disk->to = x_strdup(disk->volumes[1].info.path);
    disk->bytes = disk->volumes[0].info.capacity;
    job->total += disk->bytes;
    const VolumeCopy copy = volume_copy_of(disk);
    return volume_copy_check(&copy, err);
}

/* "rbd:pool/image" of a disk that is one; belongs to the VM. */
static const char *rbd_of(const CloneJob *job, const char *target)
{
    const DiskInfoList *disks = &job->vm.info.disks;
    for (size_t i = 0; i < disks->count && !job->params.snapshot; i++)
        if (str_equal(disks->items[i].target, target) && rbd_path_is(disks->items[i].path))
            return disks->items[i].path;
    return NULL;
}

static int plan_any(CloneJob *job, const DomainImage *image, const char *place, Error *err)
{
    const char *rbd = rbd_of(job, image->target);
    if (rbd)
        return plan_volume(job, image->target, rbd, image->format, err);
    return rbd_path_is(place) ? plan_volume(job, image->target, str_or_empty(image->path), image->format, err) : plan_disk(job, image, place, err);
}

/* What qemu-img would find out after an hour. A compressed image takes more as a copy: then it does. */
static int check_space(const CloneJob *job, const char *place, Error *err)
{
    const char *where = place;
    for (size_t i = 0; i < job->count && !where; i++)
        where = job->disks[i].volumes ? NULL : job->disks[i].from;
    int64_t have = where && job->files && !job->params.linked ? file_system_free(where) : INT64_MAX;
    if (job->files <= have)
        return 0;
    AUTO_FREE char *needed = size_text(job->files);
    AUTO_FREE char *free_space = size_text(have);
    return error_set(err, ERR_NO_SPACE, where, "%s are needed, %s are free", needed, free_space);
}

static int plan_disks(CloneJob *job, Error *err)
{
    AUTO_FREE char *place = NULL;
    DomainImages images = { 0 };
    int code = domain_images_parse(job->xml, &images, err);
    if (code == 0)
        code = find_place(job, &place, err);
    job->disks = x_calloc(images.count ? images.count : 1, sizeof *job->disks);
    for (size_t i = 0; i < images.count && code == 0; i++)
        code = plan_any(job, &images.items[i], place, err);
    domain_images_clear(&images);
    return code < 0 ? code : check_space(job, place, err);
}

/* Where the first disk goes, if that is a directory datastore. */
static int plan_seed(CloneJob *job, Error *err)
{
    AUTO_FREE char *datastore = NULL;
    AUTO_FREE char *volume = NULL;
    if (!job->params.seed)
        return 0;
    if (!job->params.datastore && job->count)
        inventory_find_volume(job->agent->inventory, job->disks[0].to, &datastore, &volume);
    const VmInfo *vm = &job->vm.info;
    const SeedTarget target = { job->name, vm->guest, job->params.datastore ? job->params.datastore : datastore, vm->firmware == FIRMWARE_UEFI, false };
    return vm_seed_plan(job->agent, &target, job->params.seed, &job->seed, err);
}

/* ---------------------------------------------------------------- the task */

/* Cancelled only between lines of progress: the program ends with its task. */
static int copy_disk(const CloneJob *job, const CloneDisk *disk, int64_t before, Task *task, Error *err)
{
    AUTO(StrList_clear) StrList chain = { 0 };
    image_chain(disk->from, &chain);
    if (chain.count == 1 && !job->inside && !job->vm.count && str_equal(strrchr(disk->to, '.') + 1, disk->format) && file_share(disk->from, disk->part))
        return 0;
    AUTO_FREE char *inside = image_snapshot_option(job->inside ? job->params.snapshot : NULL);
    const char *arguments[20] = { "qemu-img", "convert", "-p", "-W" };
    size_t at = 4;
    if (inside) {
        arguments[at++] = "-l";
        arguments[at++] = inside;
    }
    arguments[at++] = "-f";
    arguments[at++] = disk->format;
    arguments[at++] = "-O";
    arguments[at++] = strrchr(disk->to, '.') + 1;
    arguments[at++] = disk->from;
    arguments[at++] = disk->part;
    ProgramShare share = { task, before, disk->bytes, job->total };
    return program_run(&(Program){ .arguments = arguments, .line = program_progress, .context = &share, .task = task }, NULL, err);
}

static int make_volume(CloneJob *job, const CloneDisk *disk, int64_t before, Task *task, Error *err)
{
    VolumeCopy copy = volume_copy_of(disk);
    const ProgramShare share = { task, before, disk->bytes, job->total };
    return volume_copy_share(&copy, &share, job->entry, err);
}

/* A directory, which need not be a datastore. */
static int commit_file(const CloneDisk *disk, Error *err)
{
    char *slash = strrchr(disk->to, '/');
    AUTO_FREE char *directory = x_strndup(disk->to, (size_t)(slash - disk->to));
    const VolumeHandle place = { .datastore.path = directory, .info = { .path = disk->to, .name = slash + 1 } };
    return volume_handle_commit(&place, disk->part, err);
}

static int make_file(CloneJob *job, const CloneDisk *disk, int64_t before, Task *task, Error *err)
{
    int code = journal_file(job->entry, disk->part, err);
    if (code == 0)
        code = job->params.linked ? image_lay_over(disk->from, disk->format, disk->part, err) : copy_disk(job, disk, before, task, err);
    if (code == 0)
        code = journal_name(job->entry, disk->part, disk->to, err);
    return code < 0 ? code : commit_file(disk, err);
}

/* libvirt has chosen a place for the new variables; they begin as copies. */
static int copy_nvram(const CloneJob *job, Error *err)
{
    AUTO_FREE char *xml = virDomainGetXMLDesc(job->made, VIR_DOMAIN_XML_INACTIVE);
    AUTO_FREE char *to = xml ? domain_nvram(xml) : NULL;
    if (!job->nvram || !to || access(job->nvram, R_OK) < 0)
        return 0;
    int code = journal_file(job->entry, to, err);
    return code < 0 ? code : file_copy(job->nvram, to, err);
}

/* The caller frees; NULL: err says why. */
static char *description(const CloneJob *job, Error *err)
{
    DiskSwap *swaps = x_calloc(job->count ? job->count : 1, sizeof *swaps);
    for (size_t i = 0; i < job->count; i++)
        swaps[i] = (DiskSwap){ job->disks[i].target, job->disks[i].to, strrchr(job->disks[i].to, '.') + 1 };
    AUTO_FREE char *xml = clone_xml(job->xml, &(CloneIdentity){ job->name, job->id, job->params.description }, swaps, job->count, err);
    free(swaps);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", err) : NULL;
    char *text = root && rbd_disks_complete(virDomainGetConnect(job->vm.domain), root, err) == 0 ? xml_document_text(root) : NULL;
    xml_free(root);
    return text;
}

static int define(CloneJob *job, Error *err)
{
    AUTO_FREE char *xml = description(job, err);
    int code = xml ? journal_vm(job->entry, job->id, err) : err->code;
    if (code < 0)
        return code;
    job->made = virDomainDefineXML(virDomainGetConnect(job->vm.domain), xml);
    return job->made ? copy_nvram(job, err) : virt_error(err, job->name);
}

static int make_all(CloneJob *job, Task *task, Error *err)
{
    int64_t before = 0;
    int code = 0;
    for (size_t i = 0; i < job->count && code == 0; i++) {
        code = task_check(task, err);
        if (code == 0)
            code = (job->disks[i].volumes ? make_volume : make_file)(job, &job->disks[i], before, task, err);
        before += job->disks[i].bytes;
    }
    if (code == 0)
        code = task_check(task, err);
    if (code == 0)
        code = define(job, err);
    if (code == 0 && job->seed)
        code = vm_seed_make(job->seed, job->made, job->entry, err);
    return code;
}

static void tell_datastores(const CloneJob *job)
{
    for (size_t i = 0; i < job->count; i++) {
        AUTO_FREE char *datastore = NULL;
        AUTO_FREE char *volume = NULL;
        if (job->disks[i].volumes)
            volume_handle_changed(&job->disks[i].volumes[1]);
        else if (inventory_find_volume(job->agent->inventory, job->disks[i].to, &datastore, &volume))
            datastore_changed(job->agent, job->vm.owner, datastore);
    }
}

static int clone_run(Task *task, void *context, Error *err)
{
    CloneJob *job = context;
    AUTO(error_clear) Error ignored = { 0 };
    int code = journal_begin(job->agent->journal, JOURNAL_MAKE, job->vm.owner, NULL, &job->entry, err);
    if (code < 0)
        return code;
    code = make_all(job, task, err);
    if (code == 0 || journal_undo(job->entry, virDomainGetConnect(job->vm.domain), &ignored) == 0)
        journal_end(TAKE_PTR(job->entry));
    if (code == 0)
        task_result(task, job->id);
    if (code == 0 && job->params.start) /* the clone stays, whether it starts or not */
        code = vm_make_start(job->made, job->name, err);
    tell_datastores(job);
    vm_seed_tell(job->seed);
    drivers_refresh_vm(job->agent->drivers, job->vm.owner, job->id);
    return code;
}

static int open_source(Request *request, CloneJob *job, Error *err)
{
    int code = snapshot_vm_open(job->agent, job->params.vm, &job->vm, err);
    if (code < 0)
        return code;
    request_object(request, job->params.vm, job->vm.info.name);
    int (*lock)(const char *, const char *, const char *, Error *) = job->vm.info.template ? vm_lock_shared : vm_lock; /* its disks never change: many may be made from it */
    code = lock(job->params.vm, job->vm.info.name, "it is being cloned", err);
    job->locked = code == 0;
    return code;
}

int handle_vm_clone(Request *request, const VmCloneParams *params, TaskRef *ret, Error *err)
{
    static int (*const steps[])(CloneJob *, Error *) = { find_source, choose_name, plan_disks, plan_seed };
    CloneJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    VmCloneParams_copy(params, &job->params);
    uuid_random(job->id);
    int code = open_source(request, job, err);
    for (size_t i = 0; i < ARRAY_SIZE(steps) && code == 0; i++)
        code = steps[i](job, err);
    if (code == 0) {
        request_object(request, job->id, job->name);
        return request_task(request, OBJECT_VM, true, clone_run, job_free, job, ret, err);
    }
    job_free(job);
    return code;
}
