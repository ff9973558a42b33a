/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log viewer: follows the program's log while it is written. Modeless, one at a time. UI thread. */
#ifndef POOLCENTER_LOG_DIALOG_H
#define POOLCENTER_LOG_DIALOG_H

#include <windows.h>

/* Opens it, or brings it to the front. It goes away with owner. */
void log_dialog(HWND owner);

#endif
