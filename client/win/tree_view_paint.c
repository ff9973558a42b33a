/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the lines of the tree look. UI thread; called by tree_view.c. */
#include "client/win/tree_view_private.h"

#include "client/win/icons.h"
#include "client/win/paint.h"

enum { ICON = 16, GAP = 4, MORE_GAP = 10 };

/* The arrow before a line that can be opened. */
static void paint_mark(const TreeView *view, HDC dc, const RECT *row, bool open, COLORREF color)
{
    int half = dpi_scale(view->dpi, 3), x = row->left + view->indent / 2 + 1, y = (row->top + row->bottom) / 2;
    POINT down[3] = {{x - half, y - half / 2}, {x, y + half - half / 2}, {x + half + 1, y - half / 2 - 1}};
    POINT right[3] = {{x - half / 2, y - half}, {x + half - half / 2, y}, {x - half / 2 - 1, y + half + 1}};
    HPEN pen = CreatePen(PS_SOLID, dpi_scale(view->dpi, 1), color);
    HGDIOBJ old = SelectObject(dc, pen);

    Polyline(dc, open ? down : right, 3);
    SelectObject(dc, old);
    DeleteObject(pen);
}

static void find_colors(const TreeView *view, const TreeLine *line, bool focused, COLORREF *ret_text, COLORREF *ret_back)
{
    bool strong = line == view->drop || (line == view->selected && (focused || theme_is_high_contrast()));

    *ret_text = theme_color(strong ? THEME_SELECTION_TEXT : line->pale ? THEME_TEXT_DIM : THEME_TEXT);
    *ret_back = theme_color(strong ? THEME_SELECTION : line == view->selected ? THEME_CONTROL_HOT : THEME_WINDOW);
}

/* Behind the label. On a selected line in its colour: what is pale could not be read there. */
static void paint_more(const TreeView *view, HDC dc, const TreeLine *line, const RECT *label, COLORREF color)
{
    RECT room = *label;

    room.left += dpi_text_width(view->dpi, FONT_TEXT, line->label) + dpi_scale(view->dpi, MORE_GAP);
    if (room.left < room.right)
        paint_text(dc, &room, line->more, NULL, color == theme_color(THEME_TEXT) ? theme_color(THEME_TEXT_DIM) : color, DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX | DT_END_ELLIPSIS);
}

static void paint_line(const TreeView *view, HDC dc, const TreeLine *line, RECT row, bool focused)
{
    int size = dpi_scale(view->dpi, ICON), left = tree_view_label_left(view, line);
    COLORREF color, back;

    find_colors(view, line, focused, &color, &back);
    paint_fill(dc, &row, back);
    if (!line->parent && line->has_lines)
        paint_mark(view, dc, &row, line->open, color);
    icons_draw(dc, line->icon, left - dpi_scale(view->dpi, GAP) - size, (row.top + row.bottom - size) / 2, view->dpi, ICON, !line->pale);
    row.left = left;
    row.right -= dpi_scale(view->dpi, GAP);
    paint_text(dc, &row, line->label, NULL, color, DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX | DT_END_ELLIPSIS);
    if (line->more)
        paint_more(view, dc, line, &row, color);
}

void tree_view_paint(TreeView *view)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, view->window);
    bool focused = GetFocus() == view->window;
    HGDIOBJ old = SelectObject(dc, dpi_font(view->dpi, FONT_TEXT));

    paint_fill(dc, &buffer.paint.rcPaint, theme_color(THEME_WINDOW));
    for (size_t i = view->top; i < view->rows.count; i++) {
        int top = (int)(i - view->top) * view->row_height;
        RECT row = {0, top, buffer.client.right, top + view->row_height};
        if (top >= buffer.paint.rcPaint.bottom)
            break;
        if (row.bottom > buffer.paint.rcPaint.top)
            paint_line(view, dc, view->rows.items[i], row, focused);
    }
    SelectObject(dc, old);
    paint_end(&buffer);
}
