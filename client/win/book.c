/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of pages and the forms beside it; see book.h. UI thread. */
#include "client/win/book.h"

#include "client/win/accessible.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/subclass.h"
#include "client/win/utf.h"

enum { MARGIN = 14, ICON = 16, PADDING = 8, LIST_WIDTH_MOST = 260, ROW_GAP = 10, MARK = 8, SUBCLASS = 1 };

typedef struct BookSlot {
    Book *book;
    size_t index;
    TextId title;
    int icon;
    const char *topic;
    Form *form;
    BookMark mark;
    wchar_t *summary;
} BookSlot;

struct Book {
    const BookClass *class;
    void *context;
    Dialog *dialog;
    HWND list;
    BookSlot pages[BOOK_PAGES_MAX];
    size_t count, current;
    bool building; /* no events */
    int list_dpi;  /* its rows are made for */
};

static Form *current_form(const Book *book) { return book->pages[book->current].form; }

/* ---------------------------------------------------------------- rows */

static int row_height(const Book *book, int dpi)
{
    int lines = book->class->summaries ? 2 : 1;
    return lines * dpi_text_height(dpi, FONT_TEXT) + dpi_scale(dpi, ROW_GAP);
}

/* Rows are as high as the icons of the list's image list: one empty icon of that height. */
static void set_row_height(Book *book, int dpi)
{
    if (book->list_dpi == dpi)
        return;
    book->list_dpi = dpi;
    HIMAGELIST old = (HIMAGELIST)SendMessageW(book->list, LVM_SETIMAGELIST, LVSIL_SMALL, (LPARAM)ImageList_Create(1, row_height(book, dpi), ILC_COLOR32, 1, 1));
    if (old)
        ImageList_Destroy(old);
}

static void paint_mark(const BookSlot *slot, HDC dc, const RECT *row, int dpi)
{
    int size = dpi_scale(dpi, MARK), x = row->right - size - dpi_scale(dpi, PADDING), y = row->top + (row->bottom - row->top - size) / 2;
    RECT dot = {x, y, x + size, y + size};
    COLORREF color = theme_color(slot->mark == BOOK_WAITING ? THEME_WARNING : THEME_ACCENT);
    if (slot->mark != BOOK_PLAIN)
        paint_round(dc, &dot, color, color, size);
}

static void paint_row(const Book *book, HDC dc, int item)
{
    const BookSlot *slot = &book->pages[item];
    int dpi = book->list_dpi, icon = dpi_scale(dpi, ICON), padding = dpi_scale(dpi, PADDING);
    RECT row = {.left = LVIR_BOUNDS};
    SendMessageW(book->list, LVM_GETITEMRECT, (WPARAM)item, (LPARAM)&row);
    RECT area;
    GetClientRect(book->list, &area);
    row.right = area.right;
    bool selected = (size_t)item == book->current;
    paint_fill(dc, &row, theme_color(selected ? THEME_SELECTION : THEME_WINDOW));
    icons_draw(dc, slot->icon, row.left + padding, (row.top + row.bottom - icon) / 2, dpi, ICON, true);
    paint_mark(slot, dc, &row, dpi);
    RECT words = {row.left + 2 * padding + icon, row.top + padding / 2, row.right - padding - (slot->mark ? dpi_scale(dpi, MARK) + padding / 2 : 0), row.bottom - padding / 2};
    COLORREF color = theme_color(selected ? THEME_SELECTION_TEXT : THEME_TEXT);
    AUTO_FREE wchar_t *title = utf_text(slot->title);
    UINT how = DT_SINGLELINE | DT_NOPREFIX | DT_END_ELLIPSIS;
    if (book->class->summaries) {
        paint_text(dc, &words, title, dpi_font(dpi, FONT_BOLD), color, how | DT_TOP);
        paint_text(dc, &words, slot->summary, dpi_font(dpi, FONT_TEXT), selected ? color : theme_color(THEME_TEXT_DIM), how | DT_BOTTOM);
    } else {
        paint_text(dc, &words, title, dpi_font(dpi, FONT_TEXT), color, how | DT_VCENTER);
    }
    if (selected && GetFocus() == book->list)
        paint_frame(dc, &row, theme_color(THEME_ACCENT));
}

static LRESULT on_draw(const Book *book, const NMLVCUSTOMDRAW *draw)
{
    if (draw->nmcd.dwDrawStage == CDDS_PREPAINT)
        return CDRF_NOTIFYITEMDRAW;
    if (draw->nmcd.dwDrawStage != CDDS_ITEMPREPAINT || draw->nmcd.dwItemSpec >= book->count)
        return CDRF_DODEFAULT;
    paint_row(book, draw->nmcd.hdc, (int)draw->nmcd.dwItemSpec);
    return CDRF_SKIPDEFAULT;
}

/* ---------------------------------------------------------------- layout */

static int list_width(const Book *book, int dpi)
{
    int width = 0;
    for (size_t i = 0; i < book->count; i++) {
        AUTO_FREE wchar_t *title = utf_text(book->pages[i].title);
        width = max(width, dpi_text_width(dpi, FONT_BOLD, title));
        if (book->pages[i].summary)
            width = max(width, min(dpi_text_width(dpi, FONT_TEXT, book->pages[i].summary), dpi_scale(dpi, LIST_WIDTH_MOST - 60)));
    }
    width += dpi_scale(dpi, 3 * PADDING + ICON + MARK + 12) + dpi_system_metric(dpi, SM_CXVSCROLL);
    return min(width, dpi_scale(dpi, LIST_WIDTH_MOST));
}

static SIZE measure(void *context, int dpi)
{
    const Book *book = context;
    SIZE size = {dpi_scale(dpi, book->class->width), dpi_scale(dpi, book->class->height)};
    for (size_t i = 0; i < book->count; i++)
        if (book->pages[i].form)
            size.cx = max(size.cx, form_width(book->pages[i].form));
    for (size_t i = 0; book->class->fit && i < book->count; i++)
        if (book->pages[i].form)
            size.cy = max(size.cy, form_height(book->pages[i].form, size.cx));
    if (!book->class->fit) /* a page may have to scroll */
        size.cx += dpi_system_metric(dpi, SM_CXVSCROLL);
    size.cx += list_width(book, dpi) + dpi_scale(dpi, MARGIN);
    return size;
}

static void put(HWND window, int x, int y, int width, int height)
{
    SetWindowPos(window, NULL, x, y, width, height, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

static void layout(void *context, int dpi, const RECT *area)
{
    Book *book = context;
    int list = list_width(book, dpi), margin = dpi_scale(dpi, MARGIN);
    set_row_height(book, dpi);
    put(book->list, margin, margin, list, max(area->bottom - 2 * margin, 0));
    RECT inside;
    GetClientRect(book->list, &inside);
    SendMessageW(book->list, LVM_SETCOLUMNWIDTH, 0, inside.right);
    if (current_form(book))
        put(form_window(current_form(book)), margin + list, 0, area->right - list - margin, area->bottom);
}

static void relayout(const Book *book) { SendMessageW(dialog_window(book->dialog), WM_SIZE, 0, 0); }

static void restyle(void *context, int dpi)
{
    Book *book = context;
    for (size_t i = 0; i < book->count; i++)
        if (book->pages[i].form)
            form_set_dpi(book->pages[i].form, dpi);
}

static void show_focus(void *context, HWND focus)
{
    const Book *book = context;
    if (current_form(book))
        form_show_focus(current_form(book), focus);
}

static void command(void *context, int id, HWND control)
{
    const Book *book = context;
    if (current_form(book))
        SendMessageW(form_window(current_form(book)), WM_COMMAND, MAKEWPARAM(id, BN_CLICKED), (LPARAM)control);
}

/* ---------------------------------------------------------------- pages */

static void on_form(void *context, int id, FormEvent event)
{
    const BookSlot *slot = context;
    if (!slot->book->building)
        slot->book->class->event(slot->book->context, slot->index, slot->form, id, event);
}

/* After the list in the tab order, before the buttons. */
static void build(Book *book, size_t page)
{
    BookSlot *slot = &book->pages[page];
    bool building = book->building;
    book->building = true;
    slot->form = form_create(dialog_window(book->dialog), on_form, slot);
    SetWindowPos(form_window(slot->form), book->list, 0, 0, 0, 0, SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE);
    form_hold(slot->form);
    book->class->build(book->context, page, slot->form);
    form_release(slot->form);
    form_set_dpi(slot->form, dpi_of(dialog_window(book->dialog)));
    theme_apply(form_window(slot->form));
    book->building = building;
}

static void select_row(const Book *book)
{
    LVITEMW set = {.stateMask = LVIS_SELECTED | LVIS_FOCUSED, .state = LVIS_SELECTED | LVIS_FOCUSED};
    SendMessageW(book->list, LVM_SETITEMSTATE, book->current, (LPARAM)&set);
    SendMessageW(book->list, LVM_ENSUREVISIBLE, book->current, FALSE);
    InvalidateRect(book->list, NULL, FALSE);
}

void book_show(Book *book, size_t page)
{
    Form *old = current_form(book);
    book->current = page;
    if (!current_form(book)) {
        build(book, page);
        dialog_fit(book->dialog);
    }
    dialog_set_topic(book->dialog, book->pages[page].topic);
    if (old && old != current_form(book))
        ShowWindow(form_window(old), SW_HIDE);
    ShowWindow(form_window(current_form(book)), SW_SHOWNA);
    select_row(book);
    relayout(book);
    if (book->class->shown)
        book->class->shown(book->context, page);
}

static void turn(Book *book, bool forward)
{
    if (!IsWindowEnabled(book->list))
        return;
    size_t step = forward ? 1 : book->count - 1;
    book_show(book, (book->current + step) % book->count);
    SetFocus(book->list);
}

static void on_list(Book *book, const NMLISTVIEW *change)
{
    bool chosen = (change->uChanged & LVIF_STATE) && (change->uNewState & LVIS_SELECTED) && !(change->uOldState & LVIS_SELECTED);
    if (chosen && (size_t)change->iItem != book->current && !book->building)
        book_show(book, (size_t)change->iItem);
}

static LRESULT CALLBACK watch(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    Book *book = (Book *)data;
    const NMHDR *header = (const NMHDR *)lparam;
    (void)id;
    if (message != WM_NOTIFY || header->hwndFrom != book->list)
        return subclass_next(window, message, wparam, lparam);
    if (header->code == (UINT)NM_CUSTOMDRAW) {
        LRESULT answer = on_draw(book, (const NMLVCUSTOMDRAW *)lparam);
        SetWindowLongPtrW(window, DWLP_MSGRESULT, answer);
        return answer;
    }
    if (header->code == LVN_ITEMCHANGED)
        on_list(book, (const NMLISTVIEW *)lparam);
    return 0;
}

static void on_dialog(void *context, int id, FormEvent event)
{
    Book *book = context;
    if (event == FORM_NEXT || event == FORM_PREVIOUS)
        turn(book, event == FORM_NEXT);
    else
        book->class->dialog(book->context, id, event);
}

/* ---------------------------------------------------------------- for the owner */

static void make_list(Book *book)
{
    HWND window = dialog_window(book->dialog);
    book->list = CreateWindowExW(WS_EX_CLIENTEDGE, WC_LISTVIEWW, L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | LVS_REPORT | LVS_SINGLESEL | LVS_SHOWSELALWAYS | LVS_NOCOLUMNHEADER,
        0, 0, 10, 10, window, (HMENU)(INT_PTR)BOOK_LIST, GetModuleHandleW(NULL), NULL);
    DWORD extended = LVS_EX_FULLROWSELECT | LVS_EX_DOUBLEBUFFER;
    SendMessageW(book->list, LVM_SETEXTENDEDLISTVIEWSTYLE, extended, (LPARAM)extended);
    SendMessageW(book->list, WM_SETFONT, (WPARAM)dpi_font(dpi_of(window), FONT_TEXT), FALSE);
    LVCOLUMNW column = {.mask = LVCF_WIDTH, .cx = 100};
    SendMessageW(book->list, LVM_INSERTCOLUMNW, 0, (LPARAM)&column);
    column.cx = 0; /* the second line, for screen readers */
    SendMessageW(book->list, LVM_INSERTCOLUMNW, 1, (LPARAM)&column);
    accessible_name(book->list, text(book->class->list_name));
    subclass_attach(window, watch, SUBCLASS, (DWORD_PTR)book);
}

Book *book_create(HWND owner, const char *title, const BookClass *class, void *context)
{
    Book *book = x_calloc(1, sizeof(*book));
    *book = (Book){.class = class, .context = context};
    DialogContent content = {.context = book, .measure = measure, .layout = layout, .restyle = restyle, .show_focus = show_focus, .command = command};
    book->dialog = dialog_create_with(owner, title, &content, on_dialog, book);
    make_list(book);
    return book;
}

void book_add(Book *book, TextId title, int icon, const char *topic)
{
    BookSlot *slot = &book->pages[book->count];
    *slot = (BookSlot){.book = book, .index = book->count, .title = title, .icon = icon, .topic = topic};
    LVITEMW item = {.mask = LVIF_TEXT, .iItem = (int)book->count++, .pszText = (wchar_t *)L""};
    SendMessageW(book->list, LVM_INSERTITEMW, 0, (LPARAM)&item);
}

void book_focus(const Book *book) { SendMessageW(dialog_window(book->dialog), WM_NEXTDLGCTL, (WPARAM)book->list, TRUE); }

Dialog *book_dialog(const Book *book) { return book->dialog; }

size_t book_page(const Book *book) { return book->current; }

const char *book_topic(const Book *book) { return book->pages[book->current].topic; }

Form *book_form(const Book *book, size_t page) { return book->pages[page].form; }

static void set_cell(const Book *book, size_t page, int column, wchar_t *words)
{
    LVITEMW cell = {.iSubItem = column, .pszText = words};
    SendMessageW(book->list, LVM_SETITEMTEXTW, page, (LPARAM)&cell);
}

void book_update(Book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        BookSlot *slot = &book->pages[i];
        AUTO_FREE wchar_t *title = utf_text(slot->title);
        AUTO_FREE char *words = book->class->summary ? book->class->summary(book->context, i) : NULL;
        free(slot->summary);
        slot->summary = utf_to_wide(str_or_empty(words));
        slot->mark = book->class->mark ? book->class->mark(book->context, i) : BOOK_PLAIN;
        set_cell(book, i, 0, title);
        set_cell(book, i, 1, slot->summary);
    }
    InvalidateRect(book->list, NULL, FALSE);
}

void book_rebuild(Book *book)
{
    HWND focus = GetFocus();
    Form *shown = current_form(book);
    int focused = shown && focus && IsChild(form_window(shown), focus) ? GetDlgCtrlID(focus) : 0;
    accessible_name(book->list, text(book->class->list_name));
    book_update(book);
    for (size_t i = 0; i < book->count; i++) {
        Form *old = book->pages[i].form;
        if (!old)
            continue;
        build(book, i);
        if (i == book->current)
            ShowWindow(form_window(book->pages[i].form), SW_SHOWNA);
        if (i == book->current && focused)
            form_focus(book->pages[i].form, focused);
        DestroyWindow(form_window(old));
    }
    relayout(book);
}

void book_enable(Book *book, bool enabled)
{
    EnableWindow(book->list, enabled);
    for (size_t i = 0; i < book->count; i++)
        if (book->pages[i].form)
            EnableWindow(form_window(book->pages[i].form), enabled);
}

int book_run(Book *book, size_t page)
{
    book_update(book);
    for (size_t i = 0; book->class->fit && i < book->count; i++)
        build(book, i);
    book_show(book, page);
    int result = dialog_run(book->dialog);
    for (size_t i = 0; i < book->count; i++)
        free(book->pages[i].summary);
    free(book);
    return result;
}
