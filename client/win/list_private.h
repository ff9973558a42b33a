/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between list.c and list_paint.c. */
#ifndef POOLCENTER_LIST_PRIVATE_H
#define POOLCENTER_LIST_PRIVATE_H

#include "client/win/dpi.h"
#include "client/win/list.h"

#include <commctrl.h>

struct List {
    HWND window;
    Settings *settings;
    char *settings_key;
    const ListColumn *columns;
    size_t column_count;
    ListModel model;
    void *context;
    size_t count;
    size_t *order;      /* the owner's row of each item */
    int sort_column;    /* -1: owner's order */
    bool descending;
    char *selected_key;
    bool updating;      /* selection changes are ours, not the user's */
    TextId empty;       /* TEXT_COUNT: none */
    int dpi;
};

/* The owner's row of an item of the control, LIST_NONE when there is none. */
size_t list_row(const List *list, int item);
char *list_cell(const List *list, size_t row, int column);
LRESULT list_custom_draw(List *list, NMLVCUSTOMDRAW *draw);
void list_paint_empty(List *list);

#endif
