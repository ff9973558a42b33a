/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A form: rows of label and controls laid out from the top to the bottom, for dialogs (dialog.h) and wizard pages (wizard.h). Sizes are
 * written for 96 dpi; widths come from the measured texts, so no language is clipped. Scrolls when there is not enough room.
 * Texts are UTF-8; the '&' in a label is the access key of the control after it. UI thread.
 */
#ifndef POOLCENTER_FORM_H
#define POOLCENTER_FORM_H

#include "client/win/note.h"

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

typedef struct Form Form;

typedef enum FormEvent {
    FORM_CHANGED,   /* the user typed, chose or checked something */
    FORM_CLICKED,   /* a button */
    FORM_ACTIVATED, /* a double click or Enter in a list or tree */
    FORM_LEFT,      /* the focus left an edit */
    FORM_TIMER,     /* dialog_set_timer; id 0 */
    FORM_COPY,      /* Ctrl+C outside a text field; id 0 */
    FORM_LANGUAGE,  /* the language changed while a dialog is open; id 0 */
    FORM_NEXT,      /* Ctrl+Tab, Ctrl+Page Down; id 0 */
    FORM_PREVIOUS,  /* with Shift, Ctrl+Page Up; id 0 */
    FORM_GONE,      /* a modeless dialog was destroyed with its owner; id 0 */
} FormEvent;

typedef void FormHandler(void *context, int id, FormEvent event);

/* A child window of parent; freed with its window. */
Form *form_create(HWND parent, FormHandler *handler, void *context);
HWND form_window(const Form *form);
HWND form_item(const Form *form, int id);

/* Rows, added in tab order. label may be NULL. chars: wanted width in characters; the control takes what is left of the row. */
HWND form_note(Form *form, int id, NoteKind kind, const char *text);
HWND form_heading(Form *form, const char *text);
HWND form_edit(Form *form, int id, const char *label, int chars, DWORD style);
HWND form_memo(Form *form, int id, const char *label, int chars, int lines);
/* Text like XML: letters of one width, lines as long as they are, scroll bars; what is selected shows without the focus, too. */
HWND form_code(Form *form, int id, const char *label, int chars, int lines);
HWND form_number(Form *form, int id, const char *label, int chars, int64_t step, int64_t most); /* with arrows */
HWND form_combo(Form *form, int id, const char *label, int chars, bool editable);
HWND form_check(Form *form, int id, const char *text);
HWND form_radio(Form *form, int id, const char *label, const char *text, bool first);
HWND form_button(Form *form, int id, const char *text);
/* Text that can be selected and copied, not changed. */
HWND form_value(Form *form, int id, const char *label, const char *text);
/* Lists take the free height; their label stands above them. */
HWND form_list(Form *form, int id, const char *label, int lines, bool checks);
HWND form_tree(Form *form, int id, const char *label, int lines);
HWND form_progress(Form *form, int id);
/* A control the caller made as a child of form_window(). */
HWND form_control(Form *form, const char *label, HWND control, int width, int height);

/* Added to the row before. */
HWND form_beside_button(Form *form, int id, const char *text);
HWND form_beside_text(Form *form, int id, const char *text);
HWND form_beside_combo(Form *form, int id, int chars);
HWND form_beside_edit(Form *form, int id, const char *label, int chars, DWORD style);

/* Values. Setting one does not cause FORM_CHANGED. */
char *form_text(const Form *form, int id);   /* the caller frees; lines of a memo end with \n, here and in form_set_text */
char *form_secret(const Form *form, int id); /* x_free_secret */
void form_wipe(Form *form, int id);          /* overwrites an edit's text, then empties it */
void form_set_text(Form *form, int id, const char *text);
bool form_checked(const Form *form, int id);
void form_set_checked(Form *form, int id, bool checked);
void form_combo_clear(Form *form, int id);
void form_combo_add(Form *form, int id, const char *text, intptr_t data);
intptr_t form_combo_data(const Form *form, int id, intptr_t fallback);
void form_combo_select(Form *form, int id, intptr_t data);
/* The data of a row, in a drop-down list or a list, that stands for an object: a number of its id. Objects come and go while the form is shown, so
 * that their places in the model are none. */
intptr_t form_id(Form *form, const char *object_id);
/* The id of the chosen row; NULL: none is chosen, or it stands for no object (its data is below 0). Lives as long as the form. */
const char *form_combo_id(const Form *form, int id);
const char *form_list_id(const Form *form, int id); /* of the selected item */
void form_list_column(Form *form, int id, const char *title, int width, bool right);
void form_list_clear(Form *form, int id);
int form_list_add(Form *form, int id, const char *text, int icon_id, intptr_t data);
void form_list_cell(Form *form, int id, int item, int column, const char *text);
int form_list_selected(const Form *form, int id); /* item or -1 */
intptr_t form_list_data(const Form *form, int id, int item);
void form_list_select(Form *form, int id, int item);
bool form_list_checked(const Form *form, int id, int item);
void form_list_check(Form *form, int id, int item, bool checked);
void form_list_hide_check(Form *form, int id, int item); /* it can be neither checked nor unchecked */
/* Trees of two levels: groups, which have no data, and items. */
void form_tree_clear(Form *form, int id);
void *form_tree_group(Form *form, int id, const char *text, int icon_id);
void form_tree_add(Form *form, int id, void *group, const char *text, int icon_id, intptr_t data);
intptr_t form_tree_data(const Form *form, int id, intptr_t fallback); /* of the selected item; fallback: a group or nothing */
bool form_tree_select(Form *form, int id, intptr_t data);
void form_set_most(Form *form, int id, int64_t most); /* of a form_number */
void form_set_enabled(Form *form, int id, bool enabled); /* with its label */
void form_set_shown(Form *form, int id, bool shown);     /* the whole row */
void form_set_note(Form *form, int id, NoteKind kind, const char *text);
/* The sentence that says what is wrong with a field, shown under it; NULL: nothing. */
void form_problem(Form *form, int id, const char *sentence);
/* Puts the focus there and selects its text. */
void form_focus(Form *form, int id);
/* Shows texts that are only read from their beginning, with nothing selected: looking for the focus, the system selects all of one and scrolls to its end. */
void form_rewind(Form *form);
/* Between the two nothing is laid out and no event is sent. */
void form_hold(Form *form);
void form_release(Form *form);

/* NM_CUSTOMDRAW of a list or a tree outside of a form: the selection in the theme's colours. */
LRESULT form_draw(NMHDR *header);

/* For dialog.c and wizard.c. */
void form_set_dpi(Form *form, int dpi);
void form_set_resized(Form *form, void (*resized)(void *context), void *context); /* wants another height */
int form_width(const Form *form);             /* the least that clips nothing */
int form_height(const Form *form, int width); /* with everything in it */
void form_layout(Form *form);
void form_show_focus(Form *form, HWND focus); /* scrolls there */

#endif
