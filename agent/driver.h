/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the drivers: what drivers.c (threads, connections), driver_events.c (what libvirt announces) and driver_load.c (libvirt's objects
 * into the inventory) share. For nobody else. */
#ifndef POOLCENTER_AGENT_DRIVER_H
#define POOLCENTER_AGENT_DRIVER_H

#include "agent/drivers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { DIRTY_MAX = 1024 }; /* more objects to be read again than these: everything is */

typedef struct Dirty {
    ObjectKind kind;
    bool content; /* the datastore's list of volumes changed */
    bool shut_down; /* the guest of the VM has */
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
    int64_t rescan_at;    /* likewise: ms of clock_ms */
    bool unsettled;       /* likewise: the journal has something to try again */
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
    pthread_mutex_t load_lock; /* while libvirt's library is loaded, by the first driver's thread that finds it */
    pthread_t events;          /* runs once it is */
    int events_timer;
    atomic_bool ending;
    pthread_mutex_t host_lock;
};

/* Notes that the object has to be read again; content: the datastore's list of volumes changed. Any thread. */
void driver_note(Driver *driver, ObjectKind kind, const char *id, bool content);
/* Registers for all events of the connection. False: the hypervisor has none of VMs, so it must be polled. */
bool driver_register_events(Driver *driver, virConnectPtr conn);
void driver_unregister_events(virConnectPtr conn);

/* These wait for libvirt. They read objects and put them into the inventory, or remove them there. */
void driver_load_all(Driver *driver, virConnectPtr conn);
void driver_load_bridges(Drivers *drivers);
void driver_refresh_vm(Driver *driver, virConnectPtr conn, const char *id);
void driver_refresh_pool(Driver *driver, virConnectPtr conn, const char *id, bool content);
void driver_refresh_network(Driver *driver, virConnectPtr conn, const char *id);

#endif
