/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dark combo boxes, up-down arrows and the borders of edit fields and list boxes; see theme_private.h. UI thread. */
#include "client/win/theme_private.h"

#include "client/win/paint.h"
#include "client/win/subclass.h"

static void paint_arrow(HDC dc, const RECT *rect, int dpi, bool up, COLORREF color)
{
    int half = dpi_scale(dpi, 4), height = dpi_scale(dpi, 4);
    int x = (rect->left + rect->right) / 2, y = (rect->top + rect->bottom - height) / 2;
    POINT points[3] = {{x - half, up ? y + height : y}, {x + half, up ? y + height : y}, {x, up ? y : y + height}};
    HBRUSH brush = CreateSolidBrush(color);
    HGDIOBJ old_brush = SelectObject(dc, brush), old_pen = SelectObject(dc, GetStockObject(NULL_PEN));

    Polygon(dc, points, 3);
    SelectObject(dc, old_brush);
    SelectObject(dc, old_pen);
    DeleteObject(brush);
}

/* ---------------------------------------------------------------- borders */

static void paint_border(HWND window)
{
    RECT rect, client;
    POINT origin = {0, 0};
    HDC dc = GetWindowDC(window);
    bool focused = GetFocus() == window;

    GetWindowRect(window, &rect);
    GetClientRect(window, &client);
    ClientToScreen(window, &origin);
    OffsetRect(&client, origin.x - rect.left, origin.y - rect.top);
    OffsetRect(&rect, -rect.left, -rect.top);
    /* Inside the outer line the old bevel would still show. */
    for (RECT inner = rect; inner.left < client.left; InflateRect(&inner, -1, -1))
        paint_frame(dc, &inner, theme_color(inner.left ? THEME_WINDOW : focused ? THEME_ACCENT : THEME_BORDER));
    ReleaseDC(window, dc);
}

static bool has_border(HWND window)
{
    return (GetWindowLongPtrW(window, GWL_STYLE) & WS_BORDER) || (GetWindowLongPtrW(window, GWL_EXSTYLE) & WS_EX_CLIENTEDGE);
}

LRESULT theme_edit_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result = subclass_next(window, message, wparam, lparam);

    switch (message) {
    case WM_NCPAINT:
    case WM_SETFOCUS:
    case WM_KILLFOCUS:
    case WM_ENABLE:
        if (has_border(window))
            paint_border(window);
    }
    return result;
}

/* ---------------------------------------------------------------- combo boxes */

static void paint_combo_text(HWND combo, HDC dc, RECT place, int dpi)
{
    wchar_t words[512] = L"";
    LRESULT index = SendMessageW(combo, CB_GETCURSEL, 0, 0);
    DWORD style = (DWORD)GetWindowLongPtrW(combo, GWL_STYLE);

    if (style & (CBS_OWNERDRAWFIXED | CBS_OWNERDRAWVARIABLE)) {
        DRAWITEMSTRUCT draw = {.CtlType = ODT_COMBOBOX, .CtlID = (UINT)GetDlgCtrlID(combo), .itemID = (UINT)index, .itemAction = ODA_DRAWENTIRE,
            .itemState = ODS_COMBOBOXEDIT, .hwndItem = combo, .hDC = dc, .rcItem = place};
        if (index != CB_ERR)
            draw.itemData = (ULONG_PTR)SendMessageW(combo, CB_GETITEMDATA, (WPARAM)index, 0);
        SendMessageW(GetParent(combo), WM_DRAWITEM, draw.CtlID, (LPARAM)&draw);
        return;
    }
    GetWindowTextW(combo, words, (int)ARRAYSIZE(words));
    place.left += dpi_scale(dpi, 4);
    paint_text(dc, &place, words, (HFONT)SendMessageW(combo, WM_GETFONT, 0, 0), theme_color(IsWindowEnabled(combo) ? THEME_TEXT : THEME_TEXT_OFF),
        DT_VCENTER | DT_SINGLELINE | DT_NOPREFIX | DT_END_ELLIPSIS);
}

static void paint_combo(HWND combo)
{
    PaintBuffer buffer;
    COMBOBOXINFO info = {.cbSize = sizeof info};
    HDC dc = paint_begin(&buffer, combo);
    int dpi = dpi_of(combo);
    bool list_only = (GetWindowLongPtrW(combo, GWL_STYLE) & 3) == CBS_DROPDOWNLIST;
    bool focused = GetFocus() == combo || IsChild(combo, GetFocus());
    RECT place = buffer.client;

    GetComboBoxInfo(combo, &info);
    paint_fill(dc, &buffer.client, theme_color(list_only ? THEME_CONTROL : THEME_WINDOW));
    paint_frame(dc, &buffer.client, theme_color(focused ? THEME_ACCENT : THEME_BORDER));
    paint_arrow(dc, &info.rcButton, dpi, false, theme_color(IsWindowEnabled(combo) ? THEME_TEXT : THEME_TEXT_OFF));
    place.right = info.rcButton.left;
    InflateRect(&place, -2, -2);
    if (list_only)
        paint_combo_text(combo, dc, place, dpi);
    paint_end(&buffer);
}

LRESULT theme_combo_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result;

    if (theme_ctl_color(window, message, wparam, lparam, &result))
        return result;
    switch (message) {
    case WM_PAINT:
        paint_combo(window);
        return 0;
    case WM_ERASEBKGND:
        return 1;
    case CB_SETCURSEL:
    case CB_SHOWDROPDOWN:
    case WM_SETTEXT:
    case WM_SETFOCUS:
    case WM_KILLFOCUS:
    case WM_ENABLE:
    case WM_LBUTTONDOWN:
    case WM_LBUTTONUP:
    case WM_MOUSELEAVE:
    case WM_MOUSEMOVE:
    case WM_COMMAND:
        result = subclass_next(window, message, wparam, lparam);
        if (IsWindow(window))
            RedrawWindow(window, NULL, NULL, RDW_INVALIDATE | RDW_UPDATENOW | RDW_NOERASE | RDW_NOCHILDREN);
        return result;
    default:
        return subclass_next(window, message, wparam, lparam);
    }
}

/* ---------------------------------------------------------------- up-down */

static void paint_updown(HWND window)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, window);
    RECT upper = buffer.client, lower = buffer.client;
    int dpi = dpi_of(window);
    COLORREF color = theme_color(IsWindowEnabled(window) ? THEME_TEXT : THEME_TEXT_OFF);

    upper.bottom = lower.top = buffer.client.bottom / 2;
    paint_fill(dc, &buffer.client, theme_color(THEME_CONTROL));
    paint_frame(dc, &upper, theme_color(THEME_BORDER));
    paint_frame(dc, &lower, theme_color(THEME_BORDER));
    paint_arrow(dc, &upper, dpi, true, color);
    paint_arrow(dc, &lower, dpi, false, color);
    paint_end(&buffer);
}

LRESULT theme_updown_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_ERASEBKGND)
        return 1;
    if (message == WM_PAINT) {
        paint_updown(window);
        return 0;
    }
    return subclass_next(window, message, wparam, lparam);
}
