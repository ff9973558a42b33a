/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libvirt has no place for about a datastore (ISO library, default, low space), kept in STATE_DIR/datastores.json by its UUID. Any thread. */
#ifndef POOLCENTER_AGENT_STORE_FLAGS_H
#define POOLCENTER_AGENT_STORE_FLAGS_H

#include "protocol/types.h"

typedef struct StoreFlags StoreFlags;

StoreFlags *store_flags_create(const char *state_dir);
void store_flags_free(StoreFlags *flags);
/* Fills iso_library, is_default, low_space and low of a datastore whose id and sizes are there. */
void store_flags_apply(StoreFlags *flags, DatastoreInfo *datastore);
/* Remembers them; is_default is taken from all others. ERR_IO. */
int store_flags_set(StoreFlags *flags, const DatastoreSetParams *params, Error *err);
void store_flags_forget(StoreFlags *flags, const char *datastore);

#endif
