/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back and forward: what was selected. UI thread. */
#ifndef POOLCENTER_HISTORY_H
#define POOLCENTER_HISTORY_H

#include "client/ui/app.h"

void history_add(const Selection *selection); /* drops what was forward */
bool history_can_go(int step);
/* The next one in that direction that still exists; false: none. */
bool history_go(int step, Selection *ret);
void history_forget_server(const Server *server);

#endif
