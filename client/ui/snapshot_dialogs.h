/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots, clones, templates: what their commands open and send. UI thread; dialogs are modal to owner. */
#ifndef POOLCENTER_SNAPSHOT_DIALOGS_H
#define POOLCENTER_SNAPSHOT_DIALOGS_H

#include "client/ui/app.h"

void take_snapshot_dialog(HWND owner, Server *server, const char *vm);
void revert_snapshot_dialog(HWND owner, Server *server, const char *vm, const char *snapshot);
void edit_snapshot_dialog(HWND owner, Server *server, const char *vm, const char *snapshot);
/* branch: with all snapshots below it. */
void delete_snapshot_dialog(HWND owner, Server *server, const char *vm, const char *snapshot, bool branch);
/* snapshot NULL: the VM as it is now, or the template. */
void clone_dialog(HWND owner, Server *server, const char *vm, const char *snapshot);
void make_template_dialog(HWND owner, Server *server, const char *vm);

#endif
