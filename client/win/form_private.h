/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What form.c (window, layout), form_rows.c (making rows) and form_values.c (reading and setting) share. */
#ifndef POOLCENTER_FORM_PRIVATE_H
#define POOLCENTER_FORM_PRIVATE_H

#include "client/win/dpi.h"
#include "client/win/form.h"
#include "client/win/utf.h"
#include "protocol/types.h"

#include <commctrl.h>

enum { FORM_ROWS_MAX = 48, FORM_CELLS_MAX = 4 };

typedef enum CellKind { CELL_EDIT, CELL_COMBO, CELL_CHECK, CELL_BUTTON, CELL_TEXT, CELL_NOTE, CELL_BLOCK } CellKind;

typedef struct FormCell {
    CellKind kind;
    HWND window;
    HWND arrows;     /* up-down control in the edit's right end */
    int chars;       /* EDIT, COMBO: wanted width */
    int width;       /* BLOCK: least width at 96 dpi */
    int lines;       /* EDIT, BLOCK: height in lines; 0: height */
    int height;      /* BLOCK: at 96 dpi */
    bool fixed;      /* EDIT: letters of one width, and a scroll bar below */
    int64_t step, most;
} FormCell;

typedef struct FormRow {
    HWND label;
    bool label_above;
    bool full;       /* begins at the left margin, not in the column of controls */
    bool grows;
    bool hidden;
    bool heading;
    FormCell cells[FORM_CELLS_MAX];
    size_t cell_count;
    HWND problem;    /* made when first needed */
} FormRow;

struct Form {
    HWND window;
    FormHandler *handler;
    void *context;
    void (*resized)(void *context);
    void *resized_context;
    int dpi;
    int quiet;       /* > 0: no events */
    int held;        /* > 0: no layout */
    int scroll, content_height;
    FormRow rows[FORM_ROWS_MAX];
    size_t row_count;
    StrList ids;     /* form_id */
};

FormRow *form_row_of(const Form *form, int id); /* NULL: none */
FormCell *form_cell_of(const Form *form, int id);
int form_label_width(HWND control, int dpi);    /* of its text without '&' */
void form_send(Form *form, int id, FormEvent event);
void form_wants_layout(Form *form);
void form_wipe_secrets(Form *form);             /* before its windows go: Windows would leave what was typed in their memory */

#endif
