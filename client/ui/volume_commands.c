/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands on volumes: see volume_commands.h. UI thread. */
#include "client/ui/volume_commands.h"

#include "client/core/download.h"
#include "client/core/rules.h"
#include "client/ui/action_dialog.h"
#include "client/ui/frame.h"
#include "client/ui/volume_dialogs.h"
#include "client/win/file_pick.h"
#include "client/win/message.h"

#include <string.h>

static HWND owner(void) { return app_get()->frame; }

static bool refuse(char **ret_why, TextId reason)
{
    *ret_why = x_strdup(text(reason));
    return false;
}

static bool can_in_datastore(const Selection *selection, Method method, char **ret_why)
{
    const DatastoreInfo *datastore = selection_datastore(selection);
    return datastore ? rules_datastore(selection->server, datastore, method, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_DATASTORE);
}

static bool can_on_volume(const Selection *selection, Method method, char **ret_why)
{
    return selection->kind == OBJECT_VOLUME ? can_in_datastore(selection, method, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_VOLUME);
}

bool can_detach_datastore(const Selection *selection, char **ret_why)
{
    return selection->kind == OBJECT_DATASTORE ? can_in_datastore(selection, METHOD_datastore_detach, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_DATASTORE);
}

bool can_destroy_datastore(const Selection *selection, char **ret_why)
{
    return selection->kind == OBJECT_DATASTORE ? can_in_datastore(selection, METHOD_datastore_destroy, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_DATASTORE);
}

bool can_datastore_settings(const Selection *selection, char **ret_why)
{
    return selection->kind == OBJECT_DATASTORE ? server_can(selection->server, METHOD_datastore_set, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_DATASTORE);
}

bool can_new_volume(const Selection *selection, char **ret_why) { return can_in_datastore(selection, METHOD_volume_create, ret_why); }
bool can_fetch_volume(const Selection *selection, char **ret_why) { return can_in_datastore(selection, METHOD_volume_fetch, ret_why); }
bool can_resize_volume(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_resize, ret_why); }
bool can_copy_volume(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_copy, ret_why); }
bool can_send_volume(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_offer, ret_why); }
bool can_move_volume(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_move, ret_why); }
bool can_wipe_volume(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_wipe, ret_why); }
bool can_download_volume(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_download, ret_why); }
bool can_volume_details(const Selection *selection, char **ret_why) { return can_on_volume(selection, METHOD_volume_inspect, ret_why); }

void run_datastore_settings(const Selection *selection) { datastore_settings_dialog(owner(), selection->server, selection->id); }
void run_destroy_datastore(const Selection *selection) { destroy_datastore_dialog(owner(), selection->server, selection->id); }

void run_detach_datastore(const Selection *selection)
{
    Selection store = *selection;
    AUTO_FREE char *title = text_format(TEXT_DETACH_TITLE, selection_name(&store), NULL);
    if (!message_confirm(owner(), title, text(TEXT_DETACH_QUESTION), text(TEXT_DETACH_VERB), false) || !app_has_server(store.server))
        return;
    DatastoreRef params = {.datastore = store.id};
    call_datastore_detach(store.server, &params, action_notice_done, NULL, action_notice(store.server, title));
}

void run_new_volume(const Selection *selection) { new_volume_dialog(owner(), selection->server, selection->id); }
void run_fetch_volume(const Selection *selection) { fetch_volume_dialog(owner(), selection->server, selection->id); }
void run_resize_volume(const Selection *selection) { resize_volume_dialog(owner(), selection); }
void run_copy_volume(const Selection *selection) { copy_volume_dialog(owner(), selection, false, NULL); }
void run_send_volume(const Selection *selection) { send_volume_dialog(owner(), selection, NULL); }
void run_move_volume(const Selection *selection) { copy_volume_dialog(owner(), selection, true, NULL); }
void run_volume_details(const Selection *selection) { volume_details_dialog(owner(), selection); }

/* The agent refuses what is in use, naming who uses it. */
void run_wipe_volume(const Selection *selection)
{
    const DatastoreInfo *store = selection_datastore(selection);
    Selection volume = *selection; /* the caller's may change while the question is open */
    AUTO_FREE char *title = text_format(TEXT_WIPE_VOLUME_TITLE, volume.volume, NULL);
    AUTO_FREE char *question = text_format(TEXT_WIPE_VOLUME_QUESTION, volume.volume, store->name, NULL);
    if (!message_confirm(owner(), title, question, text(TEXT_WIPE_VOLUME_VERB), true) || !app_has_server(volume.server))
        return;
    VolumeRef params = {.datastore = volume.id, .volume = volume.volume};
    call_volume_wipe(volume.server, &params, action_notice_done, NULL, action_notice(volume.server, title));
}

/* ---------------------------------------------------------------- download */

static void downloaded(void *context, const Download *download, const Error *error)
{
    (void)context;
    if (error && error->code == ERR_CANCELLED)
        return;
    if (error) {
        frame_hint_error(error);
        return;
    }
    AUTO_FREE char *words = text_format(TEXT_DOWNLOAD_DONE, download_volume(download), download_path(download), NULL);
    frame_hint(words, false);
}

void run_download_volume(const Selection *selection)
{
    Selection volume = *selection;
    AUTO(error_clear) Error error = {0};
    const char *dot = strrchr(volume.volume, '.');
    AUTO_FREE char *pattern = x_printf("*%s", dot ? dot : ".*");
    FileFilter filter = {.name = text(TEXT_DOWNLOAD_FILTER), .patterns = pattern};
    AUTO_FREE char *title = text_format(TEXT_DOWNLOAD_TITLE, volume.volume, NULL);
    AUTO_FREE char *path = file_pick_save(owner(), title, text(TEXT_DOWNLOAD_SAVE), &filter, volume.volume);
    if (!path || !app_has_server(volume.server))
        return;
    if (!download_start(volume.server, volume.id, volume.volume, path, downloaded, app_get(), NULL, &error))
        message_error(owner(), title, &error);
}
