/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory of one server: see model.h. UI thread only. */
#include "client/core/model.h"

#include <stdlib.h>
#include <string.h>

/* Whether two messages are the same: what a full snapshot is compared with. Made from the contract like their codec. */
#define STRUCT_BEGIN(T) \
    __attribute__((unused)) static bool same_##T(const T *a, const T *b) \
    { \
        (void)a; \
        (void)b;
#define STR(name, need, limit, doc) if (!str_equal(a->name, b->name)) return false;
#define INT(name, need, doc) if (a->name != b->name) return false;
#define BOOL(name, need, doc) if (a->name != b->name) return false;
#define ENUM(name, E, need, doc) if (a->name != b->name) return false;
#define OBJ(name, T, need, doc) if (!a->name != !b->name || (a->name && !same_##T(a->name, b->name))) return false;
#define LIST(name, T, limit, doc) if (!same_##T##List(&a->name, &b->name)) return false;
#define STRLIST(name, limit, doc) if (!same_strings(&a->name, &b->name)) return false;
#define STRUCT_END(T) \
        return true; \
    } \
    __attribute__((unused)) static bool same_##T##List(const T##List *a, const T##List *b) \
    { \
        bool same = a->count == b->count; \
        for (size_t i = 0; same && i < a->count; i++) \
            same = same_##T(&a->items[i], &b->items[i]); \
        return same; \
    }

static bool same_strings(const StrList *a, const StrList *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = str_equal(a->items[i], b->items[i]);
    return same;
}

#include "protocol/def_read.h"

/* What the table must know of the three kinds of objects; each begins with its id. */
typedef struct Kind {
    ObjectKind object;
    size_t size;
    void (*clear)(void *item);
    bool (*same)(const void *a, const void *b);
} Kind;

#define KIND(T, object) \
    _Static_assert(offsetof(T, id) == 0, "the table reads the id at the beginning"); \
    static void clear_any_##T(void *item) { T##_clear(item); } \
    static bool same_any_##T(const void *a, const void *b) { return same_##T(a, b); } \
    static const Kind kind_##T = { object, sizeof(T), clear_any_##T, same_any_##T };
KIND(VmInfo, OBJECT_VM)
KIND(DatastoreInfo, OBJECT_DATASTORE)
KIND(NetworkInfo, OBJECT_NETWORK)

/* Objects side by side, found by id through a hash of their places (open addressing; 0 is free, else place + 1). */
typedef struct Table {
    const Kind *kind;
    char *items;
    size_t count;
    size_t capacity;
    uint32_t *slots;
    size_t slot_count; /* a power of two, more than twice the capacity */
} Table;

struct Model {
    char *epoch;
    int64_t revision;
    HostInfo *host;
    Table vms;
    Table datastores;
    Table networks;
};

static void *item_at(const Table *table, size_t index) { return table->items + index * table->kind->size; }

static const char *item_id(const void *item)
{
    const char *id = NULL;
    memcpy(&id, item, sizeof id);
    return id;
}

static size_t hash(const char *id)
{
    uint64_t value = 14695981039346656037ULL;
    for (; *id; id++)
        value = (value ^ (unsigned char)*id) * 1099511628211ULL;
    return (size_t)(value ^ (value >> 32));
}

/* The slot that has this id, or the free one where it would go. */
static uint32_t *find_slot(const Table *table, const char *id)
{
    size_t mask = table->slot_count - 1;
    for (size_t at = hash(id) & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &table->slots[at];
        if (!*slot || strcmp(item_id(item_at(table, *slot - 1)), id) == 0)
            return slot;
    }
}

static void *table_find(const Table *table, const char *id)
{
    if (!table->slot_count || !id)
        return NULL;
    uint32_t slot = *find_slot(table, id);
    return slot ? item_at(table, slot - 1) : NULL;
}

static void rehash(Table *table)
{
    free(table->slots);
    table->slots = x_calloc(table->slot_count, sizeof *table->slots);
    for (size_t i = 0; i < table->count; i++)
        *find_slot(table, item_id(item_at(table, i))) = (uint32_t)i + 1;
}

static void reserve(Table *table, size_t capacity)
{
    if (capacity <= table->capacity)
        return;
    size_t rounded = 16;
    while (rounded < capacity)
        rounded *= 2;
    table->items = x_realloc(table->items, rounded, table->kind->size);
    table->capacity = rounded;
    table->slot_count = rounded * 4;
    rehash(table);
}

/* Moves *item, whose id the table does not have, into it. */
static void table_add(Table *table, void *item)
{
    reserve(table, table->count + 1);
    void *place = item_at(table, table->count++);
    memcpy(place, item, table->kind->size);
    memset(item, 0, table->kind->size);
    *find_slot(table, item_id(place)) = (uint32_t)table->count;
}

static void table_clear(Table *table)
{
    for (size_t i = 0; i < table->count; i++)
        table->kind->clear(item_at(table, i));
    free(table->items);
    free(table->slots);
    *table = (Table){ .kind = table->kind };
}

Model *model_create(void)
{
    Model *model = x_calloc(1, sizeof *model);
    model->epoch = x_strdup("");
    model->vms.kind = &kind_VmInfo;
    model->datastores.kind = &kind_DatastoreInfo;
    model->networks.kind = &kind_NetworkInfo;
    return model;
}

static void free_host(HostInfo *host)
{
    if (host)
        HostInfo_clear(host);
    free(host);
}

void model_free(Model *model)
{
    if (!model)
        return;
    free(model->epoch);
    free_host(model->host);
    table_clear(&model->vms);
    table_clear(&model->datastores);
    table_clear(&model->networks);
    free(model);
}

/* Changes, collected in a list that grows by doubling. */
typedef struct Changes {
    ChangeList list;
    size_t capacity;
} Changes;

static void note(Changes *changes, ChangeKind kind, ObjectKind object, const char *id)
{
    if (changes->list.count == changes->capacity) {
        changes->capacity = changes->capacity ? changes->capacity * 2 : 16;
        changes->list.items = x_realloc(changes->list.items, changes->capacity, sizeof *changes->list.items);
    }
    Change *change = &changes->list.items[changes->list.count++];
    *change = (Change){ .kind = kind, .object = object };
    memcpy(change->id, id, strlen(id)); /* at most LIMIT_UUID bytes: checked before */
}

void change_list_clear(ChangeList *list)
{
    free(list->items);
    *list = (ChangeList){ 0 };
}

/* What is wrong with the ids of a message: they are compared and shown, so each must be there, short enough, and there once. */
static int wrong_id(const char *why, const char *id, Error *err)
{
    return error_set(err, ERR_PROTOCOL, NULL, "the inventory has %s ('%.40s')", why, id);
}

/* Enters ids into a set made of a table whose items are the ids themselves. */
static int claim_id(Table *seen, const char *id, Error *err)
{
    if (str_empty(id) || strlen(id) > LIMIT_UUID)
        return wrong_id("an object with a broken id", str_or_empty(id), err);
    if (table_find(seen, id))
        return wrong_id("the same id twice", id, err);
    const char *item = id;
    table_add(seen, &item);
    return 0;
}

static void clear_nothing(void *item) { (void)item; }
static const Kind kind_id = { .size = sizeof(const char *), .clear = clear_nothing };

static int claim_ids(Table *seen, const Inventory *inventory, Error *err)
{
    int rc = 0;
    reserve(seen, inventory->vms.count + inventory->datastores.count + inventory->networks.count + inventory->removed.count + 1);
    for (size_t i = 0; rc == 0 && i < inventory->vms.count; i++)
        rc = claim_id(seen, inventory->vms.items[i].id, err);
    for (size_t i = 0; rc == 0 && i < inventory->datastores.count; i++)
        rc = claim_id(seen, inventory->datastores.items[i].id, err);
    for (size_t i = 0; rc == 0 && i < inventory->networks.count; i++)
        rc = claim_id(seen, inventory->networks.items[i].id, err);
    for (size_t i = 0; rc == 0 && i < inventory->removed.count; i++)
        rc = claim_id(seen, inventory->removed.items[i], err);
    return rc;
}

static int check_ids(const Inventory *inventory, Error *err)
{
    Table seen = { .kind = &kind_id };
    int rc = claim_ids(&seen, inventory, err);
    if (rc == 0 && inventory->host)
        rc = str_empty(inventory->host->id) || strlen(inventory->host->id) > LIMIT_UUID ? wrong_id("a host with a broken id", "", err) : 0;
    table_clear(&seen);
    return rc;
}

/* An id keeps its kind for life: one that is a VM here and a datastore there would be two objects under one name. */
static int check_kinds(const Model *model, const Inventory *inventory, Error *err)
{
    for (size_t i = 0; i < inventory->vms.count; i++)
        if (model_datastore(model, inventory->vms.items[i].id) || model_network(model, inventory->vms.items[i].id))
            return wrong_id("an object that changed its kind", inventory->vms.items[i].id, err);
    for (size_t i = 0; i < inventory->datastores.count; i++)
        if (model_vm(model, inventory->datastores.items[i].id) || model_network(model, inventory->datastores.items[i].id))
            return wrong_id("an object that changed its kind", inventory->datastores.items[i].id, err);
    for (size_t i = 0; i < inventory->networks.count; i++)
        if (model_vm(model, inventory->networks.items[i].id) || model_datastore(model, inventory->networks.items[i].id))
            return wrong_id("an object that changed its kind", inventory->networks.items[i].id, err);
    return 0;
}

static void put(Table *table, void *item, Changes *changes)
{
    const char *id = item_id(item);
    void *old = table_find(table, id);
    if (!old) {
        note(changes, CHANGE_ADDED, table->kind->object, id);
        table_add(table, item);
        return;
    }
    if (!table->kind->same(old, item)) {
        note(changes, CHANGE_CHANGED, table->kind->object, id);
        char swap[sizeof(VmInfo) > sizeof(DatastoreInfo) ? sizeof(VmInfo) : sizeof(DatastoreInfo)];
        _Static_assert(sizeof swap >= sizeof(NetworkInfo), "room for every kind");
        memcpy(swap, old, table->kind->size);
        memcpy(old, item, table->kind->size);
        memcpy(item, swap, table->kind->size); /* the old one is freed with the message */
    }
}

/* Closes up over the objects for which gone() is true: one pass, order kept. */
static void sweep(Table *table, bool (*gone)(const void *context, const char *id), const void *context, Changes *changes)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        void *item = item_at(table, i);
        if (gone(context, item_id(item))) {
            note(changes, CHANGE_REMOVED, table->kind->object, item_id(item));
            table->kind->clear(item);
            continue;
        }
        if (kept != i)
            memcpy(item_at(table, kept), item, table->kind->size);
        kept++;
    }
    bool changed = kept != table->count;
    table->count = kept;
    if (changed)
        rehash(table);
}

static bool not_in(const void *context, const char *id) { return !table_find(context, id); }
static bool is_in(const void *context, const char *id) { return table_find(context, id) != NULL; }

/* A full message: what it does not list does not exist. items begin with their ids, like the table's. */
static void sweep_unlisted(Table *table, const void *items, size_t count, Changes *changes)
{
    Table listed = { .kind = &kind_id };
    reserve(&listed, count + 1);
    for (size_t i = 0; i < count; i++)
        claim_id(&listed, item_id((const char *)items + i * table->kind->size), NULL);
    sweep(table, not_in, &listed, changes);
    table_clear(&listed);
}

static void sweep_removed(Model *model, const StrList *removed, Changes *changes)
{
    if (!removed->count)
        return;
    Table ids = { .kind = &kind_id };
    for (size_t i = 0; i < removed->count; i++)
        claim_id(&ids, removed->items[i], NULL);
    sweep(&model->vms, is_in, &ids, changes);
    sweep(&model->datastores, is_in, &ids, changes);
    sweep(&model->networks, is_in, &ids, changes);
    table_clear(&ids);
}

static void remove_gone(Model *model, const Inventory *inventory, Changes *changes)
{
    if (inventory->full) {
        sweep_unlisted(&model->vms, inventory->vms.items, inventory->vms.count, changes);
        sweep_unlisted(&model->datastores, inventory->datastores.items, inventory->datastores.count, changes);
        sweep_unlisted(&model->networks, inventory->networks.items, inventory->networks.count, changes);
    }
    sweep_removed(model, &inventory->removed, changes);
}

static void put_host(Model *model, HostInfo **host, Changes *changes)
{
    if (!*host)
        return;
    if (!model->host)
        note(changes, CHANGE_ADDED, OBJECT_HOST, (*host)->id);
    else if (!same_HostInfo(model->host, *host))
        note(changes, CHANGE_CHANGED, OBJECT_HOST, (*host)->id);
    free_host(model->host);
    model->host = TAKE_PTR(*host);
}

int model_apply(Model *model, Inventory *inventory, ChangeList *ret_changes, Error *err)
{
    int rc = check_ids(inventory, err);
    if (rc == 0 && !inventory->full)
        rc = check_kinds(model, inventory, err);
    if (rc < 0)
        return rc;
    Changes changes = { 0 };
    remove_gone(model, inventory, &changes);
    put_host(model, &inventory->host, &changes);
    reserve(&model->datastores, inventory->datastores.count);
    reserve(&model->networks, inventory->networks.count);
    reserve(&model->vms, inventory->vms.count);
    for (size_t i = 0; i < inventory->datastores.count; i++)
        put(&model->datastores, &inventory->datastores.items[i], &changes);
    for (size_t i = 0; i < inventory->networks.count; i++)
        put(&model->networks, &inventory->networks.items[i], &changes);
    for (size_t i = 0; i < inventory->vms.count; i++)
        put(&model->vms, &inventory->vms.items[i], &changes);
    free(model->epoch);
    model->epoch = x_strdup(str_or_empty(inventory->epoch));
    model->revision = inventory->revision;
    Inventory_clear(inventory);
    *ret_changes = changes.list;
    return 0;
}

const char *model_epoch(const Model *model) { return model->epoch; }
int64_t model_revision(const Model *model) { return model->revision; }
const HostInfo *model_host(const Model *model) { return model->host; }

static const void *at_or_null(const Table *table, size_t index) { return index < table->count ? item_at(table, index) : NULL; }

size_t model_vm_count(const Model *model) { return model->vms.count; }
const VmInfo *model_vm_at(const Model *model, size_t index) { return at_or_null(&model->vms, index); }
const VmInfo *model_vm(const Model *model, const char *id) { return table_find(&model->vms, id); }
size_t model_datastore_count(const Model *model) { return model->datastores.count; }
const DatastoreInfo *model_datastore_at(const Model *model, size_t index) { return at_or_null(&model->datastores, index); }
const DatastoreInfo *model_datastore(const Model *model, const char *id) { return table_find(&model->datastores, id); }
size_t model_network_count(const Model *model) { return model->networks.count; }
const NetworkInfo *model_network_at(const Model *model, size_t index) { return at_or_null(&model->networks, index); }
const NetworkInfo *model_network(const Model *model, const char *id) { return table_find(&model->networks, id); }
