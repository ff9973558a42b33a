/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An export to local files: the host writes the VM into files of a datastore, which are fetched and then removed there. Broken connections are bridged: the
 * host keeps what it has made, downloads go on where they stopped. UI thread.
 */
#ifndef POOLCENTER_EXPORTING_H
#define POOLCENTER_EXPORTING_H

#include "client/core/core.h"

typedef struct Exporting Exporting;

/* Told once, at the end. error NULL: all files are in the folder. The export is gone when this returns. */
typedef void ExportingDone(void *context, const Exporting *exporting, const Error *error);

/* params are copied; folder: local, UTF-8. */
Exporting *exporting_start(Core *core, Server *server, const VmExportParams *params, const char *folder, ExportingDone *done, void *context);
/* Ends it soon; what the host has made is removed there. Its done is not called any more. */
void exporting_cancel(Exporting *exporting);

/* Paths of the local files, as far as they are known. */
const StrList *exporting_files(const Exporting *exporting);

#endif
