/* SPDX-License-Identifier: GPL-3.0-or-later */
/* datastore.add and datastore.test: a new datastore of any kind, or a trial of it that leaves nothing. */
#include "agent/datastore_empty.h"
#include "agent/datastore_keep.h"
#include "agent/datastore_names.h"
#include "agent/datastore_sources.h"
#include "agent/datastore_spec.h"
#include "agent/drivers.h"
#include "agent/host_disks.h"
#include "agent/ident.h"
#include "agent/journal.h"
#include "agent/log.h"
#include "agent/program.h"
#include "agent/request.h"
#include "agent/server_reach.h"
#include "agent/store_path.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REACH_MILLISECONDS = 5000, REMOVE_TRIES = 50, REMOVE_PAUSE_US = 100000, CEPH_PORT = 3300 };

typedef struct AddJob {
    Agent *agent;
    int owner;
    bool test;
    DatastoreSpec spec;
    char *name; /* the spec's, or a hidden one for a trial */
    char *path;
    char id[LIMIT_UUID + 1];
    char secret[LIMIT_UUID + 1];
    char *credentials;
    size_t made; /* directories of path */
    bool built;  /* its volume group, file system or partition table was made */
    virStoragePoolPtr pool;
} AddJob;

static void add_free(void *context)
{
    AddJob *job = context;
    if (job->pool)
        virStoragePoolFree(job->pool);
    if (job->spec.password)
        x_wipe(job->spec.password, strlen(job->spec.password));
    DatastoreSpec_clear(&job->spec);
    free(job->name);
    free(job->path);
    free(job->credentials);
    free(job);
}

/* The devices are written to. */
static bool makes_devices(const DatastoreSpec *spec)
{
    return spec->kind == DATASTORE_KIND_LVM ? spec->devices.count > 0 : spec->devices.count > 0 && spec->format;
}

/* A directory that is made when it is missing. */
static bool has_folder(const DatastoreSpec *spec) { return spec->kind == DATASTORE_KIND_DIR || datastore_kind_mounted(spec->kind); }

/* ---------------------------------------------------------------- the steps */

static int check_devices(const AddJob *job, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->spec.devices.count && code == 0 && makes_devices(&job->spec); i++)
        code = host_disk_empty(job->spec.devices.items[i], err);
    return code;
}

/* A volume group of that name exists, and shall, or shall not. */
static int check_group(const AddJob *job, virConnectPtr conn, Error *err)
{
    if (job->spec.kind != DATASTORE_KIND_LVM)
        return 0;
    DatastoreSourceTable table = { 0 };
    int code = datastore_sources_read(conn, &(DatastoreSourcesParams){ .kind = DATASTORE_KIND_LVM }, &table, err);
    bool there = false;
    for (size_t i = 0; i < table.sources.count; i++)
        there |= str_equal(table.sources.items[i].source, job->spec.source);
    DatastoreSourceTable_clear(&table);
    if (code == 0 && there && job->spec.devices.count)
        code = error_set(err, ERR_DATASTORE_SPEC, job->spec.name, "there is a volume group '%s' already; name no devices to use it", job->spec.source);
    if (code == 0 && !there && !job->spec.devices.count)
        code = error_set(err, ERR_DATASTORE_SPEC, job->spec.name, "the host has no volume group '%s'", job->spec.source);
    return code;
}

static int check_server(const AddJob *job, Error *err)
{
    const DatastoreSpec *spec = &job->spec;
    Error first = { 0 };
    int64_t port = spec->port ? spec->port : datastore_kind_port(spec->kind);
    int code = spec->host && port ? server_reach(spec->host, port, REACH_MILLISECONDS, spec->name, &first) : 0;
    if (code < 0 && spec->kind == DATASTORE_KIND_RBD && !spec->port) /* a monitor may speak the younger protocol only */
        code = server_reach(spec->host, CEPH_PORT, REACH_MILLISECONDS, spec->name, NULL);
    if (code < 0)
        return error_move(err, &first);
    error_clear(&first);
    return 0;
}

static unsigned build_flags(const DatastoreSpec *spec)
{
    bool chooses = spec->kind == DATASTORE_KIND_FS || spec->kind == DATASTORE_KIND_LVM || spec->kind == DATASTORE_KIND_DISK;
    return chooses && makes_devices(spec) ? VIR_STORAGE_POOL_BUILD_NO_OVERWRITE : 0;
}

static int build(AddJob *job, Error *err)
{
    const DatastoreSpec *spec = &job->spec;
    if (!makes_devices(spec))
        return 0;
    if (virStoragePoolBuild(job->pool, build_flags(spec)) < 0)
        return virt_error(err, spec->name);
    job->built = true;
    return 0;
}

/* Whatever is wrong, librados has one or two words for it, and those of a missing file. */
static int not_started(const DatastoreSpec *spec, Error *err)
{
    if (spec->kind != DATASTORE_KIND_RBD)
        return virt_error(err, spec->name);
    AUTO_FREE char *text = virt_error_text();
    return error_set(err, ERR_DATASTORE_TEST, spec->name, "%s; its monitor answers, so user, key or pool are wrong", text);
}

static int start(AddJob *job, virConnectPtr conn, Error *err)
{
    bool secret = job->spec.password && job->spec.kind != DATASTORE_KIND_SMB, file = job->spec.password && !secret;
    const char *path = job->spec.kind == DATASTORE_KIND_RBD ? NULL : job->path;
    DatastorePlan plan = { .id = job->id, .name = job->name, .path = path, .secret = secret ? job->secret : NULL,
                           .credentials = file ? job->credentials : NULL };
    AUTO_FREE char *xml = datastore_spec_xml(&job->spec, &plan);
    int code = datastore_keep(conn, &job->spec, job->id, job->secret, job->credentials, err);
    if (code == 0 && has_folder(&job->spec))
        code = store_path_make(job->path, &job->made, err);
    if (code < 0)
        return code;
    job->pool = virStoragePoolDefineXML(conn, xml, 0);
    if (!job->pool)
        return virt_error(err, job->spec.name);
    code = build(job, err);
    if (code == 0 && virStoragePoolCreate(job->pool, 0) < 0)
        code = not_started(&job->spec, err);
    if (code == 0 && !job->test && !job->spec.no_autostart && virStoragePoolSetAutostart(job->pool, 1) < 0)
        code = virt_error(err, job->spec.name);
    return code;
}

static void tell(AddJob *job, Task *task)
{
    virStoragePoolInfo info;
    AUTO_FREE char *result = NULL;
    if (job->spec.kind == DATASTORE_KIND_ISCSI || job->spec.kind == DATASTORE_KIND_LVM)
        result = x_printf("%d", virStoragePoolNumOfVolumes(job->pool));
    else if (virStoragePoolGetInfo(job->pool, &info) == 0)
        result = x_printf("%llu", info.available);
    if (result)
        task_result(task, result);
}

/* The device was empty, and is so again: libvirt takes apart volume groups only. */
static void erase(const DatastoreSpec *spec)
{
    AUTO(error_clear) Error err = { 0 };
    const char *const arguments[] = { "wipefs", "--all", "--quiet", spec->devices.items[0], NULL };
    if (program_run(&(Program){ .arguments = arguments }, NULL, &err) < 0)
        log_line("'%s' is not empty any more: %s", spec->devices.items[0], err.message);
}

static void undo(AddJob *job, virConnectPtr conn)
{
    if (job->pool) {
        virStoragePoolDestroy(job->pool);
        if (job->built && job->spec.kind == DATASTORE_KIND_LVM)
            virStoragePoolDelete(job->pool, 0);
        else if (job->built)
            erase(&job->spec);
        virStoragePoolUndefine(job->pool);
    }
    datastore_unkeep(conn, job->secret, job->credentials);
    if (has_folder(&job->spec))
        store_path_unmake(job->path, job->made);
}

/* ---------------------------------------------------------------- the task */

static json_t *facts_of(const AddJob *job)
{
    const char *path = has_folder(&job->spec) ? job->path : NULL;
    bool group = job->spec.kind == DATASTORE_KIND_LVM && makes_devices(&job->spec);
    return json_pack("{s:s, s:s, s:s, s:s*, s:I, s:b}", "datastore", job->id, "secret", job->secret, "credentials", job->credentials, "path", path,
                     "missing", (json_int_t)(path ? store_path_missing(path) : 0), "group", group);
}

static int try_it(Task *task, AddJob *job, virConnectPtr conn, Error *err)
{
    JournalEntry *entry = NULL;
    int code = journal_begin(job->agent->journal, "datastore.add", job->owner, facts_of(job), &entry, err);
    if (code < 0)
        return code;
    code = start(job, conn, err);
    if (code == 0)
        tell(job, task);
    if (code < 0 || job->test)
        undo(job, conn);
    else
        datastore_keep_for_vms(conn, &job->spec);
    journal_end(entry);
    if (!job->test)
        drivers_refresh_datastore(job->agent->drivers, job->owner, job->id);
    return code;
}

/* What an empty device offers is its size: a trial does not write to it. */
static void tell_sizes(Task *task, const DatastoreSpec *spec)
{
    HostDiskTable table;
    int64_t size = 0;
    if (host_disks_read(&table, NULL) < 0)
        return;
    for (size_t i = 0; i < table.disks.count; i++)
        if (StrList_contains(&spec->devices, table.disks.items[i].path))
            size += table.disks.items[i].size;
    AUTO_FREE char *result = x_printf("%lld", (long long)size);
    task_result(task, result);
    HostDiskTable_clear(&table);
}

static int add_run(Task *task, void *context, Error *err)
{
    AddJob *job = context;
    AUTO_CONN conn = NULL;
    int code = drivers_connection(job->agent->drivers, job->owner, &conn, err);
    if (code == 0)
        code = check_devices(job, err);
    if (code == 0)
        code = check_group(job, conn, err);
    if (code == 0)
        code = check_server(job, err);
    if (code < 0)
        return code;
    if (job->test && makes_devices(&job->spec))
        tell_sizes(task, &job->spec);
    else if (!(job->test && job->spec.kind == DATASTORE_KIND_LVM)) /* stopping a group again could take away what others use of it */
        code = try_it(task, job, conn, err);
    return code;
}

/* libvirt may still be about to do what the killed agent has asked for last: defining it, activating it. */
static bool remove_pool(virConnectPtr conn, const char *id, bool group)
{
    for (int i = 0; i < REMOVE_TRIES; i++) {
        AUTO_POOL pool = virStoragePoolLookupByUUIDString(conn, id);
        if (!pool)
            return true;
        if (group && virStoragePoolIsActive(pool) == 0)
            virStoragePoolCreate(pool, 0); /* or nobody can tell what the group holds */
        bool empty = group && datastore_empty_check(pool, NULL) == 0;
        virStoragePoolDestroy(pool);
        if (empty) /* there was none of that name when the job began */
            virStoragePoolDelete(pool, 0);
        if (virStoragePoolUndefine(pool) < 0)
            usleep(REMOVE_PAUSE_US);
    }
    return false;
}

int journal_recover_datastore(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)agent, (void)owner;
    json_t *facts = journal_facts(entry);
    const char *id = json_string_value(json_object_get(facts, "datastore"));
    const char *path = json_string_value(json_object_get(facts, "path"));
    if (id && !remove_pool(conn, id, json_is_true(json_object_get(facts, "group"))))
        return virt_error(err, id);
    datastore_unkeep(conn, json_string_value(json_object_get(facts, "secret")), json_string_value(json_object_get(facts, "credentials")));
    if (path)
        store_path_unmake(path, (size_t)json_integer_value(json_object_get(facts, "missing")));
    return JOURNAL_DONE;
}

/* ---------------------------------------------------------------- the calls */

/* Where it is on the host: chosen, or as the kind has it. */
static int place(AddJob *job, Error *err)
{
    const DatastoreSpec *spec = &job->spec;
    AUTO_FREE char *wanted = NULL;
    switch (spec->kind) {
    case DATASTORE_KIND_ISCSI: job->path = x_strdup("/dev/disk/by-path"); return 0;
    case DATASTORE_KIND_DISK: job->path = x_strdup("/dev"); return 0;
    case DATASTORE_KIND_LVM: job->path = x_printf("/dev/%s", spec->source); return 0;
    case DATASTORE_KIND_ZFS: job->path = x_printf("/dev/zvol/%s", spec->source); return 0;
    case DATASTORE_KIND_RBD: job->path = x_printf(RBD_PATH "%s", spec->source); return 0;
    default: break;
    }
    if (job->test && datastore_kind_mounted(spec->kind))
        wanted = x_printf("%s/.test-%s", DATASTORE_MOUNTS, job->id);
    else
        wanted = spec->path ? x_strdup(spec->path) : x_printf("%s/%s", DATASTORE_MOUNTS, spec->name);
    return store_path_check(wanted, &job->path, err);
}

static int begin(Request *request, const DatastoreSpec *params, bool test, TaskRef *ret, Error *err)
{
    request_object(request, NULL, params->name);
    int code = datastore_name_check(params->name, err);
    if (code == 0)
        code = datastore_spec_check(params, err);
    if (code < 0)
        return code;
    AddJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    job->test = test;
    DatastoreSpec_copy(params, &job->spec);
    uuid_random(job->id);
    uuid_random(job->secret);
    job->credentials = datastore_credentials(request->agent, job->id);
    job->name = test ? x_printf("%s%s", DATASTORE_TEST_PREFIX, job->id) : x_strdup(params->name);
    code = place(job, err);
    if (code == 0)
        code = datastore_unique_check(request->agent, params->name, params->kind == DATASTORE_KIND_ISCSI || params->kind == DATASTORE_KIND_DISK ? NULL : job->path, err);
    if (code == 0)
        return request_task(request, OBJECT_DATASTORE, false, add_run, add_free, job, ret, err);
    add_free(job);
    return code;
}

int handle_datastore_add(Request *request, const DatastoreSpec *params, TaskRef *ret, Error *err) { return begin(request, params, false, ret, err); }

int handle_datastore_test(Request *request, const DatastoreSpec *params, TaskRef *ret, Error *err) { return begin(request, params, true, ret, err); }
