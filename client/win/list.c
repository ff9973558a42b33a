/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual lists: see list.h. What a list holds and answers; its look is in list_paint.c. */
#include "client/win/list_private.h"

#include "client/win/clipboard.h"
#include "client/win/icons.h"
#include "client/win/subclass.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_MIN = 24, COLUMN_MAX = 2000, ROW_HEIGHT = 24 };

/* ---------------------------------------------------------------- order */

/* qsort has no context; sorting happens on the UI thread only and is never nested. */
static const List *sorting;

static int compare_rows(const void *a, const void *b)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    int order = sorting->model.compare(sorting->context, left, right, sorting->sort_column);

    if (sorting->descending)
        order = -order;
    return order ? order : (left > right) - (left < right);
}

static void sort_rows(List *list)
{
    list->order = x_realloc(list->order, list->count, sizeof *list->order);
    for (size_t i = 0; i < list->count; i++)
        list->order[i] = i;
    if (list->sort_column < 0 || !list->model.compare)
        return;
    sorting = list;
    qsort(list->order, list->count, sizeof *list->order, compare_rows);
    sorting = NULL;
}

size_t list_row(const List *list, int item) { return item >= 0 && (size_t)item < list->count ? list->order[item] : LIST_NONE; }

/* ---------------------------------------------------------------- columns */

static char *column_setting(const List *list, int column, const char *what)
{
    return x_printf("list.%s.%s.%s", list->settings_key, list->columns[column].name, what);
}

static void insert_column(List *list, int index)
{
    AUTO_FREE char *key = column_setting(list, index, "width");
    AUTO_FREE wchar_t *title = utf_text(list->columns[index].title);
    int64_t width = settings_int(list->settings, key, list->columns[index].width);
    LVCOLUMNW column = {
        .mask = LVCF_TEXT | LVCF_WIDTH | LVCF_FMT | LVCF_SUBITEM,
        .fmt = list->columns[index].right ? LVCFMT_RIGHT : LVCFMT_LEFT,
        .cx = dpi_scale(list->dpi, width < COLUMN_MIN || width > COLUMN_MAX ? list->columns[index].width : (int)width),
        .pszText = title,
        .iSubItem = index,
    };

    SendMessageW(list->window, LVM_INSERTCOLUMNW, (WPARAM)index, (LPARAM)&column);
}

static void load_column_order(List *list)
{
    AUTO_FREE int *order = x_calloc(list->column_count, sizeof *order);
    AUTO_FREE bool *taken = x_calloc(list->column_count, sizeof *taken);

    for (size_t i = 0; i < list->column_count; i++) {
        AUTO_FREE char *key = column_setting(list, (int)i, "place");
        int64_t place = settings_int(list->settings, key, (int64_t)i);
        if (place < 0 || place >= (int64_t)list->column_count || taken[place])
            return;
        taken[place] = true;
        order[place] = (int)i;
    }
    SendMessageW(list->window, LVM_SETCOLUMNORDERARRAY, list->column_count, (LPARAM)order);
}

static void save_columns(List *list)
{
    AUTO_FREE int *order = x_calloc(list->column_count, sizeof *order);

    SendMessageW(list->window, LVM_GETCOLUMNORDERARRAY, list->column_count, (LPARAM)order);
    for (size_t place = 0; place < list->column_count; place++) {
        AUTO_FREE char *width = column_setting(list, order[place], "width");
        AUTO_FREE char *key = column_setting(list, order[place], "place");
        int pixels = (int)SendMessageW(list->window, LVM_GETCOLUMNWIDTH, (WPARAM)order[place], 0);
        settings_set_int(list->settings, width, MulDiv(pixels, 96, list->dpi));
        settings_set_int(list->settings, key, (int64_t)place);
    }
}

static void show_sort_arrow(const List *list)
{
    HWND header = (HWND)SendMessageW(list->window, LVM_GETHEADER, 0, 0);

    for (size_t i = 0; i < list->column_count; i++) {
        HDITEMW item = {.mask = HDI_FORMAT};
        SendMessageW(header, HDM_GETITEMW, i, (LPARAM)&item);
        item.fmt &= ~(HDF_SORTUP | HDF_SORTDOWN);
        if ((int)i == list->sort_column)
            item.fmt |= list->descending ? HDF_SORTDOWN : HDF_SORTUP;
        SendMessageW(header, HDM_SETITEMW, i, (LPARAM)&item);
    }
}

static void sort_by(List *list, int column)
{
    if (!list->model.compare)
        return;
    list->descending = column == list->sort_column && !list->descending;
    list->sort_column = column;
    show_sort_arrow(list);
    list_update(list, list->count);
}

/* ---------------------------------------------------------------- selection */

static int selected_item(const List *list) { return (int)SendMessageW(list->window, LVM_GETNEXTITEM, (WPARAM)-1, LVNI_SELECTED); }

size_t list_selected(const List *list) { return list_row(list, selected_item(list)); }

static void set_item_state(List *list, int item, UINT state)
{
    LVITEMW set = {.stateMask = LVIS_SELECTED | LVIS_FOCUSED, .state = state};
    SendMessageW(list->window, LVM_SETITEMSTATE, (WPARAM)item, (LPARAM)&set);
}

static int item_of_key(const List *list, const char *key)
{
    for (size_t i = 0; key && list->model.key && i < list->count; i++)
        if (str_equal(list->model.key(list->context, list->order[i]), key))
            return (int)i;
    return -1;
}

static void remember_key(List *list)
{
    size_t row = list_selected(list);

    free(list->selected_key);
    list->selected_key = row == LIST_NONE || !list->model.key ? NULL : x_strdup(list->model.key(list->context, row));
}

/* The rows moved: the control keeps item numbers, we keep the object. */
static void restore_selection(List *list)
{
    int before = selected_item(list), now = item_of_key(list, list->selected_key);

    if (before == now)
        return;
    set_item_state(list, -1, 0);
    if (now >= 0)
        set_item_state(list, now, LVIS_SELECTED | LVIS_FOCUSED);
}

void list_update(List *list, size_t rows)
{
    list->updating = true;
    list->count = rows;
    sort_rows(list);
    SendMessageW(list->window, LVM_SETITEMCOUNT, rows, LVSICF_NOSCROLL | LVSICF_NOINVALIDATEALL);
    if (list->model.key)
        restore_selection(list);
    list->updating = false;
    InvalidateRect(list->window, NULL, FALSE);
    if (list->model.key && list->selected_key && list_selected(list) == LIST_NONE) {
        remember_key(list);
        if (list->model.selected)
            list->model.selected(list->context);
    }
}

void list_redraw(List *list) { InvalidateRect(list->window, NULL, FALSE); }

void list_set_empty_text(List *list, TextId id)
{
    list->empty = id;
    list_redraw(list);
}

HWND list_window(const List *list) { return list->window; }

/* ---------------------------------------------------------------- what the control asks and tells */

char *list_cell(const List *list, size_t row, int column)
{
    char *words = list->model.text(list->context, row, column);
    return words ? words : x_strdup("");
}

static void give_text(const List *list, NMLVDISPINFOW *info)
{
    size_t row = list_row(list, info->item.iItem);

    if (!(info->item.mask & LVIF_TEXT) || !info->item.cchTextMax || row == LIST_NONE)
        return;
    AUTO_FREE char *words = list_cell(list, row, info->item.iSubItem);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    lstrcpynW(info->item.pszText, wide, info->item.cchTextMax);
}

/* Typing a letter goes to the next row whose first column begins with it. */
static LRESULT find_typed(const List *list, const NMLVFINDITEMW *find)
{
    if (!(find->lvfi.flags & LVFI_STRING) || !find->lvfi.psz)
        return -1;
    int length = lstrlenW(find->lvfi.psz);
    for (size_t i = 0; i < list->count; i++) {
        size_t item = ((size_t)find->iStart + i) % list->count;
        AUTO_FREE char *words = list_cell(list, list->order[item], 0);
        AUTO_FREE wchar_t *wide = utf_to_wide(words);
        if (lstrlenW(wide) >= length &&
            CompareStringW(LOCALE_USER_DEFAULT, NORM_IGNORECASE, wide, length, find->lvfi.psz, length) == CSTR_EQUAL)
            return (LRESULT)item;
    }
    return -1;
}

static void on_item_changed(List *list, const NMLISTVIEW *change)
{
    if (list->updating || !((change->uNewState ^ change->uOldState) & LVIS_SELECTED))
        return;
    remember_key(list);
    if (list->model.selected)
        list->model.selected(list->context);
}

static void on_key(List *list, WORD key)
{
    if (key == 'C' && GetKeyState(VK_CONTROL) < 0)
        list_copy(list);
    else if (list->model.key_down)
        list->model.key_down(list->context, key);
}

static void on_drag(List *list)
{
    if (list->model.dragged && list_selected(list) != LIST_NONE)
        list->model.dragged(list->context);
}

static void on_activate(List *list)
{
    size_t row = list_selected(list);

    if (row != LIST_NONE && list->model.activated)
        list->model.activated(list->context, row);
}

static LRESULT on_notify(List *list, NMHDR *header, bool *handled)
{
    *handled = true;
    switch (header->code) {
    case LVN_GETDISPINFOW: give_text(list, (NMLVDISPINFOW *)header); return 0;
    case LVN_ODFINDITEMW: return find_typed(list, (NMLVFINDITEMW *)header);
    case LVN_ITEMCHANGED: on_item_changed(list, (NMLISTVIEW *)header); return 0;
    case LVN_COLUMNCLICK: sort_by(list, ((NMLISTVIEW *)header)->iSubItem); return 0;
    case LVN_KEYDOWN: on_key(list, ((NMLVKEYDOWN *)header)->wVKey); return 0;
    case LVN_ITEMACTIVATE: on_activate(list); return 0;
    case LVN_BEGINDRAG: on_drag(list); return 0;
    case NM_CUSTOMDRAW: return list_custom_draw(list, (NMLVCUSTOMDRAW *)header);
    default: *handled = false; return 0;
    }
}

static LRESULT CALLBACK parent_proc(HWND parent, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    List *list = (List *)data;
    bool handled = false;

    if (message == WM_NOTIFY && ((NMHDR *)lparam)->hwndFrom == list->window) {
        LRESULT result = on_notify(list, (NMHDR *)lparam, &handled);
        if (handled)
            return result;
    }
    if (message == WM_NCDESTROY)
        subclass_detach(parent, parent_proc, id);
    return subclass_next(parent, message, wparam, lparam);
}

static void open_menu(List *list, LPARAM lparam)
{
    POINT screen = {(short)LOWORD(lparam), (short)HIWORD(lparam)};

    if (!list->model.menu)
        return;
    if (lparam == -1) { /* by keyboard: below the selected row */
        RECT rect = {.left = LVIR_LABEL};
        if (!SendMessageW(list->window, LVM_GETITEMRECT, (WPARAM)selected_item(list), (LPARAM)&rect))
            rect = (RECT){0};
        screen = (POINT){rect.left + dpi_scale(list->dpi, 8), rect.bottom};
        ClientToScreen(list->window, &screen);
    }
    list->model.menu(list->context, screen);
}

static void free_list(List *list)
{
    subclass_detach(GetParent(list->window), parent_proc, (UINT_PTR)list->window);
    save_columns(list);
    free(list->settings_key);
    free(list->selected_key);
    free(list->order);
    free(list);
}

static LRESULT CALLBACK list_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    List *list = (List *)data;
    LRESULT result;

    switch (message) {
    case WM_CONTEXTMENU:
        open_menu(list, lparam);
        return 0;
    case WM_PAINT:
        result = subclass_next(window, message, wparam, lparam);
        if (!list->count)
            list_paint_empty(list);
        return result;
    case WM_DESTROY:
        subclass_detach(window, list_proc, id);
        free_list(list);
        return subclass_next(window, message, wparam, lparam);
    default:
        return subclass_next(window, message, wparam, lparam);
    }
}

/* ---------------------------------------------------------------- making */

List *list_create(HWND parent, int id, Settings *settings, const char *settings_key, const ListColumn *columns, size_t column_count, int sort_column, const ListModel *model, void *context)
{
    List *list = x_calloc(1, sizeof *list);
    DWORD style = WS_CHILD | WS_VISIBLE | WS_TABSTOP | LVS_REPORT | LVS_OWNERDATA | LVS_SINGLESEL | LVS_SHOWSELALWAYS | LVS_SHAREIMAGELISTS;

    *list = (List){.settings = settings, .settings_key = x_strdup(settings_key), .columns = columns, .column_count = column_count,
        .sort_column = sort_column, .model = *model, .context = context, .empty = TEXT_COUNT, .dpi = dpi_of(parent)};
    list->window = CreateWindowExW(0, WC_LISTVIEWW, L"", style, 0, 0, 0, 0, parent, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
    SendMessageW(list->window, LVM_SETEXTENDEDLISTVIEWSTYLE, 0, LVS_EX_FULLROWSELECT | LVS_EX_DOUBLEBUFFER | LVS_EX_HEADERDRAGDROP);
    for (size_t i = 0; i < column_count; i++)
        insert_column(list, (int)i);
    load_column_order(list);
    show_sort_arrow(list);
    subclass_attach(parent, parent_proc, (UINT_PTR)list->window, (DWORD_PTR)list);
    subclass_attach(list->window, list_proc, 1, (DWORD_PTR)list);
    list_restyle(list);
    return list;
}

static void rename_columns(List *list, int old_dpi)
{
    for (size_t i = 0; i < list->column_count; i++) {
        AUTO_FREE wchar_t *title = utf_text(list->columns[i].title);
        LVCOLUMNW column = {.mask = LVCF_TEXT, .pszText = title};
        int width = (int)SendMessageW(list->window, LVM_GETCOLUMNWIDTH, i, 0);
        SendMessageW(list->window, LVM_SETCOLUMNW, i, (LPARAM)&column);
        SendMessageW(list->window, LVM_SETCOLUMNWIDTH, i, MAKELPARAM(MulDiv(width, list->dpi, old_dpi), 0));
    }
}

void list_restyle(List *list)
{
    int old_dpi = list->dpi;

    list->dpi = dpi_of(list->window);
    SendMessageW(list->window, WM_SETFONT, (WPARAM)dpi_font(list->dpi, FONT_TEXT), FALSE);
    /* The image list gives rows their height; icons are painted by us. */
    SendMessageW(list->window, LVM_SETIMAGELIST, LVSIL_SMALL, (LPARAM)icons_list(list->dpi, ROW_HEIGHT));
    rename_columns(list, old_dpi);
    list_redraw(list);
}

void list_copy_cell(List *list, int column)
{
    size_t row = list_selected(list);
    AUTO_FREE char *words = row == LIST_NONE ? NULL : list_cell(list, row, column);

    if (words)
        clipboard_put(list->window, words);
}

void list_copy(List *list)
{
    size_t row = list_selected(list);
    char *line = row == LIST_NONE ? NULL : list_cell(list, row, 0);

    for (size_t i = 1; line && i < list->column_count; i++) {
        AUTO_FREE char *shorter = line;
        AUTO_FREE char *cell = list_cell(list, row, (int)i);
        line = x_printf("%s\t%s", shorter, cell);
    }
    if (line)
        clipboard_put(list->window, line);
    free(line);
}
