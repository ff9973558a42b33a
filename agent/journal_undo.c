/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removing what an interrupted job has made: see journal.h. The notes are the fact "made", a list of one-key objects in the order of making. */
#include "agent/journal_entry.h"

#include <errno.h>
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

int journal_volume(JournalEntry *entry, const char *datastore, const char *name, Error *err)
{
    return note(entry, json_pack("{s:{s:s, s:s}}", "volume", "datastore", datastore, "name", name), err);
}

int journal_vm(JournalEntry *entry, const char *id, Error *err) { return note(entry, json_pack("{s:s}", "vm", id), err); }

/* Somebody else's file that has only the name: it was there before the job began. */
static bool older_than(const JournalEntry *entry, const char *path)
{
    struct stat status;
    return path && lstat(path, &status) == 0
        && (int64_t)status.st_ctim.tv_sec * 1000 + status.st_ctim.tv_nsec / 1000000 < entry->began - 1000;
}

static int undo_file(const JournalEntry *entry, const char *path, Error *err)
{
    bool ours = path && strstr(path, entry->id); /* a hidden name made for this job */
    if (!path || *path != '/' || (!ours && older_than(entry, path)) || unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
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
            code = undo_file(entry, json_string_value(json_object_get(thing, "file")), &why);
        if (code < 0 && !first.code)
            error_move(&first, &why);
        error_clear(&why);
    }
    return first.code ? error_move(err, &first) : 0;
}

int journal_recover_make(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)agent, (void)owner;
    return journal_undo(entry, conn, err);
}
