/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame's toolbar, made from the command table. UI thread. */
#ifndef POOLCENTER_TOOLBAR_H
#define POOLCENTER_TOOLBAR_H

#include <windows.h>

#include <commctrl.h>
#include <stdbool.h>

HWND toolbar_create(HWND parent);
/* Words disappear when the window is too narrow for them. Returns the height. */
int toolbar_layout(int width);
/* What can run, for the frame's selection. */
void toolbar_update(void);
/* dpi, language or colours changed. */
void toolbar_restyle(void);
/* Tooltips: true when handled. */
bool toolbar_notify(NMHDR *header, LRESULT *ret);

#endif
