/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The box "Datastore" of dialogs and wizards: a line for each with how much is free; it holds ids, since datastores come and go meanwhile. UI thread. */
#ifndef POOLCENTER_STORE_BOX_H
#define POOLCENTER_STORE_BOX_H

#include "client/core/model.h"
#include "client/win/form.h"

typedef bool StoreFilter(const DatastoreInfo *datastore);

/* Fills the box with those that fit (fits NULL: all), and selects the one of that id, if it is among them. */
void store_box_fill(Form *form, int id, const Model *model, StoreFilter *fits, const char *chosen);
/* NULL: none is chosen, or it is gone. */
const DatastoreInfo *store_box_chosen(const Form *form, int id, const Model *model);

bool store_is_active(const DatastoreInfo *datastore);         /* a StoreFilter */
bool store_makes_volumes(const DatastoreInfo *datastore);     /* active or not; its kind can */
bool store_is_active_directory(const DatastoreInfo *datastore); /* files can be put into it */

#endif
