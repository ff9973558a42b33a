/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree's own order and filter; see tree_index.h. UI thread. */
#include "client/ui/tree_index.h"

#include "client/ui/words.h"
#include "client/win/collate.h"
#include "client/win/icons.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* ---------------------------------------------------------------- order */

static int kind_rank(ObjectKind kind) { return kind == OBJECT_VM ? 0 : kind == OBJECT_DATASTORE ? 1 : 2; }

static int compare_nodes(const TreeNode *a, const TreeNode *b)
{
    int ranks = kind_rank(a->kind) - kind_rank(b->kind);
    int names = ranks ? 0 : strcmp(a->order, b->order);

    return ranks ? ranks : names ? names : strcmp(a->id, b->id);
}

static int compare_for_sort(const void *a, const void *b) { return compare_nodes(*(TreeNode *const *)a, *(TreeNode *const *)b); }

/* ---------------------------------------------------------------- nodes */

static TreeNode *node_create(TreeServer *owner, ObjectKind kind, const char *id)
{
    TreeNode *node = x_calloc(1, sizeof *node);

    node->line.parent = &owner->node.line;
    node->owner = owner;
    node->kind = kind;
    node->matches = true;
    strncpy(node->id, id, sizeof node->id - 1);
    return node;
}

static void node_free(TreeNode *node)
{
    free(node->line.label);
    free(node->line.more);
    free(node->key);
    free(node->tags);
    free(node->folder);
    free(node->order);
    free(node);
}

static void set_label(TreeNode *node, const char *name)
{
    wchar_t *label = utf_to_wide(name);

    if (node->line.label && wcscmp(node->line.label, label) == 0) {
        free(label);
        return;
    }
    free(node->line.label);
    free(node->key);
    free(node->order);
    node->line.label = label;
    node->key = tree_filter_name_key(label);
    node->order = collate_key(label);
}

/* "lab/web  #db #web": where it belongs, shown pale behind its name. */
static wchar_t *more_of(const VmInfo *vm)
{
    AUTO_FREE char *words = x_strdup(str_or_empty(vm->folder));

    for (size_t i = 0; i < vm->tags.count; i++) {
        char *longer = x_printf("%s%s#%s", words, *words ? "  " : "", vm->tags.items[i]);
        free(words);
        words = longer;
    }
    return *words ? utf_to_wide(words) : NULL;
}

static void set_group(TreeNode *node, const VmInfo *vm)
{
    free(node->line.more);
    free(node->tags);
    free(node->folder);
    node->line.more = more_of(vm);
    node->tags = tree_filter_tags_key((const char *const *)vm->tags.items, vm->tags.count);
    node->folder = tree_filter_folder_key(vm->folder);
}

/* False: the inventory does not have it any more. */
static bool fill(TreeNode *node)
{
    const Model *model = server_model(node->owner->server);
    const VmInfo *vm = node->kind == OBJECT_VM ? model_vm(model, node->id) : NULL;
    const DatastoreInfo *datastore = node->kind == OBJECT_DATASTORE ? model_datastore(model, node->id) : NULL;
    const NetworkInfo *network = node->kind == OBJECT_NETWORK ? model_network(model, node->id) : NULL;

    if (vm) {
        set_label(node, vm->name);
        set_group(node, vm);
        node->line.icon = words_vm_icon(vm);
    } else if (datastore) {
        set_label(node, datastore->name);
        node->line.icon = words_datastore_icon(datastore);
    } else if (network) {
        set_label(node, network->name);
        node->line.icon = network->active ? ICON_NETWORK : ICON_NETWORK_OFF;
    }
    return vm || datastore || network;
}

TreeServer *tree_server_create(Server *server)
{
    TreeServer *entry = x_calloc(1, sizeof *entry);

    entry->server = server;
    entry->node.owner = entry;
    entry->node.kind = OBJECT_HOST;
    entry->node.matches = true;
    return entry;
}

void tree_server_free(TreeServer *entry)
{
    if (!entry)
        return;
    for (size_t i = 0; i < entry->count; i++)
        node_free(entry->children[i]);
    free(entry->children);
    free(entry->node.line.label);
    free(entry->node.key);
    free(entry->node.order);
    free(entry);
}

TreeNode *tree_server_find(const TreeServer *entry, const char *id)
{
    for (size_t i = 0; i < entry->count; i++)
        if (strcmp(entry->children[i]->id, id) == 0)
            return entry->children[i];
    return NULL;
}

/* First place whose node does not stand before this one. */
static size_t lower_bound(const TreeServer *entry, const TreeNode *node)
{
    size_t low = 0, high = entry->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_nodes(entry->children[middle], node) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void make_room(TreeServer *entry, size_t count)
{
    if (count <= entry->room)
        return;
    entry->room = count + count / 2 + 16;
    entry->children = x_realloc(entry->children, entry->room, sizeof *entry->children);
}

static void insert_node(TreeServer *entry, TreeNode *node)
{
    size_t place;

    make_room(entry, entry->count + 1);
    place = lower_bound(entry, node);
    memmove(&entry->children[place + 1], &entry->children[place], (entry->count - place) * sizeof *entry->children);
    entry->children[place] = node;
    entry->count++;
    entry->matching += node->matches;
}

static void take_out(TreeServer *entry, TreeNode *node, size_t place)
{
    memmove(&entry->children[place], &entry->children[place + 1], (entry->count - place - 1) * sizeof *entry->children);
    entry->count--;
    entry->matching -= node->matches;
}

/* By address: the name may have changed already, so that the order says nothing. */
static size_t place_of(const TreeServer *entry, const TreeNode *node)
{
    size_t place = 0;

    while (entry->children[place] != node)
        place++;
    return place;
}

static void remove_node(TreeServer *entry, TreeNode *node)
{
    take_out(entry, node, place_of(entry, node));
    node_free(node);
}

TreeNode *tree_server_sync_one(TreeServer *entry, ObjectKind kind, const char *id, bool *ret_moved)
{
    TreeNode *node = tree_server_find(entry, id);
    bool is_new = !node;
    AUTO_FREE char *old_order = node ? x_strdup(node->order) : NULL;

    if (kind != OBJECT_VM && kind != OBJECT_DATASTORE && kind != OBJECT_NETWORK)
        return NULL;
    if (is_new)
        node = node_create(entry, kind, id);
    if (!fill(node)) {
        *ret_moved = *ret_moved || !is_new;
        if (is_new)
            node_free(node);
        else
            remove_node(entry, node);
        return NULL;
    }
    if (!is_new && strcmp(old_order, node->order) == 0)
        return node;
    *ret_moved = true;
    if (!is_new)
        take_out(entry, node, place_of(entry, node));
    insert_node(entry, node);
    return node;
}

static void add_all(TreeServer *entry)
{
    const Model *model = server_model(entry->server);

    make_room(entry, model_vm_count(model) + model_datastore_count(model) + model_network_count(model));
    for (size_t i = 0; i < model_vm_count(model); i++)
        entry->children[entry->count++] = node_create(entry, OBJECT_VM, model_vm_at(model, i)->id);
    for (size_t i = 0; i < model_datastore_count(model); i++)
        entry->children[entry->count++] = node_create(entry, OBJECT_DATASTORE, model_datastore_at(model, i)->id);
    for (size_t i = 0; i < model_network_count(model); i++)
        entry->children[entry->count++] = node_create(entry, OBJECT_NETWORK, model_network_at(model, i)->id);
    for (size_t i = 0; i < entry->count; i++)
        fill(entry->children[i]);
}

void tree_server_sync(TreeServer *entry)
{
    for (size_t i = 0; i < entry->count; i++)
        node_free(entry->children[i]);
    entry->count = 0;
    add_all(entry);
    entry->matching = entry->count;
    qsort(entry->children, entry->count, sizeof *entry->children, compare_for_sort);
}

/* ---------------------------------------------------------------- filter */

void tree_node_filter(TreeNode *node, const TreeFilter *filter) { node->matches = tree_filter_matches(filter, node->key, node->tags, node->folder); }

void tree_server_filter(TreeServer *entry, const TreeFilter *filter)
{
    entry->matching = 0;
    tree_node_filter(&entry->node, filter);
    for (size_t i = 0; i < entry->count; i++) {
        tree_node_filter(entry->children[i], filter);
        entry->matching += entry->children[i]->matches;
    }
}
