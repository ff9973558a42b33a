/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A virtual list (LVS_OWNERDATA) that asks its owner for rows only when they are seen: sorted by a click on a header, columns with remembered widths and order, bars in
 * cells, headings, a text while empty, copy by Ctrl+C. It paints its rows itself, so light, dark and High Contrast look the same everywhere. It watches its parent's
 * WM_NOTIFY by a subclass: the parent has nothing to do. UI thread.
 */
#ifndef POOLCENTER_LIST_H
#define POOLCENTER_LIST_H

#include "client/core/settings.h"
#include "client/core/text.h"

#include <windows.h>

typedef struct List List;

typedef struct ListColumn {
    const char *name; /* stable word for the settings */
    TextId title;
    int width;        /* at 96 dpi, before the user changed it */
    bool right;       /* numbers */
} ListColumn;

#define LIST_NONE ((size_t)-1)

/* What the owner answers and hears; rows are its own indexes, in its own order. Only text is required. */
typedef struct ListModel {
    char *(*text)(void *context, size_t row, int column);          /* UTF-8, the list frees it */
    const char *(*key)(void *context, size_t row);                 /* identity, borrowed: keeps the selection when rows move */
    int (*icon)(void *context, size_t row);                        /* ICON_..., 0: none */
    bool (*level)(void *context, size_t row, int column, int *ret_permille, COLORREF *ret_color); /* a bar in this cell; permille -1: busy */
    int (*compare)(void *context, size_t a, size_t b, int column); /* makes columns sortable */
    bool (*heading)(void *context, size_t row);                    /* a bold row over the columns that follow it */
    bool (*dim)(void *context, size_t row);
    void (*selected)(void *context);                               /* the selection changed */
    void (*activated)(void *context, size_t row);                  /* double click, Enter */
    void (*menu)(void *context, POINT screen);                     /* right click, Apps key; the row is selected before */
    void (*dragged)(void *context);                                /* the selected row, with the left button down */
    bool (*key_down)(void *context, WORD key);                     /* Del, F5 ...; true: handled */
} ListModel;

/* settings_key: columns are remembered under "list.<settings_key>."; sort_column -1: owner's order first. The list is freed with its window. */
List *list_create(HWND parent, int id, Settings *settings, const char *settings_key, const ListColumn *columns, size_t column_count, int sort_column, const ListModel *model, void *context);
HWND list_window(const List *list);
/* The rows changed: count of them now. Keeps selection (by key) and scroll position. */
void list_update(List *list, size_t rows);
/* Only cell contents changed. */
void list_redraw(List *list);
size_t list_selected(const List *list); /* LIST_NONE: nothing */
void list_set_empty_text(List *list, TextId id);
/* dpi, theme or language changed. */
void list_restyle(List *list);
/* Puts the selected row on the clipboard: its cells separated by tabs. */
void list_copy(List *list);
/* The same with one cell only. */
void list_copy_cell(List *list, int column);

#endif
