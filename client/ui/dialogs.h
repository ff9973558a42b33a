/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialogs and wizards commands open. UI thread; each is modal to owner unless it says otherwise and returns when it is closed. */
#ifndef POOLCENTER_DIALOGS_H
#define POOLCENTER_DIALOGS_H

#include "client/ui/app.h"
#include "client/win/message.h"

/* Add server, or change one that exists (server != NULL). Connects; stays open and shows progress (with Cancel) and errors until the server is online. */
void add_server_dialog(HWND owner, Server *server);
/* Takes servers and host keys over from OpenSSH's files and PuTTY's sessions. */
void import_dialog(HWND owner);
/* Modeless: asks what a connecting server wants to know (CoreListener.prompt); forgets it when withdrawn. */
void prompt_dialog_show(HWND owner, Server *server, const Prompt *prompt);
void prompt_dialog_withdraw(Server *server);
/* What to say when prompt->again. */
TextId prompt_refusal(const Prompt *prompt);

/* New VM wizard; media_datastore/media_volume (may be NULL) preset the ISO. */
void new_vm_wizard(HWND owner, Server *server, const char *media_datastore, const char *media_volume);
/* Another first start by cloud-init for a VM that is off, or none any more. */
void first_start_wizard(HWND owner, Server *server, const char *vm);
/* Import wizard: of a local file (path, UTF-8; NULL: the user chooses), or of one that is in a datastore already. */
void import_wizard(HWND owner, Server *server, const char *path, const char *datastore, const char *volume);
/* snapshot NULL: the VM as it is now. */
void export_dialog(HWND owner, Server *server, const char *vm, const char *snapshot);
void datastore_wizard(HWND owner, Server *server);
void delete_vm_dialog(HWND owner, Server *server, const char *vm);
void delete_volume_dialog(HWND owner, Server *server, const char *datastore, const char *volume);
void forget_datastore_dialog(HWND owner, Server *server, const char *datastore);
/* File picker for several files, then upload_files. */
void upload_pick_dialog(HWND owner, Server *server, const char *datastore);
/* Starts uploads of these files (UTF-8 paths); asks before overwriting, says what cannot be uploaded. Also used for dropped files. */
void upload_files(HWND owner, Server *server, const char *datastore, const char *const *paths, size_t count);
/* An upload ended with ERR_VOLUME_EXISTS: asks, then retries with replace. */
void upload_ask_replace(HWND owner, Upload *upload);
void about_dialog(HWND owner);

typedef enum MasterTask { MASTER_SET, MASTER_CHANGE, MASTER_REMOVE } MasterTask;
/* Asks for what the task needs and does it. True: done. */
bool master_dialog(HWND owner, MasterTask task);

/* Lists of servers: which ones, then the file; the other way round for import, which goes on with WM_APP_IMPORT when the file has been read. */
void server_export_dialog(HWND owner);
void server_import_dialog(HWND owner);
void server_import_go_on(void *work);

#endif
