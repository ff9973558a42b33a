/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form's window: layout, scrolling, dpi, and turning notifications into events. See form.h. UI thread. */
#include "client/win/form_private.h"

#include "client/win/icons.h"
#include "client/win/theme.h"

#include <windowsx.h>

enum { MARGIN = 14, GAP = 8, ROW_GAP = 8, HEADING_GAP = 10, PROBLEM_GAP = 3, LABEL_GAP = 12 };

static int scale(const Form *form, int size) { return dpi_scale(form->dpi, size); }

int form_label_width(HWND control, int dpi)
{
    wchar_t text[512];
    GetWindowTextW(control, text, ARRAYSIZE(text));
    wchar_t *to = text;
    for (const wchar_t *from = text; *from; from++)
        if (*from != L'&' || from[1] == L'&')
            *to++ = *from;
    *to = 0;
    return dpi_text_width(dpi, FONT_TEXT, text);
}

/* ---------------------------------------------------------------- sizes */

static int line_height(const Form *form) { return dpi_text_height(form->dpi, FONT_TEXT); }

static int edit_height(const Form *form, const FormCell *cell)
{
    int line = cell->fixed ? dpi_text_height(form->dpi, FONT_FIXED) : line_height(form);
    int bar = cell->fixed ? dpi_system_metric(form->dpi, SM_CYHSCROLL) : 0;
    return line * max(cell->lines, 1) + bar + scale(form, 4) + 4; /* the border does not grow with the dpi */
}

static int char_width(const Form *form) { return dpi_text_width(form->dpi, FONT_TEXT, L"0000000000") / 10; }

static int cell_width(const Form *form, const FormCell *cell)
{
    switch (cell->kind) {
    case CELL_EDIT: return cell->chars * char_width(form) + scale(form, cell->arrows ? 28 : 12);
    case CELL_COMBO: return cell->chars * char_width(form) + scale(form, 30);
    case CELL_CHECK: return form_label_width(cell->window, form->dpi) + scale(form, 26);
    case CELL_BUTTON: return max(form_label_width(cell->window, form->dpi) + scale(form, 24), scale(form, 76));
    case CELL_TEXT: return form_label_width(cell->window, form->dpi) + scale(form, 8);
    case CELL_NOTE: return scale(form, 200);
    default: return scale(form, cell->width);
    }
}

static int cell_height(const Form *form, const FormCell *cell, int width)
{
    switch (cell->kind) {
    case CELL_EDIT: return edit_height(form, cell);
    case CELL_COMBO: return line_height(form) + scale(form, 4) + 4;
    case CELL_BUTTON: return line_height(form) + scale(form, 11);
    case CELL_CHECK:
    case CELL_TEXT: return line_height(form) + scale(form, 4);
    case CELL_NOTE: return note_height(cell->window, form->dpi, width);
    default: return cell->lines ? cell->lines * (line_height(form) + scale(form, 4)) + scale(form, 4) : scale(form, cell->height);
    }
}

static bool stretches(const FormCell *cell)
{
    return cell->kind == CELL_EDIT || cell->kind == CELL_COMBO || cell->kind == CELL_BLOCK || cell->kind == CELL_NOTE;
}

static int label_column(const Form *form)
{
    int width = 0;
    for (size_t i = 0; i < form->row_count; i++) {
        const FormRow *row = &form->rows[i];
        if (row->label && !row->label_above && !row->hidden)
            width = max(width, form_label_width(row->label, form->dpi));
    }
    return width ? width + scale(form, LABEL_GAP) : 0;
}

static int row_least_width(const Form *form, const FormRow *row)
{
    int width = 0;
    for (size_t i = 0; i < row->cell_count; i++)
        width += cell_width(form, &row->cells[i]) + (i ? scale(form, GAP) : 0);
    return width;
}

int form_width(const Form *form)
{
    int column = label_column(form), width = 0;
    for (size_t i = 0; i < form->row_count; i++) {
        const FormRow *row = &form->rows[i];
        if (!row->hidden)
            width = max(width, (row->full ? 0 : column) + row_least_width(form, row));
    }
    return width + 2 * scale(form, MARGIN);
}

/* ---------------------------------------------------------------- layout */

typedef struct Layout {
    const Form *form;
    bool place;     /* else only measure */
    int left, right, column;
    int y;
    int extra;      /* height for each growing row */
} Layout;

static void place(const Layout *layout, HWND window, int x, int y, int width, int height)
{
    if (layout->place)
        SetWindowPos(window, NULL, x, y - layout->form->scroll, width, height, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

/* Fixed widths first, the first stretching cell takes the rest. */
static void cell_widths(const Form *form, const FormRow *row, int room, int ret[FORM_CELLS_MAX])
{
    size_t wide = FORM_CELLS_MAX;
    int used = 0;
    for (size_t i = 0; i < row->cell_count; i++) {
        ret[i] = cell_width(form, &row->cells[i]);
        used += ret[i] + (i ? scale(form, GAP) : 0);
        if (wide == FORM_CELLS_MAX && stretches(&row->cells[i]) && !row->cells[i].arrows)
            wide = i;
    }
    if (wide < FORM_CELLS_MAX)
        ret[wide] = max(ret[wide] + room - used, scale(form, 20));
}

static int cells_height(const Form *form, const FormRow *row, const int widths[FORM_CELLS_MAX])
{
    int height = 0;
    for (size_t i = 0; i < row->cell_count; i++)
        height = max(height, cell_height(form, &row->cells[i], widths[i]));
    return height;
}

static void place_cell(const Layout *layout, const FormCell *cell, int x, int width, int row_height)
{
    const Form *form = layout->form;
    int height = cell->kind == CELL_BLOCK ? row_height : cell_height(form, cell, width);
    int y = layout->y + (row_height - height) / 2;
    if (cell->kind == CELL_COMBO)
        height += line_height(form) * 14; /* its drop-down list */
    int arrows = cell->arrows ? scale(form, 18) : 0;
    place(layout, cell->window, x, y, width - arrows, height);
    if (arrows)
        place(layout, cell->arrows, x + width - arrows, y, arrows, height);
}

static void layout_problem(Layout *layout, const FormRow *row, int x)
{
    if (!row->problem || !(GetWindowLongW(row->problem, GWL_STYLE) & WS_VISIBLE))
        return;
    layout->y += scale(layout->form, PROBLEM_GAP);
    int height = note_height(row->problem, layout->form->dpi, layout->right - x);
    place(layout, row->problem, x, layout->y, layout->right - x, height);
    layout->y += height;
}

static void layout_row(Layout *layout, const FormRow *row)
{
    const Form *form = layout->form;
    int x = row->full ? layout->left : layout->left + layout->column;
    int widths[FORM_CELLS_MAX] = {0};
    cell_widths(form, row, layout->right - x, widths);
    if (row->label && row->label_above) {
        int height = line_height(form) + scale(form, 4);
        place(layout, row->label, layout->left, layout->y, layout->right - layout->left, height);
        layout->y += height;
    }
    int height = cells_height(form, row, widths) + (row->grows ? layout->extra : 0);
    if (row->label && !row->label_above) {
        int one = min(height, line_height(form) + scale(form, 8));
        place(layout, row->label, layout->left, layout->y, layout->column - scale(form, LABEL_GAP) / 2, one);
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        place_cell(layout, &row->cells[i], x, widths[i], height);
        x += widths[i] + scale(form, GAP);
    }
    layout->y += height;
    layout_problem(layout, row, row->full ? layout->left : layout->left + layout->column);
}

static int run_layout(const Form *form, int width, int extra, bool really)
{
    int margin = scale(form, MARGIN);
    Layout layout = {.form = form, .place = really, .left = margin, .right = width - margin, .column = label_column(form), .y = margin, .extra = extra};
    bool first = true;
    for (size_t i = 0; i < form->row_count; i++) {
        const FormRow *row = &form->rows[i];
        if (row->hidden)
            continue;
        if (!first)
            layout.y += scale(form, row->heading ? ROW_GAP + HEADING_GAP : ROW_GAP);
        first = false;
        layout_row(&layout, row);
    }
    return layout.y + margin;
}

int form_height(const Form *form, int width) { return run_layout(form, width, 0, false); }

static int growing_rows(const Form *form)
{
    int count = 0;
    for (size_t i = 0; i < form->row_count; i++)
        count += form->rows[i].grows && !form->rows[i].hidden;
    return count;
}

static void update_scroll_bar(Form *form, int height)
{
    SCROLLINFO info = {.cbSize = sizeof(info), .fMask = SIF_RANGE | SIF_PAGE | SIF_POS, .nMax = form->content_height - 1, .nPage = (UINT)max(height, 0), .nPos = form->scroll};
    SetScrollInfo(form->window, SB_VERT, &info, TRUE);
}

void form_layout(Form *form)
{
    if (form->held)
        return;
    RECT area;
    GetWindowRect(form->window, &area);
    int width = area.right - area.left, height = area.bottom - area.top;
    if (width <= 0 || height <= 0)
        return;
    if (form_height(form, width) > height)
        width -= dpi_system_metric(form->dpi, SM_CXVSCROLL);
    form->content_height = form_height(form, width);
    int most = max(form->content_height - height, 0);
    form->scroll = min(form->scroll, most);
    int growing = growing_rows(form);
    int extra = growing && !most ? (height - form->content_height) / growing : 0;
    run_layout(form, width, extra, true);
    update_scroll_bar(form, height);
    InvalidateRect(form->window, NULL, TRUE);
}

void form_wants_layout(Form *form)
{
    if (form->held)
        return;
    if (form->resized)
        form->resized(form->resized_context);
    form_layout(form);
}

void form_hold(Form *form)
{
    form->held++;
    form->quiet++;
}

void form_release(Form *form)
{
    form->quiet--;
    if (--form->held == 0)
        form_wants_layout(form);
}

/* ---------------------------------------------------------------- fonts */

static void set_list_dpi(HWND list, int old_dpi, int dpi)
{
    if (SendMessageW(list, LVM_GETIMAGELIST, LVSIL_SMALL, 0))
        SendMessageW(list, LVM_SETIMAGELIST, LVSIL_SMALL, (LPARAM)icons_list(dpi, 16));
    LRESULT count = SendMessageW((HWND)SendMessageW(list, LVM_GETHEADER, 0, 0), HDM_GETITEMCOUNT, 0, 0);
    for (LRESULT i = 0; i < count; i++) {
        int width = (int)SendMessageW(list, LVM_GETCOLUMNWIDTH, (WPARAM)i, 0);
        SendMessageW(list, LVM_SETCOLUMNWIDTH, (WPARAM)i, MulDiv(width, dpi, old_dpi));
    }
}

static void set_cell_dpi(const Form *form, const FormCell *cell, int old_dpi)
{
    if (cell->kind == CELL_COMBO) /* else its field keeps the old font's height */
        SendMessageW(cell->window, CB_SETITEMHEIGHT, (WPARAM)-1, line_height(form) + scale(form, 2));
    if (cell->fixed)
        SendMessageW(cell->window, WM_SETFONT, (WPARAM)dpi_font(form->dpi, FONT_FIXED), FALSE);
    wchar_t class[32];
    if (cell->kind != CELL_BLOCK || form->dpi == old_dpi || !GetClassNameW(cell->window, class, ARRAYSIZE(class)))
        return;
    if (lstrcmpiW(class, WC_LISTVIEWW) == 0)
        set_list_dpi(cell->window, old_dpi, form->dpi);
    else if (lstrcmpiW(class, WC_TREEVIEWW) == 0)
        SendMessageW(cell->window, TVM_SETIMAGELIST, TVSIL_NORMAL, (LPARAM)icons_list(form->dpi, 16));
}

static BOOL CALLBACK set_font(HWND child, LPARAM font)
{
    SendMessageW(child, WM_SETFONT, (WPARAM)font, FALSE);
    return TRUE;
}

void form_set_dpi(Form *form, int dpi)
{
    int old_dpi = form->dpi;
    form->dpi = dpi;
    EnumChildWindows(form->window, set_font, (LPARAM)dpi_font(dpi, FONT_TEXT));
    for (size_t i = 0; i < form->row_count; i++)
        for (size_t j = 0; j < form->rows[i].cell_count; j++)
            set_cell_dpi(form, &form->rows[i].cells[j], old_dpi);
    form_layout(form);
}

void form_set_resized(Form *form, void (*resized)(void *context), void *context)
{
    form->resized = resized;
    form->resized_context = context;
}

/* ---------------------------------------------------------------- scrolling */

static void scroll_to(Form *form, int position)
{
    RECT area;
    GetClientRect(form->window, &area);
    int most = max(form->content_height - area.bottom, 0);
    position = max(0, min(position, most));
    if (position == form->scroll)
        return;
    form->scroll = position;
    form_layout(form);
}

static void on_scroll(Form *form, int code)
{
    SCROLLINFO info = {.cbSize = sizeof(info), .fMask = SIF_ALL};
    GetScrollInfo(form->window, SB_VERT, &info);
    int line = line_height(form) * 2, page = (int)info.nPage;
    switch (code) {
    case SB_LINEUP: scroll_to(form, form->scroll - line); break;
    case SB_LINEDOWN: scroll_to(form, form->scroll + line); break;
    case SB_PAGEUP: scroll_to(form, form->scroll - page); break;
    case SB_PAGEDOWN: scroll_to(form, form->scroll + page); break;
    case SB_TOP: scroll_to(form, 0); break;
    case SB_BOTTOM: scroll_to(form, form->content_height); break;
    case SB_THUMBTRACK:
    case SB_THUMBPOSITION: scroll_to(form, info.nTrackPos); break;
    default: break;
    }
}

void form_show_focus(Form *form, HWND focus)
{
    if (!focus || !IsChild(form->window, focus))
        return;
    RECT area, view;
    GetWindowRect(focus, &area);
    MapWindowPoints(NULL, form->window, (POINT *)&area, 2);
    GetClientRect(form->window, &view);
    int gap = scale(form, GAP);
    if (area.top < 0)
        scroll_to(form, form->scroll + area.top - gap);
    else if (area.bottom > view.bottom)
        scroll_to(form, form->scroll + area.bottom - view.bottom + gap);
}

/* ---------------------------------------------------------------- events */

void form_send(Form *form, int id, FormEvent event)
{
    if (!form->quiet && form->handler)
        form->handler(form->context, id, event);
}

static void on_combo_chosen(Form *form, int id, HWND combo)
{
    /* The edit of an editable one is filled only after this notification. */
    LRESULT item = SendMessageW(combo, CB_GETCURSEL, 0, 0);
    if (item >= 0 && (GetWindowLongW(combo, GWL_STYLE) & 3) == CBS_DROPDOWN) {
        wchar_t text[512];
        if (SendMessageW(combo, CB_GETLBTEXTLEN, (WPARAM)item, 0) < (LRESULT)ARRAYSIZE(text)) {
            SendMessageW(combo, CB_GETLBTEXT, (WPARAM)item, (LPARAM)text);
            SetWindowTextW(combo, text);
        }
    }
    form_send(form, id, FORM_CHANGED);
}

static void on_command(Form *form, int id, int code, HWND control)
{
    const FormCell *cell = form_cell_of(form, id);
    if (!cell || cell->window != control)
        return;
    switch (cell->kind) {
    case CELL_EDIT:
        if (code == EN_CHANGE)
            form_send(form, id, FORM_CHANGED);
        else if (code == EN_KILLFOCUS)
            form_send(form, id, FORM_LEFT);
        break;
    case CELL_COMBO:
        if (code == CBN_SELCHANGE)
            on_combo_chosen(form, id, control);
        else if (code == CBN_EDITCHANGE)
            form_send(form, id, FORM_CHANGED);
        else if (code == CBN_KILLFOCUS)
            form_send(form, id, FORM_LEFT);
        break;
    case CELL_CHECK:
        if (code == BN_CLICKED)
            form_send(form, id, FORM_CHANGED);
        break;
    case CELL_BUTTON:
        if (code == BN_CLICKED)
            form_send(form, id, FORM_CLICKED);
        break;
    default: break;
    }
}

static void on_arrows(Form *form, const NMUPDOWN *change)
{
    for (size_t i = 0; i < form->row_count; i++)
        for (size_t j = 0; j < form->rows[i].cell_count; j++) {
            FormCell *cell = &form->rows[i].cells[j];
            if (cell->arrows != change->hdr.hwndFrom)
                continue;
            int id = GetDlgCtrlID(cell->window);
            AUTO_FREE char *typed = form_text(form, id);
            int64_t old = strtoll(typed, NULL, 10), step = cell->step;
            int64_t value = change->iDelta > 0 ? (old / step + 1) * step : ((old + step - 1) / step - 1) * step;
            value = value < 1 ? 1 : value > cell->most ? cell->most : value;
            AUTO_FREE char *text = x_printf("%lld", (long long)value);
            form_set_text(form, id, text);
            form_send(form, id, FORM_CHANGED);
        }
}

/* Windows shows the selection of a list without the focus so pale that it can be missed, and bright in the dark theme. */
static LRESULT draw_list(NMLVCUSTOMDRAW *draw)
{
    if (draw->nmcd.dwDrawStage == CDDS_PREPAINT)
        return CDRF_NOTIFYITEMDRAW;
    UINT selected = (UINT)SendMessageW(draw->nmcd.hdr.hwndFrom, LVM_GETITEMSTATE, draw->nmcd.dwItemSpec, LVIS_SELECTED);
    if (draw->nmcd.dwDrawStage != CDDS_ITEMPREPAINT || !selected || !IsWindowEnabled(draw->nmcd.hdr.hwndFrom))
        return CDRF_DODEFAULT;
    draw->clrText = theme_color(THEME_SELECTION_TEXT);
    draw->clrTextBk = theme_color(THEME_SELECTION);
    draw->nmcd.uItemState &= ~(UINT)CDIS_SELECTED;
    return CDRF_NEWFONT;
}

static LRESULT draw_tree(NMTVCUSTOMDRAW *draw)
{
    if (draw->nmcd.dwDrawStage == CDDS_PREPAINT)
        return CDRF_NOTIFYITEMDRAW;
    if (draw->nmcd.dwDrawStage != CDDS_ITEMPREPAINT || !(draw->nmcd.uItemState & CDIS_SELECTED))
        return CDRF_DODEFAULT;
    draw->clrText = theme_color(THEME_SELECTION_TEXT);
    draw->clrTextBk = theme_color(THEME_SELECTION);
    draw->nmcd.uItemState &= ~(UINT)CDIS_SELECTED;
    return CDRF_NEWFONT;
}

LRESULT form_draw(NMHDR *header)
{
    wchar_t class[32];
    if (theme_is_high_contrast() || !GetClassNameW(header->hwndFrom, class, ARRAYSIZE(class)))
        return CDRF_DODEFAULT;
    if (lstrcmpiW(class, WC_LISTVIEWW) == 0)
        return draw_list((NMLVCUSTOMDRAW *)header);
    return lstrcmpiW(class, WC_TREEVIEWW) == 0 ? draw_tree((NMTVCUSTOMDRAW *)header) : CDRF_DODEFAULT;
}

static void on_notify(Form *form, const NMHDR *header)
{
    int id = (int)header->idFrom;
    switch (header->code) {
    case LVN_ITEMCHANGED: {
        const NMLISTVIEW *change = (const NMLISTVIEW *)header;
        UINT watched = LVIS_SELECTED | LVIS_STATEIMAGEMASK;
        if ((change->uChanged & LVIF_STATE) && (change->uNewState & watched) != (change->uOldState & watched))
            form_send(form, id, FORM_CHANGED);
        break;
    }
    case TVN_SELCHANGEDW: form_send(form, id, FORM_CHANGED); break;
    case LVN_ITEMACTIVATE: form_send(form, id, FORM_ACTIVATED); break;
    case NM_DBLCLK: {
        const FormCell *cell = form_cell_of(form, id);
        wchar_t class[32];
        if (cell && GetClassNameW(cell->window, class, ARRAYSIZE(class)) && lstrcmpiW(class, WC_TREEVIEWW) == 0)
            form_send(form, id, FORM_ACTIVATED);
        break;
    }
    case UDN_DELTAPOS: on_arrows(form, (const NMUPDOWN *)header); break;
    default: break;
    }
}

static INT_PTR CALLBACK form_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Form *form = (Form *)GetWindowLongPtrW(window, DWLP_USER);
    if (!form)
        return FALSE;
    switch (message) {
    case WM_COMMAND: on_command(form, LOWORD(wparam), HIWORD(wparam), (HWND)lparam); return TRUE;
    case WM_NOTIFY:
        if (((const NMHDR *)lparam)->code == (UINT)NM_CUSTOMDRAW) {
            SetWindowLongPtrW(window, DWLP_MSGRESULT, form_draw((NMHDR *)lparam));
            return TRUE;
        }
        on_notify(form, (const NMHDR *)lparam);
        SetWindowLongPtrW(window, DWLP_MSGRESULT, ((const NMHDR *)lparam)->code == UDN_DELTAPOS); /* the number is set by us */
        return TRUE;
    case WM_SIZE: form_layout(form); return TRUE;
    case WM_VSCROLL: on_scroll(form, LOWORD(wparam)); return TRUE;
    case WM_MOUSEWHEEL: scroll_to(form, form->scroll - GET_WHEEL_DELTA_WPARAM(wparam) * line_height(form) * 3 / WHEEL_DELTA); return TRUE;
    case WM_DESTROY: form_wipe_secrets(form); return FALSE;
    case WM_NCDESTROY:
        SetWindowLongPtrW(window, DWLP_USER, 0);
        StrList_clear(&form->ids);
        free(form);
        return FALSE;
    default: return FALSE;
    }
}

Form *form_create(HWND parent, FormHandler *handler, void *context)
{
    struct {
        DLGTEMPLATE head;
        WORD menu, class, title;
    } template = {.head = {.style = WS_CHILD | WS_VSCROLL | WS_CLIPCHILDREN | DS_CONTROL, .dwExtendedStyle = WS_EX_CONTROLPARENT}};
    Form *form = x_calloc(1, sizeof(*form));
    form->handler = handler;
    form->context = context;
    form->dpi = dpi_of(parent);
    form->window = CreateDialogIndirectParamW(GetModuleHandleW(NULL), &template.head, parent, form_proc, 0);
    SetWindowLongPtrW(form->window, DWLP_USER, (LONG_PTR)form);
    return form;
}

HWND form_window(const Form *form) { return form->window; }

HWND form_item(const Form *form, int id) { return GetDlgItem(form->window, id); }
