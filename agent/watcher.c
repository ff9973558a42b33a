/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The watcher: see watcher.h. Its state belongs to the loop; refreshing a datastore waits for libvirt and runs on a worker. */
#include "agent/watcher.h"
#include "agent/drivers.h"
#include "agent/store_probe.h"
#include "agent/upload_file.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SETTLE_MS = 300, RETRY_MS = 2000, DIRECTORIES_MAX = 256 };

typedef struct Directory {
    int watch; /* inotify's number */
    char *datastore;
    char *path;
    bool changed;
} Directory;

struct Watcher {
    Agent *agent;
    int inotify;
    int netlink;
    LoopWatch *inotify_watch;
    LoopWatch *netlink_watch;
    Directory directories[DIRECTORIES_MAX];
    size_t count;
    bool settling;
    atomic_bool updating;
};

typedef struct Refresh {
    Watcher *watcher;
    char *datastore;
} Refresh;

static void settle(Watcher *watcher, int64_t delay);

static void mark(Watcher *watcher, const char *datastore)
{
    for (size_t i = 0; i < watcher->count; i++)
        if (str_equal(watcher->directories[i].datastore, datastore))
            watcher->directories[i].changed = true;
}

static void refresh_again(void *context)
{
    Refresh *refresh = context;
    mark(refresh->watcher, refresh->datastore);
    settle(refresh->watcher, RETRY_MS);
    free(refresh->datastore);
    free(refresh);
}

/* On a worker. A refresh is refused while libvirt is making a volume there: then once more later. */
static void refresh_run(void *context)
{
    Refresh *refresh = context;
    Agent *agent = refresh->watcher->agent;
    AUTO(error_clear) Error err = { 0 };
    AUTO_POOL pool = NULL;
    int owner = 0;
    if (drivers_datastore(agent->drivers, refresh->datastore, &pool, &owner, &err) == 0) {
        if (virStoragePoolIsActive(pool) > 0 && virStoragePoolRefresh(pool, 0) < 0 && virStoragePoolIsActive(pool) > 0) {
            loop_post(agent->loop, refresh_again, refresh);
            return;
        }
        drivers_touch_datastore(agent->drivers, owner, refresh->datastore);
    }
    free(refresh->datastore);
    free(refresh);
}

static void on_settled(void *context)
{
    Watcher *watcher = context;
    watcher->settling = false;
    for (size_t i = 0; i < watcher->count; i++) {
        if (!watcher->directories[i].changed)
            continue;
        watcher->directories[i].changed = false;
        Refresh *refresh = x_calloc(1, sizeof *refresh);
        *refresh = (Refresh){ watcher, x_strdup(watcher->directories[i].datastore) };
        workers_run(watcher->agent->workers, refresh_run, refresh);
    }
}

static void settle(Watcher *watcher, int64_t delay)
{
    if (watcher->settling)
        return;
    watcher->settling = true;
    loop_timer(watcher->agent->loop, delay, on_settled, watcher);
}

static void on_file_event(Watcher *watcher, const struct inotify_event *event)
{
    if (event->len && upload_is_part_name(event->name))
        return;
    for (size_t i = 0; i < watcher->count; i++)
        if (watcher->directories[i].watch == event->wd)
            watcher->directories[i].changed = true;
    settle(watcher, SETTLE_MS);
}

static void on_inotify(void *context, uint32_t events)
{
    (void)events;
    Watcher *watcher = context;
    _Alignas(struct inotify_event) char buffer[16384];
    ssize_t size = read(watcher->inotify, buffer, sizeof buffer);
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);
        on_file_event(watcher, event);
        at += (ssize_t)(sizeof *event + event->len);
    }
}

static void on_netlink(void *context, uint32_t events)
{
    (void)events;
    Watcher *watcher = context;
    char buffer[16384];
    while (recv(watcher->netlink, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
    if (watcher->agent->drivers)
        drivers_touch_host(watcher->agent->drivers);
}

static void directory_clear(Directory *directory)
{
    free(directory->datastore);
    free(directory->path);
    *directory = (Directory){ 0 };
}

/* Drops those not in the list any more. */
static void drop_old(Watcher *watcher, const StrList *paths)
{
    for (size_t i = watcher->count; i-- > 0;) {
        if (StrList_contains(paths, watcher->directories[i].path))
            continue;
        inotify_rm_watch(watcher->inotify, watcher->directories[i].watch);
        directory_clear(&watcher->directories[i]);
        watcher->directories[i] = watcher->directories[--watcher->count];
    }
}

static void watch_directory(Watcher *watcher, const char *datastore, const char *path)
{
    for (size_t i = 0; i < watcher->count; i++)
        if (str_equal(watcher->directories[i].path, path))
            return;
    int watch = watcher->count == DIRECTORIES_MAX ? -1
        : inotify_add_watch(watcher->inotify, path, IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
    if (watch >= 0) /* else it does not exist (yet): tried again with the next change of the datastores */
        watcher->directories[watcher->count++] = (Directory){ watch, x_strdup(datastore), x_strdup(path), false };
}

static void update_now(void *context)
{
    Watcher *watcher = context;
    atomic_store(&watcher->updating, false);
    StrList ids = { 0 };
    StrList paths = { 0 };
    inventory_directories(watcher->agent->inventory, &ids, &paths);
    drop_old(watcher, &paths);
    for (size_t i = 0; i < paths.count; i++)
        if (!store_probe_silent(watcher->agent->store_probes, paths.items[i])) /* or the loop would wait for its server */
            watch_directory(watcher, ids.items[i], paths.items[i]);
    StrList_clear(&ids);
    StrList_clear(&paths);
}

void watcher_update(Watcher *watcher)
{
    if (watcher && !atomic_exchange(&watcher->updating, true))
        loop_post(watcher->agent->loop, update_now, watcher);
}

static int open_netlink(void)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

Watcher *watcher_create(Agent *agent)
{
    Watcher *watcher = x_calloc(1, sizeof *watcher);
    watcher->agent = agent;
    watcher->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watcher->netlink = open_netlink();
    if (watcher->inotify >= 0)
        watcher->inotify_watch = loop_watch(agent->loop, watcher->inotify, EPOLLIN, on_inotify, watcher);
    if (watcher->netlink >= 0)
        watcher->netlink_watch = loop_watch(agent->loop, watcher->netlink, EPOLLIN, on_netlink, watcher);
    return watcher;
}

void watcher_free(Watcher *watcher)
{
    if (!watcher)
        return;
    loop_timer_cancel(watcher->agent->loop, on_settled, watcher);
    if (watcher->inotify_watch)
        loop_unwatch(watcher->agent->loop, watcher->inotify_watch);
    if (watcher->netlink_watch)
        loop_unwatch(watcher->agent->loop, watcher->netlink_watch);
    if (watcher->inotify >= 0)
        close(watcher->inotify);
    if (watcher->netlink >= 0)
        close(watcher->netlink);
    for (size_t i = 0; i < watcher->count; i++)
        directory_clear(&watcher->directories[i]);
    free(watcher);
}
