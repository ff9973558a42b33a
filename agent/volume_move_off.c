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

/* Has somebody started a VM on it meanwhile? */
static int check_still_off(const MoveJob *job, Error *err)
{
    VolumeUse now;
    for (size_t i = 0; i < job->use.users.count; i++) {
        AUTO_DOMAIN domain = NULL;
        const VolumeUser *user = &job->use.users.items[i];
        if (drivers_vm(job->from.agent->drivers, user->vm, &domain, NULL, NULL) == 0 && virDomainIsActive(domain) > 0)
            return error_set(err, ERR_VOLUME_IN_USE, job->from.info.name, "%s", user->name);
    }
    volume_use_read(job->from.agent, job->from.info.path, &now);
    int code = now.users.count > job->use.users.count ? volume_use_none(&now, job->from.info.name, err) : 0;
    volume_use_clear(&now);
    return code;
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
    if (code == 0) {
        code = volume_use_repoint(job->from.agent, &job->use, from, to, VOLUME_FORMAT_UNKNOWN, err);
        if (code < 0)
            rename_file(to, from, job->from.info.name, NULL);
    }
    journal_end(entry);
    return code;
}

static const char *fact(JournalEntry *entry, const char *name) { return json_string_value(json_object_get(journal_facts(entry), name)); }

int journal_recover_rename(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)agent, (void)owner;
    const char *from = fact(entry, "from");
    const char *to = fact(entry, "to");
    if (!from || !to || access(from, F_OK) == 0 || access(to, F_OK) < 0)
        return JOURNAL_DONE;
    return volume_repoint_all(conn, from, to, VOLUME_FORMAT_UNKNOWN, err);
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

/* The copy is whole: definitions, then the old volume. If the first fails the copy goes again. */
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
    if (code < 0)
        journal_set(entry, "named", json_false(), &ignored);
    else
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
    if (code < 0 && !json_is_true(json_object_get(journal_facts(entry), "named")))
        move_take_back(job, entry);
    else
        journal_end(entry);
    return code;
}

int journal_recover_move(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)agent, (void)owner;
    const char *from = fact(entry, "from");
    const char *to = fact(entry, "to");
    const char *datastore = fact(entry, "from_datastore");
    const char *name = fact(entry, "from_name");
    if (!json_is_true(json_object_get(journal_facts(entry), "named")) || !from || !to || !datastore || !name)
        return journal_undo(entry, conn, err);
    int code = volume_repoint_all(conn, from, to, VolumeFormat_parse(fact(entry, "format")), err);
    return code < 0 ? code : move_delete(conn, datastore, name, err);
}
