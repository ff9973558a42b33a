/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Icons (resources/icons, ids ICON_... in the generated <icons.h>) at the right size for a dpi. UI thread; cached. */
#ifndef POOLCENTER_WIN_ICONS_H
#define POOLCENTER_WIN_ICONS_H

#include <windows.h>

#include <commctrl.h>
#include <stdbool.h>
#include <icons.h>

/* Shared, do not destroy. size_at_96: 16, 24, 32, 48, 64. */
HICON icons_get(int icon_id, int dpi, int size_at_96);
/* An image list with room for all icons of the set at this size; those that were asked for by icons_use are in it. Shared by trees, lists, toolbars; do not destroy. */
HIMAGELIST icons_list(int dpi, int size_at_96);
/* The same, pale and without colour: what cannot be used now. */
HIMAGELIST icons_disabled_list(int dpi, int size_at_96);
void icons_draw(HDC dc, int icon_id, int x, int y, int dpi, int size_at_96, bool enabled);
/* Where an icon has its place in every list. */
int icons_index(int icon_id);
/* The same, for a control that shows it from a list of this size: from now on it is there, at every dpi. */
int icons_use(int icon_id, int dpi, int size_at_96);

#endif
