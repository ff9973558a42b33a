/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.set_media: puts an ISO into a CD drive, or takes it out, in the running guest and in its stored definition. */
#include "agent/drivers.h"
#include "agent/rbd_disk.h"
#include "agent/request.h"
#include "agent/volume_locks.h"
#include "agent/volumes.h"
#include "agent/xml_write.h"

#include <stdlib.h>
#include <string.h>

typedef struct MediaJob {
    Agent *agent;
    virDomainPtr domain;
    int owner;
    char *id;
    char *name;
    char *target;
    DiskBus bus;
    char *path; /* NULL: eject */
} MediaJob;

static void media_free(void *context)
{
    MediaJob *job = context;
    if (job->domain)
        virDomainFree(job->domain);
    free(job->id);
    free(job->name);
    free(job->target);
    free(job->path);
    free(job);
}

static char *drive_xml(const MediaJob *job)
{
    XmlText text = xml_text_begin();
    xml_open(&text, "disk");
    xml_put(&text, "type", "file");
    xml_put(&text, "device", "cdrom");
    xml_empty(&text, "driver", "name", "qemu", "type", "raw", NULL);
    if (job->path)
        xml_empty(&text, "source", "file", job->path, NULL);
    xml_empty(&text, "target", "dev", job->target, "bus", DiskBus_name(job->bus), NULL);
    xml_empty(&text, "readonly", NULL);
    xml_close(&text);
    return xml_text_end(&text);
}

static int media_run(Task *task, void *context, Error *err)
{
    (void)task;
    MediaJob *job = context;
    AUTO_FREE char *xml = drive_xml(job);
    unsigned flags = VIR_DOMAIN_DEVICE_MODIFY_FORCE; /* a guest that locks its tray would keep the old medium */
    flags |= virDomainIsActive(job->domain) > 0 ? VIR_DOMAIN_DEVICE_MODIFY_LIVE : 0;
    flags |= virDomainIsPersistent(job->domain) > 0 ? VIR_DOMAIN_DEVICE_MODIFY_CONFIG : 0;
    int code = virDomainUpdateDeviceFlags(job->domain, xml, flags) < 0 ? virt_error(err, job->name) : 0;
    drivers_refresh_vm(job->agent->drivers, job->owner, job->id);
    return code;
}

static const DiskInfo *find_drive(const VmInfo *vm, const char *target)
{
    for (size_t i = 0; i < vm->disks.count; i++)
        if (str_equal(vm->disks.items[i].target, target) && vm->disks.items[i].device == DISK_DEVICE_CDROM)
            return &vm->disks.items[i];
    return NULL;
}

static int find_medium(Request *request, const VmMediaParams *params, char **ret_path, Error *err)
{
    AUTO_POOL pool = NULL;
    AUTO_VOLUME volume = NULL;
    if (!params->datastore)
        return 0;
    if (!params->volume)
        return error_set(err, ERR_INVALID_PARAMS, NULL, "volume is missing");
    int code = drivers_datastore(request->agent->drivers, params->datastore, &pool, NULL, err);
    if (code == 0)
        code = volume_find(pool, params->volume, &volume, err);
    if (code < 0)
        return code;
    *ret_path = rbd_volume_path(volume);
    if (rbd_path_is(*ret_path))
        return error_set(err, ERR_NOT_SUPPORTED, params->volume, "an image of a Ceph pool cannot be a medium of a CD drive");
    if (!*ret_path)
        return virt_error(err, params->volume);
    return volume_lock_check_read(request->agent->volume_locks, *ret_path, params->volume, err);
}

static int describe(Request *request, const VmMediaParams *params, MediaJob *job, Error *err)
{
    VmInfo vm;
    int code = drivers_vm(request->agent->drivers, params->vm, &job->domain, &job->owner, err);
    if (code < 0)
        return code;
    if (!inventory_get_vm(request->agent->inventory, params->vm, &vm, NULL))
        return error_set(err, ERR_VM_NOT_FOUND, params->vm, NULL);
    const DiskInfo *drive = find_drive(&vm, params->target);
    job->name = x_strdup(vm.name);
    request_object(request, params->vm, vm.name);
    if (drive)
        job->bus = drive->bus;
    else
        code = error_set(err, ERR_NOT_SUPPORTED, vm.name, "it has no CD drive %s", params->target);
    VmInfo_clear(&vm);
    return code < 0 ? code : find_medium(request, params, &job->path, err);
}

int handle_vm_set_media(Request *request, const VmMediaParams *params, TaskRef *ret, Error *err)
{
    MediaJob *job = x_calloc(1, sizeof *job);
    *job = (MediaJob){ .agent = request->agent, .id = x_strdup(params->vm), .target = x_strdup(params->target) };
    int code = describe(request, params, job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, media_run, media_free, job, ret, err);
    media_free(job);
    return code;
}
