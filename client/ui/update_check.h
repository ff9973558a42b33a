/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking for a new version: only when the user asks, or once a day when Options say so (off at first). One https request without anything about the user; nothing
 * is ever downloaded or installed by it. UI thread.
 */
#ifndef POOLCENTER_UPDATE_CHECK_H
#define POOLCENTER_UPDATE_CHECK_H

#include <stdbool.h>
#include <windows.h>

bool update_check_daily(void);
void update_check_set_daily(bool daily);
/* When the program starts: looks if it is time to, and tells of a new version in a hint. Failures are only logged. */
void update_check_start(void);
/* The user asks: a dialog with the answer. */
void update_check_dialog(HWND owner);

#endif
