/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of a volume on another connected host. The dialog only asks where; the copying goes on by itself. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/core/copying.h"
#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/ui/frame.h"
#include "client/win/dialog.h"

#include <stdlib.h>

enum { EXPLAIN = 100, PLACE, NAME, NOTE, PLACES_MAX = 500 };

/* A datastore of another host. */
typedef struct SendPlace {
    Server *server;
    char *datastore;
} SendPlace;

typedef struct SendBox {
    Dialog *dialog;
    Selection volume;
    SendPlace places[PLACES_MAX];
    int count;
} SendBox;

static void sent(void *context, const Copying *copying, const Error *error)
{
    (void)context;
    if (error && error->code == ERR_CANCELLED)
        return;
    if (error) {
        frame_hint_error(error);
        return;
    }
    AUTO_FREE char *words = text_format(copying_straight(copying) ? TEXT_SEND_DONE : TEXT_SEND_DONE_THROUGH, copying_volume(copying),
                                        server_name(copying_to(copying)), NULL);
    frame_hint(words, false);
}

static const SendPlace *place_of(const SendBox *box)
{
    intptr_t index = form_combo_data(dialog_form(box->dialog), PLACE, -1);
    return index >= 0 && index < box->count ? &box->places[index] : NULL;
}

static void check(SendBox *box)
{
    Form *form = dialog_form(box->dialog);
    AUTO_FREE char *name = form_text(form, NAME);
    AUTO_FREE char *wrong = rules_check_file_name(name);
    form_problem(form, NAME, wrong);
    dialog_enable(box->dialog, IDOK, !wrong && place_of(box));
}

static void begin(SendBox *box)
{
    const SendPlace *place = place_of(box);
    AUTO_FREE char *name = form_text(dialog_form(box->dialog), NAME);
    if (place && app_has_server(place->server) && app_has_server(box->volume.server)) {
        CopyingPlan plan = {.from = box->volume.server, .to = place->server, .from_datastore = box->volume.id, .volume = box->volume.volume,
                            .to_datastore = place->datastore, .name = name};
        copying_start(app_get()->core, &plan, sent, NULL);
    }
    dialog_close(box->dialog, IDOK);
}

static void on_event(void *context, int id, FormEvent event)
{
    SendBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        begin(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        dialog_close(box->dialog, IDCANCEL);
    else if (event == FORM_CHANGED)
        check(box);
}

static void add_places(SendBox *box, Server *server)
{
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_datastore_count(model) && box->count < PLACES_MAX; i++) {
        const DatastoreInfo *store = model_datastore_at(model, i);
        if (!rules_datastore(server, store, METHOD_upload_begin, NULL))
            continue;
        AUTO_FREE char *room = format_size(store->available);
        AUTO_FREE char *line = text_format(TEXT_SEND_PLACE, server_name(server), store->name, room, NULL);
        form_combo_add(dialog_form(box->dialog), PLACE, line, box->count);
        box->places[box->count++] = (SendPlace){server, x_strdup(store->id)};
    }
}

static void add_servers(SendBox *box, const Selection *to)
{
    const Core *core = app_get()->core;
    for (size_t i = 0; i < core_server_count(core); i++) {
        Server *server = core_server_at(core, i);
        if (server != box->volume.server && server_online(server))
            add_places(box, server);
    }
    int chosen = 0;
    for (int i = 0; to && i < box->count; i++)
        if (box->places[i].server == to->server && str_equal(box->places[i].datastore, to->id))
            chosen = i;
    if (box->count)
        form_combo_select(dialog_form(box->dialog), PLACE, chosen);
}

void send_volume_dialog(HWND owner, const Selection *volume, const Selection *to)
{
    SendBox *box = x_calloc(1, sizeof *box);
    AUTO_FREE char *title = text_format(TEXT_SEND_TITLE, volume->volume, NULL);
    box->volume = *volume;
    box->dialog = dialog_create(owner, title, on_event, box);
    dialog_set_topic(box->dialog, "copy-to-host");
    Form *form = dialog_form(box->dialog);
    form_note(form, EXPLAIN, NOTE_TEXT, text(TEXT_SEND_EXPLAIN));
    form_combo(form, PLACE, text(TEXT_SEND_TO), 50, false);
    form_edit(form, NAME, text(TEXT_COPY_LABEL_NAME), 50, 0);
    form_set_text(form, NAME, volume->volume);
    add_servers(box, to);
    form_note(form, NOTE, NOTE_INFO, text(TEXT_SEND_NOWHERE));
    form_set_shown(form, NOTE, box->count == 0);
    dialog_button(box->dialog, IDOK, text(TEXT_COPY_VERB), true);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_set_focus(box->dialog, box->count ? PLACE : IDCANCEL);
    check(box);
    dialog_run(box->dialog);
    for (int i = 0; i < box->count; i++)
        free(box->places[i].datastore);
    free(box);
}
