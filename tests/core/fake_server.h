/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server without a connection, for tests of what only asks a server: it takes the place of server.c and core.c when a test program is linked,
 * so it is included by exactly one file of a program.
 */
#ifndef POOLCENTER_TESTS_FAKE_SERVER_H
#define POOLCENTER_TESTS_FAKE_SERVER_H

#include "client/core/parts.h"

#include <stdlib.h>

struct Server {
    ServerState state;
    Model *model;
    Method forbidden; /* METHOD_COUNT: none */
    const HelloResult *hello;
};

struct Core {
    Settings *settings;
};

static Core fake_core;

ServerState server_state(const Server *server) { return server->state; }
bool server_online(const Server *server) { return server->state == SERVER_ONLINE; }
const Model *server_model(const Server *server) { return server->model; }
const HelloResult *server_hello(const Server *server) { return server->hello; }

bool server_can(const Server *server, Method method, char **ret_why)
{
    if (method == server->forbidden && ret_why)
        *ret_why = x_strdup("forbidden");
    return method != server->forbidden;
}

Core *server_core(const Server *server)
{
    (void)server;
    return &fake_core;
}

Settings *core_settings(Core *core) { return core->settings; }

/* Two VMs (a: running, with a CD drive and a console; b: off), two datastores (d: 50 GiB free of 100; e: inactive), two networks (n: active; m: not),
 * a driver without UEFI that cannot reset. */
static void fake_server_fill(Server *server)
{
    *server = (Server){ .state = SERVER_ONLINE, .model = model_create(), .forbidden = METHOD_COUNT };
    Inventory inventory = { .epoch = x_strdup("e"), .revision = 1, .full = true, .host = x_calloc(1, sizeof(HostInfo)) };
    *inventory.host = (HostInfo){ .id = x_strdup("h"), .name = x_strdup("alpha"), .cpu_threads = 4, .memory = 8LL << 30 };
    DriverInfo driver = { .name = x_strdup("qemu"), .uri = x_strdup("qemu:///system"), .max_vcpus = 3 };
    MissingCapability missing = { .capability = x_strdup("vm.reset"), .reason = x_strdup("it has no reset button.") };
    MissingCapabilityList_add(&driver.missing, &missing);
    DriverInfoList_add(&inventory.host->drivers, &driver);
    VmInfo on = { .id = x_strdup("a"), .name = x_strdup("web"), .driver = x_strdup("qemu"), .state = VM_STATE_RUNNING, .vcpus = 1, .memory = 1 << 30, .console = true };
    DiskInfo cd = { .target = x_strdup("sda"), .device = DISK_DEVICE_CDROM, .bus = DISK_BUS_SATA };
    DiskInfoList_add(&on.disks, &cd);
    VmInfo off = { .id = x_strdup("b"), .name = x_strdup("db"), .driver = x_strdup("qemu"), .state = VM_STATE_OFF, .vcpus = 1, .memory = 1 << 30 };
    VmInfoList_add(&inventory.vms, &on);
    VmInfoList_add(&inventory.vms, &off);
    DatastoreInfo active = { .id = x_strdup("d"), .name = x_strdup("iso"), .type = x_strdup("dir"), .path = x_strdup("/srv/iso"), .state = DATASTORE_STATE_ACTIVE,
                             .capacity = 100LL << 30, .available = 50LL << 30 };
    DatastoreInfo inactive = { .id = x_strdup("e"), .name = x_strdup("old"), .type = x_strdup("dir"), .path = x_strdup("/srv/old"), .state = DATASTORE_STATE_INACTIVE };
    DatastoreInfoList_add(&inventory.datastores, &active);
    DatastoreInfoList_add(&inventory.datastores, &inactive);
    NetworkInfo network = { .id = x_strdup("n"), .name = x_strdup("default"), .active = true };
    NetworkInfo down = { .id = x_strdup("m"), .name = x_strdup("down") };
    NetworkInfoList_add(&inventory.networks, &network);
    NetworkInfoList_add(&inventory.networks, &down);
    ChangeList changes = { 0 };
    if (model_apply(server->model, &inventory, &changes, NULL) < 0)
        abort();
    change_list_clear(&changes);
}

#endif
