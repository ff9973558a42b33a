/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Menus drawn by us, with icons, in both colour schemes: the system has no dark ones (Wine), or only half of them (Windows). Their strings stay in
 * place, so that access keys, screen readers and tests find them. With High Contrast they are the system's own. UI thread.
 */
#ifndef POOLCENTER_THEME_MENU_H
#define POOLCENTER_THEME_MENU_H

#include <stdbool.h>
#include <windows.h>

/* Appends an item; words: UTF-16 with '&' and, after a tab, the key. icon: ICON_... or 0. submenu: NULL for a command. */
void theme_menu_append(HMENU menu, UINT id, const wchar_t *words, int icon, HMENU submenu, bool in_bar, int dpi);
void theme_menu_separator(HMENU menu);
/* After the last item, for the menu's own background. */
void theme_menu_finish(HMENU menu);
/* Destroys a menu with its submenus and what was kept for them. */
void theme_menu_destroy(HMENU menu);

/* For the owner's window procedure: true when handled. */
bool theme_menu_message(HWND owner, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret);

#endif
