/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of one running agent. Made and freed by serve.c; the pointers are constant meanwhile. */
#ifndef POOLCENTER_AGENT_AGENT_H
#define POOLCENTER_AGENT_AGENT_H

#include "agent/config.h"
#include "agent/inventory.h"
#include "agent/loop.h"
#include "agent/tasks.h"
#include "agent/workers.h"

typedef struct Drivers Drivers;
typedef struct GuestKinds GuestKinds;
typedef struct HttpServer HttpServer;
typedef struct Journal Journal;
typedef struct NetworkChanges NetworkChanges;
typedef struct Server Server;
typedef struct StoreFlags StoreFlags;
typedef struct StoreProbes StoreProbes;
typedef struct Tickets Tickets;
typedef struct Uploads Uploads;
typedef struct VolumeLocks VolumeLocks;
typedef struct VmRevisions VmRevisions;
typedef struct Watcher Watcher;

typedef struct Agent {
    Config config;
    char host_id[LIMIT_UUID + 1];
    Loop *loop;
    Workers *workers; /* handlers of calls */
    Workers *quick;   /* of those that wait for neither libvirt nor disks, and what is told of changes */
    InventoryModel *inventory;
    Tasks *tasks;
    Journal *journal;
    NetworkChanges *network_changes;
    VolumeLocks *volume_locks;
    StoreFlags *store_flags;
    StoreProbes *store_probes;
    Drivers *drivers;
    Server *server;
    HttpServer *http; /* NULL: not configured */
    Tickets *tickets;
    Uploads *uploads;
    Watcher *watcher;
    VmRevisions *revisions;
    GuestKinds *guest_kinds;
} Agent;

#endif
