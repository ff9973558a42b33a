/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An import from local files: uploads them, then lets the host make the VM of them and, as params say, remove them; if it comes to nothing, they are
 * removed in any case, as far as the host can be reached. It goes on without the window that began it. An upload that was interrupted goes on by
 * itself, and the import with it; one that failed can be retried where uploads are shown, and is the import's end when it is dismissed. UI thread.
 */
#ifndef POOLCENTER_IMPORTING_H
#define POOLCENTER_IMPORTING_H

#include "client/core/core.h"

/* Told once, when the host has begun to make the VM (error NULL) or when it came to nothing. task: of vm.import, NULL with an error. */
typedef void ImportingDone(void *context, Server *server, const char *task, const Error *error);

/* files: local paths (UTF-8); params: where they go and what is made of them, copied. ERR_FILE_OPEN and others of upload_start; nothing is begun then. */
int importing_start(Core *core, Server *server, const StrList *files, const VmImportParams *params, ImportingDone *done, void *context, Error *err);

#endif
