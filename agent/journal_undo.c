/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removing what an interrupted job has made: see journal.h. The notes are the fact "made", a list of one-key objects in the order of making. */
#include "agent/name_claims.h"
#include "agent/journal_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int note(JournalEntry *entry, json_t *thing, Error *err)
{
    json_t *made = json_object_get(entry->facts, "made");
    made = made ? json_incref(made) : json_array();
    json_array_append_new(made, thing);
    return journal_set(entry, "made", made, err);
}

int journal_file(JournalEntry *entry, const char *path, Error *err) { return note(entry, json_pack("{s:s}", "file", path), err); }

int journal_name(JournalEntry *entry, const char *part, const char *path, Error *err)
{
    struct stat status;
    if (lstat(part, &status) < 0)
        return error_set(err, ERR_IO, part, "%s", strerror(errno));
    return note(entry, json_pack("{s:s, s:I}", "file", path, "inode", (json_int_t)status.st_ino), err);
}

int journal_claim_volume(JournalEntry *entry, const char *datastore, const char *name, Error *err)
{
    AUTO_FREE char *whole = x_printf("%s/%s", datastore, name);
    return name_claim(entry, whole) ? 0 : error_set(err, ERR_VOLUME_EXISTS, name, NULL);
}

int journal_volume(JournalEntry *entry, const char *datastore, const char *name, Error *err)
{
    int code = journal_claim_volume(entry, datastore, name, err);
    return code < 0 ? code : note(entry, json_pack("{s:{s:s, s:s}}", "volume", "datastore", datastore, "name", name), err);
}

int journal_vm(JournalEntry *entry, const char *id, Error *err) { return note(entry, json_pack("{s:s}", "vm", id), err); }

void journal_claim_noted(JournalEntry *entry)
{
    const json_t *made = json_object_get(entry->facts, "made");
    for (size_t i = 0; i < json_array_size(made); i++) {
        const json_t *volume = json_object_get(json_array_get(made, i), "volume");
        const char *datastore = json_string_value(json_object_get(volume, "datastore"));
        const char *name = json_string_value(json_object_get(volume, "name"));
        if (datastore && name)
            journal_claim_volume(entry, datastore, name, NULL);
    }
}

static bool is_volume(const json_t *thing, const char *datastore, const char *name)
{
    const json_t *volume = json_object_get(thing, "volume");
    return str_equal(json_string_value(json_object_get(volume, "datastore")), datastore)
        && str_equal(json_string_value(json_object_get(volume, "name")), name);
}

void journal_not_ours(JournalEntry *entry, const char *datastore, const char *name)
{
    json_t *made = json_object_get(entry->facts, "made");
    for (size_t i = json_array_size(made); i-- > 0;)
        if (is_volume(json_array_get(made, i), datastore, name))
            json_array_remove(made, i);
    if (made)
        journal_set(entry, "made", json_incref(made), NULL);
}

/* Somebody else's file that has only the name: it was there before the job began. */
static bool older_than(const JournalEntry *entry, const char *path)
{
    struct stat status;
    return path && lstat(path, &status) == 0
        && (int64_t)status.st_ctim.tv_sec * 1000 + status.st_ctim.tv_nsec / 1000000 < entry->began - 1000;
}

bool journal_is_newer(const JournalEntry *entry, const char *path)
{
    struct statx status;
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_BTIME, &status) == 0 && S_ISREG(status.stx_mode)
        && (status.stx_mask & STATX_BTIME) && (int64_t)status.stx_btime.tv_sec * 1000 + status.stx_btime.tv_nsec / 1000000 > entry->began;
}

/* Another job's file that has got the name first, maybe meanwhile. */
static bool is_another(const json_t *inode, const char *path)
{
    struct stat status;
    return inode && lstat(path, &status) == 0 && (json_int_t)status.st_ino != json_integer_value(inode);
}

static int undo_file(const JournalEntry *entry, const json_t *thing, Error *err)
{
    const char *path = json_string_value(json_object_get(thing, "file"));
    bool hidden = path && strstr(path, entry->id); /* a name made for this job */
    if (!path || *path != '/' || is_another(json_object_get(thing, "inode"), path) || (!hidden && older_than(entry, path)))
        return 0;
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return error_set(err, ERR_IO, path, "%s", strerror(errno));
}

static int undo_volume(const JournalEntry *entry, virConnectPtr conn, json_t *volume, Error *err)
{
    const char *name = json_string_value(json_object_get(volume, "name"));
    const char *datastore = json_string_value(json_object_get(volume, "datastore"));
    AUTO_POOL pool = name && datastore ? virStoragePoolLookupByUUIDString(conn, datastore) : NULL;
    if (!pool || virStoragePoolIsActive(pool) <= 0) /* an interrupted job has no claim on a datastore that went away */
        return 0;
    virStoragePoolRefresh(pool, 0);
    AUTO_VOLUME found = virStorageVolLookupByName(pool, name);
    if (!found)
        return 0;
    char *path = virStorageVolGetPath(found);
    bool keep = older_than(entry, path);
    free(path);
    return keep || virStorageVolDelete(found, 0) == 0 ? 0 : virt_error(err, name);
}

static int undo_vm(virConnectPtr conn, const char *id, Error *err)
{
    const unsigned everything = VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
    AUTO_DOMAIN domain = id ? virDomainLookupByUUIDString(conn, id) : NULL;
    if (!domain)
        return 0;
    bool running = virDomainIsActive(domain) > 0;
    bool stored = virDomainIsPersistent(domain) > 0;
    if (running && virDomainDestroy(domain) < 0)
        return virt_error(err, id);
    if (stored && virDomainUndefineFlags(domain, everything) < 0 && virDomainUndefine(domain) < 0)
        return virt_error(err, id);
    return 0;
}

int journal_undo(JournalEntry *entry, virConnectPtr conn, Error *err)
{
    json_t *made = json_object_get(entry->facts, "made");
    Error first = { 0 };
    for (size_t i = json_array_size(made); i-- > 0;) {
        json_t *thing = json_array_get(made, i);
        Error why = { 0 };
        int code = undo_vm(conn, json_string_value(json_object_get(thing, "vm")), &why);
        if (code == 0)
            code = undo_volume(entry, conn, json_object_get(thing, "volume"), &why);
        if (code == 0)
            code = undo_file(entry, thing, &why);
        if (code == 0)
            json_array_remove(made, i); /* tried again, it could hit what has got the same name meanwhile */
        else if (!first.code)
            error_move(&first, &why);
        error_clear(&why);
    }
    if (first.code)
        journal_set(entry, "made", json_incref(made), NULL);
    return first.code ? error_move(err, &first) : 0;
}

int journal_recover_make(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)agent, (void)owner;
    return journal_undo(entry, conn, err);
}
