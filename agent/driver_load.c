/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libvirt's objects into the inventory. Reading and putting an object happens under one lock per driver, so that an older state never
 * overwrites a newer one. Runs on driver threads and workers.
 */
#include "agent/datastore_names.h"
#include "agent/driver.h"
#include "agent/driver_read.h"
#include "agent/host_info.h"
#include "agent/ident.h"
#include "agent/store_flags.h"
#include "agent/store_probe.h"
#include "agent/vm_held.h"
#include "agent/watcher.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>

enum { PROVISIONED_MAX = 500 };

/* A copy: a reconnect on the driver's thread renews the info. */
static char *driver_name(Driver *driver)
{
    pthread_mutex_lock(&driver->lock);
    char *name = x_strdup(driver->info.name);
    pthread_mutex_unlock(&driver->lock);
    return name;
}

static void put_vm(Driver *driver, virDomainPtr domain, const VmHints *hints)
{
    VmInfo vm;
    AUTO(StrList_clear) StrList held = { 0 };
    AUTO(error_clear) Error err = { 0 };
    Agent *agent = driver->drivers->agent;
    AUTO_FREE char *name = driver_name(driver);
    pthread_mutex_lock(&driver->reading);
    if (read_vm(agent, name, domain, hints, &vm, &err) == 0) {
        vm_held_read(domain, &vm, !hints || hints->snapshots, &held);
        inventory_put_vm(agent->inventory, driver->number, &vm, &held);
    }
    pthread_mutex_unlock(&driver->reading);
}

/* What its volumes would take if all were full; not for those with too many to ask about each time. */
static int64_t provisioned(virStoragePoolPtr pool)
{
    virStorageVolPtr *volumes = NULL;
    int64_t sum = 0;
    int count = virStoragePoolIsActive(pool) > 0 ? virStoragePoolListAllVolumes(pool, &volumes, 0) : 0;
    for (int i = 0; i < count; i++) {
        virStorageVolInfo info;
        if (count <= PROVISIONED_MAX && virStorageVolGetInfo(volumes[i], &info) == 0 && info.capacity < INT64_MAX / PROVISIONED_MAX)
            sum += (int64_t)info.capacity;
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return sum;
}

static void keep_provisioned(Driver *driver, DatastoreInfo *datastore)
{
    DatastoreInfo known;
    if (!inventory_get_datastore(driver->drivers->agent->inventory, datastore->id, &known, NULL))
        return;
    datastore->provisioned = known.provisioned;
    DatastoreInfo_clear(&known);
}

/* libvirt knows the space of its last look; disks have grown since. Of a directory that is silent libvirt must not be asked what is in it: that call
 * would never return, and then none would. */
static void read_space(Driver *driver, virStoragePoolPtr pool, DatastoreInfo *datastore)
{
    AUTO_FREE char *name = driver_name(driver);
    StoreSpace space = { 0 };
    bool silent = datastore_works(datastore) && !str_equal(name, "test") && datastore_is_directory(datastore)
        && !store_probe_space(driver->drivers->agent->store_probes, datastore->path, &space);
    if (space.capacity) {
        datastore->capacity = space.capacity;
        datastore->available = space.available;
        datastore->allocation = space.capacity - space.available;
    }
    if (silent)
        keep_provisioned(driver, datastore);
    else
        datastore->provisioned = provisioned(pool);
}

/* Kinds whose space changes without libvirt noticing, and without a directory to ask. */
static void refresh_now_and_then(Driver *driver, virStoragePoolPtr pool)
{
    DatastoreInfo datastore;
    AUTO(error_clear) Error err = { 0 };
    if (virStoragePoolIsActive(pool) <= 0 || read_datastore(pool, &datastore, &err) < 0)
        return;
    if (str_equal(datastore.type, "rbd") || str_equal(datastore.type, "logical") || str_equal(datastore.type, "zfs"))
        store_probe_refresh(driver->drivers->agent->store_probes, pool, datastore.id);
    DatastoreInfo_clear(&datastore);
}

static void put_pool(Driver *driver, virStoragePoolPtr pool)
{
    DatastoreInfo datastore;
    if (strncmp(str_or_empty(virStoragePoolGetName(pool)), DATASTORE_TEST_PREFIX, strlen(DATASTORE_TEST_PREFIX)) == 0)
        return;
    AUTO(error_clear) Error err = { 0 };
    pthread_mutex_lock(&driver->reading);
    bool read = read_datastore(pool, &datastore, &err) == 0;
    if (read) {
        read_space(driver, pool, &datastore);
        store_flags_apply(driver->drivers->agent->store_flags, &datastore);
    }
    if (read)
        inventory_put_datastore(driver->drivers->agent->inventory, driver->number, &datastore);
    pthread_mutex_unlock(&driver->reading);
}

static void put_network(Driver *driver, virNetworkPtr network)
{
    NetworkInfo info;
    AUTO(error_clear) Error err = { 0 };
    pthread_mutex_lock(&driver->reading);
    if (read_network(network, &info, &err) == 0)
        inventory_put_network(driver->drivers->agent->inventory, driver->number, &info);
    pthread_mutex_unlock(&driver->reading);
}

static void load_networks(Driver *driver, virConnectPtr conn)
{
    InventoryModel *inventory = driver->drivers->agent->inventory;
    int64_t mark = inventory_listing_begin(inventory);
    virNetworkPtr *networks = NULL;
    int count = virConnectListAllNetworks(conn, &networks, 0);
    for (int i = 0; i < count; i++) {
        put_network(driver, networks[i]);
        virNetworkFree(networks[i]);
    }
    free(networks);
    if (count >= 0)
        inventory_listing_end(inventory, OBJECT_NETWORK, driver->number, mark);
}

static void load_pools(Driver *driver, virConnectPtr conn)
{
    InventoryModel *inventory = driver->drivers->agent->inventory;
    int64_t mark = inventory_listing_begin(inventory);
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(conn, &pools, 0);
    for (int i = 0; i < count; i++) {
        put_pool(driver, pools[i]);
        refresh_now_and_then(driver, pools[i]);
        virStoragePoolFree(pools[i]);
    }
    free(pools);
    if (count >= 0)
        inventory_listing_end(inventory, OBJECT_DATASTORE, driver->number, mark);
    watcher_update(driver->drivers->agent->watcher);
}

typedef unsigned char Uuid[VIR_UUID_BUFLEN];

/* The VMs that a filter of libvirt's listing lets through. */
typedef struct UuidSet {
    Uuid *items; /* sorted */
    size_t count;
} UuidSet;

static int compare_uuids(const void *a, const void *b) { return memcmp(a, b, sizeof(Uuid)); }

static void list_filtered(virConnectPtr conn, unsigned filter, UuidSet *ret)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, filter);
    *ret = (UuidSet){ .items = count > 0 ? x_calloc((size_t)count, sizeof(Uuid)) : NULL };
    for (int i = 0; i < count; i++) {
        if (virDomainGetUUID(domains[i], ret->items[ret->count]) == 0)
            ret->count++;
        virDomainFree(domains[i]);
    }
    free(domains);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof(Uuid), compare_uuids);
}

static bool in_set(const UuidSet *set, const Uuid uuid)
{
    return set->count && bsearch(uuid, set->items, set->count, sizeof(Uuid), compare_uuids);
}

/* Facts about all VMs by a few calls. A VM that changes meanwhile has an event, and is read again after the listing. */
enum { SET_RUNNING, SET_OFF, SET_AUTOSTART, SET_TRANSIENT, SET_SAVED, SET_SNAPSHOTS, SET_COUNT };

static void list_facts(virConnectPtr conn, UuidSet sets[SET_COUNT])
{
    static const unsigned filters[SET_COUNT] = { VIR_CONNECT_LIST_DOMAINS_RUNNING, VIR_CONNECT_LIST_DOMAINS_SHUTOFF,
        VIR_CONNECT_LIST_DOMAINS_AUTOSTART, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
        VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT };
    for (size_t i = 0; i < SET_COUNT; i++)
        list_filtered(conn, filters[i], &sets[i]);
}

/* False: paused, crashed ...: libvirt has to be asked. */
static bool find_hints(const UuidSet sets[SET_COUNT], virDomainPtr domain, VmHints *ret)
{
    Uuid uuid;
    if (virDomainGetUUID(domain, uuid) < 0)
        return false;
    bool running = in_set(&sets[SET_RUNNING], uuid);
    bool off = in_set(&sets[SET_OFF], uuid);
    *ret = (VmHints){
        .state = running ? VM_STATE_RUNNING : in_set(&sets[SET_SAVED], uuid) ? VM_STATE_SAVED : VM_STATE_OFF,
        .autostart = in_set(&sets[SET_AUTOSTART], uuid),
        .transient = in_set(&sets[SET_TRANSIENT], uuid),
        .snapshots = in_set(&sets[SET_SNAPSHOTS], uuid),
    };
    return running || off;
}

static void load_vms(Driver *driver, virConnectPtr conn)
{
    InventoryModel *inventory = driver->drivers->agent->inventory;
    int64_t mark = inventory_listing_begin(inventory);
    UuidSet sets[SET_COUNT];
    virDomainPtr *domains = NULL;
    list_facts(conn, sets);
    int count = virConnectListAllDomains(conn, &domains, 0);
    for (int i = 0; i < count; i++) {
        VmHints hints;
        put_vm(driver, domains[i], find_hints(sets, domains[i], &hints) ? &hints : NULL);
        virDomainFree(domains[i]);
    }
    free(domains);
    for (size_t i = 0; i < SET_COUNT; i++)
        free(sets[i].items);
    if (count >= 0)
        inventory_listing_end(inventory, OBJECT_VM, driver->number, mark);
}

/* Bridges of the host that no libvirt network of ours stands for; listed by the first driver only. */
void driver_load_bridges(Drivers *drivers)
{
    InventoryModel *inventory = drivers->agent->inventory;
    int64_t mark = inventory_listing_begin(inventory);
    Inventory known;
    inventory_changes(inventory, NULL, 0, &known);
    StrList bridges = { 0 };
    host_bridges(&bridges);
    for (size_t i = 0; i < bridges.count && i < LIMIT_NETWORKS; i++) {
        bool managed = false;
        for (size_t k = 0; k < known.networks.count && !managed; k++)
            managed = !known.networks.items[k].host_bridge && str_equal(known.networks.items[k].bridge, bridges.items[i]);
        if (managed)
            continue;
        char id[LIMIT_UUID + 1];
        AUTO_FREE char *text = x_printf("bridge %s of %s", bridges.items[i], drivers->agent->host_id);
        uuid_from_text(text, id);
        NetworkInfo bridge = { .id = x_strdup(id), .name = x_strdup(bridges.items[i]), .bridge = x_strdup(bridges.items[i]),
                               .mode = x_strdup("bridge"), .active = true, .host_bridge = true };
        inventory_put_network(inventory, -1, &bridge);
    }
    StrList_clear(&bridges);
    Inventory_clear(&known);
    inventory_listing_end(inventory, OBJECT_NETWORK, -1, mark);
}

void driver_load_all(Driver *driver, virConnectPtr conn)
{
    load_networks(driver, conn);
    load_pools(driver, conn); /* before the VMs: their disks are found in the datastores */
    load_vms(driver, conn);
    if (driver->number == 0)
        driver_load_bridges(driver->drivers);
}

/* Under the same lock as reading: who has read the object before it went must not put it afterwards. */
static void remove_object(Driver *driver, const char *id)
{
    pthread_mutex_lock(&driver->reading);
    inventory_remove(driver->drivers->agent->inventory, id);
    pthread_mutex_unlock(&driver->reading);
}

void driver_refresh_vm(Driver *driver, virConnectPtr conn, const char *id)
{
    AUTO_DOMAIN domain = virDomainLookupByUUIDString(conn, id);
    if (domain)
        put_vm(driver, domain, NULL);
    else if (virt_error_is(VIR_ERR_NO_DOMAIN))
        remove_object(driver, id);
}

void driver_refresh_pool(Driver *driver, virConnectPtr conn, const char *id, bool content)
{
    Agent *agent = driver->drivers->agent;
    AUTO_POOL pool = virStoragePoolLookupByUUIDString(conn, id);
    if (pool)
        put_pool(driver, pool);
    else if (virt_error_is(VIR_ERR_NO_STORAGE_POOL))
        remove_object(driver, id);
    if (pool && content)
        inventory_content_changed(agent->inventory, id);
    watcher_update(agent->watcher);
}

void driver_refresh_network(Driver *driver, virConnectPtr conn, const char *id)
{
    AUTO_NETWORK network = virNetworkLookupByUUIDString(conn, id);
    if (network)
        put_network(driver, network);
    else if (virt_error_is(VIR_ERR_NO_NETWORK))
        remove_object(driver, id);
}
