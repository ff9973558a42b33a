/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes for a VM: see vm_volumes.h. */
#include "agent/vm_volumes.h"
#include "agent/drivers.h"
#include "agent/partition_name.h"
#include "agent/rbd_disk.h"
#include "agent/upload_file.h"
#include "agent/volume_allocation.h"
#include "agent/volume_new.h"
#include "agent/volumes.h"
#include "agent/xml_write.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- checks */

static int check(const char *vm, const VmNewVolume *wish, Error *err)
{
    if (wish->capacity < 1 << 20 || wish->capacity > INT64_C(1) << 50)
        return error_set(err, ERR_VM_RESOURCES, vm, "a disk must have from 1 MiB to 1 PiB");
    if (wish->format != VOLUME_FORMAT_RAW && wish->format != VOLUME_FORMAT_QCOW2)
        return error_set(err, ERR_NOT_SUPPORTED, vm, "new disks are qcow2 or raw");
    return wish->volume ? volume_name_check(wish->volume, err) : 0;
}

static bool planned(const VmVolumes *volumes, const char *datastore, const char *name)
{
    for (size_t i = 0; i < volumes->count; i++)
        if (str_equal(volumes->items[i].wish.datastore, datastore) && str_equal(volumes->items[i].name, name))
            return true;
    return false;
}

static bool name_free(const VmVolumes *volumes, virStoragePoolPtr pool, const char *datastore, const char *name)
{
    AUTO_VOLUME volume = virStorageVolLookupByName(pool, name);
    return !volume && !planned(volumes, datastore, name);
}

/* "web01.qcow2", "web01-2.qcow2" ... */
static char *free_name(const VmVolumes *volumes, virStoragePoolPtr pool, const char *vm, const VmNewVolume *wish)
{
    vm += strspn(vm, "."); /* hidden files are no volumes */
    char *name = x_printf("%s.%s", *vm ? vm : "vm", VolumeFormat_name(wish->format));
    for (int number = 2; number < 1000 && !name_free(volumes, pool, wish->datastore, name); number++) {
        free(name);
        name = x_printf("%s-%d.%s", *vm ? vm : "vm", number, VolumeFormat_name(wish->format));
    }
    return name;
}

/* The lowest free number; NULL: the disk is full or not there. */
static char *free_partition(const VmVolumes *volumes, virStoragePoolPtr pool, const VmNewVolume *wish)
{
    for (int number = 1; number <= PARTITIONS_MAX; number++) {
        AUTO_FREE char *name = partition_name(pool, number);
        if (!name || name_free(volumes, pool, wish->datastore, name))
            return TAKE_PTR(name);
    }
    return NULL;
}

/* A thin disk may be larger than what is free; a thick one must fit now. */
static int check_space(const DatastoreInfo *datastore, const VmNewVolume *wish, Error *err)
{
    if (!wish->thick || wish->capacity <= datastore->available)
        return 0;
    AUTO_FREE char *need = size_text(wish->capacity);
    AUTO_FREE char *have = size_text(datastore->available);
    return error_set(err, ERR_NO_SPACE, datastore->name, "%s are needed, %s are free", need, have);
}

/* Sets the format where the datastore leaves no choice. */
static int check_datastore(Agent *agent, VmNewVolume *wish, bool *ret_partition, Error *err)
{
    DatastoreInfo datastore;
    int code = datastore_active(agent, wish->datastore, &datastore, err);
    if (code < 0)
        return code;
    code = datastore_can(&datastore, METHOD_volume_create, err);
    if (code == 0)
        code = check_space(&datastore, wish, err);
    if (datastore_type_is_raw(datastore.type))
        wish->format = VOLUME_FORMAT_RAW;
    *ret_partition = datastore_type_is_partitioned(datastore.type);
    DatastoreInfo_clear(&datastore);
    return code;
}

/* NULL: there is none for it. */
static char *plan_name(const VmVolumes *volumes, const VmVolume *volume, const char *vm, bool partition, Error *err)
{
    const VmNewVolume *wish = &volume->wish;
    char *name = partition ? free_partition(volumes, volume->pool, wish) : NULL;
    if (partition && !name)
        error_set(err, ERR_NOT_SUPPORTED, wish->datastore, "its disk takes no more partitions, or is not there");
    if (partition)
        return name;
    if (wish->volume && !name_free(volumes, volume->pool, wish->datastore, wish->volume)) {
        error_set(err, ERR_VOLUME_EXISTS, wish->volume, NULL);
        return NULL;
    }
    return wish->volume ? x_strdup(wish->volume) : free_name(volumes, volume->pool, vm, wish);
}

int vm_volumes_plan(VmVolumes *volumes, const char *vm, const VmNewVolume *wish, Error *err)
{
    VmVolume volume = { 0 };
    bool partition = false;
    int code = check(vm, wish, err);
    if (code < 0)
        return code;
    VmNewVolume_copy(wish, &volume.wish);
    code = check_datastore(volumes->agent, &volume.wish, &partition, err);
    if (code == 0)
        code = drivers_datastore(volumes->agent->drivers, wish->datastore, &volume.pool, &volume.owner, err);
    if (code < 0) {
        VmNewVolume_clear(&volume.wish);
        return code;
    }
    virStoragePoolRefresh(volume.pool, 0); /* names of files that came from outside count, too */
    volume.name = plan_name(volumes, &volume, vm, partition, err);
    code = volume.name ? 0 : err->code;
    volumes->items = x_realloc(volumes->items, volumes->count + 1, sizeof *volumes->items);
    volumes->items[volumes->count++] = volume;
    return code;
}

VolumeFormat vm_volumes_format(const VmVolumes *volumes) { return volumes->items[volumes->count - 1].wish.format; }

/* ---------------------------------------------------------------- making */

int vm_volumes_make(VmVolumes *volumes, size_t index, JournalEntry *entry, Error *err)
{
    VmVolume *volume = &volumes->items[index];
    const VmNewVolume *wish = &volume->wish;
    AUTO_FREE char *xml = volume_xml(&(NewVolume){
        .name = volume->name,
        .format = VolumeFormat_name(wish->format),
        .capacity = wish->capacity,
        .allocation = volume_allocation(volume->pool, wish->capacity, wish->thick),
    });
    unsigned flags = wish->thick && wish->format == VOLUME_FORMAT_QCOW2 ? VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA : 0;
    virStorageVolInfo info;
    if (entry && volume_new_note(volume->pool, wish->datastore, volume->name, entry, err) < 0)
        return err->code;
    volume->made = virStorageVolCreateXML(volume->pool, xml, flags);
    if (!volume->made)
        return volume_new_failed(wish->datastore, volume->name, entry, err);
    if (virStorageVolGetInfo(volume->made, &info) < 0)
        return virt_error(err, volume->name);
    volume->path = rbd_volume_path(volume->made);
    if (!volume->path)
        return virt_error(err, volume->name);
    if (info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK && !rbd_path_is(volume->path))
        return error_set(err, ERR_NOT_SUPPORTED, volume->name, "disks in this kind of datastore cannot be given to a VM yet");
    volume->block = info.type == VIR_STORAGE_VOL_BLOCK;
    return 0;
}

void vm_volumes_undo(VmVolumes *volumes)
{
    for (size_t i = volumes->count; i-- > 0;)
        if (volumes->items[i].made)
            virStorageVolDelete(volumes->items[i].made, 0);
}

void vm_volumes_tell(VmVolumes *volumes)
{
    for (size_t i = 0; i < volumes->count; i++)
        datastore_changed(volumes->agent, volumes->items[i].owner, volumes->items[i].wish.datastore);
}

void vm_volumes_clear(VmVolumes *volumes)
{
    for (size_t i = 0; i < volumes->count; i++) {
        VmVolume *volume = &volumes->items[i];
        virt_pool_cleanup(&volume->pool);
        virt_volume_cleanup(&volume->made);
        VmNewVolume_clear(&volume->wish);
        free(volume->name);
        free(volume->path);
    }
    free(volumes->items);
    volumes->items = NULL;
    volumes->count = 0;
}
