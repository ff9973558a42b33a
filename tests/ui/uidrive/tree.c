/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about tree views. */
#include "tree.h"

#include <string.h>

#include "command.h"
#include "target.h"
#include "windows.h"

#define PATH_SEPARATOR L'\x1f'
#define LEVELS_MAX 64

static HTREEITEM next_item(HWND tree, UINT which, HTREEITEM item)
{
    return (HTREEITEM)target_ask(tree, TVM_GETNEXTITEM, which, (LPARAM)item);
}

/* Text and state of an item. `ret_text` has TARGET_TEXT_MAX characters. */
static bool get_item(HWND tree, HTREEITEM handle, TVITEMW *ret_item, wchar_t *ret_text, Answer *answer)
{
    Target *target = target_open(tree, answer);
    LRESULT done;

    if (target == NULL)
        return false;
    *ret_item = (TVITEMW){
        .mask = TVIF_HANDLE | TVIF_TEXT | TVIF_STATE | TVIF_IMAGE | TVIF_CHILDREN,
        .hItem = handle,
        .stateMask = ~0u,
        .pszText = (wchar_t *)target_address(target, TARGET_TEXT),
        .cchTextMax = TARGET_TEXT_MAX,
    };
    return target_write(target, TARGET_STRUCT, ret_item, sizeof(*ret_item), answer)
        && target_send(tree, TVM_GETITEMW, 0, target_address(target, TARGET_STRUCT), &done, answer)
        && target_read(target, TARGET_STRUCT, ret_item, sizeof(*ret_item), answer)
        && target_read_text(target, ret_item->pszText, ret_text, answer);
}

static bool write_item(HWND tree, HTREEITEM handle, int level, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    TVITEMW item;

    if (!get_item(tree, handle, &item, text, answer))
        return false;
    json_open(answer, '{');
    json_field_int(answer, "item", (INT_PTR)handle);
    json_field_text(answer, "text", text);
    json_field_int(answer, "level", level);
    json_field_int(answer, "image", item.iImage);
    json_field_int(answer, "overlay", (item.state & TVIS_OVERLAYMASK) >> 8);
    json_field_int(answer, "state_image", (item.state & TVIS_STATEIMAGEMASK) >> 12);
    json_field_int(answer, "children", item.cChildren);
    json_field_bool(answer, "expanded", (item.state & TVIS_EXPANDED) != 0);
    json_field_bool(answer, "selected", (item.state & TVIS_SELECTED) != 0);
    json_field_bool(answer, "bold", (item.state & TVIS_BOLD) != 0);
    json_field_bool(answer, "cut", (item.state & TVIS_CUT) != 0);
    json_close(answer, '}');
    return true;
}

/* Depth first, as it is shown; collapsed branches, too, unless only visible items are wanted. */
static bool write_branch(HWND tree, HTREEITEM item, int level, bool visible_only, Answer *answer)
{
    for (; item != NULL; item = next_item(tree, TVGN_NEXT, item)) {
        bool open = !visible_only || (target_ask(tree, TVM_GETITEMSTATE, (WPARAM)item, TVIS_EXPANDED) & TVIS_EXPANDED);

        if (!write_item(tree, item, level, answer))
            return false;
        if (open && level < LEVELS_MAX
            && !write_branch(tree, next_item(tree, TVGN_CHILD, item), level + 1, visible_only, answer))
            return false;
    }
    return true;
}

static bool run_tree(Command *command, Answer *answer)
{
    HWND tree = command_window(command, 1);

    if (target_open(tree, answer) == NULL)
        return false;
    json_open(answer, '[');
    if (!write_branch(tree, next_item(tree, TVGN_ROOT, NULL), 0, command_int(command, 2) != 0, answer))
        return false;
    json_close(answer, ']');
    return true;
}

/* Among an item and its later siblings. */
static HTREEITEM find_sibling(HWND tree, HTREEITEM item, const wchar_t *name, size_t length, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    TVITEMW ignored;

    for (; item != NULL; item = next_item(tree, TVGN_NEXT, item)) {
        if (!get_item(tree, item, &ignored, text, answer))
            return NULL;
        if (wcslen(text) == length && wcsncmp(text, name, length) == 0)
            return item;
    }
    return NULL;
}

HTREEITEM tree_find(HWND tree, const wchar_t *path, bool expand, Answer *answer)
{
    HTREEITEM item = NULL;
    HTREEITEM first = next_item(tree, TVGN_ROOT, NULL);

    for (const wchar_t *name = path; name != NULL;) {
        const wchar_t *end = wcschr(name, PATH_SEPARATOR);
        size_t length = end != NULL ? (size_t)(end - name) : wcslen(name);

        item = find_sibling(tree, first, name, length, answer);
        if (item == NULL)
            return NULL;
        if (end != NULL && expand)
            target_ask(tree, TVM_EXPAND, TVE_EXPAND, (LPARAM)item);
        first = next_item(tree, TVGN_CHILD, item);
        name = end != NULL ? end + 1 : NULL;
    }
    return item;
}

/* The path of word 2, or the failure that it is not there. */
static HTREEITEM find_or_fail(Command *command, bool expand, Answer *answer)
{
    HTREEITEM item = tree_find(command_window(command, 1), command_text(command, 2), expand, answer);

    if (item == NULL)
        answer_fail(answer, "the tree has no '%s'", command_word(command, 2));
    return item;
}

static bool run_tree_item(Command *command, Answer *answer)
{
    HTREEITEM item = find_or_fail(command, false, answer);

    return item != NULL && write_item(command_window(command, 1), item, 0, answer);
}

static bool run_tree_select(Command *command, Answer *answer)
{
    HTREEITEM item = find_or_fail(command, true, answer);
    LRESULT done;

    return item != NULL
        && target_send(command_window(command, 1), TVM_SELECTITEM, TVGN_CARET, (LPARAM)item, &done, answer);
}

static bool run_tree_expand(Command *command, Answer *answer)
{
    HTREEITEM item = find_or_fail(command, true, answer);
    bool collapse = command->count > 3 && command_int(command, 3) == 0;
    LRESULT done;

    return item != NULL && target_send(command_window(command, 1), TVM_EXPAND, collapse ? TVE_COLLAPSE : TVE_EXPAND,
                                       (LPARAM)item, &done, answer);
}

/* The label's rectangle on the screen, scrolled into view: for real clicks and menus. */
static bool run_tree_rect(Command *command, Answer *answer)
{
    HWND tree = command_window(command, 1);
    HTREEITEM item = find_or_fail(command, true, answer);
    Target *target = item != NULL ? target_open(tree, answer) : NULL;
    LRESULT done;
    RECT rect;

    if (target == NULL || !target_send(tree, TVM_ENSUREVISIBLE, 0, (LPARAM)item, &done, answer))
        return false;
    /* The message takes the item in the place where it puts the rectangle. */
    if (!target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        || !target_send(tree, TVM_GETITEMRECT, TRUE, target_address(target, TARGET_STRUCT), &done, answer)
        || !target_read(target, TARGET_STRUCT, &rect, sizeof(rect), answer))
        return false;
    MapWindowPoints(tree, NULL, (POINT *)&rect, 2);
    json_rect(answer, &rect);
    return true;
}

static bool run_tree_selected(Command *command, Answer *answer)
{
    HWND tree = command_window(command, 1);
    HTREEITEM item = next_item(tree, TVGN_CARET, NULL);
    static wchar_t text[TARGET_TEXT_MAX];
    HTREEITEM chain[LEVELS_MAX];
    int count = 0;

    for (; item != NULL && count < LEVELS_MAX; item = next_item(tree, TVGN_PARENT, item))
        chain[count++] = item;
    json_open(answer, '[');
    while (count-- > 0) {
        TVITEMW ignored;

        if (!get_item(tree, chain[count], &ignored, text, answer))
            return false;
        json_text(answer, text);
    }
    json_close(answer, ']');
    return true;
}

const CommandEntry tree_commands[] = {
    {"tree", 1, run_tree, "HWND [1]: all items, or only those in open branches"},
    {"tree_item", 2, run_tree_item, "HWND PATH: texts joined by 0x1f"},
    {"tree_select", 2, run_tree_select, "HWND PATH: opens the branches on the way"},
    {"tree_expand", 2, run_tree_expand, "HWND PATH [0]: open, or close"},
    {"tree_rect", 2, run_tree_rect, "HWND PATH: where its label is on the screen"},
    {"tree_selected", 1, run_tree_selected, "HWND: path of the selected item"},
    {0},
};
