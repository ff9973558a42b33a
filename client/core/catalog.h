/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The volumes of a datastore, or the ISOs of all datastores of a server, read page by page and read again when the datastore's content counter moves.
 * For the storage page, the wizard's media page and the console's CD selector. UI thread.
 */
#ifndef POOLCENTER_CATALOG_H
#define POOLCENTER_CATALOG_H

#include "client/core/server.h"

typedef struct Catalog Catalog;

typedef struct CatalogVolume {
    const char *datastore; /* UUID; borrowed like info */
    const VolumeInfo *info;
} CatalogVolume;

/* datastore NULL: all active datastores, and of their volumes only ISOs. Starts reading at once; changed (may be NULL) is called when there is something new, or an error. */
Catalog *catalog_open(Server *server, const char *datastore, void (*changed)(void *context), void *context);
void catalog_close(Catalog *catalog); /* NULL is fine; no call afterwards */
/* Call when the server's inventory or state changed: reads again what is out of date. */
void catalog_update(Catalog *catalog);

bool catalog_loading(const Catalog *catalog); /* something is being read and nothing older can be shown */
const Error *catalog_error(const Catalog *catalog); /* NULL: none */
size_t catalog_count(const Catalog *catalog);
/* Borrowed until the next changed call or catalog_update. Sorted by datastore, then name. */
CatalogVolume catalog_at(const Catalog *catalog, size_t index);

#endif
