/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tree shows of one server, in the order it shows it: VMs, datastores, networks, each by natural order of names. Kept beside the inventory so that
 * filtering 10,000 names takes a few milliseconds. UI thread.
 */
#ifndef POOLCENTER_TREE_INDEX_H
#define POOLCENTER_TREE_INDEX_H

#include "client/core/server.h"
#include "client/ui/tree_filter.h"
#include "client/win/tree_view.h"

typedef struct TreeServer TreeServer;

/* One line of the tree. The server's own line is one, too. */
typedef struct TreeNode {
    TreeLine line; /* first: the control gives it back */
    TreeServer *owner;
    ObjectKind kind;
    char id[LIMIT_UUID + 1];
    wchar_t *key, *tags, *folder; /* for the filter; tags and folder: of VMs that have them */
    char *order;   /* collate_key */
    bool matches;  /* the filter */
} TreeNode;

struct TreeServer {
    Server *server;
    TreeNode node;
    bool has_children; /* its line says so */
    bool pale;      /* lines of its objects were drawn as those of a server that is away */
    TreeNode **children;
    size_t count, room;
    size_t matching;    /* children that match the filter */
    bool closed;        /* by the user, while nothing is filtered */
};

TreeServer *tree_server_create(Server *server);
void tree_server_free(TreeServer *entry);

/* Takes what the server's inventory has now: all nodes are new. */
void tree_server_sync(TreeServer *entry);
/* The same for one object that was added, changed or removed. The node; NULL: it is gone, or is no line. *ret_moved: lines came, went or changed places. */
TreeNode *tree_server_sync_one(TreeServer *entry, ObjectKind kind, const char *id, bool *ret_moved);
TreeNode *tree_server_find(const TreeServer *entry, const char *id);

/* Sets matches and matching. */
void tree_server_filter(TreeServer *entry, const TreeFilter *filter);
void tree_node_filter(TreeNode *node, const TreeFilter *filter);

#endif
