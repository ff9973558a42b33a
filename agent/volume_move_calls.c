/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.move: another name, datastore or format for a volume; the VMs that use it follow. What can be checked is checked before the task begins. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_lock.h"
#include "agent/volume_allocation.h"
#include "agent/volume_image.h"
#include "agent/volume_locks.h"
#include "agent/volume_move.h"
#include "agent/volumes.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>

static void move_free(void *context)
{
    MoveJob *job = context;
    for (size_t i = 0; i < job->held.count; i++)
        volume_unlock(job->from.agent->volume_locks, job->held.items[i]);
    for (size_t i = 0; i < job->vms.count; i++)
        vm_unlock(job->vms.items[i]);
    StrList_clear(&job->held);
    StrList_clear(&job->vms);
    volume_handle_clear(&job->from);
    volume_handle_clear(&job->to);
    volume_use_clear(&job->use);
    free(job->vm);
    free(job->target);
    free(job);
}

static bool is_raw(VolumeFormat format) { return format == VOLUME_FORMAT_RAW || format == VOLUME_FORMAT_ISO; }

static bool is_raw_only(const VolumeHandle *place) { return datastore_type_is_raw(place->datastore.type); }

VolumeFormat move_new_format(const MoveJob *job)
{
    bool same = job->to_format == job->from_format || (is_raw(job->to_format) && is_raw(job->from_format));
    return same ? VOLUME_FORMAT_UNKNOWN : job->to_format;
}

json_t *move_facts(const MoveJob *job)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*}", "from", job->from.info.path, "from_datastore", job->from.datastore.id,
                     "from_name", job->from.info.name, "to", str_or_empty(job->to.info.path), "to_datastore", job->to.datastore.id, "to_name",
                     job->to.info.name, "format", VolumeFormat_name(move_new_format(job)), "vm", job->vm, "target", job->target);
}

static int hold(MoveJob *job, const VolumeHandle *place, Error *err)
{
    if (!place->info.path)
        return 0;
    int code = volume_lock(job->from.agent->volume_locks, place->info.path, place->info.name, "it is being moved", err);
    if (code == 0)
        StrList_add(&job->held, place->info.path);
    return code;
}

/* The volume, its new place, and the VMs that are to follow. */
static int hold_all(MoveJob *job, Error *err)
{
    int code = hold(job, &job->from, err);
    if (code == 0)
        code = hold(job, &job->to, err);
    for (size_t i = 0; i < job->use.users.count && code == 0; i++) {
        const VolumeUser *user = &job->use.users.items[i];
        if (StrList_contains(&job->vms, user->vm))
            continue;
        code = vm_lock(user->vm, user->name, "one of its disks is being moved", err);
        if (code == 0)
            StrList_add(&job->vms, user->vm);
    }
    return code;
}

void move_leave(MoveJob *job, JournalEntry *entry, bool followed)
{
    VolumeLocks *locks = job->from.agent->volume_locks;
    for (size_t i = 0; i < job->held.count; i++) {
        const char *path = job->held.items[i];
        if (followed && !str_equal(path, job->from.info.path))
            volume_unlock(locks, path);
        else
            volume_lock_leave(locks, path, journal_id(entry));
    }
    StrList_clear(&job->held);
    journal_leave(entry);
}

void move_hold(Agent *agent, const JournalEntry *entry, MoveRest rest)
{
    const json_t *facts = journal_facts(entry);
    static const char *const keys[][2] = { { "from", "from_name" }, { "to", "to_name" } };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *path = json_string_value(json_object_get(facts, keys[i][0]));
        const char *name = json_string_value(json_object_get(facts, keys[i][1]));
        if (str_empty(path) || !name)
            continue;
        bool wanted = rest == MOVE_NOT_YET || (rest == MOVE_OLD_STAYS && i == 0);
        if (!wanted)
            volume_unlock_left(agent->volume_locks, path, journal_id(entry));
        else if (volume_lock(agent->volume_locks, path, name, "it is being moved", NULL) == 0) /* not held by those who have tried before */
            volume_lock_leave(agent->volume_locks, path, journal_id(entry));
    }
}

static int move_run(Task *task, void *context, Error *err)
{
    MoveJob *job = context;
    int code = job->vm ? move_live(job, task, err) : job->rename ? move_rename(job, err) : move_off(job, task, err);
    volume_handle_changed(&job->from);
    if (!str_equal(job->from.datastore.id, job->to.datastore.id))
        volume_handle_changed(&job->to);
    return code;
}

/* Where QEMU shall mirror to: a file that it makes, or what libvirt makes for it. */
static int check_live_place(const MoveJob *job, Error *err)
{
    const VolumeHandle *to = &job->to;
    const VolumeInfo *disk = &job->from.info;
    if (to->direct)
        return volume_handle_room(to, disk->allocation, err);
    if (!is_raw_only(to))
        return error_set(err, ERR_NOT_SUPPORTED, to->datastore.name, "the disk of a running VM does not move there; shut the VM down first");
    if (to->owner != job->from.owner)
        return error_set(err, ERR_NOT_SUPPORTED, to->datastore.name, "another driver has it");
    int64_t at_once = volume_allocation(to->pool, disk->capacity, false);
    return volume_handle_room(to, at_once > disk->allocation ? at_once : disk->allocation, err);
}

/* One running VM that may write to it: then it moves while that runs. */
static int find_running(MoveJob *job, Error *err)
{
    const VolumeUser *user = NULL;
    size_t active = volume_use_active(&job->use, &user);
    if (!active)
        return 0;
    if (active > 1 || job->use.users.count > 1)
        return error_set(err, ERR_NOT_SUPPORTED, job->from.info.name, "several VMs use it and one of them runs");
    if (user->readonly)
        return volume_use_none(&job->use, job->from.info.name, err);
    if (job->to_format != VOLUME_FORMAT_RAW && job->to_format != VOLUME_FORMAT_QCOW2)
        return error_set(err, ERR_NOT_SUPPORTED, job->from.info.name, "the disk of a running VM becomes raw or qcow2 only");
    AUTO_DOMAIN domain = NULL;
    int code = drivers_vm(job->from.agent->drivers, user->vm, &domain, NULL, err);
    if (code == 0)
        code = volume_no_snapshots(domain, err);
    if (code < 0)
        return code;
    job->vm = x_strdup(user->vm);
    job->target = x_strdup(user->target);
    return check_live_place(job, err);
}

static int check_format(const MoveJob *job, Error *err)
{
    bool changes = move_new_format(job) != VOLUME_FORMAT_UNKNOWN;
    if (changes && job->use.users.count && job->to_format != VOLUME_FORMAT_RAW && job->to_format != VOLUME_FORMAT_QCOW2)
        return error_set(err, ERR_NOT_SUPPORTED, job->from.info.name, "a VM uses it, and VMs get raw and qcow2 only");
    return 0;
}

static int read_image(MoveJob *job, int64_t *ret_snapshots, Error *err)
{
    VolumeImage image;
    int code = volume_image_read(&job->from, &job->use, &image, err);
    if (code < 0)
        return code;
    code = volume_image_refuse(&image, job->from.info.name, err);
    job->from_format = image.format;
    *ret_snapshots = image.snapshots;
    volume_image_clear(&image);
    return code;
}

/* Those inside of the image, which go along byte by byte only. */
static int check_snapshots(MoveJob *job, Error *err)
{
    const VolumeCopy copy = { &job->from, &job->to, job->from_format, job->to_format };
    if (!job->vm && (job->rename || volume_copy_is_exact(&copy)))
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, job->from.info.name, "there are snapshots inside of the image, which would be lost; copy it, or delete them with qemu-img before");
}

static int check(MoveJob *job, const VolumeMoveParams *params, Error *err)
{
    VolumeHandle *from = &job->from;
    volume_use_read(from->agent, from->info.path, &job->use);
    bool stays = from->direct && str_equal(from->datastore.id, job->to.datastore.id);
    bool image = from->info.format != VOLUME_FORMAT_DIR;
    bool untouched = stays && image && params->format == VOLUME_FORMAT_UNKNOWN && !volume_use_active(&job->use, NULL);
    int64_t snapshots = 0;
    int code = volume_use_no_dependents(&job->use, from->info.name, err);
    if (code == 0)
        code = volume_use_no_saved(&job->use, err);
    if (code == 0)
        code = untouched ? 0 : read_image(job, &snapshots, err); /* a new name for whatever it is needs no look inside */
    job->to_format = is_raw_only(&job->to) ? VOLUME_FORMAT_RAW : params->format == VOLUME_FORMAT_UNKNOWN ? job->from_format : params->format;
    job->rename = stays && move_new_format(job) == VOLUME_FORMAT_UNKNOWN;
    if (code == 0)
        code = check_format(job, err);
    if (code == 0)
        code = find_running(job, err);
    if (code == 0 && !job->vm && !job->rename)
        code = volume_copy_check(&(VolumeCopy){ from, &job->to, job->from_format, job->to_format }, err);
    if (code == 0 && snapshots)
        code = check_snapshots(job, err);
    return code < 0 ? code : hold_all(job, err);
}

int handle_volume_move(Request *request, const VolumeMoveParams *params, TaskRef *ret, Error *err)
{
    MoveJob *job = x_calloc(1, sizeof *job);
    const char *to = params->to_datastore ? params->to_datastore : params->datastore;
    const char *name = params->name ? params->name : params->volume;
    request_object(request, params->datastore, params->volume);
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &job->from, err);
    if (code == 0)
        code = datastore_can(&job->from.datastore, METHOD_volume_move, err);
    if (code == 0)
        code = volume_handle_new(request->agent, to, name, &job->to, err);
    if (code == 0)
        code = check(job, params, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, !job->rename, move_run, move_free, job, ret, err);
    move_free(job);
    return code;
}
