/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new disk for a VM: where its volume is made, how large, in which format. See properties.h. UI thread. */
#include "client/ui/properties.h"
#include "client/ui/format_box.h"
#include "client/ui/store_box.h"

#include "client/core/format.h"
#include "client/core/rules.h"

#include <stdlib.h>

enum { STORE = 100, SIZE_FIELD, FORMAT, THICK };

static const int64_t gib = INT64_C(1) << 30;

typedef struct NewDiskBox {
    Server *server;
    Dialog *dialog;
    VmDisk *disk;
    VolumeFormat format; /* as wished; some datastores have raw ones only */
} NewDiskBox;

static const DatastoreInfo *store_of(const NewDiskBox *box)
{
    return store_box_chosen(dialog_form(box->dialog), STORE, server_model(box->server));
}

static void show_format(const NewDiskBox *box) { format_box_show(dialog_form(box->dialog), FORMAT, store_of(box), box->format, true); }

static int64_t typed_size(const NewDiskBox *box)
{
    AUTO_FREE char *typed = form_text(dialog_form(box->dialog), SIZE_FIELD);
    return vm_edit_size(typed, gib);
}

/* NULL: it can be made. */
static char *wrong(const NewDiskBox *box)
{
    const DatastoreInfo *store = store_of(box);
    int64_t size = typed_size(box);
    bool thick = form_checked(dialog_form(box->dialog), THICK);
    if (!store)
        return x_strdup(text(TEXT_NEW_VM_DISK_DATASTORE));
    if (size < 1 << 20)
        return x_strdup(text(TEXT_NEW_VM_DISK_NUMBER));
    if (size > (thick ? store->available : store->capacity)) {
        AUTO_FREE char *room = format_size(thick ? store->available : store->capacity);
        return text_format(thick ? TEXT_NEW_VM_DISK_SPACE : TEXT_NEW_VM_DISK_CAPACITY, store->name, room, NULL);
    }
    return NULL;
}

static void check(NewDiskBox *box)
{
    AUTO_FREE char *sentence = wrong(box);
    form_problem(dialog_form(box->dialog), SIZE_FIELD, sentence);
    dialog_enable(box->dialog, IDOK, !sentence);
}

static void take(NewDiskBox *box)
{
    Form *form = dialog_form(box->dialog);
    const DatastoreInfo *store = store_of(box);
    if (!store) { /* it has gone since it was chosen */
        check(box);
        return;
    }
    VmNewVolume *volume = x_calloc(1, sizeof(*volume));
    *volume = (VmNewVolume){.datastore = x_strdup(store->id), .capacity = typed_size(box), .format = (VolumeFormat)form_combo_data(form, FORMAT, VOLUME_FORMAT_QCOW2), .thick = form_checked(form, THICK)};
    box->disk->create = volume;
    dialog_close(box->dialog, IDOK);
}

static void on_event(void *context, int id, FormEvent event)
{
    NewDiskBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        take(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        dialog_close(box->dialog, IDCANCEL);
    else if (event == FORM_CHANGED && id == STORE)
        show_format(box);
    else if (event == FORM_CHANGED && id == FORMAT)
        box->format = (VolumeFormat)form_combo_data(dialog_form(box->dialog), FORMAT, VOLUME_FORMAT_QCOW2);
    if (event == FORM_CHANGED)
        check(box);
}

static void build(NewDiskBox *box)
{
    enum { SIZE_STEP_GIB = 5, SIZE_MOST_GIB = 64 * 1024 };
    Form *form = dialog_form(box->dialog);
    form_combo(form, STORE, text(TEXT_NEW_VM_LABEL_STORE), 36, false);
    store_box_fill(form, STORE, server_model(box->server), rules_takes_volumes, NULL);
    SendMessageW(form_item(form, STORE), CB_SETCURSEL, 0, 0);
    form_number(form, SIZE_FIELD, text(TEXT_NEW_VM_LABEL_SIZE), 8, SIZE_STEP_GIB, SIZE_MOST_GIB);
    form_beside_text(form, -1, text(TEXT_NEW_VM_GB));
    format_box_build(form, FORMAT, TEXT_NEW_VM_LABEL_FORMAT, 36);
    show_format(box);
    form_check(form, THICK, text(TEXT_NEW_VM_LABEL_THICK));
    form_set_text(form, SIZE_FIELD, "20");
}

bool new_disk_dialog(HWND owner, Server *server, VmDisk *ret)
{
    NewDiskBox box = {.server = server, .disk = ret, .format = VOLUME_FORMAT_QCOW2};
    box.dialog = dialog_create(owner, text(TEXT_NEW_DISK_TITLE), on_event, &box);
    dialog_set_topic(box.dialog, "properties-disks");
    build(&box);
    dialog_button(box.dialog, IDOK, text(TEXT_CHOOSE_ADD), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_set_focus(box.dialog, SIZE_FIELD);
    check(&box);
    return dialog_run(box.dialog) == IDOK;
}
