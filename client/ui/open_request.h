/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows what a link or the file of a saved search asks for. Links come from outside: they select, and no more; a connection is only made after the
 * user said so. UI thread.
 */
#ifndef POOLCENTER_OPEN_REQUEST_H
#define POOLCENTER_OPEN_REQUEST_H

#include "client/ui/app.h"

#define OPEN_ADD_SERVER "add-server" /* instead of a link: the jump list's way to the dialog */

/* Lets the frame run it from its message loop; argument: a link or a file's path. */
void open_request_post(const char *argument);
/* WM_APP_OPEN: takes the argument. */
void open_request_run(char *argument);
/* News of a server: a link may have waited for them. */
void open_request_server_changed(const Server *server);
/* File dialogs of the commands, and what follows. */
void open_request_pick_search(void);
void open_request_save_search(void);

#endif
