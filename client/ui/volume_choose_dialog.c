/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing a volume: an ISO of any datastore, or a volume of one datastore that a disk can be made of. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/core/catalog.h"
#include "client/core/format.h"
#include "client/ui/store_box.h"
#include "client/ui/words.h"
#include "client/win/icons.h"

#include <stdlib.h>

enum { STORE = 100, LIST, NOTE, TICK_MS = 250 };

typedef struct VolumeChoose {
    Server *server;
    Dialog *dialog;
    Catalog *catalog;
    bool isos, changed;
    VolumeChoice *ret;
} VolumeChoose;

void volume_choice_clear(VolumeChoice *choice)
{
    free(choice->datastore);
    free(choice->volume);
    free(choice->path);
    *choice = (VolumeChoice){0};
}

static Form *form_of(const VolumeChoose *box) { return dialog_form(box->dialog); }

static bool fits(const VolumeChoose *box, const VolumeInfo *volume)
{
    return box->isos || (volume->format != VOLUME_FORMAT_ISO && volume->format != VOLUME_FORMAT_DIR);
}

/* "name" or "used by web01": a volume that a VM has is not hidden, so that one knows why it cannot be chosen. */
static char *used_text(const VolumeInfo *volume) { return x_strdup(volume->used_by.count ? volume->used_by.items[0] : ""); }

static void fill(VolumeChoose *box)
{
    Form *form = form_of(box);
    AUTO_FREE char *failure = catalog_error(box->catalog) ? text_error(catalog_error(box->catalog)) : NULL;
    form_hold(form);
    form_list_clear(form, LIST);
    for (size_t i = 0; i < catalog_count(box->catalog); i++) {
        CatalogVolume volume = catalog_at(box->catalog, i);
        const DatastoreInfo *store = model_datastore(server_model(box->server), volume.datastore);
        if (!fits(box, volume.info))
            continue;
        AUTO_FREE char *size = format_size(volume.info->capacity);
        AUTO_FREE char *used = box->isos ? x_strdup(store ? store->name : "") : used_text(volume.info);
        int row = form_list_add(form, LIST, volume.info->name, words_volume_icon(volume.info->format), (intptr_t)i);
        form_list_cell(form, LIST, row, 1, size);
        form_list_cell(form, LIST, row, 2, used);
    }
    bool empty = form_list_data(form, LIST, 0) == 0 && SendMessageW(form_item(form, LIST), LVM_GETITEMCOUNT, 0, 0) == 0;
    form_set_note(form, NOTE, failure ? NOTE_ERROR : NOTE_INFO, failure ? failure : text(catalog_loading(box->catalog) ? TEXT_CHOOSE_READING : TEXT_CHOOSE_EMPTY));
    form_set_shown(form, NOTE, failure || empty);
    form_release(form);
    dialog_enable(box->dialog, IDOK, false);
}

static void on_catalog(void *context) { ((VolumeChoose *)context)->changed = true; }

static void open_store(VolumeChoose *box)
{
    const DatastoreInfo *store = box->isos ? NULL : store_box_chosen(form_of(box), STORE, server_model(box->server));
    catalog_close(box->catalog);
    box->catalog = box->isos || store ? catalog_open(box->server, store ? store->id : NULL, on_catalog, box) : NULL;
    box->changed = false;
    if (box->catalog)
        fill(box);
    else
        form_list_clear(form_of(box), LIST);
}

static bool selected(const VolumeChoose *box, CatalogVolume *ret)
{
    int row = form_list_selected(form_of(box), LIST);
    size_t index = row < 0 ? 0 : (size_t)form_list_data(form_of(box), LIST, row);
    if (row < 0 || !box->catalog || box->changed || index >= catalog_count(box->catalog)) /* changed: the rows are those of before */
        return false;
    *ret = catalog_at(box->catalog, index);
    return true;
}

static void choose(VolumeChoose *box)
{
    CatalogVolume volume;
    if (!selected(box, &volume))
        return;
    *box->ret = (VolumeChoice){x_strdup(volume.datastore), x_strdup(volume.info->name), x_strdup(volume.info->path), volume.info->capacity, volume.info->format};
    dialog_close(box->dialog, IDOK);
}

static void on_event(void *context, int id, FormEvent event)
{
    VolumeChoose *box = context;
    CatalogVolume volume;
    if (event == FORM_TIMER && box->changed) {
        box->changed = false;
        fill(box);
    } else if ((event == FORM_CLICKED && id == IDOK) || event == FORM_ACTIVATED) {
        choose(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        dialog_close(box->dialog, IDCANCEL);
    } else if (event == FORM_CHANGED && id == STORE) {
        open_store(box);
    } else if (event == FORM_CHANGED && id == LIST) {
        dialog_enable(box->dialog, IDOK, selected(box, &volume));
    }
}

static void build(VolumeChoose *box)
{
    Form *form = form_of(box);
    if (!box->isos) {
        form_combo(form, STORE, text(TEXT_NEW_VM_LABEL_STORE), 40, false);
        store_box_fill(form, STORE, server_model(box->server), store_is_active, NULL);
        SendMessageW(form_item(form, STORE), CB_SETCURSEL, 0, 0);
    }
    form_list(form, LIST, text(TEXT_CHOOSE_VOLUMES), 10, false);
    form_list_column(form, LIST, text(TEXT_NEW_VM_COLUMN_NAME), 260, false);
    form_list_column(form, LIST, text(TEXT_NEW_VM_COLUMN_SIZE), 90, true);
    form_list_column(form, LIST, text(box->isos ? TEXT_NEW_VM_COLUMN_DATASTORE : TEXT_COLUMN_USED_BY), 110, false);
    form_note(form, NOTE, NOTE_INFO, text(TEXT_CHOOSE_READING));
}

bool volume_choose_dialog(HWND owner, Server *server, bool isos, VolumeChoice *ret)
{
    VolumeChoose box = {.server = server, .isos = isos, .ret = ret};
    box.dialog = dialog_create(owner, text(isos ? TEXT_CHOOSE_ISO_TITLE : TEXT_CHOOSE_DISK_TITLE), on_event, &box);
    dialog_set_topic(box.dialog, isos ? "properties-drives" : "properties-disks");
    dialog_set_width(box.dialog, 500);
    build(&box);
    dialog_button(box.dialog, IDOK, text(isos ? TEXT_CHOOSE_INSERT : TEXT_CHOOSE_ATTACH), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_set_timer(box.dialog, TICK_MS);
    open_store(&box);
    bool done = dialog_run(box.dialog) == IDOK;
    catalog_close(box.catalog);
    return done;
}
