/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recent tasks, docked below the pages. UI thread. */
#ifndef POOLCENTER_TASKS_PANE_H
#define POOLCENTER_TASKS_PANE_H

#include <windows.h>

HWND tasks_pane_create(HWND parent);
void tasks_pane_refresh(void);
void tasks_pane_restyle(void);
void tasks_pane_focus(void);

#endif
