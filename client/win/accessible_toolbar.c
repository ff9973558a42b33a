/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Toolbars as screen readers know them: a button without words is called as its tip is. See accessible_toolbar.h. UI thread. */
#include "client/win/accessible_toolbar.h"

#include "client/win/accessible.h"

#include <commctrl.h>
#include <wchar.h>

enum { NAME_MAX = 256 };

static bool button_at(HWND toolbar, int child, TBBUTTON *ret)
{
    return child >= 1 && SendMessageW(toolbar, TB_GETBUTTON, (WPARAM)(child - 1), (LPARAM)ret);
}

static int count(HWND toolbar) { return (int)SendMessageW(toolbar, TB_BUTTONCOUNT, 0, 0); }

static bool is_separator(const TBBUTTON *button) { return button->fsStyle & BTNS_SEP; }

/* The owner of the toolbar knows. Its first line is the name, what follows the reason why it cannot be pressed. */
static void ask_tip(HWND toolbar, const TBBUTTON *button, wchar_t *ret_words, int size)
{
    NMTBGETINFOTIPW tip = {.hdr = {toolbar, (UINT_PTR)GetDlgCtrlID(toolbar), TBN_GETINFOTIPW}, .pszText = ret_words, .cchTextMax = size, .iItem = button->idCommand};

    SendMessageW(GetParent(toolbar), WM_NOTIFY, (WPARAM)tip.hdr.idFrom, (LPARAM)&tip);
}

static wchar_t *name(HWND toolbar, int child)
{
    wchar_t words[NAME_MAX] = L"", *end;
    TBBUTTON button;

    if (!button_at(toolbar, child, &button) || is_separator(&button))
        return NULL;
    ask_tip(toolbar, &button, words, NAME_MAX);
    end = wcschr(words, L'\n');
    if (end)
        *end = L'\0';
    return _wcsdup(words);
}

static wchar_t *description(HWND toolbar, int child)
{
    wchar_t words[NAME_MAX] = L"", *reason;
    TBBUTTON button;

    if (!button_at(toolbar, child, &button) || is_separator(&button))
        return NULL;
    ask_tip(toolbar, &button, words, NAME_MAX);
    reason = wcschr(words, L'\n');
    return reason ? _wcsdup(reason + 1) : NULL;
}

static LONG role_of(HWND toolbar, int child)
{
    TBBUTTON button;

    if (!child)
        return ROLE_SYSTEM_TOOLBAR;
    return button_at(toolbar, child, &button) && is_separator(&button) ? ROLE_SYSTEM_SEPARATOR : ROLE_SYSTEM_PUSHBUTTON;
}

static LONG state(HWND toolbar, int child)
{
    TBBUTTON button;

    if (!button_at(toolbar, child, &button))
        return 0;
    return (button.fsState & TBSTATE_HIDDEN ? STATE_SYSTEM_INVISIBLE : 0) | (button.fsState & TBSTATE_ENABLED || is_separator(&button) ? 0 : STATE_SYSTEM_UNAVAILABLE) |
           (button.fsState & TBSTATE_CHECKED ? STATE_SYSTEM_CHECKED : 0) | (button.fsState & TBSTATE_PRESSED ? STATE_SYSTEM_PRESSED : 0);
}

static bool place(HWND toolbar, int child, RECT *ret) { return SendMessageW(toolbar, TB_GETITEMRECT, (WPARAM)(child - 1), (LPARAM)ret) != 0; }

/* Later: what it opens may last as long as the user likes. */
static void choose(HWND toolbar, int child)
{
    TBBUTTON button;

    if (button_at(toolbar, child, &button) && (button.fsState & TBSTATE_ENABLED) && !is_separator(&button))
        PostMessageW(GetParent(toolbar), WM_COMMAND, MAKEWPARAM(button.idCommand, BN_CLICKED), (LPARAM)toolbar);
}

void accessible_toolbar(HWND toolbar)
{
    static const AccessibleClass class = {
        .count = count, .name = name, .description = description, .state = state, .role_of = role_of, .place = place, .choose = choose,
    };

    accessible_class(toolbar, &class);
}
