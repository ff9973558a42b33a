/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.create. The call checks everything that can be checked, so that the wizard hears of a mistake at once; the task makes the disks,
 * the definition, and starts it. What was made is removed again when a step fails or the task is cancelled.
 */
#include "agent/domain_build.h"
#include "agent/drivers.h"
#include "agent/ident.h"
#include "agent/request.h"
#include "agent/upload_file.h"
#include "agent/volumes.h"
#include "agent/xml_write.h"

#include <stdlib.h>
#include <string.h>

typedef struct PlannedVolume {
    virStoragePoolPtr pool;
    virStorageVolPtr made; /* NULL: not yet */
    char *datastore;
    char *name;
    int owner;
} PlannedVolume;

typedef struct CreateJob {
    Agent *agent;
    int owner;
    virConnectPtr conn;
    VmCreateParams params;
    GuestPlatform platform;
    DomainPlan plan;
    PlannedVolume *volumes;
    size_t volume_count;
} CreateJob;

static void create_free(void *context)
{
    CreateJob *job = context;
    for (size_t i = 0; i < job->volume_count; i++) {
        PlannedVolume *volume = &job->volumes[i];
        virt_pool_cleanup(&volume->pool);
        virt_volume_cleanup(&volume->made);
        free(volume->datastore);
        free(volume->name);
    }
    for (size_t i = 0; i < job->plan.disk_count; i++)
        free(job->plan.disks[i].path);
    for (size_t i = 0; i < job->plan.nic_count; i++)
        free(job->plan.nics[i].name);
    free(job->volumes);
    free(job->plan.disks);
    free(job->plan.nics);
    free(job->plan.media);
    virt_conn_cleanup(&job->conn);
    guest_platform_clear(&job->platform);
    VmCreateParams_clear(&job->params);
    free(job);
}

/* ---------------------------------------------------------------- checks */

static int check_name(const char *name, Error *err)
{
    enum { NAME_MAX_BYTES = 200 }; /* libvirt makes file names of it */
    const char *wrong = NULL;
    if (name[strspn(name, " ")] == 0)
        wrong = "it is empty";
    else if (*name == ' ' || name[strlen(name) - 1] == ' ')
        wrong = "it begins or ends with a space";
    else if (strlen(name) > NAME_MAX_BYTES)
        wrong = "it is longer than 200 bytes";
    else if (strchr(name, '/') || str_equal(name, ".") || str_equal(name, ".."))
        wrong = "it must not contain a slash or consist of dots only";
    for (const char *p = name; *p && !wrong; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            wrong = "it contains a control character";
    return wrong ? error_set(err, ERR_VM_NAME_INVALID, name, "%s", wrong) : 0;
}

static int check_size(const CreateJob *job, Error *err)
{
    const VmCreateParams *params = &job->params;
    HostInfo host;
    inventory_get_host(job->agent->inventory, &host);
    int64_t memory = host.memory;
    HostInfo_clear(&host);
    if (params->vcpus < 1 || params->vcpus > job->platform.max_vcpus)
        return error_set(err, ERR_VM_RESOURCES, params->name, "it may have from 1 to %lld virtual CPUs", (long long)job->platform.max_vcpus);
    if (params->memory < 1 << 20 || params->memory % (1 << 20))
        return error_set(err, ERR_VM_RESOURCES, params->name, "its memory must be a multiple of 1 MiB");
    if (memory && params->memory > memory) {
        AUTO_FREE char *has = size_text(memory);
        return error_set(err, ERR_VM_RESOURCES, params->name, "the host has %s of memory", has);
    }
    return 0;
}

static int check_unused_name(const CreateJob *job, Error *err)
{
    AUTO_DOMAIN other = virDomainLookupByName(job->conn, job->params.name);
    return other ? error_set(err, ERR_VM_EXISTS, job->params.name, NULL) : 0;
}

static int check_firmware(const CreateJob *job, Error *err)
{
    if (job->params.firmware != FIRMWARE_UEFI || job->platform.uefi)
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, job->params.name, "UEFI firmware for guests is not installed on the host (Debian: apt install ovmf)");
}

static int check_disk(const CreateJob *job, const NewDisk *disk, Error *err)
{
    const char *name = job->params.name;
    if (disk->capacity < 1 << 20 || disk->capacity > INT64_C(1) << 50)
        return error_set(err, ERR_VM_RESOURCES, name, "a disk must have from 1 MiB to 1 PiB");
    if (disk->format != VOLUME_FORMAT_RAW && disk->format != VOLUME_FORMAT_QCOW2)
        return error_set(err, ERR_NOT_SUPPORTED, name, "new disks are qcow2 or raw");
    if (disk->bus < DISK_BUS_VIRTIO || disk->bus > DISK_BUS_USB)
        return error_set(err, ERR_NOT_SUPPORTED, name, "a disk cannot be on the bus %s", DiskBus_name(disk->bus));
    return disk->volume ? volume_name_check(disk->volume, err) : 0;
}

static bool planned(const CreateJob *job, const char *datastore, const char *name)
{
    for (size_t i = 0; i < job->volume_count; i++)
        if (str_equal(job->volumes[i].datastore, datastore) && str_equal(job->volumes[i].name, name))
            return true;
    return false;
}

static bool name_free(const CreateJob *job, virStoragePoolPtr pool, const char *datastore, const char *name)
{
    AUTO_VOLUME volume = virStorageVolLookupByName(pool, name);
    return !volume && !planned(job, datastore, name);
}

/* "web01.qcow2", "web01-2.qcow2" ... */
static char *free_name(const CreateJob *job, virStoragePoolPtr pool, const NewDisk *disk)
{
    const char *vm = job->params.name + strspn(job->params.name, "."); /* hidden files are no volumes */
    char *name = x_printf("%s.%s", *vm ? vm : "vm", VolumeFormat_name(disk->format));
    for (int number = 2; number < 1000 && !name_free(job, pool, disk->datastore, name); number++) {
        free(name);
        name = x_printf("%s-%d.%s", *vm ? vm : "vm", number, VolumeFormat_name(disk->format));
    }
    return name;
}

/* A thin disk may be larger than what is free; a thick one must fit now. */
static int check_space(const DatastoreInfo *datastore, const NewDisk *disk, Error *err)
{
    if (!disk->thick || disk->capacity <= datastore->available)
        return 0;
    AUTO_FREE char *need = size_text(disk->capacity);
    AUTO_FREE char *have = size_text(datastore->available);
    return error_set(err, ERR_NO_SPACE, datastore->name, "%s are needed, %s are free", need, have);
}

static int plan_disk(CreateJob *job, const NewDisk *disk, Error *err)
{
    DatastoreInfo datastore;
    PlannedVolume *volume = &job->volumes[job->volume_count];
    int code = check_disk(job, disk, err);
    if (code == 0)
        code = datastore_active(job->agent, disk->datastore, &datastore, err);
    if (code < 0)
        return code;
    code = check_space(&datastore, disk, err);
    DatastoreInfo_clear(&datastore);
    if (code == 0)
        code = drivers_datastore(job->agent->drivers, disk->datastore, &volume->pool, &volume->owner, err);
    if (code < 0)
        return code;
    virStoragePoolRefresh(volume->pool, 0); /* names of files that came from outside count, too */
    if (disk->volume && !name_free(job, volume->pool, disk->datastore, disk->volume))
        code = error_set(err, ERR_VOLUME_EXISTS, disk->volume, NULL);
    volume->name = disk->volume ? x_strdup(disk->volume) : free_name(job, volume->pool, disk);
    volume->datastore = x_strdup(disk->datastore);
    job->plan.disks[job->volume_count].format = disk->format;
    job->plan.disks[job->volume_count].bus = disk->bus;
    job->plan.disk_count = ++job->volume_count;
    return code;
}

static int plan_disks(CreateJob *job, Error *err)
{
    int code = 0;
    job->volumes = x_calloc(job->params.disks.count, sizeof *job->volumes);
    job->plan.disks = x_calloc(job->params.disks.count, sizeof *job->plan.disks);
    for (size_t i = 0; i < job->params.disks.count && code == 0; i++) {
        code = plan_disk(job, &job->params.disks.items[i], err);
        if (code < 0 && job->volume_count == i) /* the one that failed was not counted */
            virt_pool_cleanup(&job->volumes[i].pool);
    }
    return code;
}

static int plan_nics(CreateJob *job, Error *err)
{
    job->plan.nics = x_calloc(job->params.nics.count, sizeof *job->plan.nics);
    for (size_t i = 0; i < job->params.nics.count; i++) {
        NetworkInfo network;
        const NewNic *nic = &job->params.nics.items[i];
        if (nic->model == NIC_MODEL_UNKNOWN)
            return error_set(err, ERR_NOT_SUPPORTED, job->params.name, "the model of a network card is not known");
        if (!inventory_get_network(job->agent->inventory, nic->network, &network, NULL))
            return error_set(err, ERR_NETWORK_NOT_FOUND, nic->network, NULL);
        job->plan.nics[i] = (DomainNic){ x_strdup(network.name), network.host_bridge, nic->model };
        job->plan.nic_count++;
        NetworkInfo_clear(&network);
    }
    return 0;
}

static int plan_media(CreateJob *job, Error *err)
{
    AUTO_POOL pool = NULL;
    AUTO_VOLUME volume = NULL;
    if (!job->params.media_datastore || !job->params.media_volume)
        return 0;
    int code = drivers_datastore(job->agent->drivers, job->params.media_datastore, &pool, NULL, err);
    if (code == 0)
        code = volume_find(pool, job->params.media_volume, &volume, err);
    if (code < 0)
        return code;
    job->plan.media = virStorageVolGetPath(volume);
    return job->plan.media ? 0 : virt_error(err, job->params.media_volume);
}

static int find_driver(CreateJob *job, Error *err)
{
    job->owner = drivers_find(job->agent->drivers, job->params.driver);
    if (job->owner < 0)
        return error_set(err, ERR_NOT_SUPPORTED, job->params.driver, "the host has no such driver");
    int code = drivers_connection(job->agent->drivers, job->owner, &job->conn, err);
    if (code == 0 && !read_platform(&job->agent->config, job->conn, &job->platform))
        code = error_set(err, ERR_NOT_SUPPORTED, job->params.name, "this hypervisor cannot make guests of this kind");
    return code;
}

static int plan(CreateJob *job, Error *err)
{
    static int (*const steps[])(CreateJob *, Error *) = { find_driver, plan_disks, plan_nics, plan_media };
    int code = check_name(job->params.name, err);
    for (size_t i = 0; i < ARRAY_SIZE(steps) && code == 0; i++) {
        code = steps[i](job, err);
        if (i == 0 && code == 0) /* the cheap checks before those that look at disks */
            code = check_size(job, err) < 0 || check_unused_name(job, err) < 0 || check_firmware(job, err) < 0 ? err->code : 0;
    }
    return code;
}

/* ---------------------------------------------------------------- the task */

static int make_volume(CreateJob *job, size_t index, Error *err)
{
    const NewDisk *disk = &job->params.disks.items[index];
    PlannedVolume *volume = &job->volumes[index];
    AUTO_FREE char *xml = volume_xml(&(NewVolume){
        .name = volume->name,
        .format = VolumeFormat_name(disk->format),
        .capacity = disk->capacity,
        .allocation = disk->thick ? disk->capacity : 0,
    });
    unsigned flags = disk->thick && disk->format == VOLUME_FORMAT_QCOW2 ? VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA : 0;
    volume->made = virStorageVolCreateXML(volume->pool, xml, flags);
    virStorageVolInfo info;
    DomainDisk *planned_disk = &job->plan.disks[index];
    if (!volume->made || virStorageVolGetInfo(volume->made, &info) < 0)
        return virt_error(err, volume->name);
    if (info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK)
        return error_set(err, ERR_NOT_SUPPORTED, volume->name, "disks in this kind of datastore cannot be given to a VM yet");
    planned_disk->block = info.type == VIR_STORAGE_VOL_BLOCK;
    planned_disk->path = virStorageVolGetPath(volume->made);
    return planned_disk->path ? 0 : virt_error(err, volume->name);
}

static void remove_domain(virDomainPtr domain)
{
    if (virDomainIsActive(domain) > 0)
        virDomainDestroy(domain);
    if (virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_MANAGED_SAVE) < 0)
        virDomainUndefine(domain);
}

static int define(CreateJob *job, Task *task, virDomainPtr *ret, Error *err)
{
    AUTO_FREE char *xml = domain_xml(&job->plan);
    *ret = virDomainDefineXMLFlags(job->conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    if (!*ret && virt_error_is(VIR_ERR_XML_INVALID_SCHEMA)) /* the schemas are not installed, or older than the daemon */
        *ret = virDomainDefineXML(job->conn, xml);
    if (!*ret)
        return virt_error(err, job->params.name);
    int code = task_check(task, err);
    if (code == 0 && job->params.start && virDomainCreate(*ret) < 0)
        code = virt_error(err, job->params.name);
    return code;
}

static int make_all(CreateJob *job, Task *task, virDomainPtr *ret, Error *err)
{
    int64_t steps = (int64_t)job->volume_count + 1;
    int code = 0;
    for (size_t i = 0; i < job->volume_count && code == 0; i++) {
        task_progress(task, (int64_t)i, steps);
        code = task_check(task, err);
        if (code == 0)
            code = make_volume(job, i, err);
    }
    if (code == 0)
        code = task_check(task, err);
    if (code == 0)
        code = define(job, task, ret, err);
    return code;
}

static void undo(CreateJob *job, virDomainPtr domain)
{
    if (domain)
        remove_domain(domain);
    for (size_t i = job->volume_count; i-- > 0;)
        if (job->volumes[i].made)
            virStorageVolDelete(job->volumes[i].made, 0);
}

static int create_run(Task *task, void *context, Error *err)
{
    CreateJob *job = context;
    AUTO_DOMAIN domain = NULL;
    int code = make_all(job, task, &domain, err);
    if (code < 0)
        undo(job, domain);
    for (size_t i = 0; i < job->volume_count; i++)
        datastore_changed(job->agent, job->volumes[i].owner, job->volumes[i].datastore);
    drivers_refresh_vm(job->agent->drivers, job->owner, job->plan.id);
    task_progress(task, (int64_t)job->volume_count + 1, (int64_t)job->volume_count + 1);
    return code;
}

int handle_vm_create(Request *request, const VmCreateParams *params, TaskRef *ret, Error *err)
{
    CreateJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    VmCreateParams_copy(params, &job->params);
    job->plan.params = &job->params;
    job->plan.platform = &job->platform;
    uuid_random(job->plan.id);
    request_object(request, job->plan.id, params->name);
    int code = plan(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, true, create_run, create_free, job, ret, err);
    create_free(job);
    return code;
}
