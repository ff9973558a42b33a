/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the Storage page: see storage_rows.h. */
#include "client/ui/storage_rows.h"

#include "client/core/format.h"
#include "client/ui/words.h"
#include "client/win/collate.h"
#include "client/win/paint.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { STORE_NAME, STORE_STATE, STORE_TYPE, STORE_USAGE, STORE_SIZE, STORE_FREE, STORE_PROVISIONED, STORE_MARKS, STORE_PATH };
enum { VOLUME_NAME, VOLUME_FORMAT, VOLUME_SIZE, VOLUME_ALLOCATED, VOLUME_USED_BY, VOLUME_MODIFIED, VOLUME_BACKING };
enum { DISK_DEVICE, DISK_BUS, DISK_VOLUME, DISK_DATASTORE, DISK_SIZE, DISK_PATH };

static const ListColumn datastore_columns[] = {{"name", TEXT_COLUMN_NAME, 160, false}, {"state", TEXT_COLUMN_STATE, 90, false},
    {"type", TEXT_COLUMN_TYPE, 130, false}, {"usage", TEXT_COLUMN_USAGE, 170, false}, {"size", TEXT_COLUMN_SIZE, 80, true},
    {"free", TEXT_COLUMN_FREE, 80, true}, {"provisioned", TEXT_COLUMN_PROVISIONED, 120, true}, {"marks", TEXT_COLUMN_MARKS, 130, false}, {"path", TEXT_COLUMN_PATH, 220, false}};
static const ListColumn volume_columns[] = {{"name", TEXT_COLUMN_NAME, 260, false}, {"format", TEXT_COLUMN_FORMAT, 70, false},
    {"size", TEXT_COLUMN_SIZE, 90, true}, {"allocated", TEXT_COLUMN_ALLOCATED, 90, true}, {"used_by", TEXT_COLUMN_USED_BY, 175, false},
    {"modified", TEXT_COLUMN_MODIFIED, 155, false}, {"backing", TEXT_COLUMN_BACKING, 160, false}};
static const ListColumn disk_columns[] = {{"device", TEXT_COLUMN_DEVICE, 150, false}, {"bus", TEXT_COLUMN_BUS, 70, false},
    {"volume", TEXT_COLUMN_VOLUME, 200, false}, {"datastore", TEXT_COLUMN_DATASTORE, 110, false}, {"size", TEXT_COLUMN_SIZE, 80, true},
    {"path", TEXT_COLUMN_PATH, 260, false}};

const ListColumn *storage_rows_columns(ObjectKind kind, size_t *ret_count)
{
    *ret_count = kind == OBJECT_HOST ? ARRAY_SIZE(datastore_columns) : kind == OBJECT_VM ? ARRAY_SIZE(disk_columns) : ARRAY_SIZE(volume_columns);
    return kind == OBJECT_HOST ? datastore_columns : kind == OBJECT_VM ? disk_columns : volume_columns;
}

static void add(StorageRows *rows, StorageRow row)
{
    rows->items = x_realloc(rows->items, rows->count + 1, sizeof row);
    rows->items[rows->count++] = row;
}

void storage_rows_clear(StorageRows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->items[i].order);
    free(rows->items);
    rows->items = NULL;
    rows->count = 0;
}

void storage_rows_search(StorageRows *rows, const char *words)
{
    free(rows->search);
    rows->search = str_empty(words) ? NULL : x_strdup(words);
}

/* What VMs can have as a disk; a raw one is told from other files by nothing but its size, which is whole sectors. */
static bool is_image(const VolumeInfo *volume)
{
    return volume->format != VOLUME_FORMAT_ISO && volume->format != VOLUME_FORMAT_DIR
        && (volume->format != VOLUME_FORMAT_RAW || (volume->capacity > 0 && volume->capacity % 512 == 0));
}

static bool has_kind(const VolumeInfo *volume, VolumeFilter filter)
{
    switch (filter) {
    case FILTER_IMAGES: return is_image(volume);
    case FILTER_ISOS: return volume->format == VOLUME_FORMAT_ISO;
    case FILTER_UNUSED: return volume->used_by.count == 0;
    case FILTER_OTHERS: return volume->format != VOLUME_FORMAT_ISO && !is_image(volume);
    default: return true;
    }
}

static bool is_shown(const StorageRows *rows, const VolumeInfo *volume)
{
    if (!has_kind(volume, rows->filter) || !rows->search)
        return has_kind(volume, rows->filter);
    AUTO_FREE wchar_t *name = utf_to_wide(volume->name);
    AUTO_FREE wchar_t *part = utf_to_wide(rows->search);
    return FindNLSString(LOCALE_USER_DEFAULT, FIND_FROMSTART | LINGUISTIC_IGNORECASE, name, -1, part, -1, NULL) >= 0;
}

void storage_rows_fill(StorageRows *rows, const Selection *selection, const Catalog *catalog)
{
    const Model *model = server_model(selection->server);
    const VmInfo *vm = selection_vm(selection);

    storage_rows_clear(rows);
    rows->server = selection->server;
    rows->kind = selection->kind;
    for (size_t i = 0; selection->kind == OBJECT_HOST && i < model_datastore_count(model); i++)
        add(rows, (StorageRow){.datastore = model_datastore_at(model, i)});
    for (size_t i = 0; vm && i < vm->disks.count; i++)
        add(rows, (StorageRow){.disk = &vm->disks.items[i]});
    for (size_t i = 0; catalog && i < catalog_count(catalog); i++) {
        CatalogVolume volume = catalog_at(catalog, i);
        if (is_shown(rows, volume.info))
            add(rows, (StorageRow){.volume = volume.info, .datastore_id = volume.datastore});
    }
}

/* ---------------------------------------------------------------- cells */

static char *size_or_nothing(int64_t bytes) { return bytes > 0 ? format_size(bytes) : NULL; }
static int64_t used_bytes(const DatastoreInfo *datastore) { return datastore->capacity - datastore->available; }

static char *datastore_text(const DatastoreInfo *datastore, int column)
{
    switch (column) {
    case STORE_NAME: return x_strdup(datastore->name);
    case STORE_STATE: return x_strdup(text(words_datastore_state(datastore->state)));
    case STORE_TYPE: return words_datastore_type(datastore);
    case STORE_USAGE:
        return datastore->capacity > 0 ? x_printf("%d %%", words_permille(used_bytes(datastore), datastore->capacity) / 10) : NULL;
    case STORE_SIZE: return size_or_nothing(datastore->capacity);
    case STORE_FREE: return size_or_nothing(datastore->available);
    case STORE_PROVISIONED: return words_datastore_provisioned(datastore);
    case STORE_MARKS: return words_datastore_marks(datastore);
    case STORE_PATH: return x_strdup(datastore->path);
    default: return NULL;
    }
}

static char *joined(const StrList *names)
{
    char *line = x_strdup("");

    for (size_t i = 0; i < names->count; i++) {
        AUTO_FREE char *shorter = line;
        line = x_printf("%s%s%s", shorter, i ? ", " : "", names->items[i]);
    }
    return line;
}

static char *volume_text(const VolumeInfo *volume, int column)
{
    switch (column) {
    case VOLUME_NAME: return x_strdup(volume->name);
    case VOLUME_FORMAT: return x_strdup(VolumeFormat_name(volume->format));
    case VOLUME_SIZE: return size_or_nothing(volume->capacity);
    case VOLUME_ALLOCATED: return size_or_nothing(volume->allocation);
    case VOLUME_USED_BY: return joined(&volume->used_by);
    case VOLUME_MODIFIED: return volume->modified > 0 ? format_time(volume->modified) : NULL;
    case VOLUME_BACKING: return x_strdup(volume->backing ? port_base_name(volume->backing) : NULL);
    default: return NULL;
    }
}

static char *disk_text(const StorageRows *rows, const DiskInfo *disk, int column)
{
    const DatastoreInfo *datastore = disk->datastore ? model_datastore(server_model(rows->server), disk->datastore) : NULL;

    switch (column) {
    case DISK_DEVICE: return x_printf("%s (%s)", text(words_device(disk->device)), disk->target);
    case DISK_BUS: return x_strdup(DiskBus_name(disk->bus));
    case DISK_VOLUME: return x_strdup(disk->volume ? disk->volume : disk->path ? "" : text(TEXT_DRIVE_EMPTY));
    case DISK_DATASTORE: return x_strdup(datastore ? datastore->name : NULL);
    case DISK_SIZE: return size_or_nothing(disk->capacity);
    case DISK_PATH: return x_strdup(disk->path);
    default: return NULL;
    }
}

char *storage_rows_text(const StorageRows *rows, size_t row, int column)
{
    const StorageRow *item = &rows->items[row];

    if (item->datastore)
        return datastore_text(item->datastore, column);
    return item->volume ? volume_text(item->volume, column) : disk_text(rows, item->disk, column);
}

const char *storage_rows_key(const StorageRows *rows, size_t row)
{
    const StorageRow *item = &rows->items[row];
    return item->datastore ? item->datastore->id : item->volume ? item->volume->name : item->disk->target;
}

int storage_rows_icon(const StorageRows *rows, size_t row)
{
    const StorageRow *item = &rows->items[row];

    if (item->datastore)
        return words_datastore_icon(item->datastore);
    return item->volume ? words_volume_icon(item->volume->format) : words_device_icon(item->disk->device);
}

bool storage_rows_level(const StorageRows *rows, size_t row, int column, int *ret_permille, COLORREF *ret_color)
{
    const DatastoreInfo *datastore = rows->items[row].datastore;

    if (!datastore || column != STORE_USAGE || datastore->capacity <= 0)
        return false;
    *ret_permille = words_permille(used_bytes(datastore), datastore->capacity);
    *ret_color = paint_fill_color(*ret_permille);
    return true;
}

/* ---------------------------------------------------------------- order */

/* The number a column is about; false: it is about text. */
static bool number_of(const StorageRow *item, int column, int64_t *ret_number)
{
    if (item->datastore)
        *ret_number = column == STORE_SIZE ? item->datastore->capacity : column == STORE_FREE ? item->datastore->available
            : column == STORE_PROVISIONED ? item->datastore->provisioned
            : words_permille(used_bytes(item->datastore), item->datastore->capacity);
    else if (item->volume)
        *ret_number = column == VOLUME_SIZE ? item->volume->capacity : column == VOLUME_MODIFIED ? item->volume->modified : item->volume->allocation;
    else
        *ret_number = item->disk->capacity;
    if (item->datastore)
        return column == STORE_SIZE || column == STORE_FREE || column == STORE_USAGE || column == STORE_PROVISIONED;
    return item->volume ? column == VOLUME_SIZE || column == VOLUME_ALLOCATED || column == VOLUME_MODIFIED : column == DISK_SIZE;
}

/* Kept in the row: Windows takes its time for each, and sorting asks for each many times. */
static const char *sort_key(StorageRows *rows, size_t row, int column)
{
    StorageRow *item = &rows->items[row];

    if (!item->order || item->order_column != column) {
        AUTO_FREE char *words = storage_rows_text(rows, row, column);
        AUTO_FREE wchar_t *wide = utf_to_wide(words);
        free(item->order);
        item->order = collate_key(wide);
        item->order_column = column;
    }
    return item->order;
}

int storage_rows_compare(StorageRows *rows, size_t a, size_t b, int column)
{
    int64_t left = 0, right = 0;

    if (number_of(&rows->items[a], column, &left) && number_of(&rows->items[b], column, &right))
        return (left > right) - (left < right);
    return strcmp(sort_key(rows, a, column), sort_key(rows, b, column));
}

/* ---------------------------------------------------------------- selections */

Selection storage_datastore_selection(const StorageRows *rows, size_t row)
{
    return selection_make(rows->server, OBJECT_DATASTORE, rows->items[row].datastore->id);
}

Selection storage_volume_selection(const StorageRows *rows, size_t row)
{
    Selection selection = selection_make(rows->server, OBJECT_VOLUME, rows->items[row].datastore_id);

    lstrcpynA(selection.volume, rows->items[row].volume->name, (int)sizeof selection.volume);
    return selection;
}
