/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the message loop has to know of the console page. UI thread. */
#ifndef POOLCENTER_CONSOLE_PAGE_H
#define POOLCENTER_CONSOLE_PAGE_H

#include <stdbool.h>
#include <windows.h>

/* True: this message is a key for the guest of the console that has the focus: no accelerators, no IsDialogMessage, no TranslateMessage: only DispatchMessage. */
bool console_page_wants_key(HWND focus, const MSG *message);

#endif
