/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding words in an edit of several lines. UI thread. */
#ifndef POOLCENTER_EDIT_FIND_H
#define POOLCENTER_EDIT_FIND_H

#include <stdbool.h>
#include <windows.h>

/* Selects and shows the next place of words (UTF-8, not empty) after the selection, or before it (back); after the last one it begins anew. Large and
 * small letters are the same. False: they are nowhere. */
bool edit_find(HWND edit, const char *words, bool back);

#endif
