/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small pop-up menus made from a table. UI thread. */
#ifndef POOLCENTER_POPUP_H
#define POOLCENTER_POPUP_H

#include "client/core/text.h"

#include <windows.h>

typedef struct PopupItem {
    int id;       /* 0: a separator */
    TextId title;
    bool enabled;
} PopupItem;

/* Shows it at a place on the screen; the id chosen, or 0. */
int popup_show(HWND owner, POINT screen, const PopupItem *items, size_t count);

#endif
