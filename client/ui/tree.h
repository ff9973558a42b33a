/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The navigation tree: servers and what is on them. One per process. UI thread. */
#ifndef POOLCENTER_TREE_H
#define POOLCENTER_TREE_H

#include "client/ui/app.h"

HWND tree_create(HWND parent);
void tree_add_server(Server *server);
void tree_remove_server(Server *server);
void tree_server_changed(Server *server);
/* changes NULL: everything may be different. */
void tree_inventory_changed(Server *server, const ChangeList *changes);
/* Shows the selection without telling the frame; opens its server. */
void tree_select(const Selection *selection);
/* text: as typed; "" shows everything. Matches are opened; returns how many lines match. */
size_t tree_set_filter(const char *text);
/* Selects the first line that matches the filter; false: none. */
bool tree_select_first_match(void);
/* What is below this point of the screen; false: nothing. */
bool tree_at_point(POINT screen, Selection *ret);
/* Marks the line files would be dropped on; NULL: none. */
void tree_mark_drop(const Selection *selection);
void tree_restyle(void);
/* Once a second while a server waits for its next try. */
void tree_tick(void);

#endif
