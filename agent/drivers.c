/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drivers: see drivers.h. Event callbacks run on libvirt's event thread and only note what has to be read again; the driver's
 * own thread reads it. Reading and putting an object happens under one lock per driver, so that an older state never
 * overwrites a newer one.
 */
#include "agent/drivers.h"
#include "agent/driver_read.h"
#include "agent/host_info.h"
#include "agent/ident.h"
#include "agent/log.h"
#include "agent/upload_file.h"
#include "agent/watcher.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    DIRTY_MAX = 1024,      /* more than these: everything is read again */
    POLL_SECONDS = 5,      /* for hypervisors without events */
    RESCAN_SECONDS = 60,   /* for what libvirt has no event for: autostart, stored memory size ... */
    RESCAN_SHARE = 200,    /* but not more than this part of the time */
    RETRY_SECONDS = 2,
    FIRST_SECONDS = 10,    /* calls wait as long for the first attempt */
    KEEPALIVE_SECONDS = 5,
    KEEPALIVE_COUNT = 6,
};

typedef struct Dirty {
    ObjectKind kind;
    bool content; /* the datastore's list of volumes changed */
    char id[VIR_UUID_STRING_BUFLEN];
} Dirty;

typedef struct Driver {
    Drivers *drivers;
    int number;
    char *uri;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    pthread_cond_t settled; /* tried */
    virConnectPtr conn;   /* NULL while libvirt is not there */
    bool closed;          /* the connection broke */
    bool tried;           /* the first attempt has ended, with everything read or with why */
    int rescan_seconds;   /* of the driver's thread only */
    bool reload;
    DriverInfo info;
    Error why;            /* why conn is NULL */
    Dirty *dirty;
    size_t dirty_count;
    bool host_dirty;
    pthread_mutex_t reading; /* held from reading an object until it is in the inventory */
} Driver;

struct Drivers {
    Agent *agent;
    Driver *items;
    size_t count;
    pthread_t events;
    int events_timer;
    atomic_bool ending;
    pthread_mutex_t host_lock;
};

/* ---------------------------------------------------------------- what events note */

static void note(Driver *driver, ObjectKind kind, const char *id, bool content)
{
    pthread_mutex_lock(&driver->lock);
    Dirty *found = NULL;
    for (size_t i = 0; i < driver->dirty_count && !found; i++)
        if (driver->dirty[i].kind == kind && strcmp(driver->dirty[i].id, id) == 0)
            found = &driver->dirty[i];
    if (!found && driver->dirty_count < DIRTY_MAX) {
        found = &driver->dirty[driver->dirty_count++];
        *found = (Dirty){ .kind = kind };
        memcpy(found->id, id, strnlen(id, sizeof found->id - 1));
    }
    if (found)
        found->content |= content;
    else
        driver->reload = true;
    pthread_cond_signal(&driver->wake);
    pthread_mutex_unlock(&driver->lock);
}

static void note_domain(Driver *driver, virDomainPtr domain)
{
    char id[VIR_UUID_STRING_BUFLEN];
    if (virDomainGetUUIDString(domain, id) == 0)
        note(driver, OBJECT_VM, id, false);
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *driver)
{
    (void)conn, (void)event, (void)detail;
    note_domain(driver, domain);
    return 0;
}

static void on_device(virConnectPtr conn, virDomainPtr domain, const char *alias, void *driver)
{
    (void)conn, (void)alias;
    note_domain(driver, domain);
}

static void on_metadata(virConnectPtr conn, virDomainPtr domain, int type, const char *uri, void *driver)
{
    (void)conn, (void)type, (void)uri;
    note_domain(driver, domain);
}

static void on_tray(virConnectPtr conn, virDomainPtr domain, const char *alias, int reason, void *driver)
{
    (void)conn, (void)alias, (void)reason;
    note_domain(driver, domain);
}

static void on_power_management(virConnectPtr conn, virDomainPtr domain, int reason, void *driver)
{
    (void)conn, (void)reason;
    note_domain(driver, domain);
}

static void note_pool(Driver *driver, virStoragePoolPtr pool, bool content)
{
    char id[VIR_UUID_STRING_BUFLEN];
    if (virStoragePoolGetUUIDString(pool, id) == 0)
        note(driver, OBJECT_DATASTORE, id, content);
}

static void on_pool_lifecycle(virConnectPtr conn, virStoragePoolPtr pool, int event, int detail, void *driver)
{
    (void)conn, (void)detail;
    note_pool(driver, pool, true);
    if (event != VIR_STORAGE_POOL_EVENT_DEFINED && event != VIR_STORAGE_POOL_EVENT_UNDEFINED)
        return;
    Driver *self = driver; /* disks may belong to a datastore now, or to none any more */
    pthread_mutex_lock(&self->lock);
    self->reload = true;
    pthread_mutex_unlock(&self->lock);
}

static void on_pool_refresh(virConnectPtr conn, virStoragePoolPtr pool, void *driver)
{
    (void)conn;
    note_pool(driver, pool, true);
}

static void on_network(virConnectPtr conn, virNetworkPtr network, int event, int detail, void *driver)
{
    (void)conn, (void)event, (void)detail;
    char id[VIR_UUID_STRING_BUFLEN];
    if (virNetworkGetUUIDString(network, id) == 0)
        note(driver, OBJECT_NETWORK, id, false);
}

static void on_close(virConnectPtr conn, int reason, void *context)
{
    (void)conn, (void)reason;
    Driver *driver = context;
    pthread_mutex_lock(&driver->lock);
    driver->closed = true;
    pthread_cond_signal(&driver->wake);
    pthread_mutex_unlock(&driver->lock);
}

/* Callbacks of all kinds are registered through one type, as libvirt's own macros do. */
#define AS_DOMAIN_CALLBACK(function) ((virConnectDomainEventGenericCallback)(void (*)(void))(function))

static bool register_events(Driver *driver, virConnectPtr conn)
{
    const struct { int id; virConnectDomainEventGenericCallback call; } domain_events[] = {
        { VIR_DOMAIN_EVENT_ID_LIFECYCLE, AS_DOMAIN_CALLBACK(on_lifecycle) },
        { VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, AS_DOMAIN_CALLBACK(on_device) },
        { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, AS_DOMAIN_CALLBACK(on_device) },
        { VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, AS_DOMAIN_CALLBACK(on_metadata) },
        { VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, AS_DOMAIN_CALLBACK(on_tray) },
        { VIR_DOMAIN_EVENT_ID_PMSUSPEND, AS_DOMAIN_CALLBACK(on_power_management) },
        { VIR_DOMAIN_EVENT_ID_PMWAKEUP, AS_DOMAIN_CALLBACK(on_power_management) },
    };
    bool lifecycle = false;
    for (size_t i = 0; i < ARRAY_SIZE(domain_events); i++) {
        int id = virConnectDomainEventRegisterAny(conn, NULL, domain_events[i].id, domain_events[i].call, driver, NULL);
        lifecycle |= id >= 0 && i == 0;
    }
    virConnectStoragePoolEventRegisterAny(conn, NULL, VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE,
                                          (virConnectStoragePoolEventGenericCallback)(void (*)(void))on_pool_lifecycle, driver, NULL);
    virConnectStoragePoolEventRegisterAny(conn, NULL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, on_pool_refresh, driver, NULL);
    virConnectNetworkEventRegisterAny(conn, NULL, VIR_NETWORK_EVENT_ID_LIFECYCLE,
                                      (virConnectNetworkEventGenericCallback)(void (*)(void))on_network, driver, NULL);
    virConnectRegisterCloseCallback(conn, on_close, driver, NULL);
    virConnectSetKeepAlive(conn, KEEPALIVE_SECONDS, KEEPALIVE_COUNT);
    return lifecycle;
}

static void unregister_events(virConnectPtr conn)
{
    virConnectUnregisterCloseCallback(conn, on_close); /* event callbacks go with the connection */
}

/* ---------------------------------------------------------------- reading into the inventory */

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
    AUTO(error_clear) Error err = { 0 };
    Agent *agent = driver->drivers->agent;
    AUTO_FREE char *name = driver_name(driver);
    pthread_mutex_lock(&driver->reading);
    if (read_vm(agent, name, domain, hints, &vm, &err) == 0)
        inventory_put_vm(agent->inventory, driver->number, &vm);
    pthread_mutex_unlock(&driver->reading);
}

static void put_pool(Driver *driver, virStoragePoolPtr pool)
{
    DatastoreInfo datastore;
    AUTO(error_clear) Error err = { 0 };
    pthread_mutex_lock(&driver->reading);
    bool read = read_datastore(pool, &datastore, &err) == 0;
    if (read && datastore_is_directory(&datastore))
        upload_sweep(datastore.path);
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
enum { SET_RUNNING, SET_OFF, SET_AUTOSTART, SET_TRANSIENT, SET_SAVED, SET_COUNT };

static void list_facts(virConnectPtr conn, UuidSet sets[SET_COUNT])
{
    static const unsigned filters[SET_COUNT] = { VIR_CONNECT_LIST_DOMAINS_RUNNING, VIR_CONNECT_LIST_DOMAINS_SHUTOFF,
        VIR_CONNECT_LIST_DOMAINS_AUTOSTART, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE };
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
static void load_bridges(Drivers *drivers)
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
        NetworkInfo bridge = { x_strdup(id), x_strdup(bridges.items[i]), x_strdup(bridges.items[i]), x_strdup("bridge"), true, true };
        inventory_put_network(inventory, -1, &bridge);
    }
    StrList_clear(&bridges);
    Inventory_clear(&known);
    inventory_listing_end(inventory, OBJECT_NETWORK, -1, mark);
}

static void publish_host(Drivers *drivers)
{
    HostInfo host;
    pthread_mutex_lock(&drivers->host_lock);
    host_info_read(drivers->agent->host_id, &host);
    for (size_t i = 0; i < drivers->count; i++) {
        DriverInfo info;
        drivers_info(drivers, (int)i, &info);
        DriverInfoList_add(&host.drivers, &info);
    }
    unsigned long version = 0;
    if (virGetVersion(&version, NULL, NULL) == 0)
        host.libvirt_version = x_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
    inventory_put_host(drivers->agent->inventory, &host);
    pthread_mutex_unlock(&drivers->host_lock);
}

static void load_all(Driver *driver, virConnectPtr conn)
{
    load_networks(driver, conn);
    load_pools(driver, conn); /* before the VMs: their disks are found in the datastores */
    load_vms(driver, conn);
    if (driver->number == 0)
        load_bridges(driver->drivers);
}

/* Under the same lock as reading: who has read the object before it went must not put it afterwards. */
static void remove_object(Driver *driver, const char *id)
{
    pthread_mutex_lock(&driver->reading);
    inventory_remove(driver->drivers->agent->inventory, id);
    pthread_mutex_unlock(&driver->reading);
}

static void refresh_vm(Driver *driver, virConnectPtr conn, const char *id)
{
    AUTO_DOMAIN domain = virDomainLookupByUUIDString(conn, id);
    if (domain)
        put_vm(driver, domain, NULL);
    else if (virt_error_is(VIR_ERR_NO_DOMAIN))
        remove_object(driver, id);
}

static void refresh_pool(Driver *driver, virConnectPtr conn, const char *id, bool content)
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

static void refresh_network(Driver *driver, virConnectPtr conn, const char *id)
{
    AUTO_NETWORK network = virNetworkLookupByUUIDString(conn, id);
    if (network)
        put_network(driver, network);
    else if (virt_error_is(VIR_ERR_NO_NETWORK))
        remove_object(driver, id);
}

static void refresh(Driver *driver, virConnectPtr conn, const Dirty *dirty)
{
    switch (dirty->kind) {
    case OBJECT_VM: refresh_vm(driver, conn, dirty->id); break;
    case OBJECT_DATASTORE: refresh_pool(driver, conn, dirty->id, dirty->content); break;
    default: refresh_network(driver, conn, dirty->id); break;
    }
}

/* ---------------------------------------------------------------- the driver's thread */

/* Waits for something to do, with the lock held. */
static void wait_for_work(Driver *driver, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    int waited = 0;
    while (!driver->drivers->ending && !driver->closed && !driver->reload && !driver->dirty_count && !driver->host_dirty && waited == 0)
        waited = pthread_cond_timedwait(&driver->wake, &driver->lock, &until);
    driver->reload |= waited != 0;
}

/* A rescan of many VMs takes its time, so it comes less often. */
static void reload_all(Driver *driver, virConnectPtr conn)
{
    int64_t began = clock_ms();
    load_all(driver, conn);
    malloc_trim(0); /* descriptions of all VMs were parsed */
    int64_t seconds = (clock_ms() - began) * RESCAN_SHARE / 1000;
    if (driver->rescan_seconds >= RESCAN_SECONDS)
        driver->rescan_seconds = seconds > RESCAN_SECONDS ? (int)seconds : RESCAN_SECONDS;
}

/* One round of work. False: the connection is gone, or the end. */
static bool work(Driver *driver, virConnectPtr conn)
{
    pthread_mutex_lock(&driver->lock);
    wait_for_work(driver, driver->rescan_seconds);
    size_t count = driver->dirty_count;
    Dirty *dirty = x_memdup(driver->dirty, count, sizeof *dirty);
    bool reload = driver->reload;
    bool bridges = driver->host_dirty;
    bool go_on = !driver->closed && !driver->drivers->ending;
    driver->dirty_count = 0;
    driver->reload = false;
    driver->host_dirty = false;
    pthread_mutex_unlock(&driver->lock);
    for (size_t i = 0; i < count && go_on; i++)
        refresh(driver, conn, &dirty[i]);
    if (reload && go_on)
        reload_all(driver, conn);
    else if (bridges && go_on)
        load_bridges(driver->drivers);
    free(dirty);
    return go_on;
}

static int no_libvirt(Error *err, const char *cause)
{
    char name[LIMIT_NAME + 1] = "";
    gethostname(name, sizeof name - 1);
    return error_set(err, ERR_NO_LIBVIRT, name, "%s", cause);
}

static void set_absent(Driver *driver, const char *reason)
{
    MissingCapability missing = { x_strdup("driver"), x_strdup(reason) };
    AUTO_FREE char *name = x_strndup(driver->uri, strcspn(driver->uri, ":+"));
    pthread_mutex_lock(&driver->lock);
    if (!driver->info.name)
        driver->info.name = TAKE_PTR(name);
    MissingCapabilityList_clear(&driver->info.missing);
    MissingCapabilityList_add(&driver->info.missing, &missing);
    pthread_mutex_unlock(&driver->lock);
}

static void set_tried(Driver *driver)
{
    pthread_mutex_lock(&driver->lock);
    driver->tried = true;
    pthread_cond_broadcast(&driver->settled);
    pthread_mutex_unlock(&driver->lock);
}

static void connect_failed(Driver *driver)
{
    AUTO_FREE char *text = virt_error_text();
    AUTO(error_clear) Error err = { 0 };
    no_libvirt(&err, text);
    bool news = !str_equal(err.message, driver->why.message);
    if (news)
        log_line("%s: %s", driver->uri, err.message);
    set_absent(driver, err.message);
    pthread_mutex_lock(&driver->lock);
    error_copy(&driver->why, &err);
    pthread_mutex_unlock(&driver->lock);
    inventory_set_unknown(driver->drivers->agent->inventory, driver->number);
    if (news)
        publish_host(driver->drivers);
    if (driver->number == 0)
        load_bridges(driver->drivers);
}

static void retry_pause(Driver *driver)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += RETRY_SECONDS;
    pthread_mutex_lock(&driver->lock);
    int waited = 0;
    while (!driver->drivers->ending && waited == 0)
        waited = pthread_cond_timedwait(&driver->wake, &driver->lock, &until);
    pthread_mutex_unlock(&driver->lock);
}

/* Announces the connection to the handlers, then brings the inventory up to date. */
static void start(Driver *driver, virConnectPtr conn)
{
    DriverInfo info;
    read_driver(&driver->drivers->agent->config, conn, &info);
    info.uri = x_strdup(driver->uri);
    bool has_events = register_events(driver, conn);
    pthread_mutex_lock(&driver->lock);
    DriverInfo_clear(&driver->info);
    driver->info = info;
    driver->rescan_seconds = has_events ? RESCAN_SECONDS : POLL_SECONDS;
    driver->closed = false;
    driver->dirty_count = 0;
    driver->conn = conn;
    error_clear(&driver->why);
    pthread_mutex_unlock(&driver->lock);
    log_line("%s: connected%s", driver->uri, has_events ? "" : ", without events");
    publish_host(driver->drivers);
    reload_all(driver, conn);
    set_tried(driver);
}

static void stop(Driver *driver, virConnectPtr conn)
{
    pthread_mutex_lock(&driver->lock);
    driver->conn = NULL;
    pthread_mutex_unlock(&driver->lock);
    unregister_events(conn);
    virConnectClose(conn);
    if (!driver->drivers->ending)
        log_line("%s: the connection is lost", driver->uri);
}

static void *driver_main(void *context)
{
    Driver *driver = context;
    while (!driver->drivers->ending) {
        virConnectPtr conn = virConnectOpen(driver->uri);
        if (!conn) {
            connect_failed(driver);
            set_tried(driver);
            retry_pause(driver);
            continue;
        }
        start(driver, conn);
        while (work(driver, conn))
            ;
        stop(driver, conn);
    }
    return NULL;
}

/* ---------------------------------------------------------------- all drivers */

static void on_tick(int timer, void *context) { (void)timer, (void)context; }

static void *events_main(void *context)
{
    Drivers *drivers = context;
    while (!drivers->ending)
        virEventRunDefaultImpl();
    return NULL;
}

static void quiet(void *context, virErrorPtr error) { (void)context, (void)error; }

static void driver_init(Driver *driver, Drivers *drivers, int number, const char *uri)
{
    driver->drivers = drivers;
    driver->number = number;
    driver->uri = x_strdup(uri);
    driver->info.uri = x_strdup(uri);
    driver->dirty = x_calloc(DIRTY_MAX, sizeof *driver->dirty);
    pthread_mutex_init(&driver->lock, NULL);
    pthread_mutex_init(&driver->reading, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&driver->wake, &attributes);
    pthread_cond_init(&driver->settled, &attributes);
    pthread_condattr_destroy(&attributes);
    set_absent(driver, "The agent is connecting to libvirt.");
    no_libvirt(&driver->why, "the connection is being made");
}

Drivers *drivers_create(Agent *agent)
{
    virSetErrorFunc(NULL, quiet);
    virEventRegisterDefaultImpl();
    virInitialize();
    Drivers *drivers = x_calloc(1, sizeof *drivers);
    drivers->agent = agent;
    drivers->count = agent->config.drivers.count < LIMIT_DRIVERS ? agent->config.drivers.count : LIMIT_DRIVERS;
    drivers->items = x_calloc(drivers->count, sizeof *drivers->items);
    pthread_mutex_init(&drivers->host_lock, NULL);
    drivers->events_timer = virEventAddTimeout(-1, on_tick, NULL, NULL); /* lets drivers_free wake the event thread */
    for (size_t i = 0; i < drivers->count; i++)
        driver_init(&drivers->items[i], drivers, (int)i, agent->config.drivers.items[i]);
    publish_host(drivers);
    pthread_create(&drivers->events, NULL, events_main, drivers);
    for (size_t i = 0; i < drivers->count; i++)
        pthread_create(&drivers->items[i].thread, NULL, driver_main, &drivers->items[i]);
    return drivers;
}

static void driver_clear(Driver *driver)
{
    free(driver->uri);
    free(driver->dirty);
    DriverInfo_clear(&driver->info);
    error_clear(&driver->why);
    pthread_cond_destroy(&driver->wake);
    pthread_cond_destroy(&driver->settled);
    pthread_mutex_destroy(&driver->lock);
    pthread_mutex_destroy(&driver->reading);
}

void drivers_free(Drivers *drivers)
{
    if (!drivers)
        return;
    drivers->ending = true;
    for (size_t i = 0; i < drivers->count; i++) {
        pthread_mutex_lock(&drivers->items[i].lock);
        pthread_cond_signal(&drivers->items[i].wake);
        pthread_mutex_unlock(&drivers->items[i].lock);
    }
    for (size_t i = 0; i < drivers->count; i++)
        pthread_join(drivers->items[i].thread, NULL);
    virEventUpdateTimeout(drivers->events_timer, 0);
    pthread_join(drivers->events, NULL);
    for (size_t i = 0; i < drivers->count; i++)
        driver_clear(&drivers->items[i]);
    free(drivers->items);
    pthread_mutex_destroy(&drivers->host_lock);
    free(drivers);
}

void drivers_wait(Drivers *drivers)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FIRST_SECONDS;
    for (size_t i = 0; i < drivers->count; i++) {
        Driver *driver = &drivers->items[i];
        int waited = 0;
        pthread_mutex_lock(&driver->lock);
        while (!driver->tried && waited == 0)
            waited = pthread_cond_timedwait(&driver->settled, &driver->lock, &until);
        pthread_mutex_unlock(&driver->lock);
    }
}

size_t drivers_count(const Drivers *drivers) { return drivers->count; }

int drivers_connection(Drivers *drivers, int owner, virConnectPtr *ret, Error *err)
{
    if (owner < 0 || (size_t)owner >= drivers->count)
        return error_set(err, ERR_INTERNAL, NULL, "there is no driver %d", owner);
    Driver *driver = &drivers->items[owner];
    int code = 0;
    pthread_mutex_lock(&driver->lock);
    if (driver->conn && !driver->closed && virConnectRef(driver->conn) == 0)
        *ret = driver->conn;
    else if (driver->why.code)
        code = error_set_foreign(err, driver->why.code, driver->why.message, driver->why.object, driver->why.cause);
    else
        code = no_libvirt(err, "the connection was lost and is being made again");
    pthread_mutex_unlock(&driver->lock);
    return code;
}

void drivers_info(Drivers *drivers, int owner, DriverInfo *ret)
{
    Driver *driver = &drivers->items[owner];
    pthread_mutex_lock(&driver->lock);
    DriverInfo_copy(&driver->info, ret);
    pthread_mutex_unlock(&driver->lock);
}

int drivers_find(Drivers *drivers, const char *name)
{
    for (size_t i = 0; i < drivers->count; i++) {
        DriverInfo info;
        drivers_info(drivers, (int)i, &info);
        bool same = !name || str_equal(info.name, name);
        DriverInfo_clear(&info);
        if (same)
            return (int)i;
    }
    return -1;
}

int drivers_vm(Drivers *drivers, const char *id, virDomainPtr *ret, int *owner, Error *err)
{
    VmInfo vm;
    int number = 0;
    AUTO_CONN conn = NULL;
    if (!inventory_get_vm(drivers->agent->inventory, id, &vm, &number))
        return error_set(err, ERR_VM_NOT_FOUND, id, NULL);
    VmInfo_clear(&vm);
    int code = drivers_connection(drivers, number, &conn, err);
    if (code < 0)
        return code;
    *ret = virDomainLookupByUUIDString(conn, id);
    if (owner)
        *owner = number;
    return *ret ? 0 : virt_error(err, id);
}

int drivers_datastore(Drivers *drivers, const char *id, virStoragePoolPtr *ret, int *owner, Error *err)
{
    DatastoreInfo datastore;
    int number = 0;
    AUTO_CONN conn = NULL;
    if (!inventory_get_datastore(drivers->agent->inventory, id, &datastore, &number))
        return error_set(err, ERR_DATASTORE_NOT_FOUND, id, NULL);
    DatastoreInfo_clear(&datastore);
    int code = drivers_connection(drivers, number, &conn, err);
    if (code < 0)
        return code;
    *ret = virStoragePoolLookupByUUIDString(conn, id);
    if (owner)
        *owner = number;
    return *ret ? 0 : virt_error(err, id);
}

int drivers_network(Drivers *drivers, const char *id, virNetworkPtr *ret, int *owner, Error *err)
{
    NetworkInfo network;
    int number = 0;
    AUTO_CONN conn = NULL;
    if (!inventory_get_network(drivers->agent->inventory, id, &network, &number))
        return error_set(err, ERR_NETWORK_NOT_FOUND, id, NULL);
    NetworkInfo_clear(&network);
    int code = drivers_connection(drivers, number, &conn, err);
    if (code < 0)
        return code;
    *ret = virNetworkLookupByUUIDString(conn, id);
    if (owner)
        *owner = number;
    return *ret ? 0 : virt_error(err, id);
}

void drivers_refresh_vm(Drivers *drivers, int owner, const char *id)
{
    AUTO_CONN conn = NULL;
    AUTO(error_clear) Error err = { 0 };
    if (drivers_connection(drivers, owner, &conn, &err) == 0)
        refresh_vm(&drivers->items[owner], conn, id);
}

void drivers_refresh_datastore(Drivers *drivers, int owner, const char *id)
{
    AUTO_CONN conn = NULL;
    AUTO(error_clear) Error err = { 0 };
    if (drivers_connection(drivers, owner, &conn, &err) == 0)
        refresh_pool(&drivers->items[owner], conn, id, true);
}

void drivers_touch_datastore(Drivers *drivers, int owner, const char *id)
{
    note(&drivers->items[owner], OBJECT_DATASTORE, id, true);
}

void drivers_touch_host(Drivers *drivers)
{
    Driver *driver = &drivers->items[0];
    pthread_mutex_lock(&driver->lock);
    driver->host_dirty = true;
    pthread_cond_signal(&driver->wake);
    pthread_mutex_unlock(&driver->lock);
}
