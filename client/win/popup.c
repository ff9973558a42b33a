/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pop-up menus: see popup.h. */
#include "client/win/popup.h"

#include "client/win/utf.h"

int popup_show(HWND owner, POINT screen, const PopupItem *items, size_t count)
{
    HMENU menu = CreatePopupMenu();

    for (size_t i = 0; i < count; i++) {
        AUTO_FREE wchar_t *title = items[i].id ? utf_text(items[i].title) : NULL;
        if (title)
            AppendMenuW(menu, (UINT)(MF_STRING | (items[i].enabled ? MF_ENABLED : MF_GRAYED)), (UINT_PTR)items[i].id, title);
        else
            AppendMenuW(menu, MF_SEPARATOR, 0, NULL);
    }
    int chosen = (int)TrackPopupMenuEx(menu, TPM_RETURNCMD | TPM_RIGHTBUTTON, screen.x, screen.y, owner, NULL);
    DestroyMenu(menu);
    return chosen;
}
