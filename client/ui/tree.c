/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The navigation tree; see tree.h. The lines are those of the index of each server (tree_index.c); the control (tree_view.c) shows the ones that match the
 * filter. A batch of changes that only changes pictures repaints them; any other shows the lines anew, which for 10,000 takes less than a millisecond. UI thread.
 */
#include "client/ui/tree.h"

#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/menu.h"
#include "client/ui/object_text.h"
#include "client/ui/tree_index.h"
#include "client/win/collate.h"
#include "client/win/accessible.h"
#include "client/win/tree_view.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { MANY_CHANGES = 64 }; /* in one batch: looking at everything once is cheaper */

static struct {
    TreeView *view;
    TreeServer **servers; /* in the order shown */
    size_t count, room;
    TreeFilter *filter;   /* NULL: none */
    Selection current;    /* what the frame shows, whether or not its line matches the filter */
} tree;

/* ---------------------------------------------------------------- lines */

static bool filtering(void) { return tree.filter != NULL; }

static TreeNode *node_of(TreeLine *line) { return (TreeNode *)line; }

static Selection selection_of(const TreeNode *node)
{
    return node ? selection_make(node->owner->server, node->kind, node->id) : (Selection){0};
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

/* A server found by its own name shows all that is on it. */
static bool child_shown(const TreeNode *node) { return node->matches || (node->owner->node.matches && !node->owner->matching); }

static bool server_shown(const TreeServer *entry) { return entry->node.matches || entry->matching; }

static void add_lines(TreeServer *entry)
{
    TreeLine *line = &entry->node.line;

    line->hidden = !server_shown(entry);
    line->has_lines = entry->count > 0 && (entry->matching || entry->node.matches);
    if (line->hidden)
        return;
    tree_view_add(tree.view, line);
    for (size_t i = 0; i < entry->count; i++) {
        TreeNode *node = entry->children[i];
        node->line.hidden = !child_shown(node);
        node->line.pale = !server_online(entry->server);
        if (!node->line.hidden)
            tree_view_add(tree.view, &node->line);
    }
}

/* The lines as they are now; what is selected stays, when it is still shown. */
static void show_lines(void)
{
    TreeNode *node = node_of_selection(&tree.current);

    tree_view_begin(tree.view);
    for (size_t i = 0; i < tree.count; i++)
        add_lines(tree.servers[i]);
    tree_view_end(tree.view);
    tree_view_select(tree.view, node && !node->line.hidden && !node->owner->node.line.hidden ? &node->line : NULL);
}

/* ---------------------------------------------------------------- servers */

static void label_server(TreeServer *entry)
{
    AUTO_FREE wchar_t *name = utf_to_wide(server_name(entry->server));
    AUTO_FREE char *words = object_server_label(entry->server);

    free(entry->node.line.label);
    free(entry->node.key);
    free(entry->node.order);
    entry->node.line.label = utf_to_wide(words);
    entry->node.key = tree_filter_name_key(name);
    entry->node.order = collate_key(name);
    entry->node.line.icon = object_server_icon(entry->server);
}

static size_t sorted_place(const TreeServer *entry)
{
    size_t place = 0;

    while (place < tree.count && strcmp(tree.servers[place]->node.order, entry->node.order) < 0)
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
    size_t place = 0;

    while (tree.servers[place] != entry)
        place++;
    memmove(&tree.servers[place], &tree.servers[place + 1], (tree.count - place - 1) * sizeof *tree.servers);
    tree.count--;
}

void tree_add_server(Server *server)
{
    TreeServer *entry = tree_server_create(server);

    label_server(entry);
    put_into_order(entry);
    tree_server_sync(entry);
    tree_server_filter(entry, tree.filter);
    entry->node.line.open = true;
    show_lines();
}

void tree_remove_server(Server *server)
{
    TreeServer *entry = entry_of(server);

    if (!entry)
        return;
    if (tree.current.server == server)
        memset(&tree.current, 0, sizeof tree.current);
    take_out_of_order(entry);
    show_lines();
    tree_server_free(entry);
}

void tree_server_changed(Server *server)
{
    TreeServer *entry = entry_of(server);

    if (!entry)
        return;
    label_server(entry);
    tree_node_filter(&entry->node, tree.filter);
    take_out_of_order(entry);
    put_into_order(entry);
    show_lines();
}

/* True: lines came, went or moved. */
static bool sync_one(TreeServer *entry, const Change *change)
{
    bool moved = false, matched;
    TreeNode *node = tree_server_sync_one(entry, change->object, change->id, &moved);

    if (!node)
        return moved;
    matched = node->matches;
    tree_node_filter(node, tree.filter);
    entry->matching = entry->matching - matched + node->matches;
    tree_view_repaint(tree.view, &node->line);
    return moved || matched != node->matches;
}

void tree_inventory_changed(Server *server, const ChangeList *changes)
{
    TreeServer *entry = entry_of(server);
    bool moved = !changes || changes->count > MANY_CHANGES;

    if (!entry)
        return;
    if (moved) {
        tree_server_sync(entry);
        tree_server_filter(entry, tree.filter);
    }
    for (size_t i = 0; changes && changes->count <= MANY_CHANGES && i < changes->count; i++)
        moved = sync_one(entry, &changes->items[i]) || moved;
    if (moved)
        show_lines();
}

void tree_tick(void)
{
    for (size_t i = 0; i < tree.count; i++)
        if (server_state(tree.servers[i]->server) == SERVER_RETRYING) {
            label_server(tree.servers[i]);
            tree_view_repaint(tree.view, &tree.servers[i]->node.line);
        }
}

size_t tree_set_filter(const char *words)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    size_t matches = 0;

    tree_filter_free(tree.filter);
    tree.filter = tree_filter_create(wide);
    for (size_t i = 0; i < tree.count; i++) {
        TreeServer *entry = tree.servers[i];
        tree_server_filter(entry, tree.filter);
        entry->node.line.open = filtering() ? entry->matching > 0 : !entry->closed;
        matches += entry->matching + entry->node.matches;
    }
    show_lines();
    return matches;
}

/* ---------------------------------------------------------------- selection */

void tree_select(const Selection *selection)
{
    TreeNode *node = node_of_selection(selection);

    tree.current = *selection;
    if (node && node->kind != OBJECT_HOST && !node->owner->node.line.open && !node->line.hidden) {
        node->owner->node.line.open = true;
        show_lines();
    }
    tree_view_select(tree.view, node && !node->line.hidden ? &node->line : NULL);
    if (node)
        tree_view_show(tree.view, &node->line);
}

bool tree_select_first_match(void)
{
    for (size_t i = 0; i < tree.count; i++) {
        TreeServer *entry = tree.servers[i];
        if (entry->node.matches) {
            tree_view_choose(tree.view, &entry->node.line);
            return true;
        }
        for (size_t j = 0; j < entry->count; j++)
            if (entry->children[j]->matches) {
                tree_view_choose(tree.view, &entry->children[j]->line);
                return true;
            }
    }
    return false;
}

bool tree_at_point(POINT screen, Selection *ret)
{
    *ret = selection_of(node_of(tree_view_at(tree.view, screen)));
    return ret->server != NULL;
}

void tree_mark_drop(const Selection *selection)
{
    TreeNode *node = selection ? node_of_selection(selection) : NULL;

    tree_view_mark_drop(tree.view, node ? &node->line : NULL);
}

/* ---------------------------------------------------------------- events of the control */

static void selected(void *context, TreeLine *line)
{
    (void)context;
    tree.current = selection_of(node_of(line));
    frame_selected(&tree.current);
}

static bool activated(void *context, TreeLine *line)
{
    Selection selection = selection_of(node_of(line));
    CommandId command = command_default(&selection);

    (void)context;
    if (command == COMMAND_NONE)
        return false;
    command_run(command, &selection);
    return true;
}

static void toggled(void *context, TreeLine *line)
{
    (void)context;
    if (!filtering())
        node_of(line)->owner->closed = !line->open;
}

static bool key_down(void *context, WPARAM key)
{
    (void)context;
    if (key != VK_DELETE)
        return false;
    command_run(command_delete(&tree.current), &tree.current);
    return true;
}

static void show_menu(void *context, TreeLine *line, POINT screen)
{
    Selection selection = selection_of(node_of(line));

    (void)context;
    menu_context_for(tree_view_window(tree.view), screen, &selection);
}

static wchar_t *tip(void *context, const TreeLine *line)
{
    Selection selection = selection_of((const TreeNode *)line);
    AUTO_FREE char *state = object_state_text(&selection);
    const wchar_t *more = line->more;
    AUTO_FREE char *group = more ? utf_from_wide(more) : x_strdup("");
    AUTO_FREE char *words = x_printf("%s\n%s%s%s", selection_name(&selection), state, more ? "\n" : "", group);

    (void)context;
    return utf_to_wide(words);
}

static const TreeViewEvents events = {selected, activated, toggled, key_down, show_menu, tip};

/* ---------------------------------------------------------------- making */

void tree_restyle(void)
{
    for (size_t i = 0; i < tree.count; i++)
        label_server(tree.servers[i]);
    accessible_name(tree_view_window(tree.view), text(TEXT_ACCESSIBLE_TREE));
    tree_view_restyle(tree.view);
}

HWND tree_create(HWND parent)
{
    tree.view = tree_view_create(parent, &events, NULL);
    return tree_view_window(tree.view);
}
