/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The snapshots of one VM as a tree, read from its agent and read again when the VM has changed. For the window's page and dialogs. UI thread.
 */
#ifndef POOLCENTER_SNAPSHOT_TREE_H
#define POOLCENTER_SNAPSHOT_TREE_H

#include "client/core/server.h"

typedef struct SnapshotTree SnapshotTree;

#define SNAPSHOT_NONE ((size_t)-1)

/* Starts reading at once; changed (may be NULL) is called when there is something new, or an error. */
SnapshotTree *snapshot_tree_open(Server *server, const char *vm, void (*changed)(void *context), void *context);
void snapshot_tree_close(SnapshotTree *tree); /* NULL is fine; no call afterwards */
/* Call when the server's inventory or state changed: reads again if the VM did. */
void snapshot_tree_update(SnapshotTree *tree);
/* Reads again whatever is known, also what somebody has changed on the host. */
void snapshot_tree_refresh(SnapshotTree *tree);

bool snapshot_tree_loading(const SnapshotTree *tree); /* nothing has been read yet */
const Error *snapshot_tree_error(const SnapshotTree *tree); /* NULL: none */
/* Borrowed until the next changed call. Parents stand before their children, brothers and sisters in the order they were taken. */
const SnapshotList *snapshot_tree_list(const SnapshotTree *tree);
size_t snapshot_tree_parent(const SnapshotTree *tree, size_t index); /* SNAPSHOT_NONE: the first of its branch */
size_t snapshot_tree_current(const SnapshotTree *tree);              /* the VM's state came from there; SNAPSHOT_NONE: from none */
size_t snapshot_tree_find(const SnapshotTree *tree, const char *name);
size_t snapshot_tree_below(const SnapshotTree *tree, size_t index);  /* how many stand below it, at all levels */
/* Why something is not possible (snapshot, disks, memory, quiesce, linked_clone), as the agent says it; NULL: it is. Borrowed. */
const char *snapshot_list_missing(const SnapshotList *list, const char *capability);

/* A name that no snapshot has yet: "Snapshot 3". The caller frees. */
char *snapshot_tree_free_name(const SnapshotTree *tree);
/* NULL: fine, else a sentence (the caller frees). */
char *snapshot_tree_check_name(const SnapshotTree *tree, const char *name);

#endif
