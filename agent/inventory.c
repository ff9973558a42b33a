/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model behind inventory.h: one table of objects by id, and a list of removals. One lock; nothing waits under it. */
#include "agent/inventory.h"
#include "agent/ident.h"
#include "protocol/datastore_type.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, TOMBSTONES = 4096 };

typedef struct Object {
    ObjectKind kind;
    int owner;
    int64_t revision;
    int64_t seen; /* listing in which it was put last */
    union {
        VmInfo vm;
        DatastoreInfo datastore;
        NetworkInfo network;
    };
    StrList held; /* of a VM: what it needs besides its disks; not for clients */
    struct Object *next_in_bucket;
} Object;

typedef struct Tombstone {
    char id[LIMIT_UUID + 1];
    int64_t revision;
} Tombstone;

struct InventoryModel {
    pthread_mutex_t lock;
    char epoch[LIMIT_UUID + 1];
    int64_t revision;
    int64_t forgotten; /* removals up to this revision are not remembered */
    int64_t listings;
    HostInfo host;
    int64_t host_revision;
    Object *buckets[BUCKETS];
    Object **stores; /* the datastores among them: asked for with every disk of every VM */
    size_t store_count;
    Tombstone *tombstones; /* ring */
    size_t tombstone_count;
    size_t tombstone_next;
    void (*changed)(void *context);
    void *context;
};

static const char *object_id(const Object *object)
{
    switch (object->kind) {
    case OBJECT_VM: return object->vm.id;
    case OBJECT_DATASTORE: return object->datastore.id;
    default: return object->network.id;
    }
}

static void object_free(Object *object)
{
    switch (object->kind) {
    case OBJECT_VM: VmInfo_clear(&object->vm); break;
    case OBJECT_DATASTORE: DatastoreInfo_clear(&object->datastore); break;
    default: NetworkInfo_clear(&object->network); break;
    }
    StrList_clear(&object->held);
    free(object);
}

static json_t *object_encode(const Object *object)
{
    switch (object->kind) {
    case OBJECT_VM: return VmInfo_encode(&object->vm);
    case OBJECT_DATASTORE: return DatastoreInfo_encode(&object->datastore);
    default: return NetworkInfo_encode(&object->network);
    }
}

static bool object_equal(const Object *a, const Object *b)
{
    json_t *left = object_encode(a);
    json_t *right = object_encode(b);
    bool equal = a->owner == b->owner && json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return equal;
}

static size_t bucket_of(const char *id)
{
    uint32_t hash = 2166136261u;
    for (const char *p = id; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return hash % BUCKETS;
}

/* The link that points to the object of that id, or to the NULL where it would be added. */
static Object **find(InventoryModel *model, const char *id)
{
    Object **at = &model->buckets[bucket_of(id)];
    while (*at && !str_equal(object_id(*at), id))
        at = &(*at)->next_in_bucket;
    return at;
}

static Object *find_kind(InventoryModel *model, ObjectKind kind, const char *id)
{
    Object *object = id ? *find(model, id) : NULL;
    return object && object->kind == kind ? object : NULL;
}

InventoryModel *inventory_create(void (*changed)(void *context), void *context)
{
    InventoryModel *model = x_calloc(1, sizeof *model);
    pthread_mutex_init(&model->lock, NULL);
    uuid_random(model->epoch);
    model->tombstones = x_calloc(TOMBSTONES, sizeof *model->tombstones);
    model->changed = changed;
    model->context = context;
    return model;
}

void inventory_free(InventoryModel *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (model->buckets[i]) {
            Object *object = model->buckets[i];
            model->buckets[i] = object->next_in_bucket;
            object_free(object);
        }
    HostInfo_clear(&model->host);
    free(model->stores);
    free(model->tombstones);
    pthread_mutex_destroy(&model->lock);
    free(model);
}

static void unlock_changed(InventoryModel *model, bool changed)
{
    pthread_mutex_unlock(&model->lock);
    if (changed && model->changed)
        model->changed(model->context);
}

void inventory_put_host(InventoryModel *model, HostInfo *host)
{
    json_t *now = HostInfo_encode(host);
    pthread_mutex_lock(&model->lock);
    json_t *before = HostInfo_encode(&model->host);
    bool changed = !json_equal(now, before);
    if (changed) {
        HostInfo old = model->host;
        model->host = *host;
        *host = old;
        model->host_revision = ++model->revision;
    }
    json_decref(now);
    json_decref(before);
    unlock_changed(model, changed);
    HostInfo_clear(host);
}

static void list_stores(InventoryModel *model)
{
    model->store_count = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (Object *object = model->buckets[i]; object; object = object->next_in_bucket)
            if (object->kind == OBJECT_DATASTORE) {
                model->stores = x_realloc(model->stores, model->store_count + 1, sizeof *model->stores);
                model->stores[model->store_count++] = object;
            }
}

static void put(InventoryModel *model, Object *fresh)
{
    pthread_mutex_lock(&model->lock);
    Object **at = find(model, object_id(fresh));
    Object *old = *at;
    if (old && fresh->kind == OBJECT_DATASTORE && old->kind == OBJECT_DATASTORE)
        fresh->datastore.content = old->datastore.content;
    fresh->seen = model->listings;
    if (old && old->kind == fresh->kind && object_equal(old, fresh)) {
        old->seen = model->listings;
        StrList held = old->held; /* no client is told of it: it changes nothing they see */
        old->held = fresh->held;
        fresh->held = held;
        pthread_mutex_unlock(&model->lock);
        object_free(fresh);
        return;
    }
    fresh->revision = ++model->revision;
    fresh->next_in_bucket = old ? old->next_in_bucket : NULL;
    *at = fresh;
    if (fresh->kind == OBJECT_DATASTORE || (old && old->kind == OBJECT_DATASTORE)) /* libvirt lets a VM have a pool's UUID */
        list_stores(model);
    unlock_changed(model, true);
    if (old)
        object_free(old);
}

static Object *object_create(ObjectKind kind, int owner)
{
    Object *object = x_calloc(1, sizeof *object);
    object->kind = kind;
    object->owner = owner;
    return object;
}

void inventory_put_vm(InventoryModel *model, int owner, VmInfo *vm, StrList *held)
{
    Object *object = object_create(OBJECT_VM, owner);
    object->vm = *vm;
    *vm = (VmInfo){ 0 };
    if (held) {
        object->held = *held;
        *held = (StrList){ 0 };
    }
    put(model, object);
}

void inventory_put_datastore(InventoryModel *model, int owner, DatastoreInfo *datastore)
{
    Object *object = object_create(OBJECT_DATASTORE, owner);
    object->datastore = *datastore;
    *datastore = (DatastoreInfo){ 0 };
    put(model, object);
}

void inventory_put_network(InventoryModel *model, int owner, NetworkInfo *network)
{
    Object *object = object_create(OBJECT_NETWORK, owner);
    object->network = *network;
    *network = (NetworkInfo){ 0 };
    put(model, object);
}

static void remember_removal(InventoryModel *model, const char *id)
{
    Tombstone *tombstone = &model->tombstones[model->tombstone_next];
    if (model->tombstone_count == TOMBSTONES)
        model->forgotten = tombstone->revision;
    else
        model->tombstone_count++;
    model->tombstone_next = (model->tombstone_next + 1) % TOMBSTONES;
    size_t length = strnlen(id, LIMIT_UUID);
    memcpy(tombstone->id, id, length);
    tombstone->id[length] = 0;
    tombstone->revision = ++model->revision;
}

static void remove_at(InventoryModel *model, Object **at)
{
    Object *object = *at;
    *at = object->next_in_bucket;
    remember_removal(model, object_id(object));
    if (object->kind == OBJECT_DATASTORE)
        list_stores(model);
    object_free(object);
}

void inventory_remove(InventoryModel *model, const char *id)
{
    pthread_mutex_lock(&model->lock);
    Object **at = find(model, id);
    bool changed = *at != NULL;
    if (changed)
        remove_at(model, at);
    unlock_changed(model, changed);
}

int64_t inventory_listing_begin(InventoryModel *model)
{
    pthread_mutex_lock(&model->lock);
    int64_t mark = ++model->listings;
    pthread_mutex_unlock(&model->lock);
    return mark;
}

void inventory_listing_end(InventoryModel *model, ObjectKind kind, int owner, int64_t mark)
{
    pthread_mutex_lock(&model->lock);
    bool changed = false;
    for (size_t i = 0; i < BUCKETS; i++)
        for (Object **at = &model->buckets[i]; *at;) {
            Object *object = *at;
            if (object->kind == kind && object->owner == owner && object->seen < mark) {
                remove_at(model, at);
                changed = true;
            } else {
                at = &object->next_in_bucket;
            }
        }
    unlock_changed(model, changed);
}

static bool make_unknown(Object *object)
{
    if (object->kind == OBJECT_VM && object->vm.state != VM_STATE_UNKNOWN) {
        object->vm.state = VM_STATE_UNKNOWN;
        return true;
    }
    if (object->kind == OBJECT_DATASTORE && object->datastore.state != DATASTORE_STATE_UNKNOWN) {
        object->datastore.state = DATASTORE_STATE_UNKNOWN;
        return true;
    }
    return false;
}

void inventory_set_unknown(InventoryModel *model, int owner)
{
    pthread_mutex_lock(&model->lock);
    bool changed = false;
    for (size_t i = 0; i < BUCKETS; i++)
        for (Object *object = model->buckets[i]; object; object = object->next_in_bucket)
            if (object->owner == owner && make_unknown(object)) {
                object->revision = ++model->revision;
                changed = true;
            }
    unlock_changed(model, changed);
}

bool inventory_get_vm(InventoryModel *model, const char *id, VmInfo *ret, int *owner)
{
    pthread_mutex_lock(&model->lock);
    const Object *object = find_kind(model, OBJECT_VM, id);
    if (object)
        VmInfo_copy(&object->vm, ret);
    if (object && owner)
        *owner = object->owner;
    pthread_mutex_unlock(&model->lock);
    return object != NULL;
}

bool inventory_get_datastore(InventoryModel *model, const char *id, DatastoreInfo *ret, int *owner)
{
    pthread_mutex_lock(&model->lock);
    const Object *object = find_kind(model, OBJECT_DATASTORE, id);
    if (object)
        DatastoreInfo_copy(&object->datastore, ret);
    if (object && owner)
        *owner = object->owner;
    pthread_mutex_unlock(&model->lock);
    return object != NULL;
}

bool inventory_get_network(InventoryModel *model, const char *id, NetworkInfo *ret, int *owner)
{
    pthread_mutex_lock(&model->lock);
    const Object *object = find_kind(model, OBJECT_NETWORK, id);
    if (object)
        NetworkInfo_copy(&object->network, ret);
    if (object && owner)
        *owner = object->owner;
    pthread_mutex_unlock(&model->lock);
    return object != NULL;
}

char *inventory_find_network(InventoryModel *model, const char *name, bool host_bridge)
{
    char *id = NULL;
    pthread_mutex_lock(&model->lock);
    for (size_t i = 0; i < BUCKETS && !id; i++)
        for (Object *object = model->buckets[i]; object && !id; object = object->next_in_bucket)
            if (object->kind == OBJECT_NETWORK && object->network.host_bridge == host_bridge && str_equal(object->network.name, name))
                id = x_strdup(object->network.id);
    pthread_mutex_unlock(&model->lock);
    return id;
}

void inventory_get_host(InventoryModel *model, HostInfo *ret)
{
    pthread_mutex_lock(&model->lock);
    HostInfo_copy(&model->host, ret);
    pthread_mutex_unlock(&model->lock);
}

bool datastore_is_directory(const DatastoreInfo *datastore)
{
    return datastore->path && datastore_type_is_directory(datastore->type);
}

/* Whether a volume's path is the datastore's and its name: those of devices by other names (iSCSI, SCSI) are not, and all disks are in /dev. */
static bool names_are_paths(const DatastoreInfo *datastore)
{
    return datastore_is_directory(datastore) || (datastore->path && (str_equal(datastore->type, "rbd") || str_equal(datastore->type, "logical")));
}

/* Length of the datastore's path if path is a file, a logical volume, or an image of its Ceph pool, directly in it, else 0. */
static size_t holds_path(const Object *object, const char *path)
{
    if (!names_are_paths(&object->datastore))
        return 0;
    size_t length = strlen(object->datastore.path);
    if (strncmp(object->datastore.path, path, length) != 0 || path[length] != '/' || !path[length + 1])
        return 0;
    return strchr(path + length + 1, '/') ? 0 : length;
}

bool inventory_find_volume(InventoryModel *model, const char *path, char **ret_datastore, char **ret_volume)
{
    size_t best = 0;
    pthread_mutex_lock(&model->lock);
    for (size_t i = 0; i < model->store_count && !best; i++)
        if ((best = holds_path(model->stores[i], path)) != 0)
            *ret_datastore = x_strdup(model->stores[i]->datastore.id);
    pthread_mutex_unlock(&model->lock);
    if (best)
        *ret_volume = x_strdup(path + best + 1);
    return best != 0;
}

static bool uses_path(const Object *object, const char *path)
{
    const DiskInfoList *disks = &object->vm.disks;
    for (size_t i = 0; i < disks->count; i++)
        if (disks->items[i].path && str_equal(disks->items[i].path, path))
            return true;
    return StrList_contains(&object->held, path);
}

void inventory_users_of(InventoryModel *model, const char *path, const char *except, StrList *ret)
{
    pthread_mutex_lock(&model->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (Object *object = model->buckets[i]; object; object = object->next_in_bucket)
            if (object->kind == OBJECT_VM && ret->count < LIMIT_USERS && uses_path(object, path)
                && !(except && str_equal(object->vm.id, except)))
                StrList_add(ret, object->vm.name);
    pthread_mutex_unlock(&model->lock);
}

static void add_held(const Object *object, HeldFiles *ret)
{
    for (size_t i = 0; i < object->held.count; i++) {
        ret->items = x_realloc(ret->items, ret->count + 1, sizeof *ret->items);
        ret->items[ret->count++] = (HeldFile){ x_strdup(object->vm.id), x_strdup(object->vm.name), x_strdup(object->held.items[i]) };
    }
}

void inventory_held(InventoryModel *model, HeldFiles *ret)
{
    *ret = (HeldFiles){ 0 };
    pthread_mutex_lock(&model->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (const Object *object = model->buckets[i]; object; object = object->next_in_bucket)
            if (object->kind == OBJECT_VM)
                add_held(object, ret);
    pthread_mutex_unlock(&model->lock);
}

void held_files_clear(HeldFiles *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].vm);
        free(files->items[i].name);
        free(files->items[i].path);
    }
    free(files->items);
    *files = (HeldFiles){ 0 };
}

void inventory_directories(InventoryModel *model, StrList *ret_ids, StrList *ret_paths)
{
    pthread_mutex_lock(&model->lock);
    for (size_t i = 0; i < model->store_count; i++) {
        const DatastoreInfo *datastore = &model->stores[i]->datastore;
        if (!datastore_is_directory(datastore))
            continue;
        StrList_add(ret_ids, datastore->id);
        StrList_add(ret_paths, datastore->path);
    }
    pthread_mutex_unlock(&model->lock);
}

void inventory_content_changed(InventoryModel *model, const char *datastore)
{
    pthread_mutex_lock(&model->lock);
    Object *object = find_kind(model, OBJECT_DATASTORE, datastore);
    if (object) {
        object->datastore.content++;
        object->revision = ++model->revision;
    }
    unlock_changed(model, object != NULL);
}

static void add_copy(const Object *object, Inventory *ret)
{
    switch (object->kind) {
    case OBJECT_VM: {
        VmInfo vm;
        VmInfo_copy(&object->vm, &vm);
        VmInfoList_add(&ret->vms, &vm);
        return;
    }
    case OBJECT_DATASTORE: {
        DatastoreInfo datastore;
        DatastoreInfo_copy(&object->datastore, &datastore);
        DatastoreInfoList_add(&ret->datastores, &datastore);
        return;
    }
    default: {
        NetworkInfo network;
        NetworkInfo_copy(&object->network, &network);
        NetworkInfoList_add(&ret->networks, &network);
    }
    }
}

static bool room_for(const Object *object, const Inventory *inventory)
{
    switch (object->kind) {
    case OBJECT_VM: return inventory->vms.count < LIMIT_VMS;
    case OBJECT_DATASTORE: return inventory->datastores.count < LIMIT_DATASTORES;
    default: return inventory->networks.count < LIMIT_NETWORKS;
    }
}

void inventory_changes(InventoryModel *model, const char *epoch, int64_t since, Inventory *ret)
{
    Inventory changes = { 0 };
    pthread_mutex_lock(&model->lock);
    changes.epoch = x_strdup(model->epoch);
    changes.revision = model->revision;
    changes.full = since <= 0 || since > model->revision || since < model->forgotten || (epoch && !str_equal(epoch, model->epoch));
    if (changes.full)
        since = -1;
    if (model->host_revision > since) {
        changes.host = x_calloc(1, sizeof *changes.host);
        HostInfo_copy(&model->host, changes.host);
    }
    for (size_t i = 0; i < BUCKETS; i++)
        for (Object *object = model->buckets[i]; object; object = object->next_in_bucket)
            if (object->revision > since && room_for(object, &changes))
                add_copy(object, &changes);
    for (size_t i = 0; i < model->tombstone_count && !changes.full; i++) {
        const Tombstone *tombstone = &model->tombstones[i];
        const Object *again = tombstone->revision > since ? *find(model, tombstone->id) : NULL;
        if (tombstone->revision > since && !again && !StrList_contains(&changes.removed, tombstone->id))
            StrList_add(&changes.removed, tombstone->id);
    }
    pthread_mutex_unlock(&model->lock);
    *ret = changes;
}

int64_t inventory_revision(InventoryModel *model)
{
    pthread_mutex_lock(&model->lock);
    int64_t revision = model->revision;
    pthread_mutex_unlock(&model->lock);
    return revision;
}
