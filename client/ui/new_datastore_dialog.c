/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New datastore: a directory on the host. See dialogs.h. UI thread. */
#include "client/ui/action_dialog.h"
#include "client/ui/dialogs.h"

#include "client/core/rules.h"

#include <string.h>

enum { EXPLAIN = 100, NAME, PATH, PATH_HINT };

typedef struct NewDatastore {
    ActionDialog action;
    bool path_typed; /* else it follows the name */
    bool name_seen, path_seen;
} NewDatastore;

static Form *form_of(const NewDatastore *box) { return dialog_form(box->action.dialog); }

static void check(NewDatastore *box)
{
    const Model *model = server_model(box->action.server);
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    AUTO_FREE char *path = form_text(form_of(box), PATH);
    AUTO_FREE char *wrong_name = rules_check_datastore_name(model, name);
    AUTO_FREE char *wrong_path = rules_check_datastore_path(model, path);
    form_hold(form_of(box));
    form_problem(form_of(box), NAME, box->name_seen ? wrong_name : NULL);
    form_problem(form_of(box), PATH, box->path_seen || (box->name_seen && !wrong_name) ? wrong_path : NULL);
    form_release(form_of(box));
    dialog_enable(box->action.dialog, IDOK, !wrong_name && !wrong_path && !box->action.busy);
}

/* /srv/<name>, spaces as dashes. */
static void follow_name(NewDatastore *box)
{
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    for (char *at = name; *at; at++)
        *at = *at == ' ' || *at == '/' || *at == '\\' ? '-' : *at;
    AUTO_FREE char *path = *name ? x_printf("/srv/%s", name) : x_strdup("");
    form_set_text(form_of(box), PATH, path);
}

static void create(NewDatastore *box)
{
    AUTO(DatastoreCreateParams_clear) DatastoreCreateParams request = {.name = form_text(form_of(box), NAME), .path = form_text(form_of(box), PATH)};
    action_dialog_begin(&box->action, text(TEXT_NEW_DATASTORE_CREATING));
    call_datastore_create(box->action.server, &request, action_dialog_done, &box->action, &box->action);
}

static void on_event(void *context, int id, FormEvent event)
{
    NewDatastore *box = context;
    if (event == FORM_CLICKED && id == IDOK) {
        create(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    } else if (event == FORM_CHANGED) {
        box->name_seen |= id == NAME;
        box->path_seen |= id == PATH;
        box->path_typed |= id == PATH;
        if (id == NAME && !box->path_typed)
            follow_name(box);
        check(box);
    }
}

void new_datastore_dialog(HWND owner, Server *server)
{
    NewDatastore box = {.action = {.server = server, .follow = true}};
    AUTO_FREE char *title = text_format(TEXT_NEW_DATASTORE_TITLE, server_name(server), NULL);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, "new-datastore");
    Form *form = form_of(&box);
    form_note(form, EXPLAIN, NOTE_TEXT, text(TEXT_NEW_DATASTORE_EXPLAIN));
    form_edit(form, NAME, text(TEXT_NEW_DATASTORE_NAME), 34, 0);
    form_edit(form, PATH, text(TEXT_NEW_DATASTORE_PATH), 34, 0);
    form_note(form, PATH_HINT, NOTE_DIM, text(TEXT_NEW_DATASTORE_HINT));
    action_dialog_finish(&box.action, text(TEXT_NEW_DATASTORE_CREATE), false);
    dialog_set_focus(box.action.dialog, NAME);
    check(&box);
    action_dialog_run(&box.action);
}
