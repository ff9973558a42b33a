/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of client/core know of each other and nobody outside needs: core.c makes the parts, wires them together and tells the
 * listener. UI thread only.
 */
#ifndef POOLCENTER_PARTS_H
#define POOLCENTER_PARTS_H

#include "client/core/agent_setup.h"
#include "client/core/core.h"
#include "client/core/secrets.h"

typedef struct Uploads Uploads;
typedef struct Downloads Downloads;
typedef struct Activities Activities;

/* server.c */
Core *server_core(const Server *server);
/* Copies of what the login used, for a second connection to the same host. */
void server_copy_secrets(Server *server, Secrets *ret);

/* agent_setup.c */
void agent_setup_take_news(Server *server); /* after its setup state has changed */

/* core.c */
/* For parts that come and go, such as consoles: like the window's CoreListener, called before it; each may be NULL. The observer is borrowed until
 * it is removed; it may remove itself, or others, in a call. */
typedef struct CoreObserver {
    void (*server_changed)(void *context, Server *server); /* state, name or error */
    void (*server_removed)(void *context, Server *server); /* last chance to let go of the pointer */
    void (*inventory_changed)(void *context, Server *server, const ChangeList *changes);
    void (*upload_changed)(void *context, Upload *upload); /* state changes only */
    void (*core_ends)(void *context, Core *core);          /* in core_free, while everything is still there */
} CoreObserver;
void core_observe(Core *core, const CoreObserver *observer, void *context);
void core_unobserve(Core *core, const CoreObserver *observer, void *context);
/* Calls tick about every interval_ms on the UI thread (the core wakes the window up for it); interval 0 ends it. */
void core_every(Core *core, int interval_ms, void (*tick)(void *context), void *context);

bool core_is_guest(const Core *core);
Uploads *core_uploads(const Core *core);
Downloads *core_downloads(const Core *core);
Activities *core_activities(const Core *core);
Mailbox *core_mailbox(const Core *core);
Server *core_find_server(const Core *core, const char *id); /* by ServerConfig id; NULL: none */
void core_tell_upload_changed(Core *core, Upload *upload); /* listener's upload_changed */
void core_tell_activities_changed(Core *core);             /* listener's activities_changed, once, at the end of this drain or the next */

/* upload.c: core_upload_count, core_upload_at and core_uploads_settled are defined there too. Reads the unfinished uploads of the last run: the servers must be there. */
Uploads *uploads_create(Core *core);
void uploads_free(Uploads *uploads); /* ends their threads; what was running goes on in the next run */
void uploads_server_changed(Uploads *uploads, Server *server); /* its state: online ones go on, offline ones are interrupted */
void uploads_server_removed(Uploads *uploads, Server *server); /* last chance to let go of the pointer */

/* download.c */
Downloads *downloads_create(Core *core);
void downloads_free(Downloads *downloads); /* ends their threads; the part files stay */
void downloads_server_changed(Downloads *downloads, Server *server);
void downloads_server_removed(Downloads *downloads, Server *server);
void downloads_forget(Downloads *downloads, const void *owner);

/* activity.c */
Activities *activities_create(Core *core);
void activities_free(Activities *activities);
/* Tasks of a snapshot or a delta, or one event: moves the items out of the list. full: the agent has no others. */
void activities_take(Activities *activities, Server *server, TaskInfoList *tasks, bool full);
void activities_server_removed(Activities *activities, Server *server);
void activities_upload_changed(Activities *activities, Upload *upload); /* state or progress */
void activities_setup_changed(Activities *activities, Server *server, const AgentSetup *setup);
void activities_upload_gone(Activities *activities, const Upload *upload);

#endif
