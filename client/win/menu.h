/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small pop-up menus made from a table. UI thread. */
#ifndef POOLCENTER_MENU_H
#define POOLCENTER_MENU_H

#include "client/core/text.h"

#include <windows.h>

typedef struct MenuItem {
    int id;       /* 0: a separator */
    TextId title;
    bool enabled;
} MenuItem;

/* Shows it at a place on the screen; the id chosen, or 0. */
int menu_popup(HWND owner, POINT screen, const MenuItem *items, size_t count);

#endif
