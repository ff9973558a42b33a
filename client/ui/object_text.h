/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and icons for objects and their states, wherever the window shows them. UI thread; callers free the strings. */
#ifndef POOLCENTER_OBJECT_TEXT_H
#define POOLCENTER_OBJECT_TEXT_H

#include "client/ui/app.h"

/* "host1", "host2 (connecting)". */
char *object_server_label(const Server *server);
/* "Running, on host1"; for a server its connection's state with the reason. "" when nothing is selected or it is gone. */
char *object_state_text(const Selection *selection);
int object_icon(const Selection *selection);
int object_server_icon(const Server *server);

#endif
