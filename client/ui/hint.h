/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sentence in a strip above the pages: what went wrong, or why something cannot be done. Goes away by itself, by Esc or its button. UI thread. */
#ifndef POOLCENTER_HINT_H
#define POOLCENTER_HINT_H

#include <stdbool.h>
#include <windows.h>

/* changed: it appeared, went away or needs another height; the frame lays out anew. */
HWND hint_create(HWND parent, void (*changed)(void));
void hint_show(const char *sentence, bool error);
void hint_hide(void);
bool hint_shown(void);
int hint_height(int width); /* 0: hidden */
void hint_restyle(void);

#endif
