/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tree of two levels for ten thousand lines: it keeps pointers to its owner's lines and paints what is seen. Windows' own tree keeps a copy of every line and, under
 * Wine, needs milliseconds for each that comes or goes. This one goes by the same class name and answers the same questions (TVM_GETNEXTITEM, TVM_GETITEM,
 * TVM_SELECTITEM, TVM_EXPAND ...), so that screen readers and tests find what they know. UI thread.
 */
#ifndef POOLCENTER_TREE_VIEW_H
#define POOLCENTER_TREE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

typedef struct TreeView TreeView;

/* A line; part of a struct of the owner. What the owner sets: */
typedef struct TreeLine {
    struct TreeLine *parent; /* NULL: on the first level */
    wchar_t *label;
    wchar_t *more;           /* pale, behind the label where there is room; NULL: nothing */
    int icon;
    bool hidden;             /* does not match a filter */
    bool pale;
    bool open;               /* first level: its lines are shown; the user's doing, too */
    bool has_lines;          /* first level: some that are not hidden */
    /* The control's own: */
    size_t at, row;          /* in all lines that are not hidden; in those that can be seen, when it can be */
} TreeLine;

typedef struct TreeViewEvents {
    void (*selected)(void *context, TreeLine *line);            /* by the user; NULL: nothing */
    bool (*activated)(void *context, TreeLine *line);           /* Enter, double click; false: opens or closes it instead */
    void (*toggled)(void *context, TreeLine *line);             /* opened or closed by the user */
    bool (*key_down)(void *context, WPARAM key);                /* true: done */
    void (*menu)(void *context, TreeLine *line, POINT screen);  /* the line is selected before; NULL: beside all lines */
    wchar_t *(*tip)(void *context, const TreeLine *line);       /* malloc'ed; NULL: none */
} TreeViewEvents;

TreeView *tree_view_create(HWND parent, const TreeViewEvents *events, void *context);
HWND tree_view_window(const TreeView *view);

/* New lines: first the beginning, then all lines that are not hidden in the order of the tree, then the end. Lines that are gone must not be used any more
 * by then. The selection stays on its line, or nowhere. */
void tree_view_begin(TreeView *view);
void tree_view_add(TreeView *view, TreeLine *line);
void tree_view_end(TreeView *view);
/* Looks of one line changed. */
void tree_view_repaint(TreeView *view, const TreeLine *line);

/* Not told to the owner. */
void tree_view_select(TreeView *view, TreeLine *line);
void tree_view_show(TreeView *view, const TreeLine *line); /* scrolls to it */
/* As if the user had chosen it. */
void tree_view_choose(TreeView *view, TreeLine *line);
TreeLine *tree_view_at(const TreeView *view, POINT screen); /* NULL: none */
void tree_view_mark_drop(TreeView *view, TreeLine *line);   /* NULL: none */
void tree_view_restyle(TreeView *view);

#endif
