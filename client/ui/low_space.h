/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says once when the space of a datastore becomes low: in the window, and as a notification when that is in the background. UI thread. */
#ifndef POOLCENTER_LOW_SPACE_H
#define POOLCENTER_LOW_SPACE_H

#include "client/ui/app.h"

/* CoreListener.inventory_changed. */
void low_space_refresh(Server *server);
/* The program ends. */
void low_space_end(void);

#endif
