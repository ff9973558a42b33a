/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moving a volume that no running VM has: renamed in its directory, or copied, then the definitions follow, then the old one goes. The
 * journal knows how far it came, so that an agent that was killed takes the copy back or completes the move.
 */
#include "agent/drivers.h"
#include "agent/volume_locks.h"
#include "agent/volume_move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Has somebody started that VM meanwhile, or given it another disk (a snapshot laid over this one, which is its base then)? */
static int check_user(const MoveJob *job, const VolumeUser *user, Error *err)
{
    AUTO_DOMAIN domain = NULL;
    bool there = false;
    int code = drivers_vm(job->from.agent->drivers, user->vm, &domain, NULL, err);
    if (code == 0 && virDomainIsActive(domain) > 0)
        return error_set(err, ERR_VOLUME_IN_USE, job->from.info.name, "%s", user->name);
    if (code == 0)
        code = volume_user_names(job->from.agent, user, job->from.info.path, &there, err);
    return code < 0 || there ? code : error_set(err, ERR_VM_CHANGED, user->name, "'%s' is none of its disks any more", job->from.info.name);
}

/* Is it used as it was when the job began? */
static int check_still_off(const MoveJob *job, Error *err)
{
    VolumeUse now;
    int code = 0;
    for (size_t i = 0; i < job->use.users.count && code == 0; i++)
        code = check_user(job, &job->use.users.items[i], err);
    if (code < 0)
        return code;
    volume_use_read(job->from.agent, job->from.info.path, &now);
    code = now.users.count > job->use.users.count ? volume_use_none(&now, job->from.info.name, err)
                                                  : volume_use_no_dependents(&now, job->from.info.name, err);
    volume_use_clear(&now);
    return code;
}

/* After a definition could not be changed: does libvirt say that all of them are as they were? It may have changed one and died before it answered. */
static bool is_rolled_back(const MoveJob *job)
{
    bool as_before = true;
    for (size_t i = 0; i < job->use.users.count && as_before; i++) {
        AUTO(error_clear) Error ignored = { 0 };
        const VolumeUser *user = &job->use.users.items[i];
        bool old = false, new = false;
        as_before = volume_user_names(job->from.agent, user, job->from.info.path, &old, &ignored) == 0 && old
            && volume_user_names(job->from.agent, user, job->to.info.path, &new, &ignored) == 0 && !new;
    }
    return as_before;
}

/* ---------------------------------------------------------------- rename */

static int rename_file(const char *from, const char *to, const char *name, Error *err)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if ((errno == EINVAL || errno == ENOSYS) && link(from, to) == 0) /* the file system has no such rename */
        return unlink(from) == 0 ? 0 : error_set(err, ERR_IO, name, "%s", strerror(errno));
    return errno == EEXIST ? error_set(err, ERR_VOLUME_EXISTS, name, NULL) : error_set(err, ERR_IO, name, "%s", strerror(errno));
}

int move_rename(MoveJob *job, Error *err)
{
    const char *from = job->from.info.path;
    const char *to = job->to.info.path;
    JournalEntry *entry = NULL;
    int code = check_still_off(job, err);
    if (code == 0)
        code = journal_begin(job->from.agent->journal, "volume.rename", job->from.owner, move_facts(job), &entry, err);
    if (code == 0)
        code = rename_file(from, to, job->to.info.name, err);
    if (code < 0) {
        journal_end(entry);
        return code;
    }
    code = volume_use_repoint(job->from.agent, &job->use, from, to, VOLUME_FORMAT_UNKNOWN, err);
    if (code == 0 || (is_rolled_back(job) && rename_file(to, from, job->from.info.name, NULL) == 0))
        journal_end(entry);
    else
        move_leave(job, entry, false);
    return code;
}

static const char *fact(JournalEntry *entry, const char *name) { return json_string_value(json_object_get(journal_facts(entry), name)); }

int journal_recover_rename(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)owner;
    const char *from = fact(entry, "from");
    const char *to = fact(entry, "to");
    bool renamed = from && to && access(to, F_OK) == 0 && (access(from, F_OK) < 0 || journal_is_newer(entry, from));
    int code = renamed ? volume_repoint_all(conn, from, to, VOLUME_FORMAT_UNKNOWN, err) : JOURNAL_DONE;
    move_hold(agent, entry, code < 0 ? MOVE_NOT_YET : MOVE_ENDED);
    return code;
}

/* ---------------------------------------------------------------- copy, then delete */

int move_delete(virConnectPtr conn, const char *datastore, const char *name, Error *err)
{
    AUTO_POOL pool = virStoragePoolLookupByUUIDString(conn, datastore);
    if (!pool)
        return virt_error(err, name);
    virStoragePoolRefresh(pool, 0);
    AUTO_VOLUME volume = virStorageVolLookupByName(pool, name);
    return !volume || virStorageVolDelete(volume, 0) == 0 ? 0 : virt_error(err, name);
}

/* The copy is whole: definitions, then the old volume. If the first fails, and surely so, the copy goes again. */
static int take_place(MoveJob *job, JournalEntry *entry, Error *err)
{
    AUTO_CONN conn = NULL;
    Error ignored = { 0 };
    int code = check_still_off(job, err);
    if (code == 0)
        code = drivers_connection(job->from.agent->drivers, job->from.owner, &conn, err);
    if (code == 0)
        code = journal_set(entry, "named", json_true(), err);
    if (code < 0)
        return code;
    code = volume_use_repoint(job->from.agent, &job->use, job->from.info.path, job->to.info.path, move_new_format(job), err);
    if (code < 0 && is_rolled_back(job))
        journal_set(entry, "named", json_false(), &ignored);
    if (code == 0)
        code = journal_set(entry, "followed", json_true(), err);
    if (code == 0)
        code = move_delete(conn, job->from.datastore.id, job->from.info.name, err);
    error_clear(&ignored);
    return code;
}

void move_take_back(MoveJob *job, JournalEntry *entry)
{
    AUTO_CONN conn = NULL;
    AUTO(error_clear) Error ignored = { 0 };
    if (drivers_connection(job->from.agent->drivers, job->from.owner, &conn, &ignored) == 0 && journal_undo(entry, conn, &ignored) == 0)
        journal_end(entry);
    else
        journal_leave(entry);
}

int move_off(MoveJob *job, Task *task, Error *err)
{
    VolumeCopy copy = { &job->from, &job->to, job->from_format, job->to_format };
    JournalEntry *entry = NULL;
    int code = journal_begin(job->from.agent->journal, "volume.move", job->from.owner, move_facts(job), &entry, err);
    if (code < 0)
        return code;
    code = volume_copy_run(&copy, task, entry, err);
    if (code == 0)
        code = journal_set(entry, "to", json_string(job->to.info.path), err);
    if (code == 0)
        code = take_place(job, entry, err);
    if (code == 0)
        journal_end(entry);
    else if (json_is_true(json_object_get(journal_facts(entry), "named")))
        move_leave(job, entry, json_is_true(json_object_get(journal_facts(entry), "followed")));
    else
        move_take_back(job, entry);
    return code;
}

int journal_recover_move(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)owner;
    const char *from = fact(entry, "from");
    const char *to = fact(entry, "to");
    const char *datastore = fact(entry, "from_datastore");
    const char *name = fact(entry, "from_name");
    if (!json_is_true(json_object_get(journal_facts(entry), "named")) || !from || !to || !datastore || !name)
        return journal_undo(entry, conn, err);
    int code = volume_repoint_all(conn, from, to, VolumeFormat_parse(fact(entry, "format")), err);
    bool followed = code == 0;
    if (followed && !journal_is_newer(entry, from))
        code = move_delete(conn, datastore, name, err);
    move_hold(agent, entry, code == 0 ? MOVE_ENDED : followed ? MOVE_OLD_STAYS : MOVE_NOT_YET);
    return code;
}
