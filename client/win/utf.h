/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edge between our UTF-8 and Windows' UTF-16. Any thread. All results are freed by the caller (free). */
#ifndef POOLCENTER_UTF_H
#define POOLCENTER_UTF_H

#include "client/core/text.h"

#include <windows.h>

wchar_t *utf_to_wide(const char *utf8);      /* NULL gives ""; broken bytes become U+FFFD */
char *utf_from_wide(const wchar_t *wide);
wchar_t *utf_text(TextId id);                /* text() as UTF-16 */
char *utf_window_text(HWND window);          /* what a control holds */
void utf_set_window_text(HWND window, const char *utf8); /* only when it differs: no flicker */

#endif
