/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The locked program: every window of it is hidden and one that asks for the master password stands in their place; remembered secrets leave memory,
 * connections stay. By command, after idle time, or when Windows locks. Only with a master password. UI thread.
 */
#ifndef POOLCENTER_LOCK_H
#define POOLCENTER_LOCK_H

#include <stdbool.h>
#include <windows.h>

/* Settings: seconds without input in Windows until it locks, 0: never; and whether it locks together with Windows. */
#define LOCK_IDLE_SETTING "lock.idle_seconds"
#define LOCK_WINDOWS_SETTING "lock.with_windows"

void lock_start(HWND frame);
void lock_stop(HWND frame); /* the frame goes */
void lock_now(void);        /* does nothing without a master password */
bool lock_active(void);
void lock_tick(void);       /* about once a second */
void lock_on_session_change(WPARAM what); /* WM_WTSSESSION_CHANGE */
/* While locked: keeps a message that would open a window, posts it to the frame again when unlocked, and brings the lock window to the front. False: not locked. */
bool lock_defer(UINT message, WPARAM wparam, LPARAM lparam);

#endif
