/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main window: what its parts and the commands ask of it. One per process, UI thread. */
#ifndef POOLCENTER_FRAME_H
#define POOLCENTER_FRAME_H

#include "client/ui/app.h"

enum { WM_APP_DRAIN = WM_APP + 1, WM_APP_ASK_REPLACE, WM_APP_REFRESH, WM_APP_OPEN, WM_APP_IMPORT, WM_APP_NOTIFY };

/* Makes the window and fills it from the core; hidden. False when Windows refused. */
bool frame_create(void);
void frame_show(int show_command);
/* core_create's wake: any thread. */
void frame_wake(void *context);

const Selection *frame_selection(void);
/* Selects in the tree, shows its page and remembers it for Back. */
void frame_select(const Selection *selection);
/* A row of a page's list, such as a volume: commands of the menu bar and the toolbar are for it as long as that page is shown. NULL: none. */
void frame_select_row(const Selection *row);
/* What commands are for: the row, else the selection. */
const Selection *frame_command_selection(void);
/* The tree's selection changed by the user. */
void frame_selected(const Selection *selection);
void frame_show_page(const char *name);
bool frame_can_go(int step); /* -1 back, 1 forward */
void frame_go(int step);

/* A sentence above the pages that goes away by itself. error: with the error's colour and icon. */
void frame_hint(const char *sentence, bool error);
/* The same for an error of an action: logged, too. */
void frame_hint_error(const Error *error);

/* A passing remark in the status bar; NULL: none any more. */
void frame_status(const char *words);

/* What the manual says about the part of the window that has the focus. */
const char *frame_topic(void);

void frame_focus_search(void);
bool frame_toolbar_shown(void);
bool frame_tasks_shown(void);
void frame_show_toolbar(bool shown);
void frame_show_tasks(bool shown);
/* Colours, language or fonts changed: everything is dressed anew. */
void frame_restyle(void);
void frame_refresh(void);
/* Commands may be possible or not any more: buttons follow. */
void frame_update_commands(void);
/* Accelerators, Tab, panes: true when the message was eaten. */
bool frame_translate(MSG *message);

#endif
