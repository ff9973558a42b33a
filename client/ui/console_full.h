/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A console on the whole screen: a window of its own that borrows the view, with a bar at the top that hides. UI thread. */
#ifndef POOLCENTER_CONSOLE_FULL_H
#define POOLCENTER_CONSOLE_FULL_H

#include <windows.h>

enum { CONSOLE_FULL_LEAVE = 301, CONSOLE_FULL_CTRL_ALT_DEL };

typedef struct ConsoleFull ConsoleFull;

/* Takes the view from its parent to the monitor it is on; command(context, id) tells of the bar's buttons. */
ConsoleFull *console_full_enter(HWND view, const char *title, void (*command)(void *context, int id), void *context);
void console_full_show_bar(ConsoleFull *full);
/* Gives the view back; the owner lays it out again. */
void console_full_leave(ConsoleFull *full, HWND parent);

#endif
