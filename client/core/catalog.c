/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes of datastores: see catalog.h. One Shelf per datastore; each is its own owner for its calls. */
#include "client/core/catalog.h"

#include "client/core/core.h"
#include "client/core/parts.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>

typedef struct Shelf {
    Catalog *catalog;
    char *datastore;
    VolumeInfoList volumes;  /* what is shown */
    VolumeInfoList incoming; /* pages of a list that is not complete yet */
    int64_t content;         /* counter the shown ones belong to; -1: never read, or the connection went while they were */
    int64_t asked;           /* counter when the running read began */
    int64_t received;        /* volumes the running read has got so far */
    bool reading;
    Error error;
} Shelf;

struct Catalog {
    Server *server;
    bool all;                /* ISOs of all datastores */
    Shelf **shelves;
    size_t count;
    void (*changed)(void *context);
    void *context;
};

static void tell(const Catalog *catalog)
{
    if (catalog->changed)
        catalog->changed(catalog->context);
}

static void read_page(Shelf *shelf);

static void take_page(Shelf *shelf, VolumeList *page)
{
    for (size_t i = 0; i < page->volumes.count; i++)
        if (!shelf->catalog->all || page->volumes.items[i].format == VOLUME_FORMAT_ISO)
            VolumeInfoList_add(&shelf->incoming, &page->volumes.items[i]);
}

static void finish_reading(Shelf *shelf)
{
    VolumeInfoList_clear(&shelf->volumes);
    shelf->volumes = shelf->incoming;
    shelf->incoming = (VolumeInfoList){0};
    shelf->content = shelf->asked;
    shelf->reading = false;
    error_clear(&shelf->error);
    Catalog *catalog = shelf->catalog;
    catalog_update(catalog); /* it may have changed again meanwhile; may free the shelf */
    tell(catalog);
}

static void fail_reading(Shelf *shelf, const Error *error)
{
    VolumeInfoList_clear(&shelf->incoming);
    shelf->reading = false;
    shelf->content = server_unanswered(error) ? -1 : shelf->asked; /* tried again when it can be, or when the content changes: not in a loop */
    error_copy(&shelf->error, error);
    tell(shelf->catalog);
}

static void on_page(void *context, VolumeList *page, const Error *error)
{
    Shelf *shelf = context;

    if (error) {
        fail_reading(shelf, error);
        return;
    }
    shelf->received += (int64_t)page->volumes.count;
    bool more = page->volumes.count && shelf->received < page->total;
    take_page(shelf, page);
    if (more)
        read_page(shelf);
    else
        finish_reading(shelf);
}

static void read_page(Shelf *shelf)
{
    VolumeListParams params = {.datastore = shelf->datastore, .skip = shelf->received};
    call_volume_list(shelf->catalog->server, &params, on_page, shelf, shelf);
}

static void start_reading(Shelf *shelf, int64_t content)
{
    shelf->reading = true;
    shelf->asked = content;
    shelf->received = 0;
    read_page(shelf);
}

static void free_shelf(Shelf *shelf)
{
    core_forget(server_core(shelf->catalog->server), shelf);
    VolumeInfoList_clear(&shelf->volumes);
    VolumeInfoList_clear(&shelf->incoming);
    error_clear(&shelf->error);
    free(shelf->datastore);
    free(shelf);
}

static Shelf *find_shelf(const Catalog *catalog, const char *datastore)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (str_equal(catalog->shelves[i]->datastore, datastore))
            return catalog->shelves[i];
    return NULL;
}

static void add_shelf(Catalog *catalog, const char *datastore)
{
    Shelf *shelf = x_calloc(1, sizeof *shelf);

    *shelf = (Shelf){.catalog = catalog, .datastore = x_strdup(datastore), .content = -1};
    catalog->shelves = x_realloc(catalog->shelves, catalog->count + 1, sizeof(Shelf *));
    catalog->shelves[catalog->count++] = shelf;
}

static bool wanted(const DatastoreInfo *datastore) { return datastore && datastore_works(datastore); }

static bool drop_gone_shelves(Catalog *catalog, const Model *model)
{
    size_t kept = 0;
    bool dropped = false;

    for (size_t i = 0; i < catalog->count; i++) {
        if (catalog->all && !wanted(model_datastore(model, catalog->shelves[i]->datastore))) {
            free_shelf(catalog->shelves[i]);
            dropped = true;
        } else {
            catalog->shelves[kept++] = catalog->shelves[i];
        }
    }
    catalog->count = kept;
    return dropped;
}

void catalog_update(Catalog *catalog)
{
    const Model *model = server_model(catalog->server);
    bool dropped = drop_gone_shelves(catalog, model);

    for (size_t i = 0; catalog->all && i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (wanted(datastore) && !find_shelf(catalog, datastore->id))
            add_shelf(catalog, datastore->id);
    }
    for (size_t i = 0; server_online(catalog->server) && i < catalog->count; i++) {
        Shelf *shelf = catalog->shelves[i];
        const DatastoreInfo *datastore = model_datastore(model, shelf->datastore);
        if (wanted(datastore) && !shelf->reading && datastore->content != shelf->content)
            start_reading(shelf, datastore->content);
    }
    if (dropped)
        tell(catalog);
}

Catalog *catalog_open(Server *server, const char *datastore, void (*changed)(void *context), void *context)
{
    Catalog *catalog = x_calloc(1, sizeof *catalog);

    *catalog = (Catalog){.server = server, .all = !datastore, .changed = changed, .context = context};
    if (datastore)
        add_shelf(catalog, datastore);
    catalog_update(catalog);
    return catalog;
}

void catalog_close(Catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->count; i++)
        free_shelf(catalog->shelves[i]);
    free(catalog->shelves);
    free(catalog);
}

bool catalog_loading(const Catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->shelves[i]->content < 0 && !catalog->shelves[i]->error.code)
            return true;
    return false;
}

const Error *catalog_error(const Catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->shelves[i]->error.code)
            return &catalog->shelves[i]->error;
    return NULL;
}

size_t catalog_count(const Catalog *catalog)
{
    size_t count = 0;

    for (size_t i = 0; i < catalog->count; i++)
        count += catalog->shelves[i]->volumes.count;
    return count;
}

CatalogVolume catalog_at(const Catalog *catalog, size_t index)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const Shelf *shelf = catalog->shelves[i];
        if (index < shelf->volumes.count)
            return (CatalogVolume){shelf->datastore, &shelf->volumes.items[index]};
        index -= shelf->volumes.count;
    }
    return (CatalogVolume){0};
}
