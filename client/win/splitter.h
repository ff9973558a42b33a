/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bar between two panes that the mouse drags. UI thread. */
#ifndef POOLCENTER_SPLITTER_H
#define POOLCENTER_SPLITTER_H

#include <stdbool.h>
#include <windows.h>

enum { SPLITTER_SIZE = 5 }; /* at 96 dpi */

/* vertical: the bar stands upright and moves left and right. moved gets the wish in pixels: where its left (top) edge should be in the parent. */
HWND splitter_create(HWND parent, bool vertical, void (*moved)(void *context, int position), void *context);

#endif
