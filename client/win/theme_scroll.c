/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dark scroll bars of windows where the system has none (Wine). The system goes on measuring, tracking and drawing them; what it has drawn is
 * painted over. See theme_private.h. UI thread.
 */
#include "client/win/theme_private.h"

#include "client/win/paint.h"

enum { THUMB_MARGIN = 3 };

bool theme_scroll_shows(UINT message)
{
    switch (message) {
    case WM_NCPAINT:
    case WM_PAINT:
    case WM_SIZE:
    case WM_VSCROLL:
    case WM_HSCROLL:
    case WM_MOUSEWHEEL:
    case WM_KEYDOWN:
    case WM_CHAR:
    case EM_SCROLLCARET:
    case EM_REPLACESEL:
    case WM_SETREDRAW:
    case WM_NCLBUTTONDOWN:
    case WM_NCMOUSEMOVE:
    case WM_NCMOUSELEAVE:
    case WM_NCACTIVATE:
    case WM_SETFOCUS:
    case WM_KILLFOCUS:
    case WM_ENABLE:
    case LVM_SETITEMCOUNT:
    case LVM_ENSUREVISIBLE:
    case LVM_SCROLL:
    case TVM_EXPAND:
    case TVM_ENSUREVISIBLE:
        return true;
    default:
        return false;
    }
}

static void paint_arrow(HDC dc, const RECT *box, bool vertical, bool forward, int dpi)
{
    int half = dpi_scale(dpi, 3), x = (box->left + box->right) / 2, y = (box->top + box->bottom) / 2, to = forward ? half / 2 + 1 : -half / 2 - 1;
    POINT points[3];
    HPEN pen = CreatePen(PS_SOLID, dpi_scale(dpi, 1), theme_color(THEME_TEXT_DIM));
    HGDIOBJ old = SelectObject(dc, pen);

    if (vertical) {
        points[0] = (POINT){x - half, y - to};
        points[1] = (POINT){x, y + to};
        points[2] = (POINT){x + half, y - to};
    } else {
        points[0] = (POINT){x - to, y - half};
        points[1] = (POINT){x + to, y};
        points[2] = (POINT){x - to, y + half};
    }
    Polyline(dc, points, 3);
    SelectObject(dc, old);
    DeleteObject(pen);
}

static void paint_bar(HDC dc, const SCROLLBARINFO *info, RECT bar, bool vertical, int dpi)
{
    int across = vertical ? bar.right - bar.left : bar.bottom - bar.top, along = vertical ? bar.bottom - bar.top : bar.right - bar.left;
    int button = across < along / 2 ? across : along / 2, margin = dpi_scale(dpi, THUMB_MARGIN); /* dxyLineButton is the thumb's length */
    RECT first = bar, last = bar, thumb = bar;

    paint_fill(dc, &bar, theme_color(THEME_PANEL));
    if (vertical) {
        first.bottom = bar.top + button;
        last.top = bar.bottom - button;
        thumb.top = bar.top + info->xyThumbTop;
        thumb.bottom = bar.top + info->xyThumbBottom;
    } else {
        first.right = bar.left + button;
        last.left = bar.right - button;
        thumb.left = bar.left + info->xyThumbTop;
        thumb.right = bar.left + info->xyThumbBottom;
    }
    paint_arrow(dc, &first, vertical, false, dpi);
    paint_arrow(dc, &last, vertical, true, dpi);
    if (info->xyThumbBottom <= info->xyThumbTop || (info->rgstate[0] & STATE_SYSTEM_UNAVAILABLE))
        return;
    InflateRect(&thumb, vertical ? -margin : 0, vertical ? 0 : -margin);
    paint_round(dc, &thumb, theme_color(THEME_BORDER), theme_color(THEME_BORDER), margin);
}

static bool find_bar(HWND window, LONG object, SCROLLBARINFO *ret)
{
    ret->cbSize = sizeof *ret;
    return GetScrollBarInfo(window, object, ret) && !(ret->rgstate[0] & STATE_SYSTEM_INVISIBLE) && ret->rcScrollBar.right > ret->rcScrollBar.left;
}

void theme_scroll_paint(HWND window)
{
    LONG_PTR style = GetWindowLongPtrW(window, GWL_STYLE);
    SCROLLBARINFO vertical, horizontal;
    RECT frame, bar, corner;
    HDC dc;

    if (!(style & (WS_VSCROLL | WS_HSCROLL)) || !IsWindowVisible(window))
        return;
    bool has_vertical = (style & WS_VSCROLL) && find_bar(window, OBJID_VSCROLL, &vertical);
    bool has_horizontal = (style & WS_HSCROLL) && find_bar(window, OBJID_HSCROLL, &horizontal);
    GetWindowRect(window, &frame);
    dc = GetWindowDC(window);
    if (has_vertical) {
        bar = vertical.rcScrollBar;
        OffsetRect(&bar, -frame.left, -frame.top);
        paint_bar(dc, &vertical, bar, true, dpi_of(window));
    }
    if (has_horizontal) {
        bar = horizontal.rcScrollBar;
        OffsetRect(&bar, -frame.left, -frame.top);
        paint_bar(dc, &horizontal, bar, false, dpi_of(window));
    }
    if (has_vertical && has_horizontal) {
        corner = (RECT){vertical.rcScrollBar.left, horizontal.rcScrollBar.top, vertical.rcScrollBar.right, horizontal.rcScrollBar.bottom};
        OffsetRect(&corner, -frame.left, -frame.top);
        paint_fill(dc, &corner, theme_color(THEME_PANEL));
    }
    ReleaseDC(window, dc);
}
