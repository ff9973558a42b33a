/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a volume, changing its size, and what dialogs about one volume share. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/ui/action_dialog.h"
#include "client/ui/format_box.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>

enum { EXPLAIN = 100, NAME, SIZE_NUMBER, SIZE_UNIT, FORMAT, THICK, STORE_NOTE, NOW, USERS };

#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define TIB (INT64_C(1) << 40)

/* ---------------------------------------------------------------- looking at a volume */

static void looked(void *context, VolumeDetails *result, const Error *error)
{
    VolumeLook *look = context;
    if (!error) {
        VolumeDetails_copy(result, &look->details);
        look->loaded = true;
    }
    look->seen(look->context, error);
}

void volume_look_begin(VolumeLook *look)
{
    VolumeRef params = {.datastore = look->volume.id, .volume = look->volume.volume};
    call_volume_inspect(look->volume.server, &params, looked, look, look);
}

void volume_look_end(VolumeLook *look)
{
    core_forget(app_get()->core, look);
    if (look->loaded)
        VolumeDetails_clear(&look->details);
    look->loaded = false;
}

/* ---------------------------------------------------------------- a size with its unit */

static void size_row(Form *form, const char *label)
{
    form_number(form, SIZE_NUMBER, label, 8, 1, 1 << 30);
    form_beside_combo(form, SIZE_UNIT, 6);
    form_combo_add(form, SIZE_UNIT, "MB", 0);
    form_combo_add(form, SIZE_UNIT, "GB", 1);
    form_combo_add(form, SIZE_UNIT, "TB", 2);
}

static void size_show(Form *form, int64_t bytes)
{
    static const int64_t units[] = {MIB, GIB, TIB};
    int unit = bytes % TIB == 0 ? 2 : bytes % GIB == 0 ? 1 : 0;
    AUTO_FREE char *number = x_printf("%lld", (long long)((bytes + units[unit] - 1) / units[unit]));
    form_set_text(form, SIZE_NUMBER, number);
    form_combo_select(form, SIZE_UNIT, unit);
}

/* 0: no number, or far too large. */
static int64_t size_of(Form *form)
{
    static const int64_t units[] = {MIB, GIB, TIB};
    AUTO_FREE char *number = form_text(form, SIZE_NUMBER);
    int64_t bytes = 0;
    if (__builtin_mul_overflow(strtoll(number, NULL, 10), units[form_combo_data(form, SIZE_UNIT, 1)], &bytes) || bytes < 0)
        return 0;
    return bytes;
}

/* ---------------------------------------------------------------- new volume */

typedef struct NewVolumeBox {
    ActionDialog action;
    char *datastore;
    bool raw;       /* no files there, so names have no endings */
    bool partition; /* the host names it, and there is no field for a name */
    bool name_seen;
} NewVolumeBox;

static Form *form_of(const NewVolumeBox *box) { return dialog_form(box->action.dialog); }

/* "data" becomes "data.qcow2": a name without an ending says nothing to whoever sees the directory. */
static char *full_name(const NewVolumeBox *box)
{
    Form *form = form_of(box);
    if (box->partition)
        return x_strdup("partition");
    char *name = form_text(form, NAME);
    if (!*name || box->raw || strchr(name, '.'))
        return name;
    char *longer = x_printf("%s.%s", name, form_combo_data(form, FORMAT, VOLUME_FORMAT_QCOW2) == VOLUME_FORMAT_RAW ? "img" : "qcow2");
    free(name);
    return longer;
}

static void check_new(NewVolumeBox *box)
{
    AUTO_FREE char *name = full_name(box);
    AUTO_FREE char *wrong = rules_check_file_name(name);
    if (!box->partition)
        form_problem(form_of(box), NAME, box->name_seen ? wrong : NULL);
    dialog_enable(box->action.dialog, IDOK, !wrong && size_of(form_of(box)) > 0 && !box->action.busy);
}

static void create(NewVolumeBox *box)
{
    Form *form = form_of(box);
    AUTO_FREE char *name = full_name(box);
    VolumeCreateParams params = {.datastore = box->datastore, .name = name, .capacity = size_of(form), .thick = form_checked(form, THICK),
        .format = (VolumeFormat)form_combo_data(form, FORMAT, VOLUME_FORMAT_QCOW2)};
    action_dialog_begin(&box->action, text(TEXT_NEW_VOLUME_BUSY));
    call_volume_create(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_new(void *context, int id, FormEvent event)
{
    NewVolumeBox *box = context;
    if (event == FORM_CLICKED && id == IDOK) {
        create(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    } else if (event == FORM_CHANGED) {
        box->name_seen |= id == NAME;
        check_new(box);
    }
}

void new_volume_dialog(HWND owner, Server *server, const char *datastore)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    NewVolumeBox box = {.action = {.server = server, .follow = true}, .datastore = x_strdup(datastore), .raw = datastore_type_is_raw(store->type),
        .partition = datastore_type_is_partitioned(store->type)};
    AUTO_FREE char *title = text_format(TEXT_NEW_VOLUME_TITLE, store->name, NULL);
    AUTO_FREE char *room = format_size(store->available);
    AUTO_FREE char *note = text_format(TEXT_NEW_VOLUME_ROOM, room, NULL);
    box.action.dialog = dialog_create(owner, title, on_new, &box);
    dialog_set_topic(box.action.dialog, "volumes");
    Form *form = form_of(&box);
    if (box.partition)
        form_note(form, EXPLAIN, NOTE_INFO, text(TEXT_NEW_VOLUME_PARTITION));
    else
        form_edit(form, NAME, text(TEXT_NEW_VOLUME_NAME), 30, 0);
    size_row(form, text(TEXT_NEW_VOLUME_SIZE));
    format_box_build(form, FORMAT, TEXT_NEW_VOLUME_FORMAT, 30);
    format_box_show(form, FORMAT, store, VOLUME_FORMAT_QCOW2, true);
    form_check(form, THICK, text(TEXT_NEW_VOLUME_THICK));
    form_note(form, STORE_NOTE, NOTE_DIM, note);
    size_show(form, 20 * GIB);
    action_dialog_finish(&box.action, text(TEXT_NEW_VOLUME_VERB), false);
    dialog_set_focus(box.action.dialog, box.partition ? SIZE_NUMBER : NAME);
    check_new(&box);
    action_dialog_run(&box.action);
    free(box.datastore);
}

/* ---------------------------------------------------------------- another size */

typedef struct ResizeBox {
    ActionDialog action;
    VolumeLook look;
} ResizeBox;

static void check_size(ResizeBox *box)
{
    Form *form = dialog_form(box->action.dialog);
    int64_t wanted = size_of(form);
    bool smaller = box->look.loaded && wanted && wanted < box->look.details.info->capacity;
    form_set_shown(form, STORE_NOTE, smaller);
    dialog_enable(box->action.dialog, IDOK, box->look.loaded && wanted && wanted != box->look.details.info->capacity && !box->action.busy);
}

static void show_running(ResizeBox *box)
{
    const VolumeUserList *users = &box->look.details.users;
    for (size_t i = 0; i < users->count; i++) {
        if (users->items[i].state != VM_STATE_RUNNING && users->items[i].state != VM_STATE_PAUSED)
            continue;
        AUTO_FREE char *words = text_format(TEXT_RESIZE_RUNNING, users->items[i].name, NULL);
        form_set_note(dialog_form(box->action.dialog), USERS, NOTE_INFO, words);
        form_set_shown(dialog_form(box->action.dialog), USERS, true);
        return;
    }
}

static void resize_seen(void *context, const Error *error)
{
    ResizeBox *box = context;
    Form *form = dialog_form(box->action.dialog);
    if (error) {
        action_dialog_done(&box->action, NULL, error);
        dialog_enable(box->action.dialog, IDOK, false);
        return;
    }
    AUTO_FREE char *now = format_size(box->look.details.info->capacity);
    form_hold(form);
    form_set_text(form, NOW, now);
    size_show(form, box->look.details.info->capacity);
    show_running(box);
    form_release(form);
    check_size(box);
    form_focus(form, SIZE_NUMBER);
}

static void resize(ResizeBox *box)
{
    VolumeResizeParams params = {.datastore = box->look.volume.id, .volume = box->look.volume.volume, .capacity = size_of(dialog_form(box->action.dialog))};
    action_dialog_begin(&box->action, text(TEXT_RESIZE_BUSY));
    call_volume_resize(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_resize(void *context, int id, FormEvent event)
{
    ResizeBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        resize(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED)
        check_size(box);
}

void resize_volume_dialog(HWND owner, const Selection *volume)
{
    ResizeBox box = {.action = {.server = volume->server, .follow = true}, .look = {.volume = *volume, .seen = resize_seen, .context = &box}};
    AUTO_FREE char *title = text_format(TEXT_RESIZE_TITLE, volume->volume, NULL);
    box.action.dialog = dialog_create(owner, title, on_resize, &box);
    dialog_set_topic(box.action.dialog, "volumes");
    Form *form = dialog_form(box.action.dialog);
    form_value(form, NOW, text(TEXT_RESIZE_NOW), "...");
    size_row(form, text(TEXT_RESIZE_NEW));
    form_note(form, USERS, NOTE_INFO, " ");
    form_note(form, STORE_NOTE, NOTE_WARNING, text(TEXT_RESIZE_SMALLER));
    form_set_shown(form, USERS, false);
    action_dialog_finish(&box.action, text(TEXT_RESIZE_VERB), false);
    dialog_set_focus(box.action.dialog, SIZE_NUMBER);
    check_size(&box);
    volume_look_begin(&box.look);
    action_dialog_run(&box.action);
    volume_look_end(&box.look);
}
