/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of a datastore: starts with the host, marks, when its space is low. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/ui/action_dialog.h"

#include <stdlib.h>

enum { AUTOSTART = 100, DEFAULT, ISO, LOW, PERCENT, PERCENT_MAX = 100 };

typedef struct SettingsBox {
    ActionDialog action;
    char *datastore;
} SettingsBox;

static void save(SettingsBox *box)
{
    const Form *form = dialog_form(box->action.dialog);
    AUTO_FREE char *percent = form_text(form, LOW);
    DatastoreSetParams params = {.datastore = box->datastore, .autostart = form_checked(form, AUTOSTART), .iso_library = form_checked(form, ISO),
        .is_default = form_checked(form, DEFAULT), .low_space = strtoll(percent, NULL, 10)};
    action_dialog_begin(&box->action, text(TEXT_STORE_SET_BUSY));
    call_datastore_set(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_event(void *context, int id, FormEvent event)
{
    SettingsBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        save(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
}

void datastore_settings_dialog(HWND owner, Server *server, const char *datastore)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    SettingsBox box = {.action = {.server = server, .follow = true}, .datastore = x_strdup(datastore)};
    AUTO_FREE char *title = text_format(TEXT_STORE_SET_TITLE, store->name, NULL);
    AUTO_FREE char *percent = x_printf("%lld", (long long)store->low_space);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, "datastore-settings");
    Form *form = dialog_form(box.action.dialog);
    form_check(form, AUTOSTART, text(TEXT_STORE_AUTOSTART));
    form_check(form, DEFAULT, text(TEXT_STORE_SET_DEFAULT));
    form_check(form, ISO, text(TEXT_STORE_SET_ISO));
    form_number(form, LOW, text(TEXT_STORE_SET_LOW), 6, 1, PERCENT_MAX);
    form_beside_text(form, PERCENT, text(TEXT_STORE_SET_PERCENT));
    form_set_checked(form, AUTOSTART, store->autostart);
    form_set_checked(form, DEFAULT, store->is_default);
    form_set_checked(form, ISO, store->iso_library);
    form_set_text(form, LOW, percent);
    action_dialog_finish(&box.action, text(TEXT_STORE_SET_VERB), false);
    action_dialog_run(&box.action);
    free(box.datastore);
}
