/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Menus in both colour schemes; see theme_menu.h. UI thread. */
#include "client/win/theme_menu.h"

#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/theme.h"
#include "protocol/util.h"

#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

enum { ITEM_PADDING = 6, ICON_COLUMN = 30, LOOK_MARK = 0x4d4c4f4b };

/* dwItemData of the items that are drawn here. */
typedef struct MenuLook {
    unsigned mark; /* LOOK_MARK: other menus' items have other data */
    int icon, dpi;
    bool in_bar, separator;
    wchar_t *words, *key;
} MenuLook;

/* ---------------------------------------------------------------- building */

/* High Contrast is the system's own affair. */
static bool drawn_here(void) { return !theme_is_high_contrast(); }

static MenuLook *make_look(const wchar_t *words, int icon, bool in_bar, int dpi)
{
    MenuLook *look = x_calloc(1, sizeof *look);
    wchar_t *tab;

    look->mark = LOOK_MARK;
    look->icon = icon;
    look->dpi = dpi;
    look->in_bar = in_bar;
    look->words = _wcsdup(words);
    tab = wcschr(look->words, L'\t');
    if (tab) {
        *tab = L'\0';
        look->key = tab + 1;
    }
    return look;
}

void theme_menu_append(HMENU menu, UINT id, const wchar_t *words, int icon, HMENU submenu, bool in_bar, int dpi)
{
    MENUITEMINFOW item = {.cbSize = sizeof item, .fMask = MIIM_FTYPE | MIIM_ID | MIIM_STRING, .fType = MFT_STRING, .wID = id, .dwTypeData = (wchar_t *)words};

    if (submenu) {
        item.fMask |= MIIM_SUBMENU;
        item.hSubMenu = submenu;
    }
    if (drawn_here()) {
        item.fMask |= MIIM_DATA;
        item.fType = MFT_OWNERDRAW;
        item.dwItemData = (ULONG_PTR)make_look(words, icon, in_bar, dpi);
    }
    InsertMenuItemW(menu, (UINT)GetMenuItemCount(menu), TRUE, &item);
}

void theme_menu_separator(HMENU menu)
{
    MENUITEMINFOW item = {.cbSize = sizeof item, .fMask = MIIM_FTYPE, .fType = MFT_SEPARATOR};

    if (drawn_here()) {
        MenuLook *look = make_look(L"", 0, false, USER_DEFAULT_SCREEN_DPI);
        look->separator = true;
        item.fMask |= MIIM_DATA;
        item.fType |= MFT_OWNERDRAW;
        item.dwItemData = (ULONG_PTR)look;
    }
    InsertMenuItemW(menu, (UINT)GetMenuItemCount(menu), TRUE, &item);
}

void theme_menu_finish(HMENU menu)
{
    MENUINFO info = {.cbSize = sizeof info, .fMask = MIM_BACKGROUND, .hbrBack = drawn_here() ? theme_brush(THEME_PANEL) : NULL};

    SetMenuInfo(menu, &info);
}

static void free_items(HMENU menu)
{
    for (int i = 0; i < GetMenuItemCount(menu); i++) {
        MENUITEMINFOW item = {.cbSize = sizeof item, .fMask = MIIM_DATA | MIIM_SUBMENU};
        MenuLook *look;
        if (!GetMenuItemInfoW(menu, (UINT)i, TRUE, &item))
            continue;
        if (item.hSubMenu)
            free_items(item.hSubMenu);
        look = (MenuLook *)item.dwItemData;
        if (look && look->mark == LOOK_MARK) {
            free(look->words);
            free(look);
        }
    }
}

void theme_menu_destroy(HMENU menu)
{
    if (!menu)
        return;
    free_items(menu);
    DestroyMenu(menu);
}

/* ---------------------------------------------------------------- drawing */

static int plain_width(const MenuLook *look, const wchar_t *words)
{
    HDC dc = GetDC(NULL);
    HGDIOBJ old = SelectObject(dc, dpi_font(look->dpi, FONT_TEXT));
    RECT rect = {0};

    DrawTextW(dc, words, -1, &rect, DT_CALCRECT | DT_SINGLELINE);
    SelectObject(dc, old);
    ReleaseDC(NULL, dc);
    return rect.right;
}

static void measure(const MenuLook *look, MEASUREITEMSTRUCT *item)
{
    int padding = dpi_scale(look->dpi, ITEM_PADDING), line = dpi_text_height(look->dpi, FONT_TEXT);

    if (look->separator) {
        item->itemHeight = (UINT)padding;
        item->itemWidth = 10;
        return;
    }
    item->itemHeight = (UINT)(line + padding);
    item->itemWidth = (UINT)plain_width(look, look->words);
    if (look->in_bar)
        return;
    item->itemHeight = (UINT)(line + padding + padding / 3);
    item->itemWidth += (UINT)(dpi_scale(look->dpi, ICON_COLUMN) + 4 * padding + (look->key ? plain_width(look, look->key) + 3 * padding : 0));
}

static void paint_check(const MenuLook *look, HDC dc, const RECT *rect, COLORREF color)
{
    int size = dpi_scale(look->dpi, 12), left = rect->left + (dpi_scale(look->dpi, ICON_COLUMN) - size) / 2, top = (rect->top + rect->bottom - size) / 2;
    POINT points[3] = {{left, top + size / 2}, {left + size / 3, top + size * 5 / 6}, {left + size, top + size / 6}};
    HPEN pen = CreatePen(PS_SOLID, dpi_scale(look->dpi, 2), color);
    HGDIOBJ old = SelectObject(dc, pen);

    Polyline(dc, points, 3);
    SelectObject(dc, old);
    DeleteObject(pen);
}

static void paint_popup_item(const MenuLook *look, const DRAWITEMSTRUCT *draw, COLORREF color, UINT flags)
{
    RECT place = draw->rcItem;
    int size = dpi_scale(look->dpi, 16), padding = dpi_scale(look->dpi, ITEM_PADDING);

    if (draw->itemState & ODS_CHECKED)
        paint_check(look, draw->hDC, &place, color);
    else if (look->icon)
        icons_draw(draw->hDC, look->icon, place.left + (dpi_scale(look->dpi, ICON_COLUMN) - size) / 2, (place.top + place.bottom - size) / 2, look->dpi, 16,
            !(draw->itemState & (ODS_GRAYED | ODS_DISABLED)));
    place.left += dpi_scale(look->dpi, ICON_COLUMN);
    place.right -= 2 * padding;
    paint_text(draw->hDC, &place, look->words, dpi_font(look->dpi, FONT_TEXT), color, flags | DT_LEFT);
    if (look->key)
        paint_text(draw->hDC, &place, look->key, dpi_font(look->dpi, FONT_TEXT), theme_color(THEME_TEXT_DIM), flags | DT_RIGHT);
}

static void paint_item(const MenuLook *look, const DRAWITEMSTRUCT *draw)
{
    bool off = (draw->itemState & (ODS_GRAYED | ODS_DISABLED)) != 0, hot = !off && (draw->itemState & (ODS_SELECTED | ODS_HOTLIGHT));
    COLORREF color = theme_color(off ? THEME_TEXT_OFF : THEME_TEXT);
    UINT flags = DT_SINGLELINE | DT_VCENTER | (draw->itemState & ODS_NOACCEL ? DT_HIDEPREFIX : 0u);

    paint_fill(draw->hDC, &draw->rcItem, theme_color(hot ? THEME_CONTROL_DOWN : THEME_PANEL));
    if (look->separator) {
        RECT line = {draw->rcItem.left + dpi_scale(look->dpi, ICON_COLUMN), (draw->rcItem.top + draw->rcItem.bottom) / 2, draw->rcItem.right, 0};
        line.bottom = line.top + 1;
        paint_fill(draw->hDC, &line, theme_color(THEME_BORDER));
    } else if (look->in_bar) {
        paint_text(draw->hDC, &draw->rcItem, look->words, dpi_font(look->dpi, FONT_TEXT), color, flags | DT_CENTER);
    } else {
        paint_popup_item(look, draw, color, flags);
    }
}

/* What the bar's items leave free, and the line below it that the system draws light. */
static void paint_bar_rest(HWND owner)
{
    MENUBARINFO info = {.cbSize = sizeof info};
    RECT frame, rest, item;
    HMENU menu = GetMenu(owner);
    HDC dc;

    if (!menu || !GetMenuBarInfo(owner, OBJID_MENU, 0, &info))
        return;
    GetWindowRect(owner, &frame);
    rest = info.rcBar;
    if (GetMenuItemCount(menu) > 0 && GetMenuItemRect(owner, menu, (UINT)GetMenuItemCount(menu) - 1, &item) && item.top < info.rcBar.bottom)
        rest.left = item.right;
    dc = GetWindowDC(owner);
    OffsetRect(&rest, -frame.left, -frame.top);
    OffsetRect(&info.rcBar, -frame.left, -frame.top);
    rest.bottom = info.rcBar.bottom + 1;
    paint_fill(dc, &rest, theme_color(THEME_PANEL));
    rest = (RECT){info.rcBar.left, info.rcBar.bottom, info.rcBar.right, info.rcBar.bottom + 1};
    paint_fill(dc, &rest, theme_color(THEME_PANEL));
    ReleaseDC(owner, dc);
}

/* The system does not know the access keys of owner-drawn items. */
static bool find_key(HMENU menu, wchar_t key, LRESULT *ret)
{
    for (int i = 0; i < GetMenuItemCount(menu); i++) {
        wchar_t words[256] = L"";
        const wchar_t *mark;
        GetMenuStringW(menu, (UINT)i, words, (int)ARRAYSIZE(words), MF_BYPOSITION);
        mark = wcschr(words, L'&');
        if (mark && towlower((wint_t)mark[1]) == towlower((wint_t)key)) {
            *ret = MAKELRESULT(i, MNC_EXECUTE);
            return true;
        }
    }
    return false;
}

bool theme_menu_message(HWND owner, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    MEASUREITEMSTRUCT *measured = (MEASUREITEMSTRUCT *)lparam;
    const DRAWITEMSTRUCT *draw = (const DRAWITEMSTRUCT *)lparam;

    switch (message) {
    case WM_MEASUREITEM:
        if (measured->CtlType != ODT_MENU || !measured->itemData)
            return false;
        measure((const MenuLook *)measured->itemData, measured);
        *ret = TRUE;
        return true;
    case WM_DRAWITEM:
        if (draw->CtlType != ODT_MENU || !draw->itemData)
            return false;
        paint_item((const MenuLook *)draw->itemData, draw);
        *ret = TRUE;
        return true;
    case WM_MENUCHAR:
        return find_key((HMENU)lparam, (wchar_t)LOWORD(wparam), ret);
    case WM_NCPAINT:
    case WM_NCACTIVATE:
        if (!drawn_here() || IsIconic(owner))
            return false;
        *ret = DefWindowProcW(owner, message, wparam, lparam);
        paint_bar_rest(owner);
        return true;
    default:
        return false;
    }
}
