/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the rows of a list look: painted by us in all themes. UI thread; called by list.c. */
#include "client/win/list_private.h"

#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/utf.h"

enum { CELL_MARGIN = 6, ICON = 16, LEVEL_HEIGHT = 16, LEVEL_MARGIN = 3 };

typedef struct RowLook {
    size_t row;
    bool selected, heading, dim;
    COLORREF text;
} RowLook;

static RowLook look_of(const List *list, int item)
{
    RowLook look = {.row = list_row(list, item)};

    look.selected = SendMessageW(list->window, LVM_GETITEMSTATE, (WPARAM)item, LVIS_SELECTED) & LVIS_SELECTED;
    look.heading = list->model.heading && list->model.heading(list->context, look.row);
    look.dim = list->model.dim && list->model.dim(list->context, look.row);
    look.text = theme_color(look.selected ? THEME_SELECTION_TEXT : look.dim ? THEME_TEXT_DIM : THEME_TEXT);
    return look;
}

static void paint_level_cell(const List *list, HDC dc, RECT cell, int permille, COLORREF color, const wchar_t *words)
{
    int margin = dpi_scale(list->dpi, LEVEL_MARGIN), height = dpi_scale(list->dpi, LEVEL_HEIGHT);
    RECT bar = {cell.left + margin, (cell.top + cell.bottom - height) / 2, cell.right - margin, (cell.top + cell.bottom + height) / 2};

    if (bar.right - bar.left < height)
        return;
    paint_level(dc, &bar, permille, (int)(GetTickCount() / 2 % 1000), color);
    paint_level_words(dc, &bar, permille, words, dpi_font(list->dpi, FONT_TEXT));
}

static void paint_icon(const List *list, HDC dc, RECT *cell, int icon)
{
    int size = dpi_scale(list->dpi, ICON);
    int top = (cell->top + cell->bottom - size) / 2;

    if (cell->right - cell->left < size)
        return;
    DrawIconEx(dc, cell->left + dpi_scale(list->dpi, 4), top, icons_get(icon, list->dpi, ICON), size, size, 0, NULL, DI_NORMAL);
    cell->left += size + dpi_scale(list->dpi, 4);
}

static void paint_cell(const List *list, HDC dc, const RowLook *look, int column, RECT cell)
{
    AUTO_FREE char *words = list_cell(list, look->row, column);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    int permille = 0;
    COLORREF color = theme_color(THEME_ACCENT);

    if (list->model.level && list->model.level(list->context, look->row, column, &permille, &color)) {
        paint_level_cell(list, dc, cell, permille, color, wide);
        return;
    }
    int icon = column == 0 && list->model.icon && !look->heading ? list->model.icon(list->context, look->row) : 0;
    if (icon)
        paint_icon(list, dc, &cell, icon);
    InflateRect(&cell, -dpi_scale(list->dpi, CELL_MARGIN), 0);
    paint_text(dc, &cell, wide, dpi_font(list->dpi, look->heading ? FONT_BOLD : FONT_TEXT), look->text,
        (list->columns[column].right ? DT_RIGHT : DT_LEFT) | DT_VCENTER | DT_SINGLELINE | DT_END_ELLIPSIS | DT_NOPREFIX);
}

/* The header knows where a column is: the control answers the whole row for sub-item 0. */
static RECT cell_rect(const List *list, const RECT *row, int column)
{
    HWND header = (HWND)SendMessageW(list->window, LVM_GETHEADER, 0, 0);
    RECT place;

    SendMessageW(header, HDM_GETITEMRECT, (WPARAM)column, (LPARAM)&place);
    return (RECT){row->left + place.left, row->top, row->left + place.right, row->bottom};
}

static void paint_row(const List *list, HDC dc, int item)
{
    RowLook look = look_of(list, item);
    RECT row = {.left = LVIR_BOUNDS};

    SendMessageW(list->window, LVM_GETITEMRECT, (WPARAM)item, (LPARAM)&row);
    paint_fill(dc, &row, theme_color(look.selected ? THEME_SELECTION : THEME_WINDOW));
    if (look.heading) {
        paint_cell(list, dc, &look, 0, row);
        row.top = row.bottom - 1;
        paint_fill(dc, &row, theme_color(THEME_BORDER));
        return;
    }
    for (size_t i = 0; i < list->column_count; i++)
        paint_cell(list, dc, &look, (int)i, cell_rect(list, &row, (int)i));
    bool focused = SendMessageW(list->window, LVM_GETITEMSTATE, (WPARAM)item, LVIS_FOCUSED) & LVIS_FOCUSED;
    if (focused && GetFocus() == list->window)
        paint_frame(dc, &row, theme_color(THEME_ACCENT));
}

LRESULT list_custom_draw(List *list, NMLVCUSTOMDRAW *draw)
{
    if (draw->nmcd.dwDrawStage == CDDS_PREPAINT)
        return CDRF_NOTIFYITEMDRAW;
    if (draw->nmcd.dwDrawStage != CDDS_ITEMPREPAINT || list_row(list, (int)draw->nmcd.dwItemSpec) == LIST_NONE)
        return CDRF_DODEFAULT;
    paint_row(list, draw->nmcd.hdc, (int)draw->nmcd.dwItemSpec);
    return CDRF_SKIPDEFAULT;
}

void list_paint_empty(List *list)
{
    if (list->empty == TEXT_COUNT)
        return;
    HDC dc = GetDC(list->window);
    AUTO_FREE wchar_t *words = utf_text(list->empty);
    RECT rect, header;

    GetClientRect(list->window, &rect);
    GetWindowRect((HWND)SendMessageW(list->window, LVM_GETHEADER, 0, 0), &header);
    rect.top += header.bottom - header.top + dpi_scale(list->dpi, 16);
    InflateRect(&rect, -dpi_scale(list->dpi, 16), 0);
    paint_fill(dc, &rect, theme_color(THEME_WINDOW)); /* the control erases nothing when only the words are others */
    paint_text(dc, &rect, words, dpi_font(list->dpi, FONT_TEXT), theme_color(THEME_TEXT_DIM), DT_CENTER | DT_TOP | DT_WORDBREAK | DT_NOPREFIX);
    ReleaseDC(list->window, dc);
}
