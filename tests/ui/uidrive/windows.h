/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding and describing windows, for more than one list of commands. */
#ifndef UIDRIVE_WINDOWS_H
#define UIDRIVE_WINDOWS_H

#include <windows.h>

#include "answer.h"

/* What a top-level window must be; empty texts and 0 match everything. */
typedef struct WindowFilter {
    const wchar_t *title;           /* contained in the title */
    const wchar_t *class_name;      /* the whole class name, any case */
    DWORD pid;
} WindowFilter;

/* The first visible one, top-most first; NULL: none. */
HWND window_find(const WindowFilter *filter);

/* Write {"hwnd":...} about a top-level window or a control. */
void window_describe(HWND window, Answer *answer);

/* Write [left, top, right, bottom]. */
void json_rect(Answer *answer, const RECT *rect);

/* Call `visit` for all descendants in tab order until it says false. */
typedef bool (*WindowVisit)(HWND window, void *context);
void window_each_child(HWND parent, WindowVisit visit, void *context);

/* The descendant with that control id, visible ones first; NULL: none. */
HWND window_child(HWND parent, int id);

#endif
