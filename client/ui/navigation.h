/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The left pane: search box and tree. One per process, UI thread. */
#ifndef POOLCENTER_NAVIGATION_H
#define POOLCENTER_NAVIGATION_H

#include <stdbool.h>
#include <windows.h>

HWND navigation_create(HWND parent);
void navigation_focus_search(void);
void navigation_focus_tree(void);
bool navigation_is_searching(void); /* the search field has the keyboard, and words in it */
char *navigation_search(void); /* the words in the search box; the caller frees */
void navigation_set_search(const char *words);
void navigation_restyle(void);

#endif
