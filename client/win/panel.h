/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plain child window whose messages go to a function of its owner first: for panes that hold controls or paint themselves. UI thread. */
#ifndef POOLCENTER_PANEL_H
#define POOLCENTER_PANEL_H

#include "client/win/theme.h"

#include <stdbool.h>
#include <windows.h>

/* True: handled, *ret is the answer. */
typedef bool PanelHandler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret);

/* name: the window's text, for tests and screen readers. Its background is the theme's colour unless WM_ERASEBKGND is handled.
 * The handler hears nothing of the window's creation. */
HWND panel_create(HWND parent, const wchar_t *name, ThemeColor background, PanelHandler *handler, void *context);

#endif
