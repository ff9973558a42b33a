/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The menu bar and context menus, made from the command table. UI thread. */
#ifndef POOLCENTER_MENU_H
#define POOLCENTER_MENU_H

#include "client/ui/commands.h"

/* Replaces the frame's menu bar by one in today's language, colours and dpi. */
void menu_attach_bar(HWND frame);
/* WM_INITMENUPOPUP: what can run, what is checked. */
void menu_prepare(HMENU popup, const Selection *selection);
/* What to say in the status bar about the highlighted item (WM_MENUSELECT): why it cannot run, else what it does; NULL: nothing. The caller frees. */
char *menu_explain(WPARAM wparam, const Selection *selection);
/* A context menu of these commands (COMMAND_NONE: separator) at the place; runs what was chosen. */
void menu_context(HWND owner, POINT screen, const CommandId *commands, size_t count, const Selection *selection);
/* The usual menu of an object. */
void menu_context_for(HWND owner, POINT screen, const Selection *selection);

#endif
