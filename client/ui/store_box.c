/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See store_box.h. UI thread. */
#include "client/ui/store_box.h"

#include "client/ui/words.h"
#include "protocol/datastore_type.h"

void store_box_fill(Form *form, int id, const Model *model, StoreFilter *fits, const char *chosen)
{
    form_combo_clear(form, id);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *store = model_datastore_at(model, i);
        if (fits && !fits(store))
            continue;
        AUTO_FREE char *line = words_datastore_choice(store);
        form_combo_add(form, id, line, form_id(form, store->id));
    }
    form_combo_select(form, id, chosen ? form_id(form, chosen) : -1);
}

const DatastoreInfo *store_box_chosen(const Form *form, int id, const Model *model) { return model_datastore(model, form_combo_id(form, id)); }

bool store_is_active(const DatastoreInfo *datastore) { return datastore_works(datastore); }

bool store_makes_volumes(const DatastoreInfo *datastore) { return datastore_type_obstacle(datastore->type, METHOD_volume_create) == OBSTACLE_NONE; }

bool store_is_active_directory(const DatastoreInfo *datastore) { return store_is_active(datastore) && datastore->path && datastore_type_is_directory(datastore->type); }
