/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is exported: see export_source.h. */
#include "agent/export_source.h"
#include "agent/domain_xml.h"
#include "agent/drivers.h"
#include "agent/snapshots.h"
#include "agent/vm_lock.h"
#include "agent/volume_locks.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "it is being exported"

void export_source_close(ExportSource *source)
{
    if (source->locked)
        vm_unlock(source->locked);
    for (size_t i = 0; i < source->paths.count; i++)
        volume_unlock(source->agent->volume_locks, source->paths.items[i]);
    StrList_clear(&source->paths);
    VmInfo_clear(&source->vm);
    free(source->locked);
    free(source->inside);
    free(source->xml);
    *source = (ExportSource){ 0 };
}

/* A template never changes: many may be read from it at a time. */
static int lock_vm(ExportSource *source, const char *vm, const char *name, bool template, Error *err)
{
    int code = template ? vm_lock_shared(vm, name, WHAT, err) : vm_lock(vm, name, WHAT, err);
    if (code == 0)
        source->locked = x_strdup(vm);
    return code;
}

static int lock_disks(ExportSource *source, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < source->vm.disks.count && code == 0; i++) {
        const DiskInfo *disk = &source->vm.disks.items[i];
        if (disk->device != DISK_DEVICE_DISK || !disk->path)
            continue;
        code = volume_lock_read(source->agent->volume_locks, disk->path, disk->volume ? disk->volume : disk->path, WHAT, err);
        if (code == 0)
            StrList_add(&source->paths, disk->path);
    }
    return code;
}

/* ---------------------------------------------------------------- as it is */

static int read_now(ExportSource *source, virDomainPtr domain, Error *err)
{
    VmInfo known;
    if (virDomainIsActive(domain) > 0)
        return error_set(err, ERR_VM_WRONG_STATE, virDomainGetName(domain), "running");
    if (virDomainHasManagedSaveImage(domain, 0) > 0)
        return error_set(err, ERR_VM_WRONG_STATE, virDomainGetName(domain), "saved");
    AUTO_FREE char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    if (!xml)
        return virt_error(err, virDomainGetName(domain));
    source->xml = TAKE_PTR(xml);
    int code = domain_xml_read(source->xml, strlen(source->xml), &source->vm, err);
    if (code == 0 && inventory_get_vm(source->agent->inventory, source->vm.id, &known, NULL)) {
        VmInfo_clear(&source->vm); /* the inventory has found volumes and sizes, too */
        source->vm = known;
    }
    return code;
}

static int open_now(ExportSource *source, const char *vm, Error *err)
{
    AUTO_DOMAIN domain = NULL;
    VmInfo known;
    int code = drivers_vm(source->agent->drivers, vm, &domain, &source->owner, err);
    if (code < 0)
        return code;
    bool template = false;
    if (inventory_get_vm(source->agent->inventory, vm, &known, NULL)) {
        template = known.template != NULL;
        VmInfo_clear(&known);
    }
    code = lock_vm(source, vm, virDomainGetName(domain), template, err);
    if (code == 0)
        code = read_now(source, domain, err);
    return code;
}

/* ---------------------------------------------------------------- as it was */

static int read_snapshot(ExportSource *source, const SnapshotVm *vm, const char *snapshot, Error *err)
{
    AUTO_SNAPSHOT handle = NULL;
    const SnapshotFacts *facts = snapshot_vm_find(vm, snapshot);
    if (!facts)
        return error_set(err, ERR_SNAPSHOT_NOT_FOUND, snapshot, NULL);
    bool inside = facts->info.style == SNAPSHOT_STYLE_INTERNAL;
    if (inside && snapshot_vm_active(vm))
        return error_set(err, ERR_VM_WRONG_STATE, vm->info.name, "%s", VmState_name(vm->info.state));
    int code = snapshot_vm_handle(vm, snapshot, &handle, err);
    AUTO_FREE char *xml = handle ? virDomainSnapshotGetXMLDesc(handle, 0) : NULL;
    if (code == 0 && !xml)
        code = virt_error(err, snapshot);
    if (code < 0)
        return code;
    source->xml = snapshot_xml_domain(xml, NULL, 0);
    source->inside = inside ? x_strdup(snapshot) : NULL;
    if (!source->xml)
        return error_set(err, ERR_LIBVIRT, snapshot, "the snapshot does not say what the VM was like");
    return domain_xml_read(source->xml, strlen(source->xml), &source->vm, err);
}

static int open_snapshot(ExportSource *source, const char *id, const char *snapshot, Error *err)
{
    SnapshotVm vm;
    int code = snapshot_vm_open(source->agent, id, &vm, err);
    if (code < 0)
        return code;
    source->owner = vm.owner;
    code = lock_vm(source, id, vm.info.name, false, err);
    if (code == 0)
        code = read_snapshot(source, &vm, snapshot, err);
    snapshot_vm_close(&vm);
    return code;
}

int export_source_open(Agent *agent, const char *vm, const char *snapshot, ExportSource *ret, Error *err)
{
    *ret = (ExportSource){ .agent = agent };
    int code = snapshot ? open_snapshot(ret, vm, snapshot, err) : open_now(ret, vm, err);
    return code < 0 ? code : lock_disks(ret, err);
}
