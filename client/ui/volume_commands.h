/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands on volumes, and those that end a datastore, of commands.def: when they may run and what they do. UI thread. */
#ifndef POOLCENTER_VOLUME_COMMANDS_H
#define POOLCENTER_VOLUME_COMMANDS_H

#include "client/ui/app.h"

bool can_detach_datastore(const Selection *selection, char **ret_why);
bool can_datastore_settings(const Selection *selection, char **ret_why);
bool can_destroy_datastore(const Selection *selection, char **ret_why);
bool can_new_volume(const Selection *selection, char **ret_why);
bool can_fetch_volume(const Selection *selection, char **ret_why);
bool can_resize_volume(const Selection *selection, char **ret_why);
bool can_copy_volume(const Selection *selection, char **ret_why);
bool can_send_volume(const Selection *selection, char **ret_why);
bool can_move_volume(const Selection *selection, char **ret_why);
bool can_wipe_volume(const Selection *selection, char **ret_why);
bool can_download_volume(const Selection *selection, char **ret_why);
bool can_volume_details(const Selection *selection, char **ret_why);

void run_detach_datastore(const Selection *selection);
void run_datastore_settings(const Selection *selection);
void run_destroy_datastore(const Selection *selection);
void run_new_volume(const Selection *selection);
void run_fetch_volume(const Selection *selection);
void run_resize_volume(const Selection *selection);
void run_copy_volume(const Selection *selection);
void run_send_volume(const Selection *selection);
void run_move_volume(const Selection *selection);
void run_wipe_volume(const Selection *selection);
void run_download_volume(const Selection *selection);
void run_volume_details(const Selection *selection);

#endif
