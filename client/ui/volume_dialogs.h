/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dialogs on volumes, modal to owner. Each begins a task on the host, which the tasks pane follows. UI thread. */
#ifndef POOLCENTER_VOLUME_DIALOGS_H
#define POOLCENTER_VOLUME_DIALOGS_H

#include "client/ui/app.h"

void datastore_settings_dialog(HWND owner, Server *server, const char *datastore);
void destroy_datastore_dialog(HWND owner, Server *server, const char *datastore);
void new_volume_dialog(HWND owner, Server *server, const char *datastore);
void resize_volume_dialog(HWND owner, const Selection *volume);
/* A copy that is made beside it, or (move) another place, name or format for the volume itself. to: the datastore proposed, NULL: the volume's. */
void copy_volume_dialog(HWND owner, const Selection *volume, bool move, const char *to);
/* A copy on another connected host. to: the datastore proposed, NULL: the first. */
void send_volume_dialog(HWND owner, const Selection *volume, const Selection *to);
void fetch_volume_dialog(HWND owner, Server *server, const char *datastore);
void volume_details_dialog(HWND owner, const Selection *volume);

/* What dialogs about one volume ask first: volume.inspect, whose answer fills them. */
typedef struct VolumeLook {
    Selection volume;
    VolumeDetails details; /* once loaded */
    bool loaded;
    void (*seen)(void *context, const Error *error); /* error: it cannot be had */
    void *context;
} VolumeLook;
void volume_look_begin(VolumeLook *look);
void volume_look_end(VolumeLook *look); /* no answer afterwards */

#endif
