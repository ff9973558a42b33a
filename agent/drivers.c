/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drivers' threads and connections: see drivers.h. Events are in driver_events.c, the inventory's filling in driver_load.c. */
#include "agent/driver.h"
#include "agent/driver_read.h"
#include "agent/host_info.h"
#include "agent/journal.h"
#include "agent/log.h"
#include "agent/virt_load.h"
#include "agent/vm_seed.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    POLL_SECONDS = 5,      /* for hypervisors without events */
    RESCAN_SECONDS = 60,   /* for what libvirt has no event for: autostart, stored memory size ... */
    RESCAN_SHARE = 200,    /* but not more than this part of the time */
    RETRY_SECONDS = 2,
    UNSETTLED_SECONDS = 5, /* while something interrupted could not be put in order yet */
    FIRST_SECONDS = 10,    /* calls wait as long for the first attempt */
};

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
    if (virt_loaded() && virGetVersion(&version, NULL, NULL) == 0)
        host.libvirt_version = x_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
    inventory_put_host(drivers->agent->inventory, &host);
    pthread_mutex_unlock(&drivers->host_lock);
}

static void refresh(Driver *driver, virConnectPtr conn, const Dirty *dirty)
{
    switch (dirty->kind) {
    case OBJECT_VM:
        driver_refresh_vm(driver, conn, dirty->id);
        if (dirty->shut_down)
            vm_seed_shut_down(driver->drivers->agent, conn, dirty->id);
        break;
    case OBJECT_DATASTORE: driver_refresh_pool(driver, conn, dirty->id, dirty->content); break;
    default: driver_refresh_network(driver, conn, dirty->id); break;
    }
}

/* ---------------------------------------------------------------- the driver's thread */

/* Waits for something to do, with the lock held. Neither events nor what the journal tries again put the rescan off. */
static void wait_for_work(Driver *driver)
{
    int64_t until_ms = driver->rescan_at;
    int64_t again = clock_ms() + UNSETTLED_SECONDS * 1000;
    if (driver->unsettled && again < until_ms)
        until_ms = again;
    const struct timespec until = { until_ms / 1000, until_ms % 1000 * 1000000 };
    int waited = 0;
    while (!driver->drivers->ending && !driver->closed && !driver->reload && !driver->dirty_count && !driver->host_dirty && waited == 0)
        waited = pthread_cond_timedwait(&driver->wake, &driver->lock, &until);
    driver->reload |= clock_ms() >= driver->rescan_at;
}

/* A rescan of many VMs takes its time, so it comes less often. */
static void reload_all(Driver *driver, virConnectPtr conn)
{
    int64_t began = clock_ms();
    driver_load_all(driver, conn);
    malloc_trim(0); /* descriptions of all VMs were parsed */
    int64_t seconds = (clock_ms() - began) * RESCAN_SHARE / 1000;
    if (driver->rescan_seconds >= RESCAN_SECONDS)
        driver->rescan_seconds = seconds > RESCAN_SECONDS ? (int)seconds : RESCAN_SECONDS;
    driver->rescan_at = clock_ms() + (int64_t)driver->rescan_seconds * 1000;
}

/* One round of work. False: the connection is gone, or the end. */
static bool work(Driver *driver, virConnectPtr conn)
{
    pthread_mutex_lock(&driver->lock);
    wait_for_work(driver);
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
        driver_load_bridges(driver->drivers);
    if (go_on)
        driver->unsettled = journal_recover_again(driver->drivers->agent->journal, driver->number, conn);
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

static void connect_failed(Driver *driver, const char *why)
{
    AUTO(error_clear) Error err = { 0 };
    no_libvirt(&err, why);
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
        driver_load_bridges(driver->drivers);
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

static void set_closed(Driver *driver, bool closed)
{
    pthread_mutex_lock(&driver->lock);
    driver->closed = closed;
    pthread_mutex_unlock(&driver->lock);
}

/* Announces the connection to the handlers, then brings the inventory up to date. */
static void start(Driver *driver, virConnectPtr conn)
{
    DriverInfo info;
    read_driver(&driver->drivers->agent->config, conn, &info);
    info.uri = x_strdup(driver->uri);
    set_closed(driver, false); /* before libvirt can say that it is */
    bool has_events = driver_register_events(driver, conn);
    if (virConnectIsAlive(conn) == 0) /* it went before anybody could be told */
        set_closed(driver, true);
    pthread_mutex_lock(&driver->lock);
    DriverInfo_clear(&driver->info);
    driver->info = info;
    driver->rescan_seconds = has_events ? RESCAN_SECONDS : POLL_SECONDS;
    driver->dirty_count = 0;
    driver->conn = conn;
    error_clear(&driver->why);
    pthread_mutex_unlock(&driver->lock);
    log_line("%s: connected%s", driver->uri, has_events ? "" : ", without events");
    publish_host(driver->drivers);
    journal_recover(driver->drivers->agent->journal, driver->number, conn);
    driver->unsettled = true;
    reload_all(driver, conn);
    set_tried(driver);
}

static void stop(Driver *driver, virConnectPtr conn)
{
    pthread_mutex_lock(&driver->lock);
    driver->conn = NULL;
    pthread_mutex_unlock(&driver->lock);
    driver_unregister_events(conn);
    virConnectClose(conn);
    if (!driver->drivers->ending)
        log_line("%s: the connection is lost", driver->uri);
}

static void on_tick(int timer, void *context) { (void)timer, (void)context; }

static void *events_main(void *context)
{
    Drivers *drivers = context;
    while (!drivers->ending)
        virEventRunDefaultImpl();
    return NULL;
}

static void quiet(void *context, virErrorPtr error) { (void)context, (void)error; }

/* What libvirt wants before its first connection. */
static void start_library(Drivers *drivers)
{
    virSetErrorFunc(NULL, quiet);
    virEventRegisterDefaultImpl();
    virInitialize();
    drivers->events_timer = virEventAddTimeout(-1, on_tick, NULL, NULL); /* lets drivers_free wake the event thread */
    pthread_create(&drivers->events, NULL, events_main, drivers);
}

/* NULL with the cause, which the caller frees. */
static virConnectPtr connect_to(Driver *driver, char **ret_cause)
{
    Drivers *drivers = driver->drivers;
    pthread_mutex_lock(&drivers->load_lock);
    bool first = !virt_loaded();
    *ret_cause = virt_load();
    if (first && !*ret_cause)
        start_library(drivers);
    pthread_mutex_unlock(&drivers->load_lock);
    if (*ret_cause)
        return NULL;
    virConnectPtr conn = virConnectOpen(driver->uri);
    if (!conn)
        *ret_cause = virt_error_text();
    return conn;
}

static void *driver_main(void *context)
{
    Driver *driver = context;
    while (!driver->drivers->ending) {
        AUTO_FREE char *cause = NULL;
        virConnectPtr conn = connect_to(driver, &cause);
        if (!conn) {
            connect_failed(driver, cause);
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
    Drivers *drivers = x_calloc(1, sizeof *drivers);
    drivers->agent = agent;
    drivers->count = agent->config.drivers.count < LIMIT_DRIVERS ? agent->config.drivers.count : LIMIT_DRIVERS;
    drivers->items = x_calloc(drivers->count, sizeof *drivers->items);
    pthread_mutex_init(&drivers->host_lock, NULL);
    pthread_mutex_init(&drivers->load_lock, NULL);
    for (size_t i = 0; i < drivers->count; i++)
        driver_init(&drivers->items[i], drivers, (int)i, agent->config.drivers.items[i]);
    publish_host(drivers);
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
    if (virt_loaded()) {
        virEventUpdateTimeout(drivers->events_timer, 0);
        pthread_join(drivers->events, NULL);
    }
    for (size_t i = 0; i < drivers->count; i++)
        driver_clear(&drivers->items[i]);
    free(drivers->items);
    pthread_mutex_destroy(&drivers->host_lock);
    pthread_mutex_destroy(&drivers->load_lock);
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
        driver_refresh_vm(&drivers->items[owner], conn, id);
}

void drivers_refresh_datastore(Drivers *drivers, int owner, const char *id)
{
    AUTO_CONN conn = NULL;
    AUTO(error_clear) Error err = { 0 };
    if (drivers_connection(drivers, owner, &conn, &err) == 0)
        driver_refresh_pool(&drivers->items[owner], conn, id, true);
}

void drivers_refresh_network(Drivers *drivers, int owner, const char *id)
{
    AUTO_CONN conn = NULL;
    AUTO(error_clear) Error err = { 0 };
    if (drivers_connection(drivers, owner, &conn, &err) == 0)
        driver_refresh_network(&drivers->items[owner], conn, id);
}

void drivers_touch_datastore(Drivers *drivers, int owner, const char *id)
{
    driver_note(&drivers->items[owner], OBJECT_DATASTORE, id, true);
}

void drivers_reload(Drivers *drivers, int owner)
{
    Driver *driver = &drivers->items[owner];
    pthread_mutex_lock(&driver->lock);
    driver->reload = true;
    pthread_cond_signal(&driver->wake);
    pthread_mutex_unlock(&driver->lock);
}

void drivers_touch_host(Drivers *drivers)
{
    Driver *driver = &drivers->items[0];
    pthread_mutex_lock(&driver->lock);
    driver->host_dirty = true;
    pthread_cond_signal(&driver->wake);
    pthread_mutex_unlock(&driver->lock);
}
