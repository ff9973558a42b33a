/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree control's answers to the messages of Windows' own tree, for screen readers and tests, which come from other programs: a handle is a line's address
 * and is looked up before it is used. UI thread; called by tree_view.c.
 */
#include "client/win/tree_view_private.h"

#include "client/win/dpi.h"
#include "client/win/icons.h"

#include <commctrl.h>
#include <string.h>
#include <wchar.h>

static TreeLine *line_of(const TreeView *view, LPARAM handle)
{
    TreeLine *line = (TreeLine *)handle;

    return tree_view_has(view, line) ? line : NULL;
}

static TreeLine *at(const TreeView *view, size_t index) { return index < view->all.count ? view->all.items[index] : NULL; }

static TreeLine *row_at(const TreeView *view, size_t row) { return row < view->rows.count ? view->rows.items[row] : NULL; }

/* The next one below the same line; on the first level all that is between is left out. */
static TreeLine *sibling(const TreeView *view, const TreeLine *line, size_t step)
{
    for (size_t i = line->at + step; i < view->all.count; i += step) {
        if (view->all.items[i]->parent == line->parent)
            return view->all.items[i];
        if (line->parent)
            return NULL;
    }
    return NULL;
}

static TreeLine *first_child(const TreeView *view, const TreeLine *line)
{
    TreeLine *next = at(view, line->at + 1);

    return next && next->parent == line ? next : NULL;
}

static TreeLine *relative(const TreeView *view, WPARAM which, LPARAM handle)
{
    TreeLine *line = line_of(view, handle);

    switch (which) {
    case TVGN_ROOT: return at(view, 0);
    case TVGN_CARET: return view->selected;
    case TVGN_DROPHILITE: return view->drop;
    case TVGN_FIRSTVISIBLE: return row_at(view, view->top);
    case TVGN_LASTVISIBLE: return view->rows.count ? row_at(view, view->rows.count - 1) : NULL;
    case TVGN_CHILD: return !handle || handle == (LPARAM)TVI_ROOT ? at(view, 0) : line ? first_child(view, line) : NULL;
    default: break;
    }
    if (!line)
        return NULL;
    switch (which) {
    case TVGN_NEXT: return sibling(view, line, 1);
    case TVGN_PREVIOUS: return sibling(view, line, (size_t)-1);
    case TVGN_PARENT: return line->parent;
    case TVGN_NEXTVISIBLE: return row_at(view, line->row + 1);
    case TVGN_PREVIOUSVISIBLE: return line->row ? row_at(view, line->row - 1) : NULL;
    default: return NULL;
    }
}

static UINT state_of(const TreeView *view, const TreeLine *line)
{
    return (line == view->selected ? TVIS_SELECTED : 0u) | (line->open && !line->parent ? TVIS_EXPANDED | TVIS_EXPANDEDONCE : 0u) | (line->pale ? TVIS_CUT : 0u) |
           (line == view->drop ? TVIS_DROPHILITED : 0u);
}

static LRESULT get_item(const TreeView *view, TVITEMW *item)
{
    const TreeLine *line = line_of(view, (LPARAM)item->hItem);

    if (!line)
        return FALSE;
    if ((item->mask & TVIF_TEXT) && item->pszText && item->cchTextMax > 0) {
        wcsncpy(item->pszText, line->label, (size_t)item->cchTextMax - 1);
        item->pszText[item->cchTextMax - 1] = L'\0';
    }
    item->iImage = item->iSelectedImage = icons_index(line->icon);
    item->cChildren = !line->parent && line->has_lines;
    item->state = state_of(view, line) & (item->mask & TVIF_STATE ? item->stateMask : 0u);
    item->lParam = 0;
    return TRUE;
}

static LRESULT get_rect(const TreeView *view, WPARAM text_only, RECT *rect)
{
    LPARAM handle;
    const TreeLine *line;

    memcpy(&handle, rect, sizeof handle);
    line = line_of(view, handle);
    if (!line || !tree_view_row_rect(view, line, rect))
        return FALSE;
    if (text_only) {
        rect->left = tree_view_label_left(view, line);
        if (rect->left + dpi_text_width(view->dpi, FONT_TEXT, line->label) < rect->right)
            rect->right = rect->left + dpi_text_width(view->dpi, FONT_TEXT, line->label);
    }
    return TRUE;
}

static LRESULT hit_test(const TreeView *view, TVHITTESTINFO *hit)
{
    bool on_mark;
    TreeLine *line = tree_view_hit(view, hit->pt, &on_mark);

    hit->hItem = (HTREEITEM)line;
    hit->flags = !line ? TVHT_NOWHERE : on_mark ? TVHT_ONITEMBUTTON : TVHT_ONITEMLABEL;
    return (LRESULT)line;
}

static LRESULT select_item(TreeView *view, WPARAM which, TreeLine *line)
{
    if (which == TVGN_CARET)
        tree_view_choose(view, line);
    else if (which == TVGN_DROPHILITE)
        tree_view_mark_drop(view, line);
    else
        tree_view_show(view, line);
    return TRUE;
}

static LRESULT expand(TreeView *view, WPARAM how, TreeLine *line)
{
    WPARAM action = how & 3;

    if (!line)
        return FALSE;
    tree_view_toggle(view, line, action == TVE_EXPAND || (action == TVE_TOGGLE && !line->open));
    return TRUE;
}

static LRESULT ensure_visible(TreeView *view, TreeLine *line)
{
    if (line && line->parent)
        tree_view_toggle(view, line->parent, true);
    tree_view_show(view, line);
    return line != NULL;
}

bool tree_view_answer(TreeView *view, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    switch (message) {
    case TVM_GETCOUNT: *ret = (LRESULT)view->all.count; return true;
    case TVM_GETNEXTITEM: *ret = (LRESULT)relative(view, wparam, lparam); return true;
    case TVM_GETITEMW: *ret = get_item(view, (TVITEMW *)lparam); return true;
    case TVM_GETITEMSTATE: *ret = line_of(view, (LPARAM)wparam) ? (LRESULT)(state_of(view, line_of(view, (LPARAM)wparam)) & (UINT)lparam) : 0; return true;
    case TVM_GETITEMRECT: *ret = get_rect(view, wparam, (RECT *)lparam); return true;
    case TVM_HITTEST: *ret = hit_test(view, (TVHITTESTINFO *)lparam); return true;
    case TVM_SELECTITEM: *ret = select_item(view, wparam, line_of(view, lparam)); return true;
    case TVM_EXPAND: *ret = expand(view, wparam, line_of(view, lparam)); return true;
    case TVM_ENSUREVISIBLE: *ret = ensure_visible(view, line_of(view, lparam)); return true;
    case TVM_GETVISIBLECOUNT: *ret = (LRESULT)tree_view_page(view); return true;
    case TVM_GETITEMHEIGHT: *ret = view->row_height; return true;
    case TVM_GETINDENT: *ret = view->indent; return true;
    case TVM_GETIMAGELIST: *ret = (LRESULT)icons_list(view->dpi, 16); return true;
    case TVM_GETTOOLTIPS: *ret = (LRESULT)view->tip; return true;
    case TVM_GETBKCOLOR:
    case TVM_GETTEXTCOLOR: *ret = -1; return true;
    case TVM_GETUNICODEFORMAT: *ret = TRUE; return true;
    case TVM_MAPACCIDTOHTREEITEM: *ret = (LRESULT)at(view, (size_t)wparam - 1); return true;
    case TVM_MAPHTREEITEMTOACCID: *ret = line_of(view, (LPARAM)wparam) ? (LRESULT)line_of(view, (LPARAM)wparam)->at + 1 : 0; return true;
    default: *ret = 0; return message >= TV_FIRST && message < TV_FIRST + 0x100;
    }
}
