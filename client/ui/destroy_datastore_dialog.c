/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Destroying an empty datastore together with what it was made in: its name must be typed. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/ui/action_dialog.h"

#include <stdlib.h>

enum { WARNING = 100, NAME };

typedef struct DestroyBox {
    ActionDialog action;
    char *datastore;
    char *name;
} DestroyBox;

static void destroy(DestroyBox *box)
{
    DatastoreRef params = {.datastore = box->datastore};
    action_dialog_begin(&box->action, text(TEXT_COPY_BUSY));
    call_datastore_destroy(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_event(void *context, int id, FormEvent event)
{
    DestroyBox *box = context;
    if (event == FORM_CLICKED && id == IDOK) {
        destroy(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    } else if (event == FORM_CHANGED) {
        AUTO_FREE char *typed = form_text(dialog_form(box->action.dialog), NAME);
        dialog_enable(box->action.dialog, IDOK, str_equal(typed, box->name) && !box->action.busy);
    }
}

void destroy_datastore_dialog(HWND owner, Server *server, const char *datastore)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    DestroyBox box = {.action = {.server = server, .follow = true}, .datastore = x_strdup(datastore), .name = x_strdup(store->name)};
    AUTO_FREE char *title = text_format(TEXT_DESTROY_TITLE, store->name, NULL);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, "remove-datastore");
    Form *form = dialog_form(box.action.dialog);
    form_note(form, WARNING, NOTE_WARNING, text(TEXT_DESTROY_QUESTION));
    form_edit(form, NAME, text(TEXT_DESTROY_NAME), 34, 0);
    action_dialog_finish(&box.action, text(TEXT_DESTROY_VERB), true);
    dialog_set_focus(box.action.dialog, NAME);
    dialog_enable(box.action.dialog, IDOK, false);
    action_dialog_run(&box.action);
    free(box.datastore);
    free(box.name);
}
