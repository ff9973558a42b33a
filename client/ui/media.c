/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inserting and ejecting CDs: see media.h. */
#include "client/ui/media.h"

#include "client/core/catalog.h"
#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/win/utf.h"

#include <stdlib.h>

enum { ISO_MENU_MAX = 200, ISO_MENU_BASE = 1 };

/* Waits for the list of ISOs; freed when the menu is closed. At most one: a second command replaces the first. */
typedef struct Insertion {
    Catalog *catalog;
    Selection selection;
    POINT screen;
} Insertion;

static Insertion *pending;

const DiskInfo *media_drive(const VmInfo *vm, bool loaded)
{
    const DiskInfo *empty = NULL;

    for (size_t i = 0; vm && i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (disk->device == DISK_DEVICE_CDROM && disk->path)
            return disk;
        if (disk->device == DISK_DEVICE_CDROM && !empty)
            empty = disk;
    }
    return loaded ? NULL : empty;
}

static void on_started(void *context, TaskRef *task, const Error *error)
{
    (void)task;
    if (error)
        command_failed(context, error);
}

static void set_media(const Selection *selection, const DiskInfo *drive, const char *datastore, const char *volume)
{
    VmMediaParams params = {.vm = (char *)(uintptr_t)selection->id, .target = drive->target, .datastore = (char *)(uintptr_t)datastore,
        .volume = (char *)(uintptr_t)volume}; /* the call copies them */
    call_vm_set_media(selection->server, &params, on_started, NULL, selection->server);
}

void eject_run(const Selection *selection)
{
    const DiskInfo *drive = media_drive(selection_vm(selection), true);

    if (drive)
        set_media(selection, drive, NULL, NULL);
}

static void end_insertion(void)
{
    if (pending)
        catalog_close(pending->catalog);
    free(pending);
    pending = NULL;
}

static int choose_iso(const Insertion *insertion)
{
    HMENU menu = CreatePopupMenu();
    size_t count = catalog_count(insertion->catalog);

    for (size_t i = 0; i < count && i < ISO_MENU_MAX; i++) {
        AUTO_FREE wchar_t *name = utf_to_wide(catalog_at(insertion->catalog, i).info->name);
        AppendMenuW(menu, MF_STRING, ISO_MENU_BASE + i, name);
    }
    AUTO_FREE wchar_t *none = utf_text(TEXT_STORAGE_NO_ISO);
    if (!count)
        AppendMenuW(menu, MF_STRING | MF_GRAYED, 0, none);
    int chosen = (int)TrackPopupMenuEx(menu, TPM_RETURNCMD, insertion->screen.x, insertion->screen.y, app_get()->frame, NULL);
    DestroyMenu(menu);
    return chosen;
}

/* The menu pumps messages, which may bring news of the catalog: it is taken out of reach first. */
static void show_menu(void)
{
    Insertion *insertion = pending;

    pending = NULL;
    int chosen = choose_iso(insertion);
    const DiskInfo *drive = media_drive(selection_vm(&insertion->selection), false);
    if (chosen >= ISO_MENU_BASE && drive && (size_t)(chosen - ISO_MENU_BASE) < catalog_count(insertion->catalog)) {
        CatalogVolume iso = catalog_at(insertion->catalog, (size_t)(chosen - ISO_MENU_BASE));
        set_media(&insertion->selection, drive, iso.datastore, iso.info->name);
    }
    catalog_close(insertion->catalog);
    free(insertion);
}

static void on_catalog(void *context)
{
    (void)context;
    if (!pending || !pending->catalog || catalog_loading(pending->catalog))
        return;
    if (catalog_error(pending->catalog) && !catalog_count(pending->catalog)) {
        frame_hint_error(catalog_error(pending->catalog));
        end_insertion();
        return;
    }
    show_menu();
}

void insert_iso_run(const Selection *selection)
{
    end_insertion();
    pending = x_calloc(1, sizeof *pending);
    pending->selection = *selection;
    GetCursorPos(&pending->screen);
    pending->catalog = catalog_open(selection->server, NULL, on_catalog, NULL);
    on_catalog(NULL); /* a server without datastores has nothing to wait for */
}
