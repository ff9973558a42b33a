/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moving the disk of a running VM: QEMU mirrors it to the new place (a block copy), and when both are equal the VM goes on with the new one.
 * Until then a cancellation, a failure or a killed agent leaves the VM as it was. QEMU makes files itself; logical volumes and images of Ceph
 * pools are made by libvirt before, and taken back by the journal.
 */
#include "agent/disk_place.h"
#include "agent/drivers.h"
#include "agent/log.h"
#include "agent/name_claims.h"
#include "agent/rbd_disk.h"
#include "agent/volume_move.h"
#include "agent/volume_new.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_MS = 200 };

/* The new place as a disk, which the caller frees. QEMU needs monitors and key of a Ceph pool here, too. */
static int destination_xml(const MoveJob *job, virConnectPtr conn, char **ret, Error *err)
{
    static const char shell[] = "<domain><devices><disk device='disk'><driver name='qemu'/></disk></devices></domain>";
    xmlNode *root = xml_parse(shell, strlen(shell), "domain", err);
    xmlNode *disk = xml_child(root, "devices/disk");
    xml_set(xml_child(disk, "driver"), "type", VolumeFormat_name(job->to_format));
    disk_place_write(disk, job->to.info.path);
    int code = rbd_disks_complete(conn, root, err);
    if (code == 0)
        *ret = xml_to_text(disk);
    xml_free(root);
    return code;
}

/* Mirrored as far as it was when it was asked; 1: both are equal. */
static int follow(const MoveJob *job, virDomainPtr domain, Task *task, Error *err)
{
    for (;;) {
        virDomainBlockJobInfo info = { 0 };
        int code = task_check(task, err);
        if (code < 0)
            return code;
        int got = virDomainGetBlockJobInfo(domain, job->target, &info, 0);
        if (got < 0)
            return virt_error(err, job->from.info.name);
        if (got == 0)
            return error_set(err, ERR_LIBVIRT, job->from.info.name, "QEMU has ended the copy early; the host's log for the VM tells why");
        task_progress(task, (int64_t)info.cur, (int64_t)info.end);
        if (info.end && info.cur == info.end)
            return 0;
        task_wait(task, STEP_MS);
    }
}

/* libvirt refuses while QEMU has not yet said that it is ready. */
static int pivot(const MoveJob *job, virDomainPtr domain, Task *task, Error *err)
{
    for (;;) {
        if (virDomainBlockJobAbort(domain, job->target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0)
            return 0;
        if (!virt_error_is(VIR_ERR_BLOCK_COPY_ACTIVE))
            return virt_error(err, job->from.info.name);
        if (task_wait(task, STEP_MS))
            return task_check(task, err);
        int code = follow(job, domain, task, err);
        if (code < 0)
            return code;
    }
}

/* The entry tells whether the VM has the new place: once it is off, libvirt may not know any more. */
static int go_over(MoveJob *job, virDomainPtr domain, Task *task, JournalEntry *entry, Error *err)
{
    AUTO(error_clear) Error ignored = { 0 };
    int code = journal_set(entry, "over", json_string("asked"), err);
    if (code == 0)
        code = pivot(job, domain, task, err);
    if (code == 0)
        journal_set(entry, "over", json_string("yes"), &ignored);
    return code;
}

static int mirror(MoveJob *job, virDomainPtr domain, Task *task, JournalEntry *entry, Error *err)
{
    AUTO_FREE char *xml = NULL;
    unsigned flags = VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB | (job->to.volume ? VIR_DOMAIN_BLOCK_COPY_REUSE_EXT : 0u);
    int code = destination_xml(job, virDomainGetConnect(domain), &xml, err);
    if (code < 0)
        return code;
    if (virDomainBlockCopy(domain, job->target, xml, NULL, 0, flags) < 0)
        return virt_error(err, job->from.info.name);
    code = follow(job, domain, task, err);
    if (code == 0)
        code = go_over(job, domain, task, entry, err);
    if (code < 0)
        virDomainBlockJobAbort(domain, job->target, 0);
    return code;
}

/* Logical volumes consist of extents, and QEMU mirrors only to what has exactly the size. */
static int check_size(const MoveJob *job, int64_t wanted, Error *err)
{
    virStorageVolInfo made;
    virStoragePoolRefresh(job->to.pool, 0);
    if (virStorageVolGetInfo(job->to.volume, &made) < 0)
        return virt_error(err, job->to.info.name);
    if ((int64_t)made.capacity == wanted)
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, job->to.datastore.name,
                     "a volume there has %lld bytes, and the disk of a running VM keeps its %lld; change its size to that before",
                     (long long)made.capacity, (long long)wanted);
}

/* libvirt makes the file; what is there until then is somebody else's, and must not be in the notes. */
static int note_file(const MoveJob *job, JournalEntry *entry, Error *err)
{
    const char *path = job->to.info.path;
    if (!name_claim(entry, path) || access(path, F_OK) == 0)
        return error_set(err, ERR_VOLUME_EXISTS, job->to.info.name, NULL);
    return journal_file(entry, path, err);
}

/* What is not a file is as large as the disk is for its guest. */
static int make_place(MoveJob *job, virDomainPtr domain, JournalEntry *entry, Error *err)
{
    virDomainBlockInfo disk;
    if (job->to.direct)
        return note_file(job, entry, err);
    if (virDomainGetBlockInfo(domain, job->target, &disk, 0) < 0)
        return virt_error(err, job->from.info.name);
    int code = volume_new_empty(&job->to, (int64_t)disk.capacity, entry, err);
    if (code == 0)
        code = check_size(job, (int64_t)disk.capacity, err);
    return code < 0 ? code : journal_set(entry, "to", json_string(job->to.info.path), err);
}

/* Where the VM's disk is now, running or not; NULL: libvirt does not say, or there is no such VM or disk. */
static char *disk_path(virDomainPtr domain, const char *target)
{
    char *xml = virDomainGetXMLDesc(domain, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
    char *path = NULL;
    for (xmlNode *disk = root ? xml_child(root, "devices/disk") : NULL; disk && !path; disk = xml_next(disk, "disk"))
        if (xml_attribute_is(xml_child(disk, "target"), "dev", target))
            path = disk_place_read(disk);
    xml_free(root);
    free(xml);
    return path;
}

/* Nothing is removed that the VM may have: without libvirt nobody knows whether it went over, and a later connection looks. */
static void give_up(MoveJob *job, virDomainPtr domain, JournalEntry *entry)
{
    AUTO_FREE char *path = disk_path(domain, job->target);
    if (str_equal(path, job->from.info.path) || (!path && virt_error_is(VIR_ERR_NO_DOMAIN)))
        move_take_back(job, entry);
    else
        move_leave(job, entry, false);
}

static int delete_file(const char *path, Error *err)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : error_set(err, ERR_IO, path, "%s", strerror(errno));
}

static int delete_source(MoveJob *job, Error *err)
{
    if (job->from.direct)
        return delete_file(job->from.info.path, err);
    return virStorageVolDelete(job->from.volume, 0) == 0 ? 0 : virt_error(err, job->from.info.name);
}

/* The VM writes to the new place by now: what cannot be done any more is left to a later attempt. */
static int settle(MoveJob *job, JournalEntry *entry, Error *err)
{
    int code = volume_use_repoint(job->from.agent, &job->use, job->from.info.path, job->to.info.path, move_new_format(job), err);
    bool followed = code == 0;
    if (followed)
        code = delete_source(job, err);
    if (code == 0)
        journal_end(entry);
    else
        move_leave(job, entry, followed);
    return code;
}

/* Somebody may have laid a snapshot over it between the call's look and its locks. */
static int check_disk(const MoveJob *job, virDomainPtr domain, Error *err)
{
    AUTO_FREE char *path = disk_path(domain, job->target);
    return str_equal(path, job->from.info.path) ? 0 : error_set(err, ERR_VM_CHANGED, virDomainGetName(domain), "%s is another volume now", job->target);
}

int move_live(MoveJob *job, Task *task, Error *err)
{
    Agent *agent = job->from.agent;
    AUTO_DOMAIN domain = NULL;
    JournalEntry *entry = NULL;
    int owner = 0;
    int code = drivers_vm(agent->drivers, job->vm, &domain, &owner, err);
    if (code == 0)
        code = check_disk(job, domain, err);
    if (code == 0)
        code = journal_begin(agent->journal, "volume.move_live", owner, move_facts(job), &entry, err);
    if (code < 0)
        return code;
    code = make_place(job, domain, entry, err);
    if (code == 0)
        code = mirror(job, domain, task, entry, err);
    if (code < 0)
        give_up(job, domain, entry);
    else
        code = settle(job, entry, err);
    drivers_refresh_vm(agent->drivers, owner, job->vm);
    return code;
}

/* ---------------------------------------------------------------- after a crash */

/* Devices and images belong to libvirt: unlinking a logical volume's node would leave the volume. What somebody made under the old name stays. */
static int delete_old(const JournalEntry *entry, virConnectPtr conn, Error *err)
{
    struct stat status;
    const json_t *facts = journal_facts(entry);
    const char *path = json_string_value(json_object_get(facts, "from"));
    if (journal_is_newer(entry, path))
        return 0;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        return delete_file(path, err);
    return move_delete(conn, json_string_value(json_object_get(facts, "from_datastore")), json_string_value(json_object_get(facts, "from_name")), err);
}

typedef enum Went { WENT_OVER, STAYED, WENT_UNKNOWN } Went;

/* A VM that runs says it itself. One that is off, or gone, has its last contents at the new place if the entry says that it went over. */
static Went which_way(virDomainPtr domain, const json_t *facts)
{
    const char *over = json_string_value(json_object_get(facts, "over"));
    const char *to = json_string_value(json_object_get(facts, "to"));
    bool yes = str_equal(over, "yes");
    AUTO_FREE char *path = domain ? disk_path(domain, json_string_value(json_object_get(facts, "target"))) : NULL;
    if (path && str_equal(path, to))
        return WENT_OVER;
    if (!over)
        return STAYED;
    if (!path)
        return WENT_UNKNOWN;
    bool runs = virDomainIsActive(domain) > 0;
    if (runs)
        return yes ? WENT_UNKNOWN : STAYED;
    return yes ? WENT_OVER : WENT_UNKNOWN;
}

static int complete(JournalEntry *entry, Agent *agent, virConnectPtr conn, Error *err)
{
    const json_t *facts = journal_facts(entry);
    const char *from = json_string_value(json_object_get(facts, "from"));
    const char *to = json_string_value(json_object_get(facts, "to"));
    int code = volume_repoint_all(conn, from, to, VolumeFormat_parse(json_string_value(json_object_get(facts, "format"))), err);
    bool followed = code == 0;
    if (followed)
        code = delete_old(entry, conn, err);
    move_hold(agent, entry, code == 0 ? MOVE_ENDED : followed ? MOVE_OLD_STAYS : MOVE_NOT_YET);
    return code;
}

static int take_back(JournalEntry *entry, Agent *agent, virConnectPtr conn, Error *err)
{
    int code = journal_undo(entry, conn, err);
    move_hold(agent, entry, code == 0 ? MOVE_ENDED : MOVE_NOT_YET);
    return code;
}

int journal_recover_move_live(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)owner;
    const json_t *facts = journal_facts(entry);
    const char *vm = json_string_value(json_object_get(facts, "vm"));
    const char *target = json_string_value(json_object_get(facts, "target"));
    const char *from = json_string_value(json_object_get(facts, "from"));
    const char *to = json_string_value(json_object_get(facts, "to"));
    AUTO_DOMAIN domain = vm ? virDomainLookupByUUIDString(conn, vm) : NULL;
    if (vm && !domain && !virt_error_is(VIR_ERR_NO_DOMAIN))
        return virt_error(err, vm);
    if (!target || !from || !to)
        return journal_undo(entry, conn, err);
    if (domain && virDomainIsActive(domain) > 0 && !str_equal(json_string_value(json_object_get(facts, "over")), "yes"))
        virDomainBlockJobAbort(domain, target, 0); /* none runs: nothing to abort */
    switch (which_way(domain, facts)) {
    case WENT_OVER: return complete(entry, agent, conn, err);
    case STAYED: return take_back(entry, agent, conn, err);
    case WENT_UNKNOWN: break;
    }
    log_line("%s was being moved to %s, and nobody knows which of them its VM wrote to last: both are kept", from, to);
    move_hold(agent, entry, MOVE_ENDED);
    return JOURNAL_DONE;
}
