/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What libvirt announces. The callbacks run on libvirt's event thread, where nothing may wait: they only note which object has to be
 * read again, and wake the driver's own thread.
 */
#include "agent/driver.h"

#include <string.h>

enum { KEEPALIVE_SECONDS = 5, KEEPALIVE_COUNT = 6 };

static void note(Driver *driver, ObjectKind kind, const char *id, bool content, bool shut_down)
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
        found->content |= content, found->shut_down |= shut_down;
    else
        driver->reload = true;
    pthread_cond_signal(&driver->wake);
    pthread_mutex_unlock(&driver->lock);
}

void driver_note(Driver *driver, ObjectKind kind, const char *id, bool content) { note(driver, kind, id, content, false); }

static void note_domain(Driver *driver, virDomainPtr domain)
{
    char id[VIR_UUID_STRING_BUFLEN];
    if (virDomainGetUUIDString(domain, id) == 0)
        note(driver, OBJECT_VM, id, false, false);
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *driver)
{
    (void)conn;
    char id[VIR_UUID_STRING_BUFLEN];
    if (virDomainGetUUIDString(domain, id) == 0)
        note(driver, OBJECT_VM, id, false, event == VIR_DOMAIN_EVENT_STOPPED && detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
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
        driver_note(driver, OBJECT_DATASTORE, id, content);
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
        driver_note(driver, OBJECT_NETWORK, id, false);
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

bool driver_register_events(Driver *driver, virConnectPtr conn)
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

void driver_unregister_events(virConnectPtr conn)
{
    virConnectUnregisterCloseCallback(conn, on_close); /* event callbacks go with the connection */
}
