/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and sets what a form's controls hold. See form.h. UI thread. */
#include "client/win/form_private.h"

#include "client/win/icons.h"

FormRow *form_row_of(const Form *form, int id)
{
    for (size_t i = 0; i < form->row_count; i++)
        for (size_t j = 0; j < form->rows[i].cell_count; j++)
            if (GetDlgCtrlID(form->rows[i].cells[j].window) == id)
                return (FormRow *)&form->rows[i];
    return NULL;
}

FormCell *form_cell_of(const Form *form, int id)
{
    FormRow *row = form_row_of(form, id);
    for (size_t j = 0; row && j < row->cell_count; j++)
        if (GetDlgCtrlID(row->cells[j].window) == id)
            return &row->cells[j];
    return NULL;
}

/* An edit of several lines ends them with both characters; everybody else knows \n only. */
static bool has_lines(const Form *form, int id)
{
    const FormCell *cell = form_cell_of(form, id);
    return cell && cell->kind == CELL_EDIT && cell->lines > 0;
}

static char *with_returns(const char *words)
{
    char *all = x_calloc(2 * strlen(words) + 1, 1), *to = all;
    for (; *words; words++) {
        if (*words == '\n')
            *to++ = '\r';
        if (*words != '\r')
            *to++ = *words;
    }
    return all;
}

static void drop_returns(char *words)
{
    char *to = words;
    for (const char *from = words; *from; from++)
        if (*from != '\r')
            *to++ = *from;
    *to = '\0';
}

char *form_text(const Form *form, int id)
{
    char *words = utf_window_text(form_item(form, id));
    if (has_lines(form, id))
        drop_returns(words);
    return words;
}

char *form_secret(const Form *form, int id) { return utf_window_text(form_item(form, id)); } /* which wipes what it used */

void form_wipe(Form *form, int id)
{
    /* A text of the same length goes into the edit's own buffer. */
    HWND edit = form_item(form, id);
    size_t length = (size_t)GetWindowTextLengthW(edit);
    wchar_t *blank = x_calloc(length + 1, sizeof(*blank));
    for (size_t i = 0; i < length; i++)
        blank[i] = L' ';
    form->quiet++;
    SetWindowTextW(edit, blank);
    SetWindowTextW(edit, L"");
    SendMessageW(edit, EM_EMPTYUNDOBUFFER, 0, 0);
    form->quiet--;
    free(blank);
}

void form_wipe_secrets(Form *form)
{
    for (size_t i = 0; i < form->row_count; i++)
        for (size_t j = 0; j < form->rows[i].cell_count; j++) {
            const FormCell *cell = &form->rows[i].cells[j];
            if (cell->kind == CELL_EDIT && GetWindowLongW(cell->window, GWL_STYLE) & ES_PASSWORD)
                form_wipe(form, GetDlgCtrlID(cell->window));
        }
}

void form_set_text(Form *form, int id, const char *text)
{
    AUTO_FREE char *lines = has_lines(form, id) ? with_returns(str_or_empty(text)) : NULL;
    form->quiet++;
    utf_set_window_text(form_item(form, id), lines ? lines : str_or_empty(text));
    form->quiet--;
}

bool form_checked(const Form *form, int id) { return SendMessageW(form_item(form, id), BM_GETCHECK, 0, 0) == BST_CHECKED; }

void form_set_checked(Form *form, int id, bool checked)
{
    SendMessageW(form_item(form, id), BM_SETCHECK, checked ? BST_CHECKED : BST_UNCHECKED, 0);
}

/* ---------------------------------------------------------------- drop-down lists */

void form_combo_clear(Form *form, int id) { SendMessageW(form_item(form, id), CB_RESETCONTENT, 0, 0); }

void form_combo_add(Form *form, int id, const char *text, intptr_t data)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    LRESULT item = SendMessageW(form_item(form, id), CB_ADDSTRING, 0, (LPARAM)wide);
    SendMessageW(form_item(form, id), CB_SETITEMDATA, (WPARAM)item, (LPARAM)data);
}

intptr_t form_combo_data(const Form *form, int id, intptr_t fallback)
{
    LRESULT item = SendMessageW(form_item(form, id), CB_GETCURSEL, 0, 0);
    return item < 0 ? fallback : (intptr_t)SendMessageW(form_item(form, id), CB_GETITEMDATA, (WPARAM)item, 0);
}

void form_combo_select(Form *form, int id, intptr_t data)
{
    HWND combo = form_item(form, id);
    LRESULT count = SendMessageW(combo, CB_GETCOUNT, 0, 0);
    LRESULT found = -1;
    for (LRESULT i = 0; i < count && found < 0; i++)
        if (SendMessageW(combo, CB_GETITEMDATA, (WPARAM)i, 0) == (LRESULT)data)
            found = i;
    SendMessageW(combo, CB_SETCURSEL, (WPARAM)found, 0);
}

/* ---------------------------------------------------------------- rows for objects */

intptr_t form_id(Form *form, const char *object_id)
{
    for (size_t i = 0; i < form->ids.count; i++)
        if (str_equal(form->ids.items[i], object_id))
            return (intptr_t)i;
    StrList_add(&form->ids, object_id);
    return (intptr_t)form->ids.count - 1;
}

static const char *id_of(const Form *form, intptr_t number) { return number >= 0 && (size_t)number < form->ids.count ? form->ids.items[number] : NULL; }

const char *form_combo_id(const Form *form, int id) { return id_of(form, form_combo_data(form, id, -1)); }

const char *form_list_id(const Form *form, int id)
{
    int item = form_list_selected(form, id);
    return item < 0 ? NULL : id_of(form, form_list_data(form, id, item));
}

/* ---------------------------------------------------------------- lists */

void form_list_column(Form *form, int id, const char *title, int width, bool right)
{
    HWND list = form_item(form, id);
    AUTO_FREE wchar_t *wide = utf_to_wide(title);
    int least = dpi_text_width(form->dpi, FONT_TEXT, wide) + dpi_scale(form->dpi, 20);
    LVCOLUMNW column = {.mask = LVCF_TEXT | LVCF_WIDTH | LVCF_FMT, .fmt = right ? LVCFMT_RIGHT : LVCFMT_LEFT, .cx = max(dpi_scale(form->dpi, width), least), .pszText = wide};
    int count = (int)SendMessageW((HWND)SendMessageW(list, LVM_GETHEADER, 0, 0), HDM_GETITEMCOUNT, 0, 0);
    SendMessageW(list, LVM_INSERTCOLUMNW, (WPARAM)count, (LPARAM)&column);
}

void form_list_clear(Form *form, int id)
{
    form->quiet++;
    SendMessageW(form_item(form, id), LVM_DELETEALLITEMS, 0, 0);
    form->quiet--;
}

int form_list_add(Form *form, int id, const char *text, int icon_id, intptr_t data)
{
    HWND list = form_item(form, id);
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    LVITEMW item = {.mask = LVIF_TEXT | LVIF_IMAGE | LVIF_PARAM, .iItem = INT_MAX, .pszText = wide, .iImage = icon_id ? icons_use(icon_id, form->dpi, 16) : I_IMAGENONE, .lParam = (LPARAM)data};
    form->quiet++;
    int index = (int)SendMessageW(list, LVM_INSERTITEMW, 0, (LPARAM)&item);
    form->quiet--;
    return index;
}

void form_list_cell(Form *form, int id, int item, int column, const char *text)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    LVITEMW cell = {.iSubItem = column, .pszText = wide};
    SendMessageW(form_item(form, id), LVM_SETITEMTEXTW, (WPARAM)item, (LPARAM)&cell);
}

int form_list_selected(const Form *form, int id) { return (int)SendMessageW(form_item(form, id), LVM_GETNEXTITEM, (WPARAM)-1, LVNI_SELECTED); }

intptr_t form_list_data(const Form *form, int id, int item)
{
    LVITEMW get = {.mask = LVIF_PARAM, .iItem = item};
    return SendMessageW(form_item(form, id), LVM_GETITEMW, 0, (LPARAM)&get) ? (intptr_t)get.lParam : 0;
}

static void set_item_state(Form *form, int id, int item, UINT state, UINT mask)
{
    LVITEMW set = {.stateMask = mask, .state = state};
    form->quiet++;
    SendMessageW(form_item(form, id), LVM_SETITEMSTATE, (WPARAM)item, (LPARAM)&set);
    form->quiet--;
}

void form_list_select(Form *form, int id, int item)
{
    set_item_state(form, id, item, LVIS_SELECTED | LVIS_FOCUSED, LVIS_SELECTED | LVIS_FOCUSED);
    SendMessageW(form_item(form, id), LVM_ENSUREVISIBLE, (WPARAM)item, FALSE);
}

bool form_list_checked(const Form *form, int id, int item)
{
    UINT state = (UINT)SendMessageW(form_item(form, id), LVM_GETITEMSTATE, (WPARAM)item, LVIS_STATEIMAGEMASK);
    return state >> 12 == 2;
}

void form_list_check(Form *form, int id, int item, bool checked)
{
    set_item_state(form, id, item, INDEXTOSTATEIMAGEMASK(checked ? 2U : 1U), LVIS_STATEIMAGEMASK);
}

void form_list_hide_check(Form *form, int id, int item) { set_item_state(form, id, item, 0, LVIS_STATEIMAGEMASK); }

/* ---------------------------------------------------------------- trees */

static const intptr_t no_data = INTPTR_MIN;

void form_tree_clear(Form *form, int id)
{
    form->quiet++;
    SendMessageW(form_item(form, id), TVM_DELETEITEM, 0, (LPARAM)TVI_ROOT);
    form->quiet--;
}

static HTREEITEM insert_node(Form *form, int id, HTREEITEM parent, const char *text, int icon_id, intptr_t data)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    int image = icons_use(icon_id, form->dpi, 16);
    TVINSERTSTRUCTW insert = {.hParent = parent, .hInsertAfter = TVI_LAST, .item = {
        .mask = TVIF_TEXT | TVIF_PARAM | TVIF_IMAGE | TVIF_SELECTEDIMAGE | TVIF_STATE, .pszText = wide, .lParam = (LPARAM)data, .iImage = image, .iSelectedImage = image,
        .state = parent == TVI_ROOT ? TVIS_EXPANDED : 0U, .stateMask = TVIS_EXPANDED}};
    form->quiet++;
    HTREEITEM node = (HTREEITEM)SendMessageW(form_item(form, id), TVM_INSERTITEMW, 0, (LPARAM)&insert);
    form->quiet--;
    return node;
}

void *form_tree_group(Form *form, int id, const char *text, int icon_id) { return insert_node(form, id, TVI_ROOT, text, icon_id, no_data); }

void form_tree_add(Form *form, int id, void *group, const char *text, int icon_id, intptr_t data)
{
    insert_node(form, id, group, text, icon_id, data);
    SendMessageW(form_item(form, id), TVM_EXPAND, TVE_EXPAND, (LPARAM)group);
}

static HTREEITEM next_node(HWND tree, UINT relation, HTREEITEM node) { return (HTREEITEM)SendMessageW(tree, TVM_GETNEXTITEM, relation, (LPARAM)node); }

static intptr_t node_data(HWND tree, HTREEITEM node)
{
    TVITEMW item = {.mask = TVIF_PARAM, .hItem = node};
    return SendMessageW(tree, TVM_GETITEMW, 0, (LPARAM)&item) ? (intptr_t)item.lParam : no_data;
}

intptr_t form_tree_data(const Form *form, int id, intptr_t fallback)
{
    HWND tree = form_item(form, id);
    HTREEITEM node = next_node(tree, TVGN_CARET, NULL);
    intptr_t data = node ? node_data(tree, node) : no_data;
    return data == no_data ? fallback : data;
}

bool form_tree_select(Form *form, int id, intptr_t data)
{
    HWND tree = form_item(form, id);
    for (HTREEITEM group = next_node(tree, TVGN_ROOT, NULL); group; group = next_node(tree, TVGN_NEXT, group))
        for (HTREEITEM node = next_node(tree, TVGN_CHILD, group); node; node = next_node(tree, TVGN_NEXT, node))
            if (node_data(tree, node) == data) {
                form->quiet++;
                SendMessageW(tree, TVM_SELECTITEM, TVGN_CARET, (LPARAM)node);
                form->quiet--;
                return true;
            }
    return false;
}

/* ---------------------------------------------------------------- state of rows */

void form_set_most(Form *form, int id, int64_t most)
{
    FormCell *cell = form_cell_of(form, id);
    if (cell)
        cell->most = most;
}

void form_set_enabled(Form *form, int id, bool enabled)
{
    FormRow *row = form_row_of(form, id);
    FormCell *cell = form_cell_of(form, id);
    if (!cell || (bool)IsWindowEnabled(cell->window) == enabled)
        return;
    EnableWindow(cell->window, enabled);
    if (cell->arrows)
        EnableWindow(cell->arrows, enabled);
    if (row->label && cell == row->cells)
        EnableWindow(row->label, enabled);
}

void form_set_shown(Form *form, int id, bool shown)
{
    FormRow *row = form_row_of(form, id);
    if (!row || row->hidden == !shown)
        return;
    row->hidden = !shown;
    int how = shown ? SW_SHOWNA : SW_HIDE;
    if (row->label)
        ShowWindow(row->label, how);
    for (size_t i = 0; i < row->cell_count; i++) {
        ShowWindow(row->cells[i].window, how);
        if (row->cells[i].arrows)
            ShowWindow(row->cells[i].arrows, how);
    }
    if (!shown && row->problem)
        ShowWindow(row->problem, SW_HIDE);
    form_wants_layout(form);
}

void form_set_note(Form *form, int id, NoteKind kind, const char *text)
{
    FormCell *cell = form_cell_of(form, id);
    if (cell && note_set(cell->window, kind, text))
        form_wants_layout(form);
}

void form_problem(Form *form, int id, const char *sentence)
{
    FormRow *row = form_row_of(form, id);
    if (!row || (!row->problem && !sentence))
        return;
    if (!row->problem)
        row->problem = note_create(form->window, -1, NOTE_ERROR, "");
    bool shown = GetWindowLongW(row->problem, GWL_STYLE) & WS_VISIBLE;
    bool changed = sentence && note_set(row->problem, NOTE_ERROR, sentence);
    if (shown == (sentence != NULL) && !changed)
        return;
    ShowWindow(row->problem, sentence ? SW_SHOWNA : SW_HIDE);
    form_wants_layout(form);
}

void form_rewind(Form *form)
{
    for (size_t i = 0; i < form->row_count; i++) {
        const FormCell *cell = &form->rows[i].cells[0];
        if (cell->kind != CELL_EDIT || !(GetWindowLongW(cell->window, GWL_STYLE) & ES_READONLY))
            continue;
        SendMessageW(cell->window, EM_SETSEL, 0, 0);
        SendMessageW(cell->window, EM_SCROLLCARET, 0, 0);
    }
}

void form_focus(Form *form, int id)
{
    HWND control = form_item(form, id);
    SetFocus(control);
    if (!has_lines(form, id))
        SendMessageW(control, EM_SETSEL, 0, -1);
    form_show_focus(form, control);
}
