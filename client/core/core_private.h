/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the modules of client/core know of each other: uploads, recent tasks and consoles hear of servers as observers, and reach
 * the UI thread through the core's mailbox. UI thread only, except where it says otherwise.
 */
#ifndef POOLCENTER_CORE_PRIVATE_H
#define POOLCENTER_CORE_PRIVATE_H

#include "client/core/core.h"
#include "client/core/port.h"
#include "client/core/ssh.h"

/* ---- core.c */

/* Like the window's CoreListener, called before it; each may be NULL. */
typedef struct CoreObserver {
    void (*server_added)(void *context, Server *server);
    void (*server_changed)(void *context, Server *server); /* state, name or error */
    void (*server_removed)(void *context, Server *server); /* last chance to let go of the pointer */
    void (*inventory_changed)(void *context, Server *server, const ChangeList *changes);
    void (*task_changed)(void *context, Server *server, const TaskInfo *task);
} CoreObserver;

/* observer is borrowed until it is removed; an observer may remove itself, or others, in a call. */
void core_observe(Core *core, const CoreObserver *observer, void *context);
void core_unobserve(Core *core, const CoreObserver *observer, void *context);

Mailbox *core_mailbox(Core *core);                       /* mailbox_post to it from any thread */
const char *core_known_hosts(const Core *core);          /* path of our known hosts file */
Server *core_find_server(const Core *core, const char *id); /* by ServerConfig.id; NULL: unknown */
void core_activities_touched(Core *core);                /* the listener's activities_changed follows, once per drain */
void core_upload_changed(Core *core, Upload *upload);    /* passes on to the listener */
/* Calls the function on the UI thread about every interval_ms (from core_drain; the core wakes the window up for it) until it is removed by interval 0. */
void core_every(Core *core, int interval_ms, void (*tick)(void *context), void *context);

/* What a module keeps in the core; made by its open function, called by core_create, and freed by its close function, called by core_free
 * before the servers go. */
struct Uploads **core_uploads(Core *core);
struct Activities **core_activities(Core *core);

/* ---- server.c */

Core *server_core(const Server *server);
/* Recent tasks of the agent as far as they are known, oldest first; borrowed until the next core_drain. */
size_t server_task_count(const Server *server);
const TaskInfo *server_task_at(const Server *server, size_t index);
const TaskInfo *server_task(const Server *server, const char *id); /* NULL: unknown */

/* A login for another connection to the same server with what the user has already given; it never asks. Any thread may use it, also after the
 * server is gone; refcounted. */
typedef struct Credentials Credentials;
Credentials *server_credentials(Server *server); /* a reference of the caller's */
void credentials_unref(Credentials *credentials);
/* For ssh_connect: password and passphrase come from credentials, a host key must be known, all else is refused. */
SshAsk credentials_ask(Credentials *credentials);

#endif
