/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about menu bars and open popup menus. */
#include "menus.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "windows.h"

#define MENU_DEPTH_MAX 8
#define MN_GETHMENU_MESSAGE 0x01e1
#define NOT_THERE ((UINT)-1)

int menu_count(Target *target, HMENU menu, Answer *answer)
{
    ULONG_PTR argument = (ULONG_PTR)menu;
    ULONG_PTR count;

    if (!target_call(target, L"user32.dll", "GetMenuItemCount", 1, &argument, &count, answer))
        return -1;
    return (int)count;
}

bool menu_item(Target *target, HMENU menu, int index, MenuItem *ret_item, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    MENUITEMINFOW info = {.cbSize = sizeof(info), .fMask = MIIM_STRING | MIIM_ID | MIIM_STATE | MIIM_SUBMENU | MIIM_FTYPE};
    ULONG_PTR arguments[] = {(ULONG_PTR)menu, (ULONG_PTR)index, TRUE, (ULONG_PTR)target_address(target, TARGET_STRUCT)};
    wchar_t empty = L'\0';
    ULONG_PTR done;

    info.dwTypeData = (wchar_t *)target_address(target, TARGET_TEXT);
    info.cch = TARGET_TEXT_MAX;
    if (!target_write(target, TARGET_STRUCT, &info, sizeof(info), answer)
        || !target_write(target, TARGET_TEXT, &empty, sizeof(empty), answer)
        || !target_call(target, L"user32.dll", "GetMenuItemInfoW", 4, arguments, &done, answer)
        || !target_read(target, TARGET_STRUCT, &info, sizeof(info), answer)
        || !target_read_text(target, target->block + TARGET_TEXT, text, answer))
        return false;
    *ret_item = (MenuItem){
        .id = info.wID,
        .separator = (info.fType & MFT_SEPARATOR) != 0,
        .enabled = !(info.fState & MFS_DISABLED),
        .checked = (info.fState & MFS_CHECKED) != 0,
        .submenu = info.hSubMenu,
    };
    wcsncpy(ret_item->text, text, ARRAYSIZE(ret_item->text) - 1);
    return true;
}

/* The rectangle on the screen of an item of an open menu; all 0 where it is not shown. */
static bool write_item_rect(Target *target, HWND window, HMENU menu, int index, Answer *answer)
{
    ULONG_PTR arguments[] = {(ULONG_PTR)window, (ULONG_PTR)menu, (ULONG_PTR)index,
                             (ULONG_PTR)target_address(target, TARGET_STRUCT)};
    RECT rect = {0};
    ULONG_PTR done;

    if (!target_write(target, TARGET_STRUCT, &rect, sizeof(rect), answer)
        || !target_call(target, L"user32.dll", "GetMenuItemRect", 4, arguments, &done, answer)
        || !target_read(target, TARGET_STRUCT, &rect, sizeof(rect), answer))
        return false;
    json_key(answer, "rect");
    json_rect(answer, &rect);
    return true;
}

/* Many programs bring a menu up to date only when it opens: make `owner` do it now. */
static void announce_popup(HWND owner, HMENU menu, int position)
{
    if (owner != NULL)
        target_ask(owner, WM_INITMENUPOPUP, (WPARAM)menu, MAKELPARAM(position, FALSE));
}

/* `owner`: the window to announce popups to. `shown`: the window the menu is visible in, or NULL. */
static bool write_menu(Target *target, HWND owner, HWND shown, HMENU menu, int depth, Answer *answer)
{
    int count = menu_count(target, menu, answer);

    json_open(answer, '[');
    for (int i = 0; i < count; i++) {
        MenuItem item;

        if (!menu_item(target, menu, i, &item, answer))
            return false;
        if (item.separator)
            continue;
        json_open(answer, '{');
        json_field_text(answer, "text", item.text);
        json_field_int(answer, "id", item.submenu != NULL ? 0 : (long long)item.id);
        json_field_bool(answer, "enabled", item.enabled);
        json_field_bool(answer, "checked", item.checked);
        if (shown != NULL && !write_item_rect(target, shown, menu, i, answer))
            return false;
        if (item.submenu != NULL && depth < MENU_DEPTH_MAX) {
            announce_popup(owner, item.submenu, i);
            json_key(answer, "items");
            if (!write_menu(target, owner, NULL, item.submenu, depth + 1, answer))
                return false;
        }
        json_close(answer, '}');
    }
    json_close(answer, ']');
    return count >= 0;
}

static bool run_menu(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    Target *target = target_open(window, answer);
    ULONG_PTR argument = (ULONG_PTR)window;
    ULONG_PTR menu;

    if (target == NULL || !target_call(target, L"user32.dll", "GetMenu", 1, &argument, &menu, answer))
        return false;
    if (menu == 0)
        return answer_fail(answer, "window %s has no menu bar", command_word(command, 1));
    return write_menu(target, window, window, (HMENU)menu, 0, answer);
}

/* GetMenuState by id, which looks into submenus, too; NOT_THERE. */
static UINT state_in(Target *target, HMENU menu, UINT id, Answer *answer)
{
    ULONG_PTR arguments[] = {(ULONG_PTR)menu, id, MF_BYCOMMAND};
    ULONG_PTR state;

    return target_call(target, L"user32.dll", "GetMenuState", 3, arguments, &state, answer) ? (UINT)state : NOT_THERE;
}

static HMENU submenu_of(Target *target, HMENU menu, int index, Answer *answer)
{
    ULONG_PTR arguments[] = {(ULONG_PTR)menu, (ULONG_PTR)index};
    ULONG_PTR submenu;

    return target_call(target, L"user32.dll", "GetSubMenu", 2, arguments, &submenu, answer) ? (HMENU)submenu : NULL;
}

/* The popup that holds the command itself; NULL: none does. */
static HMENU popup_of(Target *target, HMENU menu, UINT id, Answer *answer)
{
    int count = menu_count(target, menu, answer);

    for (int i = 0; i < count; i++) {
        HMENU submenu = submenu_of(target, menu, i, answer);
        HMENU deeper;

        if (submenu == NULL || state_in(target, submenu, id, answer) == NOT_THERE)
            continue;
        deeper = popup_of(target, submenu, id, answer);
        return deeper != NULL ? deeper : submenu;
    }
    return NULL;
}

static bool run_menu_state(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    UINT id = (UINT)command_int(command, 2), state;
    Target *target = target_open(window, answer);
    ULONG_PTR argument = (ULONG_PTR)window, bar;
    HMENU popup;

    if (target == NULL || !target_call(target, L"user32.dll", "GetMenu", 1, &argument, &bar, answer))
        return false;
    popup = bar != 0 ? popup_of(target, (HMENU)bar, id, answer) : NULL;
    if (popup == NULL)
        return answer->failed ? false : answer_fail(answer, "the menu has no command %s", command_word(command, 2));
    announce_popup(window, popup, 0);
    state = state_in(target, popup, id, answer);
    json_open(answer, '{');
    json_field_bool(answer, "enabled", !(state & (MF_DISABLED | MF_GRAYED)));
    json_field_bool(answer, "checked", (state & MF_CHECKED) != 0);
    json_close(answer, '}');
    return true;
}

/* The open popup menu on top: context menus, and menus dropped from a bar. */
static bool run_popup(Command *command, Answer *answer)
{
    WindowFilter filter = {.title = L"", .class_name = L"#32768", .pid = (DWORD)command_int(command, 1)};
    HWND window = window_find(&filter);
    Target *target;
    LRESULT menu;

    if (window == NULL)
        return answer_fail(answer, "no popup menu is open");
    target = target_open(window, answer);
    if (target == NULL || !target_send(window, MN_GETHMENU_MESSAGE, 0, 0, &menu, answer))
        return false;
    return write_menu(target, NULL, window, (HMENU)menu, 0, answer);
}

const CommandEntry menu_commands[] = {
    {"menu", 1, run_menu, "HWND: its menu bar with all submenus, brought up to date"},
    {"menu_state", 2, run_menu_state, "HWND ID: whether a command of its menu bar is enabled and checked now"},
    {"popup", 0, run_popup, "[PID]: the open popup menu, with rectangles on the screen"},
    {0},
};
