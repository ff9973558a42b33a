/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree as screen readers know it: a line is a child by its place among all lines, its level is its value, as with Windows' own tree. UI thread. */
#include "client/win/tree_view_private.h"

#include "client/win/accessible.h"
#include "protocol/util.h"

#include <stdlib.h>
#include <wchar.h>

static TreeLine *line_at(HWND window, int child)
{
    const TreeView *view = tree_view_of(window);

    return child >= 1 && (size_t)child <= view->all.count ? view->all.items[child - 1] : NULL;
}

static int count(HWND window) { return (int)tree_view_of(window)->all.count; }

static wchar_t *name(HWND window, int child)
{
    const TreeLine *line = line_at(window, child);

    return line ? _wcsdup(line->label) : NULL;
}

static wchar_t *value(HWND window, int child)
{
    const TreeLine *line = line_at(window, child);

    return line ? _wcsdup(line->parent ? L"1" : L"0") : NULL;
}

/* What the tip says below the name: the state, which the eye sees in the icon. */
static wchar_t *description(HWND window, int child)
{
    const TreeView *view = tree_view_of(window);
    const TreeLine *line = line_at(window, child);
    AUTO_FREE wchar_t *tip = line ? view->events->tip(view->context, line) : NULL;
    const wchar_t *state = tip ? wcschr(tip, L'\n') : NULL;

    return state && state[1] ? _wcsdup(state + 1) : NULL;
}

static LONG state(HWND window, int child)
{
    const TreeView *view = tree_view_of(window);
    const TreeLine *line = line_at(window, child);
    RECT rect, client;

    if (!line)
        return 0;
    if (!tree_view_row_rect(view, line, &rect))
        return STATE_SYSTEM_INVISIBLE;
    GetClientRect(window, &client);
    return (rect.bottom <= 0 || rect.top >= client.bottom ? STATE_SYSTEM_OFFSCREEN : 0) |
           (!line->has_lines ? 0 : line->open ? STATE_SYSTEM_EXPANDED : STATE_SYSTEM_COLLAPSED);
}

static bool place(HWND window, int child, RECT *ret)
{
    const TreeLine *line = line_at(window, child);

    return line && tree_view_row_rect(tree_view_of(window), line, ret);
}

static int selected(HWND window)
{
    const TreeLine *line = tree_view_of(window)->selected;

    return line ? (int)line->at + 1 : 0;
}

static void choose(HWND window, int child)
{
    TreeLine *line = line_at(window, child);

    if (line)
        tree_view_choose(tree_view_of(window), line);
}

void tree_view_describe(TreeView *view)
{
    static const AccessibleClass class = {
        .role = ROLE_SYSTEM_OUTLINE, .child_role = ROLE_SYSTEM_OUTLINEITEM, .count = count, .name = name, .value = value, .description = description, .state = state,
        .place = place, .selected = selected, .choose = choose,
    };

    accessible_class(view->window, &class);
}
