/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Menus of another process. Wine keeps them private to it, so they are read by calls inside it. */
#ifndef UIDRIVE_MENUS_H
#define UIDRIVE_MENUS_H

#include <windows.h>

#include "target.h"

typedef struct MenuItem {
    UINT id;
    bool separator;
    bool enabled;
    bool checked;
    HMENU submenu;
    wchar_t text[512];
} MenuItem;

int menu_count(Target *target, HMENU menu, Answer *answer);
bool menu_item(Target *target, HMENU menu, int index, MenuItem *ret_item, Answer *answer);

#endif
