/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edge between our UTF-8 and Windows' UTF-16; see utf.h. */
#include "client/win/utf.h"

#include <stdlib.h>
#include <wchar.h>

wchar_t *utf_to_wide(const char *utf8)
{
    const char *source = str_or_empty(utf8);
    int count = MultiByteToWideChar(CP_UTF8, 0, source, -1, NULL, 0);
    wchar_t *wide = x_calloc((size_t)count + 1, sizeof *wide);

    MultiByteToWideChar(CP_UTF8, 0, source, -1, wide, count);
    return wide;
}

char *utf_from_wide(const wchar_t *wide)
{
    const wchar_t *source = wide ? wide : L"";
    int count = WideCharToMultiByte(CP_UTF8, 0, source, -1, NULL, 0, NULL, NULL);
    char *utf8 = x_calloc((size_t)count + 1, 1);

    WideCharToMultiByte(CP_UTF8, 0, source, -1, utf8, count, NULL, NULL);
    return utf8;
}

wchar_t *utf_text(TextId id) { return utf_to_wide(text(id)); }

static wchar_t *window_text_wide(HWND window)
{
    size_t room = (size_t)GetWindowTextLengthW(window) + 1;
    wchar_t *wide = x_calloc(room, sizeof *wide);

    GetWindowTextW(window, wide, (int)room);
    return wide;
}

char *utf_window_text(HWND window)
{
    wchar_t *wide = window_text_wide(window);
    char *utf8 = utf_from_wide(wide);

    /* It may have been a password. */
    x_wipe(wide, wcslen(wide) * sizeof *wide);
    free(wide);
    return utf8;
}

void utf_set_window_text(HWND window, const char *utf8)
{
    AUTO_FREE wchar_t *wanted = utf_to_wide(utf8);
    AUTO_FREE wchar_t *present = window_text_wide(window);

    if (wcscmp(wanted, present) != 0)
        SetWindowTextW(window, wanted);
}
