/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to the clipboard; see clipboard.h. UI thread. */
#include "client/win/clipboard.h"

#include "client/win/utf.h"

#include <string.h>
#include <wchar.h>

void clipboard_put(HWND owner, const char *utf8)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(utf8);
    size_t size = (wcslen(wide) + 1) * sizeof *wide;
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);

    if (!memory)
        return;
    memcpy(GlobalLock(memory), wide, size);
    GlobalUnlock(memory);
    /* Another program may hold it just now: then nothing is copied, as everywhere in Windows. */
    if (!OpenClipboard(owner)) {
        GlobalFree(memory);
        return;
    }
    EmptyClipboard();
    if (!SetClipboardData(CF_UNICODETEXT, memory))
        GlobalFree(memory);
    CloseClipboard();
}
