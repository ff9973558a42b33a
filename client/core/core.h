/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of the client that is not a window: servers, their inventories, tasks, uploads, settings. One per process.
 * Everything is called on one thread (the UI thread; a main loop in poolctl and tests); threads behind it report through the mailbox.
 */
#ifndef POOLCENTER_CORE_H
#define POOLCENTER_CORE_H

#include "client/core/activity.h"
#include "client/core/console.h"
#include "client/core/mailbox.h"
#include "client/core/prompt.h"
#include "client/core/keyring.h"
#include "client/core/server.h"
#include "client/core/settings.h"
#include "client/core/text.h"
#include "client/core/upload.h"

/* News for the window; each may be NULL. Called inside core_drain, on the UI thread. */
typedef struct CoreListener {
    void (*server_added)(void *context, Server *server);
    void (*server_removed)(void *context, Server *server); /* last chance to let go of the pointer */
    void (*server_changed)(void *context, Server *server); /* state, name or error */
    void (*inventory_changed)(void *context, Server *server, const ChangeList *changes); /* one batch */
    void (*activities_changed)(void *context);             /* at most once per drain */
    void (*upload_changed)(void *context, Upload *upload); /* state changes only */
    void (*prompt)(void *context, Server *server, const Prompt *prompt); /* answer by prompt_accept/prompt_reject, now or later */
    void (*prompt_withdrawn)(void *context, Server *server);             /* the attempt ended before it was answered */
    void (*secret_problem)(void *context, Server *server, const Error *error); /* its secret could not be remembered or read */
} CoreListener;

/* folder: settings, known hosts, log; NULL: the user's own (Windows: %APPDATA%\PoolCenter; Linux: $XDG_CONFIG_HOME/poolcenter).
 * wake(context) is called on any thread when core_drain has something to do. Remembered servers are there at once (server_added is not called for them). */
Core *core_create(const char *folder, void (*wake)(void *context), void *context, Error *err);
/* The same for a program beside the window (poolctl): it has the window's servers, host keys and remembered secrets, but it saves no settings of its own accord,
 * neither goes on with the window's unfinished uploads nor remembers its own (the host does), and its log is <name>.log. */
Core *core_create_guest(const char *folder, const char *name, Error *err);
/* Ends all connections and threads, saves the settings. */
void core_free(Core *core);
void core_set_listener(Core *core, const CoreListener *listener, void *context);
/* Handles what has arrived, at most for budget_ms; true: more is waiting (wake is called again). */
bool core_drain(Core *core, int budget_ms);
/* For programs without a window: waits for something to drain, at most timeout_ms, then drains. */
void core_wait(Core *core, int timeout_ms);
/* No more answers for this owner. */
void core_forget(Core *core, const void *owner);
/* Runs work(context) on a worker thread, then done(context) on the UI thread; for slow local things (opening files, DNS). owner as in call_*. */
void core_run(Core *core, void (*work)(void *context), void (*done)(void *context), const void *owner, void *context);

Settings *core_settings(Core *core);
/* Has a worker write what was changed, one after the other, so that the file ends as the newest; not for guests. What it could not write is in the log. */
void core_save_settings(Core *core);
bool core_settings_failed(const Core *core); /* the last time */
/* The same before it returns, for when the program may be ended at once. */
void core_save_settings_now(Core *core);
const char *core_folder(const Core *core);
const char *core_known_hosts(const Core *core); /* path of the file */
/* The settings file was damaged: it was kept as settings.broken.json, and defaults are used. */
bool core_settings_were_broken(const Core *core);

size_t core_server_count(const Core *core);
Server *core_server_at(const Core *core, size_t index);
/* Adds it to the list and the settings (saved); a server with the same host, port and user: that one is returned. */
Server *core_add_server(Core *core, const ServerConfig *config);
/* The same for those of a list that chosen() gives (NULL: not this one), saved once; returns how many are new. */
size_t core_add_servers(Core *core, const ServerConfig *(*chosen)(const void *list, size_t index), const void *list, size_t count);
/* Changes address or login of a server that is not connected. */
void core_change_server(Core *core, Server *server, const ServerConfig *config);
void core_remove_server(Core *core, Server *server);

size_t core_upload_count(const Core *core);
Upload *core_upload_at(const Core *core, size_t index);
/* No call of an upload is on its way: what was cancelled is removed on its host, too. */
bool core_uploads_settled(const Core *core);

#endif
