/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tree view items by path, for waits, too. A path is texts joined by the character 0x1f. */
#ifndef UIDRIVE_TREE_H
#define UIDRIVE_TREE_H

#include <windows.h>
#include <commctrl.h>

#include "answer.h"

/* The item of that path; NULL: none, or failed. With `expand` the branches on the way are opened. */
HTREEITEM tree_find(HWND tree, const wchar_t *path, bool expand, Answer *answer);

#endif
