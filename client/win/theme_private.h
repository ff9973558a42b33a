/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between theme.c, which knows which window gets which look, and theme_*.c, which paint one kind of control each while it is dark and has no
 * High Contrast. Each painter is a subclass procedure; what it does not handle goes to subclass_next. UI thread.
 */
#ifndef POOLCENTER_THEME_PRIVATE_H
#define POOLCENTER_THEME_PRIVATE_H

#include "client/win/theme.h"

#include <commctrl.h>

/* True while our own painting replaces the system's. */
bool theme_paints(void);

typedef LRESULT ThemePainter(HWND window, UINT message, WPARAM wparam, LPARAM lparam);

ThemePainter theme_button_painter, theme_combo_painter, theme_tab_painter, theme_header_painter, theme_status_painter, theme_edit_painter, theme_updown_painter;

/* Scroll bars of windows, where the system has no dark ones: painted over after each message that may have shown them. */
bool theme_scroll_shows(UINT message);
void theme_scroll_paint(HWND window);

/* Custom draw of toolbars, asked for by the toolbar's parent. */
LRESULT theme_toolbar_draw(NMTBCUSTOMDRAW *draw);

#endif
