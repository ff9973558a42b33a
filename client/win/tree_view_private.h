/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of the tree control: tree_view.c (lines, keys, mouse), tree_view_paint.c (looks), tree_view_answers.c (TVM_ messages),
 * tree_view_accessible.c (screen readers). UI thread. */
#ifndef POOLCENTER_TREE_VIEW_PRIVATE_H
#define POOLCENTER_TREE_VIEW_PRIVATE_H

#include "client/win/tree_view.h"

typedef struct LineArray {
    TreeLine **items;
    size_t count, room;
} LineArray;

struct TreeView {
    HWND window, tip;
    const TreeViewEvents *events;
    void *context;
    int dpi, row_height, indent;
    int height;         /* of the client area */
    bool scroll_bar_old;
    LineArray all;      /* not hidden */
    LineArray rows;     /* those of them that can be seen: not in a closed one */
    TreeLine *selected, *drop, *tipped;
    TreeLine *selected_while_filling;
    size_t top;         /* first row in the window */
    int wheel;          /* what is left of less than a step */
    wchar_t typed[64];  /* search by typing */
    ULONGLONG typed_at;
};

/* tree_view.c */
void tree_view_make_rows(TreeView *view);  /* after opening or closing */
size_t tree_view_page(const TreeView *view); /* rows that fit */
bool tree_view_row_rect(const TreeView *view, const TreeLine *line, RECT *ret);
void tree_view_toggle(TreeView *view, TreeLine *line, bool open);
bool tree_view_has(const TreeView *view, const TreeLine *line);
TreeLine *tree_view_hit(const TreeView *view, POINT client, bool *ret_on_mark);
int tree_view_label_left(const TreeView *view, const TreeLine *line);

/* NULL: a tree of the system's. */
TreeView *tree_view_of(HWND window);

/* tree_view_accessible.c */
void tree_view_describe(TreeView *view);

/* tree_view_paint.c */
void tree_view_paint(TreeView *view);

/* tree_view_answers.c: true when it is one of the tree's messages. */
bool tree_view_answer(TreeView *view, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret);

#endif
