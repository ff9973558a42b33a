/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of a VM: see snapshot_tree.h. */
#include "client/core/snapshot_tree.h"

#include "client/core/core.h"
#include "client/core/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct SnapshotTree {
    Server *server;
    char *vm;
    SnapshotList list;
    json_t *seen;   /* the VM as it was when the list was asked for */
    bool known;     /* list has been read */
    bool reading;
    bool again;     /* changed while it was being read */
    Error error;
    void (*changed)(void *context);
    void *context;
};

static void start_reading(SnapshotTree *tree);

static void tell(const SnapshotTree *tree)
{
    if (tree->changed)
        tree->changed(tree->context);
}

static int by_age(const void *a, const void *b)
{
    const SnapshotInfo *left = a, *right = b;

    return (left->created > right->created) - (left->created < right->created);
}

/* The agent may list branches in any order: parents first, of the others the older one. */
static void sort_list(SnapshotInfoList *list)
{
    SnapshotInfoList sorted = {0};

    qsort(list->items, list->count, sizeof *list->items, by_age);
    for (size_t round = 0; round < list->count && sorted.count < list->count; round++)
        for (size_t i = 0; i < list->count; i++) {
            bool ready = list->items[i].name && !list->items[i].parent;
            for (size_t k = 0; k < sorted.count && list->items[i].name && !ready; k++)
                ready = str_equal(sorted.items[k].name, list->items[i].parent);
            if (!ready)
                continue;
            SnapshotInfoList_add(&sorted, &list->items[i]);
            list->items[i] = (SnapshotInfo){0};
        }
    for (size_t i = 0; i < list->count; i++) /* of parents that are not there */
        if (list->items[i].name) {
            free(list->items[i].parent);
            list->items[i].parent = NULL;
            SnapshotInfoList_add(&sorted, &list->items[i]);
            list->items[i] = (SnapshotInfo){0};
        }
    SnapshotInfoList_clear(list);
    *list = sorted;
}

static void on_list(void *context, SnapshotList *list, const Error *error)
{
    SnapshotTree *tree = context;

    tree->reading = false;
    error_clear(&tree->error);
    if (error) {
        error_copy(&tree->error, error);
    } else {
        SnapshotList_clear(&tree->list);
        tree->list = *list;
        *list = (SnapshotList){0};
        sort_list(&tree->list.snapshots);
        tree->known = true;
    }
    if (tree->again)
        start_reading(tree);
    tell(tree);
}

static void start_reading(SnapshotTree *tree)
{
    VmRef params = {.vm = tree->vm};

    tree->again = tree->reading;
    if (tree->reading || !server_online(tree->server))
        return;
    tree->reading = true;
    call_snapshot_list(tree->server, &params, on_list, tree, tree);
}

void snapshot_tree_update(SnapshotTree *tree)
{
    const VmInfo *vm = model_vm(server_model(tree->server), tree->vm);
    json_t *now = vm && server_online(tree->server) ? VmInfo_encode(vm) : NULL;

    if (!now || json_equal(now, tree->seen)) {
        json_decref(now);
        return;
    }
    json_decref(tree->seen);
    tree->seen = now;
    start_reading(tree);
}

void snapshot_tree_refresh(SnapshotTree *tree) { start_reading(tree); }

SnapshotTree *snapshot_tree_open(Server *server, const char *vm, void (*changed)(void *context), void *context)
{
    SnapshotTree *tree = x_calloc(1, sizeof *tree);

    *tree = (SnapshotTree){.server = server, .vm = x_strdup(vm), .changed = changed, .context = context};
    snapshot_tree_update(tree);
    return tree;
}

void snapshot_tree_close(SnapshotTree *tree)
{
    if (!tree)
        return;
    core_forget(server_core(tree->server), tree);
    SnapshotList_clear(&tree->list);
    error_clear(&tree->error);
    json_decref(tree->seen);
    free(tree->vm);
    free(tree);
}

bool snapshot_tree_loading(const SnapshotTree *tree) { return !tree->known && !tree->error.code; }

const Error *snapshot_tree_error(const SnapshotTree *tree) { return tree->error.code ? &tree->error : NULL; }

const SnapshotList *snapshot_tree_list(const SnapshotTree *tree) { return &tree->list; }

size_t snapshot_tree_find(const SnapshotTree *tree, const char *name)
{
    for (size_t i = 0; name && i < tree->list.snapshots.count; i++)
        if (str_equal(tree->list.snapshots.items[i].name, name))
            return i;
    return SNAPSHOT_NONE;
}

size_t snapshot_tree_parent(const SnapshotTree *tree, size_t index) { return snapshot_tree_find(tree, tree->list.snapshots.items[index].parent); }

size_t snapshot_tree_current(const SnapshotTree *tree)
{
    for (size_t i = 0; i < tree->list.snapshots.count; i++)
        if (tree->list.snapshots.items[i].current)
            return i;
    return SNAPSHOT_NONE;
}

size_t snapshot_tree_below(const SnapshotTree *tree, size_t index)
{
    size_t count = 0;

    for (size_t i = index + 1; i < tree->list.snapshots.count; i++) {
        size_t above = snapshot_tree_parent(tree, i);
        while (above != SNAPSHOT_NONE && above != index)
            above = snapshot_tree_parent(tree, above);
        count += above == index;
    }
    return count;
}

const char *snapshot_list_missing(const SnapshotList *list, const char *capability)
{
    for (size_t i = 0; i < list->missing.count; i++)
        if (str_equal(list->missing.items[i].capability, capability))
            return list->missing.items[i].reason;
    return NULL;
}

char *snapshot_tree_free_name(const SnapshotTree *tree)
{
    for (size_t number = 1;; number++) {
        char digits[24];
        snprintf(digits, sizeof digits, "%u", (unsigned)number);
        char *name = text_format(TEXT_SNAPSHOT_NAME, digits, NULL);
        if (snapshot_tree_find(tree, name) == SNAPSHOT_NONE)
            return name;
        free(name);
    }
}

char *snapshot_tree_check_name(const SnapshotTree *tree, const char *name)
{
    enum { NAME_MAX_BYTES = 120 };

    if (name[strspn(name, " ")] == '\0')
        return x_strdup(text(TEXT_SNAPSHOT_NAME_EMPTY));
    if (*name == ' ' || name[strlen(name) - 1] == ' ' || strchr(name, '/') || *name == '.')
        return x_strdup(text(TEXT_SNAPSHOT_NAME_WRONG));
    if (strlen(name) > NAME_MAX_BYTES)
        return x_strdup(text(TEXT_SNAPSHOT_NAME_LONG));
    if (snapshot_tree_find(tree, name) != SNAPSHOT_NONE)
        return text_format(TEXT_SNAPSHOT_NAME_TAKEN, name, NULL);
    return NULL;
}
