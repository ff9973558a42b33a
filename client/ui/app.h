/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every window of the program shares: the core and the main window. One per process, UI thread. */
#ifndef POOLCENTER_APP_H
#define POOLCENTER_APP_H

#include "client/core/core.h"

#include <windows.h>

/* What is selected in the tree or a list. Ids, not pointers: objects come and go. */
typedef struct Selection {
    ObjectKind kind;            /* OBJECT_UNKNOWN: nothing, or the root */
    Server *server;             /* NULL for the root */
    char id[LIMIT_UUID + 1];    /* VM, datastore or network */
    char volume[LIMIT_NAME + 1];/* OBJECT_VOLUME: name; id is its datastore */
} Selection;

typedef struct App {
    HINSTANCE instance;
    HWND frame;
    Core *core;
} App;

App *app_get(void);
/* Is it still in the core's list? For answers that arrive later. */
bool app_has_server(const Server *server);
/* Has the user disconnected or removed it? What it did not answer then is no news to the user. */
bool app_left_server(const Server *server);

/* Borrowed; NULL when it is gone. */
const VmInfo *selection_vm(const Selection *selection);
const DatastoreInfo *selection_datastore(const Selection *selection); /* a volume's, too */
const NetworkInfo *selection_network(const Selection *selection);
const char *selection_name(const Selection *selection); /* "" when it is gone */
bool selection_exists(const Selection *selection);
bool selection_equal(const Selection *a, const Selection *b);
Selection selection_of_server(Server *server);
Selection selection_make(Server *server, ObjectKind kind, const char *id);

#endif
