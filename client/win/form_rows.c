/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the rows of a form and their controls. See form.h. UI thread. */
#include "client/win/form_private.h"

#include "client/win/accessible.h"
#include "client/win/icons.h"
#include "client/win/subclass.h"

#include <assert.h>

static HWND make(Form *form, int id, const wchar_t *class, const char *text, DWORD style, DWORD extended)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    HWND control = CreateWindowExW(extended, class, wide, WS_CHILD | WS_VISIBLE | style, 0, 0, 10, 10, form->window, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
    SendMessageW(control, WM_SETFONT, (WPARAM)dpi_font(form->dpi, FONT_TEXT), FALSE);
    return control;
}

/* The label must be made before its control: the access key and screen readers go by the order of windows. */
static FormRow *add_row(Form *form, const char *label, bool above)
{
    assert(form->row_count < FORM_ROWS_MAX);
    FormRow *row = &form->rows[form->row_count++];
    *row = (FormRow){.label_above = above, .full = above};
    if (label)
        row->label = make(form, -1, WC_STATICW, label, above ? SS_LEFT : SS_CENTERIMAGE, 0);
    return row;
}

static FormRow *last_row(Form *form) { return &form->rows[form->row_count - 1]; }

/* Screen readers call it as its label says; an editable combo box has a field of its own. */
static void label_cell(const FormCell *cell, HWND label)
{
    HWND field = cell->kind == CELL_COMBO ? GetWindow(cell->window, GW_CHILD) : NULL;

    accessible_label(cell->window, label);
    if (field)
        accessible_label(field, label);
}

static FormCell *add_cell(FormRow *row, CellKind kind, HWND window)
{
    assert(row->cell_count < FORM_CELLS_MAX);
    FormCell *cell = &row->cells[row->cell_count++];
    *cell = (FormCell){.kind = kind, .window = window};
    if (row->label && kind != CELL_CHECK && kind != CELL_BUTTON && kind != CELL_NOTE && kind != CELL_TEXT)
        label_cell(cell, row->label);
    return cell;
}

HWND form_note(Form *form, int id, NoteKind kind, const char *text)
{
    FormRow *row = add_row(form, NULL, false);
    row->full = true;
    return add_cell(row, CELL_NOTE, note_create(form->window, id, kind, text))->window;
}

HWND form_heading(Form *form, const char *text)
{
    HWND note = form_note(form, -1, NOTE_BOLD, text);
    last_row(form)->heading = true;
    return note;
}

static HWND make_edit(Form *form, int id, DWORD style)
{
    HWND edit = make(form, id, WC_EDITW, "", WS_TABSTOP | ES_AUTOHSCROLL | style, WS_EX_CLIENTEDGE);
    if (style & ES_PASSWORD)
        SendMessageW(edit, EM_SETPASSWORDCHAR, 0x25CF, 0);
    return edit;
}

HWND form_edit(Form *form, int id, const char *label, int chars, DWORD style)
{
    FormRow *row = add_row(form, label, false);
    FormCell *cell = add_cell(row, CELL_EDIT, make_edit(form, id, style));
    cell->chars = chars;
    return cell->window;
}

/* A dialog selects all of an edit that gets the focus: of many lines that would scroll to their end, and the next key would replace them. */
static LRESULT CALLBACK memo_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    (void)id, (void)data;
    LRESULT result = subclass_next(window, message, wparam, lparam);
    return message == WM_GETDLGCODE ? result & ~DLGC_HASSETSEL : result;
}

static FormCell *add_memo(Form *form, int id, const char *label, int chars, int lines, DWORD style)
{
    FormRow *row = add_row(form, label, false);
    HWND edit = make(form, id, WC_EDITW, "", WS_TABSTOP | ES_MULTILINE | ES_AUTOVSCROLL | ES_WANTRETURN | style, WS_EX_CLIENTEDGE);
    subclass_attach(edit, memo_proc, 0, 0);
    FormCell *cell = add_cell(row, CELL_EDIT, edit);
    cell->chars = chars;
    cell->lines = lines;
    return cell;
}

HWND form_memo(Form *form, int id, const char *label, int chars, int lines) { return add_memo(form, id, label, chars, lines, 0)->window; }

HWND form_code(Form *form, int id, const char *label, int chars, int lines)
{
    FormCell *cell = add_memo(form, id, label, chars, lines, ES_AUTOHSCROLL | ES_NOHIDESEL | WS_HSCROLL | WS_VSCROLL);
    cell->fixed = true;
    SendMessageW(cell->window, WM_SETFONT, (WPARAM)dpi_font(form->dpi, FONT_FIXED), FALSE);
    return cell->window;
}

HWND form_number(Form *form, int id, const char *label, int chars, int64_t step, int64_t most)
{
    HWND edit = form_edit(form, id, label, chars, ES_RIGHT);
    FormCell *cell = &last_row(form)->cells[0];
    cell->arrows = make(form, -1, UPDOWN_CLASSW, "", UDS_ARROWKEYS, 0);
    SendMessageW(cell->arrows, UDM_SETBUDDY, (WPARAM)edit, 0);
    SendMessageW(cell->arrows, UDM_SETRANGE32, 0, 1 << 30);
    SendMessageW(cell->arrows, UDM_SETPOS32, 0, 1 << 29);
    accessible_label(cell->arrows, last_row(form)->label);
    cell->step = step;
    cell->most = most;
    return edit;
}

static FormCell *add_combo(Form *form, FormRow *row, int id, int chars, bool editable)
{
    DWORD style = WS_TABSTOP | WS_VSCROLL | (editable ? CBS_DROPDOWN | CBS_AUTOHSCROLL : CBS_DROPDOWNLIST);
    FormCell *cell = add_cell(row, CELL_COMBO, make(form, id, WC_COMBOBOXW, "", style, 0));
    cell->chars = chars;
    return cell;
}

HWND form_combo(Form *form, int id, const char *label, int chars, bool editable)
{
    FormRow *row = add_row(form, label, false);
    return add_combo(form, row, id, chars, editable)->window;
}

HWND form_check(Form *form, int id, const char *text)
{
    FormRow *row = add_row(form, NULL, false);
    return add_cell(row, CELL_CHECK, make(form, id, WC_BUTTONW, text, WS_TABSTOP | BS_AUTOCHECKBOX, 0))->window;
}

HWND form_radio(Form *form, int id, const char *label, const char *text, bool first)
{
    FormRow *row = add_row(form, label, false);
    DWORD style = first ? WS_GROUP | WS_TABSTOP | BS_AUTORADIOBUTTON : BS_AUTORADIOBUTTON;
    return add_cell(row, CELL_CHECK, make(form, id, WC_BUTTONW, text, style, 0))->window;
}

HWND form_button(Form *form, int id, const char *text)
{
    FormRow *row = add_row(form, NULL, false);
    return add_cell(row, CELL_BUTTON, make(form, id, WC_BUTTONW, text, WS_TABSTOP | BS_PUSHBUTTON, 0))->window;
}

HWND form_value(Form *form, int id, const char *label, const char *text)
{
    FormRow *row = add_row(form, label, false);
    FormCell *cell = add_cell(row, CELL_EDIT, make(form, id, WC_EDITW, text, WS_TABSTOP | ES_READONLY | ES_AUTOHSCROLL, WS_EX_CLIENTEDGE));
    cell->chars = 58; /* a fingerprint: 50 characters, many of them wide */
    return cell->window;
}

static HWND add_block(Form *form, HWND control, int lines)
{
    FormRow *row = last_row(form);
    row->grows = true;
    row->full = true;
    FormCell *cell = add_cell(row, CELL_BLOCK, control);
    cell->lines = lines;
    cell->width = 240;
    return control;
}

HWND form_list(Form *form, int id, const char *label, int lines, bool checks)
{
    add_row(form, label, true);
    HWND list = make(form, id, WC_LISTVIEWW, "", WS_TABSTOP | LVS_REPORT | LVS_SINGLESEL | LVS_SHOWSELALWAYS | LVS_SHAREIMAGELISTS, WS_EX_CLIENTEDGE);
    DWORD extended = LVS_EX_FULLROWSELECT | LVS_EX_DOUBLEBUFFER | LVS_EX_LABELTIP | (checks ? LVS_EX_CHECKBOXES : 0);
    SendMessageW(list, LVM_SETEXTENDEDLISTVIEWSTYLE, extended, (LPARAM)extended);
    SendMessageW(list, LVM_SETIMAGELIST, LVSIL_SMALL, (LPARAM)icons_list(form->dpi, 16));
    return add_block(form, list, lines);
}

HWND form_tree(Form *form, int id, const char *label, int lines)
{
    add_row(form, label, true);
    HWND tree = make(form, id, WC_TREEVIEWW, "", WS_TABSTOP | TVS_HASBUTTONS | TVS_SHOWSELALWAYS | TVS_FULLROWSELECT | TVS_DISABLEDRAGDROP, WS_EX_CLIENTEDGE);
    SendMessageW(tree, TVM_SETIMAGELIST, TVSIL_NORMAL, (LPARAM)icons_list(form->dpi, 16));
    return add_block(form, tree, lines);
}

HWND form_progress(Form *form, int id)
{
    HWND bar = make(form, id, PROGRESS_CLASSW, "", PBS_MARQUEE, 0);
    SendMessageW(bar, PBM_SETMARQUEE, TRUE, 40);
    accessible_name(bar, text(TEXT_ACCESSIBLE_PROGRESS));
    return form_control(form, NULL, bar, 100, 6);
}

HWND form_control(Form *form, const char *label, HWND control, int width, int height)
{
    FormRow *row = add_row(form, label, false);
    row->full = !label;
    FormCell *cell = add_cell(row, CELL_BLOCK, control);
    cell->width = width;
    cell->height = height;
    return control;
}

HWND form_beside_button(Form *form, int id, const char *text)
{
    HWND button = make(form, id, WC_BUTTONW, text, WS_TABSTOP | BS_PUSHBUTTON, 0);
    return add_cell(last_row(form), CELL_BUTTON, button)->window;
}

HWND form_beside_text(Form *form, int id, const char *text)
{
    return add_cell(last_row(form), CELL_TEXT, make(form, id, WC_STATICW, text, SS_CENTERIMAGE, 0))->window;
}

HWND form_beside_combo(Form *form, int id, int chars) { return add_combo(form, last_row(form), id, chars, false)->window; }

HWND form_beside_edit(Form *form, int id, const char *label, int chars, DWORD style)
{
    HWND words = form_beside_text(form, -1, label);
    FormCell *cell = add_cell(last_row(form), CELL_EDIT, make_edit(form, id, style));
    label_cell(cell, words);
    cell->chars = chars;
    return cell->window;
}
