/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to the clipboard. UI thread. */
#ifndef POOLCENTER_CLIPBOARD_H
#define POOLCENTER_CLIPBOARD_H

#include <windows.h>

void clipboard_put(HWND owner, const char *utf8);

#endif
