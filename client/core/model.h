/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inventory of one server as the client knows it: filled by snapshots and deltas, read by pages. UI thread only.
 * Borrowed pointers stay valid until the next model_apply on the same model.
 */
#ifndef POOLCENTER_MODEL_H
#define POOLCENTER_MODEL_H

#include "protocol/types.h"

typedef struct Model Model;

typedef enum ChangeKind { CHANGE_ADDED, CHANGE_CHANGED, CHANGE_REMOVED } ChangeKind;

typedef struct Change {
    ChangeKind kind;
    ObjectKind object; /* OBJECT_HOST, OBJECT_VM, OBJECT_DATASTORE, OBJECT_NETWORK */
    char id[LIMIT_UUID + 1];
} Change;

typedef struct ChangeList {
    Change *items;
    size_t count;
} ChangeList;

Model *model_create(void);
void model_free(Model *model);
/* Takes what the inventory holds (it is left empty) and tells what changed; for a full one only real differences are told.
 * An inventory whose ids are broken or doubled: ERR_PROTOCOL, the model is as before. */
int model_apply(Model *model, Inventory *inventory, ChangeList *ret_changes, Error *err);
void change_list_clear(ChangeList *list);

const char *model_epoch(const Model *model);  /* "" before the first snapshot */
int64_t model_revision(const Model *model);
const HostInfo *model_host(const Model *model); /* NULL before the first snapshot */

/* ..._at: in no particular order, NULL past the end. An index means another object after any change: what outlives a loop keeps ids. */
size_t model_vm_count(const Model *model);
const VmInfo *model_vm_at(const Model *model, size_t index);
const VmInfo *model_vm(const Model *model, const char *id);  /* NULL: unknown */
size_t model_datastore_count(const Model *model);
const DatastoreInfo *model_datastore_at(const Model *model, size_t index);
const DatastoreInfo *model_datastore(const Model *model, const char *id);
size_t model_network_count(const Model *model);
const NetworkInfo *model_network_at(const Model *model, size_t index);
const NetworkInfo *model_network(const Model *model, const char *id);

#endif
