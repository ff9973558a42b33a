/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See edit_find.h. UI thread. */
#include "client/win/edit_find.h"

#include "client/win/utf.h"
#include "protocol/util.h"

#include <stdlib.h>
#include <wchar.h>

/* In small letters, which are as many. */
static wchar_t *text_of(HWND edit)
{
    int length = GetWindowTextLengthW(edit);
    wchar_t *words = x_calloc((size_t)length + 1, sizeof(*words));
    GetWindowTextW(edit, words, length + 1);
    CharLowerW(words);
    return words;
}

/* The last one that begins before end; NULL: none. */
static const wchar_t *last_before(const wchar_t *all, const wchar_t *words, const wchar_t *end)
{
    const wchar_t *found = NULL;
    for (const wchar_t *at = wcsstr(all, words); at && at < end; at = wcsstr(at + 1, words))
        found = at;
    return found;
}

bool edit_find(HWND edit, const char *words, bool back)
{
    DWORD first = 0, last = 0;
    AUTO_FREE wchar_t *all = text_of(edit);
    AUTO_FREE wchar_t *wanted = utf_to_wide(words);
    CharLowerW(wanted);
    SendMessageW(edit, EM_GETSEL, (WPARAM)&first, (LPARAM)&last);
    const wchar_t *end = all + wcslen(all);
    const wchar_t *found = back ? last_before(all, wanted, all + first) : wcsstr(all + last, wanted);
    if (!found)
        found = back ? last_before(all, wanted, end) : wcsstr(all, wanted);
    if (!found)
        return false;
    SendMessageW(edit, EM_SETSEL, (WPARAM)(found - all), (LPARAM)(found - all) + (LPARAM)wcslen(wanted));
    SendMessageW(edit, EM_SCROLLCARET, 0, 0);
    return true;
}
