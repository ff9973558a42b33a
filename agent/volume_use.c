/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who uses a volume: see volume_use.h. Changing the definitions of its VMs is in volume_repoint.c. */
#include "agent/volume_use.h"
#include "agent/drivers.h"
#include "agent/image_chain.h"
#include "agent/upload_file.h"
#include "agent/xml.h"

#include <stdlib.h>
#include <string.h>

static void add_users(const VmInfo *vm, const char *path, VolumeUse *use)
{
    for (size_t i = 0; i < vm->disks.count && use->users.count < LIMIT_USERS; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (!str_equal(disk->path, path))
            continue;
        VolumeUser user = { .vm = x_strdup(vm->id), .name = x_strdup(vm->name), .state = vm->state, .target = x_strdup(disk->target),
                            .readonly = disk->readonly || disk->device == DISK_DEVICE_CDROM };
        VolumeUserList_add(&use->users, &user);
        if (use->format == VOLUME_FORMAT_UNKNOWN)
            use->format = disk->format;
    }
}

static bool is_based_on(virStorageVolPtr volume, const char *path)
{
    char *xml = virStorageVolGetXMLDesc(volume, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "volume", NULL) : NULL;
    AUTO_FREE char *backing = root ? xml_text(xml_child(root, "backingStore/path"), LIMIT_PATH) : NULL;
    xml_free(root);
    free(xml);
    return str_equal(backing, path);
}

/* seen: paths of the files that ret names. */
static void add_dependents(virStoragePoolPtr pool, const char *path, StrList *seen, StrList *ret)
{
    virStorageVolPtr *volumes = NULL;
    int count = virStoragePoolListAllVolumes(pool, &volumes, 0);
    for (int i = 0; i < count; i++) {
        const char *name = virStorageVolGetName(volumes[i]);
        if (ret->count < LIMIT_USERS && !upload_is_part_name(name) && is_based_on(volumes[i], path)) {
            AUTO_FREE char *full = x_printf("%s/%s", virStoragePoolGetName(pool), name);
            char *file = virStorageVolGetPath(volumes[i]);
            StrList_add(ret, full);
            if (file)
                StrList_add(seen, file);
            free(file);
        }
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
}

/* What libvirt has not looked at yet, or has in no datastore: the files' own headers tell. */
static void add_unlisted(Agent *agent, const char *path, const StrList *seen, StrList *ret)
{
    AUTO(StrList_clear) StrList children = { 0 };
    if (path && *path == '/')
        image_children(agent, path, &children);
    for (size_t i = 0; i < children.count && ret->count < LIMIT_USERS; i++) {
        const char *slash = strrchr(children.items[i], '/');
        if (slash && !upload_is_part_name(slash + 1) && !StrList_contains(seen, children.items[i]))
            StrList_add(ret, children.items[i]);
    }
}

static void read_dependents(Agent *agent, const char *path, StrList *ret)
{
    AUTO(StrList_clear) StrList seen = { 0 };
    for (size_t i = 0; i < drivers_count(agent->drivers); i++) {
        AUTO_CONN conn = NULL;
        AUTO(error_clear) Error ignored = { 0 };
        virStoragePoolPtr *pools = NULL;
        if (drivers_connection(agent->drivers, (int)i, &conn, &ignored) < 0)
            continue;
        int count = virConnectListAllStoragePools(conn, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
        for (int at = 0; at < count; at++) {
            add_dependents(pools[at], path, &seen, ret);
            virStoragePoolFree(pools[at]);
        }
        free(pools);
    }
    add_unlisted(agent, path, &seen, ret);
}

void volume_use_read(Agent *agent, const char *path, VolumeUse *ret)
{
    Inventory all;
    VolumeUse use = { .format = VOLUME_FORMAT_UNKNOWN };
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.vms.count; i++)
        add_users(&all.vms.items[i], path, &use);
    Inventory_clear(&all);
    read_dependents(agent, path, &use.dependents);
    *ret = use;
}

void volume_use_clear(VolumeUse *use)
{
    VolumeUserList_clear(&use->users);
    StrList_clear(&use->dependents);
}

bool volume_user_active(const VolumeUser *user)
{
    return user->state == VM_STATE_RUNNING || user->state == VM_STATE_PAUSED || user->state == VM_STATE_SHUTTING_DOWN
        || user->state == VM_STATE_UNKNOWN;
}

size_t volume_use_active(const VolumeUse *use, const VolumeUser **ret_first)
{
    size_t count = 0;
    for (size_t i = 0; i < use->users.count; i++) {
        if (!volume_user_active(&use->users.items[i]))
            continue;
        if (!count && ret_first)
            *ret_first = &use->users.items[i];
        count++;
    }
    return count;
}

/* "web01, web02 and others" */
static int in_use(const StrList *names, const char *volume, Error *err)
{
    AUTO_FREE char *text = x_strdup(names->items[0]);
    for (size_t i = 1; i < names->count && i < 5; i++) {
        AUTO_FREE char *before = text;
        text = x_printf("%s, %s", before, names->items[i]);
    }
    return error_set(err, ERR_VOLUME_IN_USE, volume, "%s%s", text, names->count > 5 ? " and others" : "");
}

typedef bool (*UserTest)(const VolumeUser *user);

static bool any_user(const VolumeUser *user) { return user != NULL; }
static bool writes(const VolumeUser *user) { return volume_user_active(user) && !user->readonly; }

static int refuse_users(const VolumeUse *use, UserTest test, const char *name, Error *err)
{
    StrList names = { 0 };
    for (size_t i = 0; i < use->users.count; i++)
        if (test(&use->users.items[i]))
            StrList_add(&names, use->users.items[i].name);
    int code = names.count ? in_use(&names, name, err) : 0;
    StrList_clear(&names);
    return code;
}

int volume_use_no_dependents(const VolumeUse *use, const char *name, Error *err)
{
    return use->dependents.count ? in_use(&use->dependents, name, err) : 0;
}

int volume_use_none(const VolumeUse *use, const char *name, Error *err)
{
    int code = refuse_users(use, any_user, name, err);
    return code < 0 ? code : volume_use_no_dependents(use, name, err);
}

int volume_use_no_writers(const VolumeUse *use, const char *name, Error *err) { return refuse_users(use, writes, name, err); }
