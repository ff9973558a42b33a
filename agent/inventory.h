/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What exists on the host, in memory: VMs, datastores, networks, the host itself. Drivers write it, handlers and clients read
 * it. Every change counts a revision up; what changed since a revision can be asked for as long as the removals since then are
 * remembered. Any thread.
 */
#ifndef POOLCENTER_AGENT_INVENTORY_H
#define POOLCENTER_AGENT_INVENTORY_H

#include "protocol/types.h"

typedef struct InventoryModel InventoryModel;

/* changed(context) is called, from any thread and without locks held, after a change. */
InventoryModel *inventory_create(void (*changed)(void *context), void *context);
void inventory_free(InventoryModel *model);

/* Each takes the message's contents (left empty). owner: number of the driver; an object equal to the known one changes nothing. */
void inventory_put_host(InventoryModel *model, HostInfo *host);
/* held: paths that it needs besides its disks (vm_held.h), taken as well; NULL: none. */
void inventory_put_vm(InventoryModel *model, int owner, VmInfo *vm, StrList *held);
void inventory_put_datastore(InventoryModel *model, int owner, DatastoreInfo *datastore);
void inventory_put_network(InventoryModel *model, int owner, NetworkInfo *network);
void inventory_remove(InventoryModel *model, const char *id);

/* A listing of everything of one kind and owner: begin, put each, end removes those not put. One listing per kind and owner at a time. */
int64_t inventory_listing_begin(InventoryModel *model);
void inventory_listing_end(InventoryModel *model, ObjectKind kind, int owner, int64_t mark);
/* The driver does not answer: states become unknown. */
void inventory_set_unknown(InventoryModel *model, int owner);

/* Copies; the caller clears them. False: no such object. owner may be NULL. */
bool inventory_get_vm(InventoryModel *model, const char *id, VmInfo *ret, int *owner);
bool inventory_get_datastore(InventoryModel *model, const char *id, DatastoreInfo *ret, int *owner);
bool inventory_get_network(InventoryModel *model, const char *id, NetworkInfo *ret, int *owner);
void inventory_get_host(InventoryModel *model, HostInfo *ret);
/* The id of the network (or host bridge) of that name; the caller frees. NULL: none. */
char *inventory_find_network(InventoryModel *model, const char *name, bool host_bridge);

/* The directory datastore that has the file at that path directly in it. False: none. */
bool inventory_find_volume(InventoryModel *model, const char *path, char **ret_datastore, char **ret_volume);
/* Names of the VMs with a disk at that path, or that need it besides their disks, except the VM with that id (may be NULL). What reaches the same
 * file by another path is found by volume_users_of (volume_use.h). */
void inventory_users_of(InventoryModel *model, const char *path, const char *except, StrList *ret);
/* What VMs need besides their disks. */
typedef struct HeldFile {
    char *vm;   /* id */
    char *name;
    char *path;
} HeldFile;
typedef struct HeldFiles {
    HeldFile *items;
    size_t count;
} HeldFiles;
void inventory_held(InventoryModel *model, HeldFiles *ret);
void held_files_clear(HeldFiles *files);
/* Directories of all datastores that are directories, for watching them. */
void inventory_directories(InventoryModel *model, StrList *ret_ids, StrList *ret_paths);
/* Whether a datastore's volumes are plain files in its path. */
bool datastore_is_directory(const DatastoreInfo *datastore);
/* Counts the datastore's content up. */
void inventory_content_changed(InventoryModel *model, const char *datastore);

/* What changed after revision since (0, or an epoch that is not ours, or too old: everything). epoch NULL: ours. Tasks are not filled in. */
void inventory_changes(InventoryModel *model, const char *epoch, int64_t since, Inventory *ret);
int64_t inventory_revision(InventoryModel *model);

#endif
