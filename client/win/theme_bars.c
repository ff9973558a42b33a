/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dark tabs, list headers, status bars and toolbars; see theme_private.h. UI thread. */
#include "client/win/theme_private.h"

#include "client/win/paint.h"
#include "client/win/subclass.h"

/* ---------------------------------------------------------------- tabs */

static int tab_under_mouse(HWND tabs)
{
    TCHITTESTINFO hit = {0};

    GetCursorPos(&hit.pt);
    ScreenToClient(tabs, &hit.pt);
    return (int)SendMessageW(tabs, TCM_HITTEST, 0, (LPARAM)&hit);
}

static void paint_one_tab(HWND tabs, HDC dc, int index, bool selected, bool hot, int dpi)
{
    wchar_t words[256] = L"";
    TCITEMW item = {.mask = TCIF_TEXT, .pszText = words, .cchTextMax = (int)ARRAYSIZE(words)};
    RECT rect, line;

    SendMessageW(tabs, TCM_GETITEMW, (WPARAM)index, (LPARAM)&item);
    SendMessageW(tabs, TCM_GETITEMRECT, (WPARAM)index, (LPARAM)&rect);
    paint_fill(dc, &rect, theme_color(selected ? THEME_WINDOW : hot ? THEME_CONTROL_HOT : THEME_PANEL));
    if (selected) {
        line = (RECT){rect.left, rect.top, rect.right, rect.top + dpi_scale(dpi, 2)};
        paint_fill(dc, &line, theme_color(THEME_ACCENT));
    }
    paint_text(dc, &rect, words, (HFONT)SendMessageW(tabs, WM_GETFONT, 0, 0), theme_color(selected ? THEME_TEXT : THEME_TEXT_DIM),
        DT_CENTER | DT_VCENTER | DT_SINGLELINE);
    if (selected && GetFocus() == tabs) {
        InflateRect(&rect, -dpi_scale(dpi, 3), -dpi_scale(dpi, 3));
        paint_frame(dc, &rect, theme_color(THEME_BORDER));
    }
}

static void paint_tabs(HWND tabs)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, tabs);
    int count = (int)SendMessageW(tabs, TCM_GETITEMCOUNT, 0, 0);
    int selected = (int)SendMessageW(tabs, TCM_GETCURSEL, 0, 0);
    int hot = tab_under_mouse(tabs), dpi = dpi_of(tabs);

    paint_fill(dc, &buffer.client, theme_color(THEME_PANEL));
    for (int i = 0; i < count; i++)
        paint_one_tab(tabs, dc, i, i == selected, i == hot, dpi);
    paint_end(&buffer);
}

LRESULT theme_tab_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result;

    if (theme_ctl_color(window, message, wparam, lparam, &result))
        return result;
    switch (message) {
    case WM_PAINT:
        paint_tabs(window);
        return 0;
    case WM_ERASEBKGND:
        return 1;
    case TCM_SETCURSEL:
    case WM_SETFOCUS:
    case WM_KILLFOCUS:
    case WM_MOUSEMOVE:
    case WM_MOUSELEAVE:
    case WM_LBUTTONDOWN:
    case WM_KEYDOWN:
        result = subclass_next(window, message, wparam, lparam);
        InvalidateRect(window, NULL, FALSE);
        return result;
    default:
        return subclass_next(window, message, wparam, lparam);
    }
}

/* ---------------------------------------------------------------- list headers */

static void paint_sort_mark(HDC dc, const RECT *cell, bool up, int dpi)
{
    int half = dpi_scale(dpi, 4), x = (cell->left + cell->right) / 2, y = cell->top + dpi_scale(dpi, 2);
    POINT points[3] = {{x - half, up ? y + half : y}, {x, up ? y : y + half}, {x + half, up ? y + half : y}};
    HPEN pen = CreatePen(PS_SOLID, 1, theme_color(THEME_TEXT_DIM));
    HGDIOBJ old = SelectObject(dc, pen);

    Polyline(dc, points, 3);
    SelectObject(dc, old);
    DeleteObject(pen);
}

static void paint_header_item(HWND header, HDC dc, int index, int dpi)
{
    wchar_t words[256] = L"";
    HDITEMW item = {.mask = HDI_TEXT | HDI_FORMAT, .pszText = words, .cchTextMax = (int)ARRAYSIZE(words)};
    RECT cell, edge;

    SendMessageW(header, HDM_GETITEMW, (WPARAM)index, (LPARAM)&item);
    SendMessageW(header, HDM_GETITEMRECT, (WPARAM)index, (LPARAM)&cell);
    edge = (RECT){cell.right - 1, cell.top, cell.right, cell.bottom};
    paint_fill(dc, &edge, theme_color(THEME_BORDER));
    if (item.fmt & (HDF_SORTUP | HDF_SORTDOWN))
        paint_sort_mark(dc, &cell, (item.fmt & HDF_SORTUP) != 0, dpi);
    cell.left += dpi_scale(dpi, 6);
    cell.right -= dpi_scale(dpi, 6);
    paint_text(dc, &cell, words, (HFONT)SendMessageW(header, WM_GETFONT, 0, 0), theme_color(THEME_TEXT),
        DT_VCENTER | DT_SINGLELINE | DT_END_ELLIPSIS | DT_NOPREFIX | ((item.fmt & HDF_JUSTIFYMASK) == HDF_RIGHT ? DT_RIGHT : DT_LEFT));
}

LRESULT theme_header_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    PaintBuffer buffer;
    HDC dc;
    RECT line;
    int count;

    if (message == WM_ERASEBKGND)
        return 1;
    if (message != WM_PAINT)
        return subclass_next(window, message, wparam, lparam);

    dc = paint_begin(&buffer, window);
    count = (int)SendMessageW(window, HDM_GETITEMCOUNT, 0, 0);
    paint_fill(dc, &buffer.client, theme_color(THEME_PANEL));
    for (int i = 0; i < count; i++)
        paint_header_item(window, dc, i, dpi_of(window));
    line = (RECT){0, buffer.client.bottom - 1, buffer.client.right, buffer.client.bottom};
    paint_fill(dc, &line, theme_color(THEME_BORDER));
    paint_end(&buffer);
    return 0;
}

/* ---------------------------------------------------------------- status bars */

static void paint_status_part(HWND bar, HDC dc, int part, int dpi)
{
    wchar_t words[1024] = L"";
    RECT rect;
    HICON icon = (HICON)SendMessageW(bar, SB_GETICON, (WPARAM)part, 0);
    int size = dpi_scale(dpi, 16);

    if (LOWORD(SendMessageW(bar, SB_GETTEXTLENGTHW, (WPARAM)part, 0)) < ARRAYSIZE(words))
        SendMessageW(bar, SB_GETTEXTW, (WPARAM)part, (LPARAM)words);
    SendMessageW(bar, SB_GETRECT, (WPARAM)part, (LPARAM)&rect);
    rect.left += dpi_scale(dpi, 6);
    if (icon) {
        DrawIconEx(dc, rect.left, (rect.top + rect.bottom - size) / 2, icon, size, size, 0, NULL, DI_NORMAL);
        rect.left += size + dpi_scale(dpi, 5);
    }
    paint_text(dc, &rect, words, (HFONT)SendMessageW(bar, WM_GETFONT, 0, 0), theme_color(THEME_TEXT), DT_VCENTER | DT_SINGLELINE | DT_END_ELLIPSIS | DT_NOPREFIX);
}

LRESULT theme_status_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    PaintBuffer buffer;
    HDC dc;
    RECT line;
    int parts;

    if (message == WM_ERASEBKGND)
        return 1;
    if (message == SB_SETTEXTW || message == SB_SETICON) {
        /* The control paints the part at once, in its own colours. */
        LRESULT result = subclass_next(window, message, wparam, lparam);
        RedrawWindow(window, NULL, NULL, RDW_INVALIDATE | RDW_UPDATENOW | RDW_NOERASE);
        return result;
    }
    if (message != WM_PAINT)
        return subclass_next(window, message, wparam, lparam);

    dc = paint_begin(&buffer, window);
    parts = (int)SendMessageW(window, SB_GETPARTS, 0, 0);
    line = (RECT){0, 0, buffer.client.right, 1};
    paint_fill(dc, &buffer.client, theme_color(THEME_PANEL));
    paint_fill(dc, &line, theme_color(THEME_BORDER));
    for (int i = 0; i < parts; i++)
        paint_status_part(window, dc, i, dpi_of(window));
    paint_end(&buffer);
    return 0;
}

/* ---------------------------------------------------------------- toolbars */

static LRESULT draw_tool(NMTBCUSTOMDRAW *draw)
{
    UINT tool = draw->nmcd.uItemState;
    bool enabled = !(tool & CDIS_DISABLED);
    RECT rect = draw->nmcd.rc;

    if (enabled && (tool & (CDIS_HOT | CDIS_SELECTED | CDIS_CHECKED)))
        paint_round(draw->nmcd.hdc, &rect, theme_color(tool & CDIS_SELECTED ? THEME_CONTROL_DOWN : THEME_CONTROL_HOT), theme_color(THEME_BORDER),
            dpi_scale(dpi_of(draw->nmcd.hdr.hwndFrom), 3));
    draw->clrText = theme_color(enabled ? THEME_TEXT : THEME_TEXT_OFF);
    draw->clrTextHighlight = draw->clrText;
    draw->clrBtnFace = theme_color(THEME_PANEL);
    draw->clrBtnHighlight = theme_color(THEME_PANEL);
    draw->nStringBkMode = TRANSPARENT;
    return TBCDRF_NOBACKGROUND | TBCDRF_NOEDGES | TBCDRF_NOETCHEDEFFECT | TBCDRF_NOOFFSET | TBCDRF_USECDCOLORS;
}

LRESULT theme_toolbar_draw(NMTBCUSTOMDRAW *draw)
{
    RECT client;

    switch (draw->nmcd.dwDrawStage) {
    case CDDS_PREPAINT:
        GetClientRect(draw->nmcd.hdr.hwndFrom, &client);
        paint_fill(draw->nmcd.hdc, &client, theme_color(theme_background(draw->nmcd.hdr.hwndFrom)));
        return CDRF_NOTIFYITEMDRAW;
    case CDDS_ITEMPREPAINT:
        return draw_tool(draw);
    default:
        return CDRF_DODEFAULT;
    }
}
