/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What prompt_dialog.c must know of the open Add Server dialog. UI thread. */
#ifndef POOLCENTER_ADD_SERVER_H
#define POOLCENTER_ADD_SERVER_H

#include "client/ui/app.h"

/* The dialog's window while it connects this server, else NULL. */
HWND add_server_window(const Server *server);
/* Password and passphrase are asked for in the dialog's own fields: true when it did so (the prompt is answered then). */
bool add_server_take_prompt(Server *server, const Prompt *prompt);

#endif
