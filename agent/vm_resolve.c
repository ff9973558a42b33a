/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datastores and networks of a VM's devices: see vm_resolve.h. */
#include "agent/vm_resolve.h"
#include "agent/file_identity.h"
#include "agent/image.h"
#include "agent/rbd_disk.h"
#include "agent/volume_image.h"
#include "agent/volume_locks.h"

#include <stdlib.h>
#include <string.h>

static void replace(char **text, char *taken)
{
    free(*text);
    *text = taken;
}

/* ---------------------------------------------------------------- for clients */

void vm_resolve_told(Agent *agent, VmConfig *config)
{
    for (size_t i = 0; config->disks && i < config->disks->items.count; i++) {
        VmDisk *disk = &config->disks->items.items[i];
        if (!disk->path || (disk->path[0] != '/' && !rbd_path_is(disk->path)))
            continue;
        inventory_find_volume(agent->inventory, disk->path, &disk->datastore, &disk->volume);
        if (disk->path[0] == '/')
            disk->capacity = image_capacity(disk->path, disk->format);
    }
    for (size_t i = 0; config->nics && i < config->nics->items.count; i++) {
        VmNic *nic = &config->nics->items.items[i];
        if (nic->source)
            nic->network = inventory_find_network(agent->inventory, nic->source, nic->host_bridge);
    }
}

/* ---------------------------------------------------------------- from clients */

typedef struct Wishes {
    Agent *agent;
    const VmDefinition *definition;
    const char *id;
    VmVolumes *volumes;
    Error *err;
} Wishes;

static int refuse(const Wishes *wishes, const char *cause)
{
    return error_set(wishes->err, ERR_VM_SETTING, wishes->definition->name, "%s", cause);
}

static const VmDisk *known_disk(const VmDefinition *definition, const char *key)
{
    const VmDiskList *disks = &definition->config.disks->items;
    for (size_t i = 0; i < disks->count; i++)
        if (str_equal(disks->items[i].key, key))
            return &disks->items[i];
    return NULL;
}

static bool has_disk(const VmConfig *config, const char *path)
{
    for (size_t i = 0; config->disks && i < config->disks->items.count; i++)
        if (str_equal(config->disks->items.items[i].path, path))
            return true;
    return false;
}

/* Of the VM itself: its own disks may be attached anew, but not what its snapshots froze. */
static int check_users(const Wishes *wishes, const VmDisk *disk)
{
    StrList users = { 0 };
    if (disk->device != DISK_DEVICE_DISK || disk->shareable || disk->readonly)
        return 0;
    bool own = has_disk(&wishes->definition->config, disk->path) || has_disk(&wishes->definition->active, disk->path);
    volume_users_of(wishes->agent, disk->path, own ? wishes->id : NULL, &users);
    int code = users.count ? error_set(wishes->err, ERR_VOLUME_IN_USE, disk->volume, "%s", users.items[0]) : 0;
    StrList_clear(&users);
    return code;
}

static bool same_place(const char *a, const char *b)
{
    const FileIdentity file = file_identity_of(a);
    return str_equal(a, b) || file_identity_is(&file, b);
}

/* The same image twice in one VM would be destroyed by it. */
static int check_twice(const Wishes *wishes, const VmDisks *disks)
{
    for (size_t i = 0; i < disks->items.count; i++)
        for (size_t k = 0; k < i; k++) {
            const VmDisk *a = &disks->items.items[i];
            const VmDisk *b = &disks->items.items[k];
            if (a->path && b->path && !a->create && a->device == DISK_DEVICE_DISK && b->device == DISK_DEVICE_DISK && same_place(a->path, b->path))
                return refuse(wishes, "one volume is used for two of its disks");
        }
    return 0;
}

/* An image of a stranger could lead the VM to any file of the host. */
static int check_image(const Wishes *wishes, const VolumeHandle *handle, VmDisk *disk)
{
    VolumeUse use;
    if (disk->format == VOLUME_FORMAT_UNKNOWN || disk->format == VOLUME_FORMAT_DIR || disk->format == VOLUME_FORMAT_ISO)
        return error_set(wishes->err, ERR_NOT_SUPPORTED, disk->volume, "this kind of volume cannot be a disk of a VM");
    if (disk->format == VOLUME_FORMAT_RAW)
        return disk->device == DISK_DEVICE_DISK ? volume_image_check_raw(handle, wishes->err) : 0;
    volume_use_read(wishes->agent, disk->path, &use);
    int code = volume_image_check(handle, &use, &disk->format, wishes->err);
    volume_use_clear(&use);
    return code;
}

/* A job that works on it would work on the VM's disk. */
static int check_locks(const Wishes *wishes, const VmDisk *disk)
{
    bool reads = disk->device != DISK_DEVICE_DISK || disk->readonly;
    return (reads ? volume_lock_check_read : volume_lock_check)(wishes->agent->volume_locks, disk->path, disk->volume, wishes->err);
}

/* Attaches a volume, or puts a medium in. */
static int find_volume(const Wishes *wishes, VmDisk *disk, const VmDisk *known)
{
    VolumeHandle handle;
    if (!disk->volume)
        return error_set(wishes->err, ERR_INVALID_PARAMS, NULL, "volume is missing");
    int code = volume_handle_open(wishes->agent, disk->datastore, disk->volume, &handle, wishes->err);
    if (code < 0)
        return code;
    bool same = known && str_equal(known->path, handle.info.path);
    replace(&disk->path, x_strdup(handle.info.path));
    disk->format = same ? known->format : handle.info.format; /* as it is, whatever the file looks like */
    if (!same && disk->device != DISK_DEVICE_DISK)
        disk->format = VOLUME_FORMAT_RAW; /* media are never images of something else */
    if (!same)
        code = check_image(wishes, &handle, disk);
    volume_handle_clear(&handle);
    if (code < 0 || same)
        return code;
    code = check_locks(wishes, disk);
    return code < 0 ? code : check_users(wishes, disk);
}

static int resolve_disk(const Wishes *wishes, VmDisk *disk)
{
    const VmDisk *known = disk->key ? known_disk(wishes->definition, disk->key) : NULL;
    if (disk->create) {
        if (disk->device != DISK_DEVICE_DISK || disk->datastore || disk->path)
            return refuse(wishes, "a volume is made for a disk that has none");
        replace(&disk->path, x_strdup("/nowhere")); /* its name is known when it is there */
        int code = vm_volumes_plan(wishes->volumes, wishes->definition->name, disk->create, wishes->err);
        if (code == 0)
            disk->format = vm_volumes_format(wishes->volumes);
        return code;
    }
    if (disk->datastore)
        return find_volume(wishes, disk, known);
    if (disk->path && !(known && str_equal(known->path, disk->path)))
        return refuse(wishes, "a disk is attached by datastore and volume, not by its path");
    if (known && disk->path)
        disk->format = known->format;
    return 0;
}

static int resolve_nic(const Wishes *wishes, VmNic *nic)
{
    NetworkInfo network;
    if (!nic->network) { /* as it is */
        replace(&nic->source, NULL);
        nic->host_bridge = false;
        return 0;
    }
    if (!inventory_get_network(wishes->agent->inventory, nic->network, &network, NULL))
        return error_set(wishes->err, ERR_NETWORK_NOT_FOUND, nic->network, NULL);
    replace(&nic->source, TAKE_PTR(network.name));
    nic->host_bridge = network.host_bridge;
    NetworkInfo_clear(&network);
    return 0;
}

int vm_resolve_wishes(Agent *agent, const VmDefinition *definition, VmConfig *want, VmVolumes *volumes, Error *err)
{
    char id[VIR_UUID_STRING_BUFLEN] = "";
    const Wishes wishes = { agent, definition, id, volumes, err };
    int code = virDomainGetUUIDString(definition->domain, id) < 0 ? virt_error(err, definition->name) : 0;
    for (size_t i = 0; want->disks && i < want->disks->items.count && code == 0; i++)
        code = resolve_disk(&wishes, &want->disks->items.items[i]);
    for (size_t i = 0; want->nics && i < want->nics->items.count && code == 0; i++)
        code = resolve_nic(&wishes, &want->nics->items.items[i]);
    return code == 0 && want->disks ? check_twice(&wishes, want->disks) : code;
}
