/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The navigation tree; see tree.h. A server's children are put into the control when its line is opened. Lines are opened by the program only as
 * long as there are few: with 100 hosts of 100 VMs each the control holds what can be looked at. Texts are asked back from the index. UI thread.
 */
#include "client/ui/tree.h"

#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/menu.h"
#include "client/ui/object_text.h"
#include "client/ui/tree_index.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPEN_LINES_MAX = 600,     /* lines of objects that the program puts into the control by opening servers */
    FILTER_STEP_MS = 20,      /* how long a keystroke in the search may open matches; the rest follows */
    FILTER_TIMER = 11,
    FILTER_TIMER_MS = 15,
    MANY_CHANGES = 64,        /* in one batch: looking at everything once is cheaper */
    RELEASE_TIMER = 12,
    RELEASE_PART = 10,        /* letting the control draw again may take this part of the time: it measures every line then */
};

typedef struct Tree {
    HWND window;
    TreeServer **servers; /* in the order shown */
    size_t count, room;
    wchar_t *filter;      /* lower case */
    Selection current;    /* what the frame shows, whether or not its line is in the control */
    Selection drop;
    int quiet;            /* our own changes of the control's selection are no news */
    int changing;
    bool held;            /* the control does not draw: changing, or more changes are likely to follow at once */
    int64_t release_at;   /* not before, so that a hundred servers that come at once do not measure all lines a hundred times */
    size_t lines;         /* of objects, in the control */
    size_t next_open;     /* filter: servers from here on still have to be opened */
} Tree;

static Tree tree = {.filter = (wchar_t[]){0}};

/* ---------------------------------------------------------------- the control */

static void begin_change(void)
{
    tree.quiet++;
    if (tree.changing++ == 0 && !tree.held)
        SendMessageW(tree.window, WM_SETREDRAW, FALSE, 0);
    tree.held = true;
}

static TreeNode *node_of(HTREEITEM item)
{
    TVITEMW info = {.mask = TVIF_PARAM | TVIF_HANDLE, .hItem = item};

    return item && SendMessageW(tree.window, TVM_GETITEMW, 0, (LPARAM)&info) ? (TreeNode *)info.lParam : NULL;
}

static TreeServer *entry_of(const Server *server)
{
    for (size_t i = 0; i < tree.count; i++)
        if (tree.servers[i]->server == server)
            return tree.servers[i];
    return NULL;
}

static TreeNode *node_of_selection(const Selection *selection)
{
    TreeServer *entry = entry_of(selection->server);

    if (!entry)
        return NULL;
    return selection->kind == OBJECT_HOST ? &entry->node : tree_server_find(entry, selection->id);
}

static void select_item(HTREEITEM item)
{
    if ((HTREEITEM)SendMessageW(tree.window, TVM_GETNEXTITEM, TVGN_CARET, 0) == item)
        return;
    tree.quiet++;
    SendMessageW(tree.window, TVM_SELECTITEM, TVGN_CARET, (LPARAM)item);
    tree.quiet--;
}

static int64_t now_ms(void) { return (int64_t)GetTickCount64(); }

static void release(void)
{
    int64_t start = now_ms();

    KillTimer(GetParent(tree.window), RELEASE_TIMER);
    tree.held = false;
    SendMessageW(tree.window, WM_SETREDRAW, TRUE, 0);
    InvalidateRect(tree.window, NULL, TRUE);
    tree.release_at = now_ms() + (now_ms() - start) * RELEASE_PART;
}

/* The control moves its selection when a line goes: back to what is really shown, or nowhere. */
static void end_change(void)
{
    const TreeNode *node;

    if (--tree.changing == 0) {
        node = node_of_selection(&tree.current);
        select_item(node ? node->item : NULL);
        if (now_ms() >= tree.release_at)
            release();
        else
            SetTimer(GetParent(tree.window), RELEASE_TIMER, (UINT)(tree.release_at - now_ms()), NULL);
    }
    tree.quiet--;
}

static UINT cut_state(const TreeServer *entry) { return server_online(entry->server) ? 0 : TVIS_CUT; }

static HTREEITEM insert_line(TreeNode *node, HTREEITEM parent, HTREEITEM after)
{
    TVINSERTSTRUCTW insert = {.hParent = parent, .hInsertAfter = after};

    insert.item.mask = TVIF_TEXT | TVIF_IMAGE | TVIF_SELECTEDIMAGE | TVIF_PARAM | TVIF_STATE;
    insert.item.pszText = LPSTR_TEXTCALLBACKW;
    insert.item.iImage = insert.item.iSelectedImage = icons_index(node->icon);
    insert.item.lParam = (LPARAM)node;
    insert.item.stateMask = TVIS_CUT;
    insert.item.state = node->kind == OBJECT_HOST ? 0 : cut_state(node->owner);
    node->owner->pale |= insert.item.state != 0;
    return (HTREEITEM)SendMessageW(tree.window, TVM_INSERTITEMW, 0, (LPARAM)&insert);
}

static void drop_line(void *context, void *item)
{
    (void)context;
    tree.lines--;
    SendMessageW(tree.window, TVM_DELETEITEM, 0, (LPARAM)item);
}

/* The picture changed, or the words of a text callback. */
static void update_line(const TreeNode *node)
{
    TVITEMW item = {.mask = TVIF_HANDLE | TVIF_IMAGE | TVIF_SELECTEDIMAGE, .hItem = node->item};
    RECT rect;

    if (!node->item)
        return;
    item.iImage = item.iSelectedImage = icons_index(node->icon);
    SendMessageW(tree.window, TVM_SETITEMW, 0, (LPARAM)&item);
    memcpy(&rect, &node->item, sizeof node->item); /* the message takes the handle in the rectangle */
    if (SendMessageW(tree.window, TVM_GETITEMRECT, FALSE, (LPARAM)&rect))
        InvalidateRect(tree.window, &rect, TRUE);
}

/* ---------------------------------------------------------------- what is shown */

static bool filtering(void) { return *tree.filter != 0; }

static bool server_shown(const TreeServer *entry) { return !filtering() || entry->node.matches || entry->matching; }

/* A server found by its own name shows all that is on it. */
static bool child_shown(const TreeNode *node)
{
    return node->matches || (node->owner->node.matches && !node->owner->matching);
}

static size_t children_shown(const TreeServer *entry)
{
    return filtering() && entry->matching ? entry->matching : entry->count;
}

static void set_has_children(TreeServer *entry)
{
    TVITEMW item = {.mask = TVIF_HANDLE | TVIF_CHILDREN, .hItem = entry->node.item, .cChildren = children_shown(entry) > 0};

    if (item.hItem && entry->has_children != (item.cChildren != 0))
        SendMessageW(tree.window, TVM_SETITEMW, 0, (LPARAM)&item);
    entry->has_children = item.hItem && item.cChildren;
}

static void populate(TreeServer *entry)
{
    HTREEITEM last = TVI_FIRST;

    if (entry->populated || !entry->node.item)
        return;
    entry->populated = true;
    begin_change();
    for (size_t i = 0; i < entry->count; i++) {
        TreeNode *node = entry->children[i];
        if (!child_shown(node))
            continue;
        node->item = insert_line(node, entry->node.item, last);
        last = node->item;
        tree.lines++;
    }
    end_change();
}

/* Takes all lines of its objects out of the control; the server's own stays. */
static void empty(TreeServer *entry)
{
    if (!entry->populated)
        return;
    begin_change();
    for (size_t i = 0; i < entry->count; i++) {
        tree.lines -= entry->children[i]->item != NULL;
        entry->children[i]->item = NULL;
    }
    entry->populated = false;
    SendMessageW(tree.window, TVM_EXPAND, TVE_COLLAPSE | TVE_COLLAPSERESET, (LPARAM)entry->node.item);
    end_change();
}

static bool is_open(const TreeServer *entry)
{
    return entry->node.item && (SendMessageW(tree.window, TVM_GETITEMSTATE, (WPARAM)entry->node.item, TVIS_EXPANDED) & TVIS_EXPANDED);
}

static void open_server(TreeServer *entry)
{
    if (!entry->node.item || is_open(entry) || !children_shown(entry))
        return;
    begin_change();
    populate(entry);
    SendMessageW(tree.window, TVM_EXPAND, TVE_EXPAND, (LPARAM)entry->node.item);
    end_change();
}

/* As long as the tree stays small, servers open by themselves. */
static bool may_open(const TreeServer *entry) { return entry->populated || tree.lines + children_shown(entry) <= OPEN_LINES_MAX; }

static HTREEITEM line_before_server(size_t place)
{
    while (place-- > 0)
        if (tree.servers[place]->node.item)
            return tree.servers[place]->node.item;
    return TVI_FIRST;
}

static size_t place_of_server(const TreeServer *entry)
{
    size_t place = 0;

    while (tree.servers[place] != entry)
        place++;
    return place;
}

static void remove_server_line(TreeServer *entry)
{
    if (!entry->node.item)
        return;
    begin_change();
    empty(entry);
    SendMessageW(tree.window, TVM_DELETEITEM, 0, (LPARAM)entry->node.item);
    entry->node.item = NULL;
    entry->has_children = false;
    end_change();
}

static void show_server_line(TreeServer *entry)
{
    if (!server_shown(entry)) {
        remove_server_line(entry);
        return;
    }
    if (!entry->node.item)
        entry->node.item = insert_line(&entry->node, TVI_ROOT, line_before_server(place_of_server(entry)));
    set_has_children(entry);
}

/* A new child of a server whose lines are in the control. */
static void insert_child_line(TreeNode *node)
{
    TreeServer *entry = node->owner;
    size_t place = tree_server_place(entry, node);
    HTREEITEM after = TVI_FIRST;

    for (size_t i = place; i-- > 0 && after == TVI_FIRST;)
        if (entry->children[i]->item)
            after = entry->children[i]->item;
    node->item = insert_line(node, entry->node.item, after);
    tree.lines++;
}

/* ---------------------------------------------------------------- servers */

static void label_server(TreeServer *entry)
{
    AUTO_FREE wchar_t *name = utf_to_wide(server_name(entry->server));
    AUTO_FREE char *words = object_server_label(entry->server);

    free(entry->node.label);
    free(entry->node.key);
    entry->node.label = utf_to_wide(words);
    entry->node.key = tree_make_key(name);
    entry->node.icon = object_server_icon(entry->server);
}

static size_t sorted_place(const TreeServer *entry)
{
    size_t place = 0;

    while (place < tree.count && tree_compare_names(tree.servers[place]->node.key, entry->node.key) < 0)
        place++;
    return place;
}

static void put_into_order(TreeServer *entry)
{
    size_t place = sorted_place(entry);

    if (tree.count == tree.room) {
        tree.room = tree.room ? tree.room * 2 : 16;
        tree.servers = x_realloc(tree.servers, tree.room, sizeof *tree.servers);
    }
    memmove(&tree.servers[place + 1], &tree.servers[place], (tree.count - place) * sizeof *tree.servers);
    tree.servers[place] = entry;
    tree.count++;
}

static void take_out_of_order(const TreeServer *entry)
{
    size_t place = place_of_server(entry);

    memmove(&tree.servers[place], &tree.servers[place + 1], (tree.count - place - 1) * sizeof *tree.servers);
    tree.count--;
}

void tree_add_server(Server *server)
{
    TreeServer *entry = tree_server_create(server);

    begin_change();
    label_server(entry);
    put_into_order(entry);
    tree_server_sync(entry, drop_line, NULL);
    tree_server_filter(entry, tree.filter);
    show_server_line(entry);
    end_change();
}

void tree_remove_server(Server *server)
{
    TreeServer *entry = entry_of(server);

    if (!entry)
        return;
    if (tree.current.server == server)
        memset(&tree.current, 0, sizeof tree.current);
    begin_change();
    remove_server_line(entry);
    take_out_of_order(entry);
    end_change();
    tree_server_free(entry);
}

/* Objects of a server that is away are shown as they were, but pale. */
static void set_paleness(TreeServer *entry)
{
    entry->pale = !server_online(entry->server);
    begin_change();
    for (size_t i = 0; i < entry->count; i++) {
        TVITEMW item = {.mask = TVIF_HANDLE | TVIF_STATE, .hItem = entry->children[i]->item, .stateMask = TVIS_CUT, .state = cut_state(entry)};
        if (item.hItem)
            SendMessageW(tree.window, TVM_SETITEMW, 0, (LPARAM)&item);
    }
    end_change();
}

void tree_server_changed(Server *server)
{
    TreeServer *entry = entry_of(server);
    AUTO_FREE wchar_t *old_key = entry ? _wcsdup(entry->node.key) : NULL;
    AUTO_FREE wchar_t *old_label = entry ? _wcsdup(entry->node.label) : NULL;
    int old_icon = entry ? entry->node.icon : 0;

    if (!entry)
        return;
    label_server(entry);
    tree_node_filter(&entry->node, tree.filter);
    if (wcscmp(old_key, entry->node.key) != 0) {
        bool open = is_open(entry);
        begin_change();
        remove_server_line(entry);
        take_out_of_order(entry);
        put_into_order(entry);
        show_server_line(entry);
        if (open)
            open_server(entry);
        end_change();
    }
    show_server_line(entry);
    if (entry->node.icon != old_icon || wcscmp(entry->node.label, old_label) != 0)
        update_line(&entry->node);
    if (entry->pale != !server_online(server))
        set_paleness(entry);
}

static void sync_all(TreeServer *entry)
{
    tree_server_sync(entry, drop_line, NULL);
    tree_server_filter(entry, tree.filter);
    for (size_t i = 0; entry->populated && i < entry->count; i++) {
        TreeNode *node = entry->children[i];
        if (node->item)
            update_line(node);
        else if (child_shown(node))
            insert_child_line(node);
    }
}

static void sync_one(TreeServer *entry, const Change *change)
{
    TreeNode *node = tree_server_sync_one(entry, change->object, change->id, drop_line, NULL);

    if (!node)
        return;
    entry->matching -= node->matches;
    tree_node_filter(node, tree.filter);
    entry->matching += node->matches;
    if (!child_shown(node) && node->item) {
        drop_line(NULL, node->item);
        node->item = NULL;
    } else if (node->item) {
        update_line(node);
    } else if (entry->populated && child_shown(node)) {
        insert_child_line(node);
    }
}

/* Only pictures changed: no line comes, goes or moves, so the control need not be held still. */
static bool only_looks(const ChangeList *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].kind != CHANGE_CHANGED)
            return false;
    return true;
}

void tree_inventory_changed(Server *server, const ChangeList *changes)
{
    TreeServer *entry = entry_of(server);
    bool still;

    if (!entry)
        return;
    still = !changes || changes->count > MANY_CHANGES || !only_looks(changes);
    if (still)
        begin_change();
    if (!changes || changes->count > MANY_CHANGES)
        sync_all(entry);
    else
        for (size_t i = 0; i < changes->count; i++)
            sync_one(entry, &changes->items[i]);
    show_server_line(entry);
    if (!entry->expanded_once && entry->count) {
        entry->expanded_once = true;
        if (may_open(entry))
            open_server(entry);
    }
    if (still)
        end_change();
}

void tree_tick(void)
{
    for (size_t i = 0; i < tree.count; i++)
        if (server_state(tree.servers[i]->server) == SERVER_RETRYING) {
            label_server(tree.servers[i]);
            update_line(&tree.servers[i]->node);
        }
}

/* ---------------------------------------------------------------- filter */

/* Opens servers with matches for a short while; true: some are left. */
static bool open_matches(void)
{
    int64_t until = now_ms() + FILTER_STEP_MS;

    for (; tree.next_open < tree.count; tree.next_open++) {
        TreeServer *entry = tree.servers[tree.next_open];
        if (now_ms() >= until)
            return true;
        if (entry->matching && may_open(entry))
            open_server(entry);
    }
    return false;
}

static void open_as_before(void)
{
    for (size_t i = 0; i < tree.count; i++)
        if (!tree.servers[i]->collapsed && may_open(tree.servers[i]))
            open_server(tree.servers[i]);
}

size_t tree_set_filter(const char *text)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    static wchar_t *owned;
    size_t matches = 0;

    free(owned);
    owned = tree.filter = tree_make_key(wide);
    KillTimer(GetParent(tree.window), FILTER_TIMER);
    begin_change();
    for (size_t i = 0; i < tree.count; i++) {
        TreeServer *entry = tree.servers[i];
        empty(entry);
        tree_server_filter(entry, tree.filter);
        show_server_line(entry);
        matches += entry->matching + entry->node.matches;
    }
    tree.next_open = 0;
    if (!filtering())
        open_as_before();
    else if (open_matches())
        SetTimer(GetParent(tree.window), FILTER_TIMER, FILTER_TIMER_MS, NULL);
    end_change();
    return matches;
}

bool tree_timer(UINT_PTR id)
{
    if (id == RELEASE_TIMER && !tree.changing)
        release();
    if (id != FILTER_TIMER)
        return id == RELEASE_TIMER;
    begin_change();
    if (!open_matches())
        KillTimer(GetParent(tree.window), FILTER_TIMER);
    end_change();
    return true;
}

/* ---------------------------------------------------------------- selection */

static Selection selection_of(const TreeNode *node)
{
    return node ? selection_make(node->owner->server, node->kind, node->id) : (Selection){0};
}

void tree_select(const Selection *selection)
{
    TreeNode *node = node_of_selection(selection);

    tree.current = *selection;
    if (node && node->kind != OBJECT_HOST && child_shown(node))
        open_server(node->owner);
    select_item(node ? node->item : NULL);
    if (node && node->item)
        SendMessageW(tree.window, TVM_ENSUREVISIBLE, 0, (LPARAM)node->item);
}

static void select_by_user(const TreeNode *node)
{
    Selection selection = selection_of(node);

    if (!node || selection_equal(&selection, &tree.current))
        return;
    tree.current = selection;
    frame_selected(&selection);
}

bool tree_select_first_match(void)
{
    for (size_t i = 0; i < tree.count; i++) {
        TreeServer *entry = tree.servers[i];
        if (entry->node.matches && entry->node.item) {
            SendMessageW(tree.window, TVM_SELECTITEM, TVGN_CARET, (LPARAM)entry->node.item);
            return true;
        }
        for (size_t j = 0; j < entry->count; j++)
            if (entry->children[j]->matches && child_shown(entry->children[j])) {
                open_server(entry);
                SendMessageW(tree.window, TVM_SELECTITEM, TVGN_CARET, (LPARAM)entry->children[j]->item);
                return true;
            }
    }
    return false;
}

bool tree_at_point(POINT screen, Selection *ret)
{
    TVHITTESTINFO hit = {.pt = screen};
    RECT client;

    ScreenToClient(tree.window, &hit.pt);
    GetClientRect(tree.window, &client);
    if (!PtInRect(&client, hit.pt) || !SendMessageW(tree.window, TVM_HITTEST, 0, (LPARAM)&hit))
        return false;
    *ret = selection_of(node_of(hit.hItem));
    return ret->server != NULL;
}

void tree_mark_drop(const Selection *selection)
{
    const TreeNode *node = selection ? node_of_selection(selection) : NULL;

    SendMessageW(tree.window, TVM_SELECTITEM, TVGN_DROPHILITE, (LPARAM)(node ? node->item : NULL));
}

/* ---------------------------------------------------------------- notifications */

/* The control's own mark of an item that opens is a light box where the system has no dark theme. */
static void paint_mark(const NMTVCUSTOMDRAW *draw, const TreeNode *node, COLORREF back)
{
    int dpi = dpi_of(tree.window), indent = (int)SendMessageW(tree.window, TVM_GETINDENT, 0, 0), half = dpi_scale(dpi, 3);
    RECT row = draw->nmcd.rc;
    int x = indent / 2, y = (row.top + row.bottom) / 2;
    bool open = is_open(node->owner);
    POINT points[3] = {{x - half, y - half / 2}, {x, y + half - half / 2}, {x + half, y - half / 2}};
    HPEN pen = CreatePen(PS_SOLID, dpi_scale(dpi, 1), theme_color(THEME_TEXT));
    HGDIOBJ old = SelectObject(draw->nmcd.hdc, pen);

    if (!open) {
        points[0] = (POINT){x - half / 2, y - half};
        points[1] = (POINT){x + half - half / 2, y};
        points[2] = (POINT){x - half / 2, y + half};
    }
    row.left = 0;
    row.right = indent;
    paint_fill(draw->nmcd.hdc, &row, back);
    if (children_shown(node->owner))
        Polyline(draw->nmcd.hdc, points, 3);
    SelectObject(draw->nmcd.hdc, old);
    DeleteObject(pen);
}

static void row_colors(const NMTVCUSTOMDRAW *draw, const TreeNode *node, COLORREF *ret_text, COLORREF *ret_back)
{
    bool selected = draw->nmcd.uItemState & CDIS_SELECTED;
    UINT drop = (UINT)SendMessageW(tree.window, TVM_GETITEMSTATE, (WPARAM)draw->nmcd.dwItemSpec, TVIS_DROPHILITED) & TVIS_DROPHILITED;

    *ret_text = theme_color(server_online(node->owner->server) ? THEME_TEXT : THEME_TEXT_DIM);
    *ret_back = theme_color(THEME_WINDOW);
    if (drop || (selected && (GetFocus() == tree.window || theme_is_high_contrast()))) {
        *ret_text = theme_color(THEME_SELECTION_TEXT);
        *ret_back = theme_color(THEME_SELECTION);
    } else if (selected) {
        *ret_text = theme_color(THEME_TEXT);
        *ret_back = theme_color(THEME_CONTROL_HOT);
    }
}

static LRESULT custom_draw(NMTVCUSTOMDRAW *draw)
{
    const TreeNode *node = (const TreeNode *)draw->nmcd.lItemlParam;
    COLORREF text_color, back;

    if (draw->nmcd.dwDrawStage == CDDS_PREPAINT)
        return CDRF_NOTIFYITEMDRAW;
    if (!node)
        return CDRF_DODEFAULT;
    row_colors(draw, node, &text_color, &back);
    if (draw->nmcd.dwDrawStage == CDDS_ITEMPOSTPAINT)
        paint_mark(draw, node, back);
    if (draw->nmcd.dwDrawStage != CDDS_ITEMPREPAINT)
        return CDRF_DODEFAULT;
    draw->clrText = text_color;
    draw->clrTextBk = back;
    return theme_is_dark() && node->kind == OBJECT_HOST ? CDRF_NEWFONT | CDRF_NOTIFYPOSTPAINT : CDRF_NEWFONT;
}

static LRESULT expanding(const NMTREEVIEWW *change)
{
    TreeNode *node = (TreeNode *)change->itemNew.lParam;

    if (node && node->kind == OBJECT_HOST && change->action == TVE_EXPAND)
        populate(node->owner);
    return FALSE;
}

static void expanded(const NMTREEVIEWW *change)
{
    TreeNode *node = (TreeNode *)change->itemNew.lParam;

    if (node && node->kind == OBJECT_HOST && !tree.changing)
        node->owner->collapsed = change->action == TVE_COLLAPSE;
}

static void give_info_tip(NMTVGETINFOTIPW *tip)
{
    Selection selection = selection_of((const TreeNode *)tip->lParam);
    AUTO_FREE char *words = selection.server ? object_state_text(&selection) : x_strdup("");
    AUTO_FREE wchar_t *wide = utf_to_wide(words);

    if (tip->cchTextMax > 0) {
        wcsncpy(tip->pszText, wide, (size_t)tip->cchTextMax - 1);
        tip->pszText[tip->cchTextMax - 1] = L'\0';
    }
}

static LRESULT run_default(void)
{
    CommandId command = command_default(&tree.current);

    if (command == COMMAND_NONE)
        return FALSE;
    command_run(command, &tree.current);
    return TRUE;
}

static LRESULT key_down(WORD key)
{
    if (key == VK_DELETE)
        command_run(command_delete(&tree.current), &tree.current);
    else if (key == VK_RETURN)
        return run_default();
    return FALSE;
}

bool tree_notify(NMHDR *header, LRESULT *ret)
{
    NMTVDISPINFOW *info = (NMTVDISPINFOW *)header;

    if (header->hwndFrom != tree.window)
        return false;
    *ret = 0;
    switch (header->code) {
    case TVN_GETDISPINFOW:
        if (info->item.mask & TVIF_TEXT)
            info->item.pszText = ((TreeNode *)info->item.lParam)->label;
        return true;
    case TVN_SELCHANGEDW:
        if (!tree.quiet)
            select_by_user((const TreeNode *)((NMTREEVIEWW *)header)->itemNew.lParam);
        return true;
    case NM_CUSTOMDRAW: *ret = custom_draw((NMTVCUSTOMDRAW *)header); return true;
    case TVN_ITEMEXPANDINGW: *ret = expanding((NMTREEVIEWW *)header); return true;
    case TVN_ITEMEXPANDEDW: expanded((NMTREEVIEWW *)header); return true;
    case TVN_GETINFOTIPW: give_info_tip((NMTVGETINFOTIPW *)header); return true;
    case TVN_KEYDOWN: *ret = key_down(((NMTVKEYDOWN *)header)->wVKey); return true;
    case NM_DBLCLK: *ret = run_default(); return true;
    case NM_SETFOCUS:
    case NM_KILLFOCUS: InvalidateRect(tree.window, NULL, FALSE); return true;
    default: return false;
    }
}

bool tree_context_menu(HWND window, POINT screen)
{
    HTREEITEM caret = (HTREEITEM)SendMessageW(tree.window, TVM_GETNEXTITEM, TVGN_CARET, 0);
    TVHITTESTINFO hit = {.pt = screen};
    Selection selection;
    RECT rect;

    if (window != tree.window)
        return false;
    if (screen.x == -1 && screen.y == -1) {
        memcpy(&rect, &caret, sizeof caret);
        if (!caret || !SendMessageW(tree.window, TVM_GETITEMRECT, TRUE, (LPARAM)&rect))
            rect = (RECT){0};
        screen = (POINT){rect.left, rect.bottom};
        ClientToScreen(tree.window, &screen);
        selection = selection_of(node_of(caret));
    } else {
        ScreenToClient(tree.window, &hit.pt);
        SendMessageW(tree.window, TVM_HITTEST, 0, (LPARAM)&hit);
        selection = selection_of(node_of(hit.hItem));
        if (hit.hItem)
            SendMessageW(tree.window, TVM_SELECTITEM, TVGN_CARET, (LPARAM)hit.hItem);
    }
    menu_context_for(tree.window, screen, &selection);
    return true;
}

/* ---------------------------------------------------------------- making */

void tree_restyle(void)
{
    int dpi = dpi_of(tree.window);

    SendMessageW(tree.window, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    SendMessageW(tree.window, TVM_SETIMAGELIST, TVSIL_NORMAL, (LPARAM)icons_list(dpi, 16));
    SendMessageW(tree.window, TVM_SETITEMHEIGHT, (WPARAM)dpi_scale(dpi, 22), 0);
    SendMessageW(tree.window, TVM_SETINDENT, (WPARAM)dpi_scale(dpi, 16), 0);
    begin_change();
    for (size_t i = 0; i < tree.count; i++) {
        label_server(tree.servers[i]);
        update_line(&tree.servers[i]->node);
    }
    end_change();
}

HWND tree_create(HWND parent)
{
    tree.window = CreateWindowExW(0, WC_TREEVIEWW, L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | TVS_HASBUTTONS | TVS_LINESATROOT | TVS_SHOWSELALWAYS | TVS_FULLROWSELECT | TVS_INFOTIP,
        0, 0, 0, 0, parent, NULL, app_get()->instance, NULL);
    SendMessageW(tree.window, TVM_SETEXTENDEDSTYLE, TVS_EX_DOUBLEBUFFER, TVS_EX_DOUBLEBUFFER);
    tree_restyle();
    return tree.window;
}
