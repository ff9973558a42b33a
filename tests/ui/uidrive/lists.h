/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of list views, for waits, too. */
#ifndef UIDRIVE_LISTS_H
#define UIDRIVE_LISTS_H

#include "target.h"

/* One cell. `ret_text` has TARGET_TEXT_MAX characters. */
bool list_cell(HWND list, int row, int column, wchar_t *ret_text, Answer *answer);

/* The first row whose cell equals the text; any column when `column` is negative. -1: none. -2: failed. */
int list_find(HWND list, int column, const wchar_t *text, Answer *answer);

int list_column_count(HWND list);

#endif
