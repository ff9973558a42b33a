/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lists of the Storage page hold: copies of the model's datastores, volumes or disks, their cells, order, bars and icons. UI thread; used by storage_page.c. */
#ifndef POOLCENTER_STORAGE_ROWS_H
#define POOLCENTER_STORAGE_ROWS_H

#include "client/core/catalog.h"
#include "client/ui/page.h"
#include "client/win/list.h"

/* Pointers into the model or catalog: filled anew whenever these change. */
typedef struct StorageRow {
    const DatastoreInfo *datastore;
    const VolumeInfo *volume;
    const DiskInfo *disk;
    const char *datastore_id; /* of the volume */
    char *order;              /* sort key of its cell in the column order_column; NULL: not needed yet */
    int order_column;
} StorageRow;

/* Which volumes are shown. */
typedef enum VolumeFilter { FILTER_ALL, FILTER_IMAGES, FILTER_ISOS, FILTER_UNUSED, FILTER_OTHERS, FILTER_COUNT } VolumeFilter;

typedef struct StorageRows {
    Server *server;
    ObjectKind kind;          /* OBJECT_HOST: datastores; OBJECT_VM: disks; else volumes */
    VolumeFilter filter;
    char *search;             /* part of the names, NULL: all */
    StorageRow *items;
    size_t count;
} StorageRows;

const ListColumn *storage_rows_columns(ObjectKind kind, size_t *ret_count);
void storage_rows_fill(StorageRows *rows, const Selection *selection, const Catalog *catalog);
void storage_rows_clear(StorageRows *rows); /* filter and search stay */
void storage_rows_search(StorageRows *rows, const char *words); /* "": no search */

char *storage_rows_text(const StorageRows *rows, size_t row, int column);
const char *storage_rows_key(const StorageRows *rows, size_t row);
int storage_rows_icon(const StorageRows *rows, size_t row);
int storage_rows_compare(StorageRows *rows, size_t a, size_t b, int column);
bool storage_rows_level(const StorageRows *rows, size_t row, int column, int *ret_permille, COLORREF *ret_color);

Selection storage_datastore_selection(const StorageRows *rows, size_t row);
Selection storage_volume_selection(const StorageRows *rows, size_t row);

#endif
