/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of a volume, or another place, name or format for it. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/ui/action_dialog.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>

enum { EXPLAIN = 100, STORE, NAME, FORMAT, USERS, PARTITION, STORES_MAX = 200 };

typedef struct CopyBox {
    ActionDialog action;
    VolumeLook look;
    bool move;
    bool name_typed;          /* else it follows the format and the datastore */
    VolumeFormat wanted;      /* where the datastore leaves a choice */
    char *stores[STORES_MAX]; /* UUIDs */
    int store_count;
} CopyBox;

static Form *form_of(const CopyBox *box) { return dialog_form(box->action.dialog); }

static const char *store_of(const CopyBox *box)
{
    intptr_t index = form_combo_data(form_of(box), STORE, 0);
    return index >= 0 && index < box->store_count ? box->stores[index] : box->look.volume.id;
}

static VolumeFormat format_of(const CopyBox *box) { return (VolumeFormat)form_combo_data(form_of(box), FORMAT, VOLUME_FORMAT_UNKNOWN); }

static const DatastoreInfo *store_info(const CopyBox *box) { return model_datastore(server_model(box->action.server), store_of(box)); }

/* The host names it. */
static bool becomes_partition(const CopyBox *box)
{
    const DatastoreInfo *store = store_info(box);
    return store && datastore_type_is_partitioned(store->type);
}

/* What moves there is raw whatever was wished: LVM, Ceph. */
static bool becomes_raw(const CopyBox *box)
{
    const DatastoreInfo *store = store_info(box);
    return box->move && store && datastore_type_is_raw(store->type);
}

static bool stays(const CopyBox *box) { return str_equal(store_of(box), box->look.volume.id); }

/* Endings that say a format: another format wants another one. */
static const char *ending_of(VolumeFormat format)
{
    return format == VOLUME_FORMAT_RAW ? ".img" : format == VOLUME_FORMAT_QCOW2 ? ".qcow2" : format == VOLUME_FORMAT_VMDK ? ".vmdk"
        : format == VOLUME_FORMAT_VDI ? ".vdi" : format == VOLUME_FORMAT_VPC ? ".vhd" : ".vhdx";
}

/* own: what it has now. Logical volumes and images of pools need none. */
static const char *proposed_ending(const CopyBox *box, const char *own)
{
    if (becomes_raw(box))
        return stays(box) ? own : "";
    return format_of(box) == VOLUME_FORMAT_UNKNOWN ? own : ending_of(format_of(box));
}

static char *proposed_name(const CopyBox *box)
{
    const char *name = box->look.volume.volume;
    const char *dot = strrchr(name, '.');
    AUTO_FREE char *stem = dot && dot != name ? x_strndup(name, (size_t)(dot - name)) : x_strdup(name);
    const char *ending = proposed_ending(box, dot && dot != name ? dot : "");
    AUTO_FREE char *same = x_printf("%s%s", stem, ending);
    if (stays(box) && !box->move && str_equal(same, name))
        return text_format(TEXT_COPY_NAME, stem, ending, NULL);
    return TAKE_PTR(same);
}

static void show_format(CopyBox *box)
{
    form_combo_select(form_of(box), FORMAT, becomes_raw(box) ? VOLUME_FORMAT_RAW : box->wanted);
    form_set_enabled(form_of(box), FORMAT, !becomes_raw(box));
}

static void check(CopyBox *box)
{
    Form *form = form_of(box);
    show_format(box);
    if (!box->name_typed || becomes_partition(box)) {
        AUTO_FREE char *name = proposed_name(box);
        form_set_text(form, NAME, name);
    }
    form_set_enabled(form, NAME, !becomes_partition(box));
    form_set_shown(form, PARTITION, becomes_partition(box));
    AUTO_FREE char *name = form_text(form, NAME);
    AUTO_FREE char *wrong = rules_check_file_name(name);
    bool same = stays(box) && str_equal(name, box->look.volume.volume);
    if (same && !wrong && (!box->move || box->name_typed))
        wrong = x_strdup(text(TEXT_COPY_SAME_NAME));
    form_problem(form, NAME, wrong);
    dialog_enable(box->action.dialog, IDOK, !wrong && !same && !box->action.busy);
}

static void begin(CopyBox *box)
{
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    char *store = (char *)(uintptr_t)store_of(box);
    VolumeCopyParams copy = {box->look.volume.id, box->look.volume.volume, store, name, format_of(box)};
    VolumeMoveParams move = {box->look.volume.id, box->look.volume.volume, store, name, format_of(box)};
    action_dialog_begin(&box->action, text(TEXT_COPY_BUSY));
    if (box->move)
        call_volume_move(box->action.server, &move, action_dialog_done, &box->action, &box->action);
    else
        call_volume_copy(box->action.server, &copy, action_dialog_done, &box->action, &box->action);
}

static void on_event(void *context, int id, FormEvent event)
{
    CopyBox *box = context;
    if (event == FORM_CLICKED && id == IDOK) {
        begin(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    } else if (event == FORM_CHANGED) {
        box->name_typed |= id == NAME;
        if (id == FORMAT)
            box->wanted = format_of(box);
        check(box);
    }
}

/* Who uses it, and what that means for this. */
static void seen(void *context, const Error *error)
{
    CopyBox *box = context;
    const VolumeDetails *details = &box->look.details;
    AUTO_FREE char *words = NULL;
    if (error)
        words = text_error(error);
    else if (details->refused)
        words = text_format(TEXT_VOLUME_REFUSED_NOTE, details->refused, NULL);
    for (size_t i = 0; !words && i < details->users.count; i++) {
        const VolumeUser *user = &details->users.items[i];
        bool running = user->state == VM_STATE_RUNNING || user->state == VM_STATE_PAUSED;
        if (box->move)
            words = text_format(running ? TEXT_MOVE_RUNNING : TEXT_MOVE_USED, user->name, NULL);
        else if (running && !user->readonly)
            words = text_format(TEXT_COPY_RUNNING, user->name, NULL);
    }
    form_set_note(form_of(box), USERS, error || details->refused ? NOTE_WARNING : NOTE_INFO, str_or_empty(words));
    form_set_shown(form_of(box), USERS, words != NULL);
}

static void add_stores(CopyBox *box, const char *chosen)
{
    const Model *model = server_model(box->action.server);
    for (size_t i = 0; i < model_datastore_count(model) && box->store_count < STORES_MAX; i++) {
        const DatastoreInfo *store = model_datastore_at(model, i);
        bool own = str_equal(store->id, box->look.volume.id);
        bool possible = own ? datastore_type_obstacle(store->type, METHOD_volume_create) == OBSTACLE_NONE : rules_takes_volumes(store);
        if (!possible)
            continue;
        AUTO_FREE char *room = format_size(store->available);
        AUTO_FREE char *line = text_format(TEXT_COPY_STORE, store->name, room, NULL);
        form_combo_add(form_of(box), STORE, line, box->store_count);
        if (!box->store_count || str_equal(store->id, chosen))
            form_combo_select(form_of(box), STORE, box->store_count);
        box->stores[box->store_count++] = x_strdup(store->id);
    }
}

static void add_formats(CopyBox *box)
{
    static const VolumeFormat formats[] = {VOLUME_FORMAT_QCOW2, VOLUME_FORMAT_RAW, VOLUME_FORMAT_VMDK, VOLUME_FORMAT_VDI, VOLUME_FORMAT_VHDX, VOLUME_FORMAT_VPC};
    form_combo_add(form_of(box), FORMAT, text(TEXT_COPY_FORMAT_SAME), VOLUME_FORMAT_UNKNOWN);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        form_combo_add(form_of(box), FORMAT, formats[i] == VOLUME_FORMAT_VPC ? "vhd" : VolumeFormat_name(formats[i]), formats[i]);
    form_combo_select(form_of(box), FORMAT, VOLUME_FORMAT_UNKNOWN);
}

void copy_volume_dialog(HWND owner, const Selection *volume, bool move, const char *to)
{
    CopyBox box = {.action = {.server = volume->server}, .look = {.volume = *volume, .seen = seen, .context = &box}, .move = move};
    AUTO_FREE char *title = text_format(move ? TEXT_MOVE_TITLE : TEXT_COPY_TITLE, volume->volume, NULL);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, "volumes");
    Form *form = form_of(&box);
    form_note(form, EXPLAIN, NOTE_TEXT, text(move ? TEXT_MOVE_EXPLAIN : TEXT_COPY_EXPLAIN));
    form_combo(form, STORE, text(TEXT_COPY_TO), 34, false);
    form_edit(form, NAME, text(TEXT_COPY_LABEL_NAME), 34, 0);
    form_combo(form, FORMAT, text(TEXT_COPY_LABEL_FORMAT), 34, false);
    add_stores(&box, to ? to : volume->id);
    add_formats(&box);
    form_note(form, USERS, NOTE_INFO, " ");
    form_set_shown(form, USERS, false);
    form_note(form, PARTITION, NOTE_INFO, text(TEXT_NEW_VOLUME_PARTITION));
    action_dialog_finish(&box.action, text(move ? TEXT_MOVE_VERB : TEXT_COPY_VERB), false);
    dialog_set_focus(box.action.dialog, move ? NAME : STORE);
    check(&box);
    volume_look_begin(&box.look);
    action_dialog_run(&box.action);
    volume_look_end(&box.look);
    for (int i = 0; i < box.store_count; i++)
        free(box.stores[i]);
}
