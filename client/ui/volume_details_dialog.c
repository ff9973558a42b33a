/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a volume is, and who uses it. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/core/format.h"
#include "client/ui/words.h"
#include "client/win/dialog.h"
#include "client/win/icons.h"

#include <stdlib.h>

enum { STATE_NOTE = 100, PATH, FORMAT, CAPACITY, ALLOCATED, MODIFIED, BACKING, SNAPSHOTS, USERS };

typedef struct DetailsBox {
    Dialog *dialog;
    VolumeLook look;
} DetailsBox;

static void show_value(Form *form, int id, char *words)
{
    form_set_text(form, id, str_or_empty(words));
    form_set_shown(form, id, !str_empty(words));
    free(words);
}

static bool has_disk(const VolumeDetails *details, const char *vm)
{
    for (size_t i = 0; i < details->users.count; i++)
        if (str_equal(details->users.items[i].name, vm))
            return true;
    return false;
}

static void show_users(Form *form, const VolumeDetails *details)
{
    form_list_clear(form, USERS);
    for (size_t i = 0; i < details->users.count; i++) {
        const VolumeUser *user = &details->users.items[i];
        int item = form_list_add(form, USERS, user->name, ICON_VM, 0);
        form_list_cell(form, USERS, item, 1, user->target);
        form_list_cell(form, USERS, item, 2, text(words_vm_state(user->state)));
    }
    const StrList *names = &details->info->used_by; /* those, too, that need it without having it as a disk: for a snapshot, for their next start */
    for (size_t i = 0; i < names->count; i++)
        if (!has_disk(details, names->items[i]))
            form_list_add(form, USERS, names->items[i], ICON_VM, 0);
    for (size_t i = 0; i < details->dependents.count; i++) {
        int item = form_list_add(form, USERS, details->dependents.items[i], ICON_VOLUME, 0);
        form_list_cell(form, USERS, item, 2, text(TEXT_DETAILS_BASED_ON_IT));
    }
}

static void fill(Form *form, const VolumeDetails *details)
{
    const VolumeInfo *info = details->info;
    show_value(form, PATH, x_strdup(info->path));
    show_value(form, FORMAT, x_strdup(info->format == VOLUME_FORMAT_ISO || !details->detected ? VolumeFormat_name(info->format) : details->detected));
    show_value(form, CAPACITY, format_size(info->capacity));
    show_value(form, ALLOCATED, format_size(info->allocation));
    show_value(form, MODIFIED, info->modified ? format_time(info->modified) : NULL);
    show_value(form, BACKING, x_strdup(info->backing));
    show_value(form, SNAPSHOTS, details->snapshots ? format_number(details->snapshots) : NULL);
    show_users(form, details);
}

static void seen(void *context, const Error *error)
{
    DetailsBox *box = context;
    Form *form = dialog_form(box->dialog);
    AUTO_FREE char *words = NULL;
    if (error)
        words = text_error(error);
    else if (box->look.details.refused)
        words = text_format(TEXT_VOLUME_REFUSED_NOTE, box->look.details.refused, NULL);
    else if (!box->look.details.info->used_by.count && !box->look.details.dependents.count)
        words = x_strdup(text(TEXT_DETAILS_NOBODY));
    form_hold(form);
    form_set_note(form, STATE_NOTE, error || box->look.details.refused ? NOTE_WARNING : NOTE_INFO, str_or_empty(words));
    form_set_shown(form, STATE_NOTE, words != NULL);
    if (!error)
        fill(form, &box->look.details);
    form_release(form);
    dialog_fit(box->dialog);
}

static void on_event(void *context, int id, FormEvent event)
{
    DetailsBox *box = context;
    if (event == FORM_CLICKED && (id == IDOK || id == IDCANCEL))
        dialog_close(box->dialog, id);
}

void volume_details_dialog(HWND owner, const Selection *volume)
{
    DetailsBox box = {.look = {.volume = *volume, .seen = seen, .context = &box}};
    AUTO_FREE char *title = text_format(TEXT_DETAILS_TITLE, volume->volume, NULL);
    box.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.dialog, "volumes");
    Form *form = dialog_form(box.dialog);
    form_note(form, STATE_NOTE, NOTE_INFO, text(TEXT_STORAGE_LOADING));
    form_value(form, PATH, text(TEXT_DETAILS_PATH), "");
    form_value(form, FORMAT, text(TEXT_DETAILS_FORMAT), "");
    form_value(form, CAPACITY, text(TEXT_DETAILS_SIZE), "");
    form_value(form, ALLOCATED, text(TEXT_DETAILS_ALLOCATED), "");
    form_value(form, MODIFIED, text(TEXT_DETAILS_MODIFIED), "");
    form_value(form, BACKING, text(TEXT_DETAILS_BACKING), "");
    form_value(form, SNAPSHOTS, text(TEXT_DETAILS_SNAPSHOTS), "");
    form_list(form, USERS, text(TEXT_DETAILS_USERS), 5, false);
    form_list_column(form, USERS, text(TEXT_DETAILS_USER), 220, false);
    form_list_column(form, USERS, text(TEXT_DETAILS_DISK), 80, false);
    form_list_column(form, USERS, text(TEXT_DETAILS_STATE), 140, false);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), true);
    dialog_set_width(box.dialog, 520);
    volume_look_begin(&box.look);
    dialog_run(box.dialog);
    volume_look_end(&box.look);
}
