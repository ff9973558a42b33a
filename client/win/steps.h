/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of a wizard's steps at its left: done, current and still to come; done ones can be clicked. UI thread. */
#ifndef POOLCENTER_STEPS_H
#define POOLCENTER_STEPS_H

#include <stdbool.h>
#include <windows.h>

/* chosen(context, index): the user clicked a step that is done. */
HWND steps_create(HWND parent, int id, void (*chosen)(void *context, int index), void *context);
void steps_add(HWND steps, const char *text);
void steps_hide(HWND steps, int index, bool hidden);
void steps_set(HWND steps, int current);
int steps_width(HWND steps, int dpi);

#endif
