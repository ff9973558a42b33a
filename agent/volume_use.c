/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who uses a volume: see volume_use.h. Changing the definitions of its VMs is in volume_repoint.c. */
#include "agent/volume_use.h"
#include "agent/domain_xml.h"
#include "agent/drivers.h"
#include "agent/file_identity.h"
#include "agent/image_chain.h"
#include "agent/store_probe.h"
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

static void add_name(StrList *names, const char *name)
{
    if (names->count < LIMIT_USERS && !StrList_contains(names, name))
        StrList_add(names, name);
}

/* Nothing is known of what a server that does not answer has. */
static bool is_same(Agent *agent, const FileIdentity *file, const char *path)
{
    return path && !store_probe_hides(agent->store_probes, path) && file_identity_is(file, path);
}

static FileIdentity identity_of(Agent *agent, const char *path)
{
    return path && !store_probe_hides(agent->store_probes, path) ? file_identity_of(path) : (FileIdentity){ 0 };
}

/* VMs whose disks are the same file under another path. */
static void add_aliases(Agent *agent, const Inventory *all, const char *path, const FileIdentity *file, const char *except, StrList *ret)
{
    for (size_t i = 0; i < all->vms.count; i++) {
        const VmInfo *vm = &all->vms.items[i];
        for (size_t k = 0; k < vm->disks.count && !str_equal(vm->id, except); k++)
            if (!str_equal(vm->disks.items[k].path, path) && is_same(agent, file, vm->disks.items[k].path))
                add_name(ret, vm->name);
    }
}

/* VMs that need it besides their disks. */
static void add_held(Agent *agent, const char *path, const FileIdentity *file, const char *except, StrList *ret)
{
    HeldFiles held;
    inventory_held(agent->inventory, &held);
    for (size_t i = 0; i < held.count; i++)
        if (!str_equal(held.items[i].vm, except) && (str_equal(held.items[i].path, path) || is_same(agent, file, held.items[i].path)))
            add_name(ret, held.items[i].name);
    held_files_clear(&held);
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

static bool is_user(const VolumeUse *use, const char *vm)
{
    for (size_t i = 0; i < use->users.count; i++)
        if (str_equal(use->users.items[i].vm, vm))
            return true;
    return false;
}

static void add_definition(Agent *agent, virDomainPtr domain, const char *path, const FileIdentity *file, VolumeUse *use)
{
    AUTO(error_clear) Error ignored = { 0 };
    AUTO_FREE char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    VmInfo vm;
    if (!xml || domain_xml_read(xml, strlen(xml), &vm, &ignored) < 0)
        return;
    for (size_t i = 0; i < vm.disks.count && !is_user(use, vm.id); i++)
        if (str_equal(vm.disks.items[i].path, path) || is_same(agent, file, vm.disks.items[i].path))
            add_name(&use->held, vm.name);
    VmInfo_clear(&vm);
}

/* libvirt tells nobody of a definition that somebody else gives a disk; the inventory has it only after its next rescan. */
static void add_definitions(Agent *agent, virConnectPtr conn, const char *path, const FileIdentity *file, VolumeUse *use)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
    for (int i = 0; i < count; i++) {
        add_definition(agent, domains[i], path, file, use);
        virDomainFree(domains[i]);
    }
    free(domains);
}

/* Ids of the datastores whose server does not answer: libvirt would wait for it, and keep all others from the pool meanwhile. */
static void find_silent(Agent *agent, StrList *ret)
{
    AUTO(StrList_clear) StrList ids = { 0 };
    AUTO(StrList_clear) StrList directories = { 0 };
    StoreSpace space;
    inventory_directories(agent->inventory, &ids, &directories);
    for (size_t i = 0; i < ids.count; i++)
        if (!store_probe_space(agent->store_probes, directories.items[i], &space))
            StrList_add(ret, ids.items[i]);
}

static bool is_among(virStoragePoolPtr pool, const StrList *ids)
{
    char id[VIR_UUID_STRING_BUFLEN] = "";
    return virStoragePoolGetUUIDString(pool, id) == 0 && StrList_contains(ids, id);
}

/* Asks libvirt and the files: dependents, and what is held by definitions. */
static void ask(Agent *agent, const char *path, const FileIdentity *file, VolumeUse *ret)
{
    AUTO(StrList_clear) StrList seen = { 0 };
    AUTO(StrList_clear) StrList silent = { 0 };
    find_silent(agent, &silent);
    for (size_t i = 0; i < drivers_count(agent->drivers); i++) {
        AUTO_CONN conn = NULL;
        AUTO(error_clear) Error ignored = { 0 };
        virStoragePoolPtr *pools = NULL;
        if (drivers_connection(agent->drivers, (int)i, &conn, &ignored) < 0)
            continue;
        int count = virConnectListAllStoragePools(conn, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
        for (int at = 0; at < count; at++) {
            if (!is_among(pools[at], &silent))
                add_dependents(pools[at], path, &seen, &ret->dependents);
            virStoragePoolFree(pools[at]);
        }
        free(pools);
        add_definitions(agent, conn, path, file, ret);
    }
    add_unlisted(agent, path, &seen, &ret->dependents);
}

void volume_use_of(const Inventory *all, const char *path, VolumeUse *ret)
{
    *ret = (VolumeUse){ .format = VOLUME_FORMAT_UNKNOWN };
    for (size_t i = 0; i < all->vms.count; i++)
        add_users(&all->vms.items[i], path, ret);
}

void volume_use_read(Agent *agent, const char *path, VolumeUse *ret)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    const FileIdentity file = identity_of(agent, path);
    inventory_changes(agent->inventory, NULL, 0, &all);
    volume_use_of(&all, path, ret);
    add_aliases(agent, &all, path, &file, NULL, &ret->held);
    add_held(agent, path, &file, NULL, &ret->held);
    ask(agent, path, &file, ret);
}

void volume_users_of(Agent *agent, const char *path, const char *except, StrList *ret)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    const FileIdentity file = identity_of(agent, path);
    inventory_users_of(agent->inventory, path, except, ret);
    inventory_changes(agent->inventory, NULL, 0, &all);
    add_aliases(agent, &all, path, &file, except, ret);
    add_held(agent, path, &file, except, ret);
}

void volume_use_clear(VolumeUse *use)
{
    VolumeUserList_clear(&use->users);
    StrList_clear(&use->held);
    StrList_clear(&use->dependents);
}

void volume_use_names(const VolumeUse *use, StrList *ret)
{
    for (size_t i = 0; i < use->users.count; i++)
        add_name(ret, use->users.items[i].name);
    for (size_t i = 0; i < use->held.count; i++)
        add_name(ret, use->held.items[i]);
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
    const StrList *needed_by = use->held.count ? &use->held : &use->dependents;
    return needed_by->count ? in_use(needed_by, name, err) : 0;
}

int volume_use_none(const VolumeUse *use, const char *name, Error *err)
{
    int code = refuse_users(use, any_user, name, err);
    return code < 0 ? code : volume_use_no_dependents(use, name, err);
}

int volume_use_no_saved(const VolumeUse *use, Error *err)
{
    for (size_t i = 0; i < use->users.count; i++)
        if (use->users.items[i].state == VM_STATE_SAVED)
            return error_set(err, ERR_VM_WRONG_STATE, use->users.items[i].name, "%s", VmState_name(VM_STATE_SAVED));
    return 0;
}

int volume_use_no_writers(const VolumeUse *use, const char *name, Error *err) { return refuse_users(use, writes, name, err); }
