/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting up the agent on a server's host: what was found there, the choices, the commands, and doing it. UI thread. */
#ifndef POOLCENTER_AGENT_DIALOG_H
#define POOLCENTER_AGENT_DIALOG_H

#include "client/ui/app.h"

/* Modal. Ends the server's connection (asks before) and looks at the host; after success the server connects by itself. */
void agent_dialog(HWND owner, Server *server);
/* The dialog's window while it is open for this server, else NULL: questions of the connection stand over it. */
HWND agent_dialog_window(const Server *server);

#endif
