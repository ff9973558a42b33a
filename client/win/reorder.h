/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets the user change the order of a list view's rows: by dragging, and by Alt+Up and Alt+Down. UI thread. */
#ifndef POOLCENTER_REORDER_H
#define POOLCENTER_REORDER_H

#include <windows.h>

/* moved: the row from shall stand where to is now; the caller changes its rows and selects it. Ends with the list. */
void reorder_attach(HWND list, void (*moved)(void *context, int from, int to), void *context);

#endif
