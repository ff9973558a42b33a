/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system's dialogs to open and to save files. UI thread; COM is initialized. */
#ifndef POOLCENTER_FILE_PICK_H
#define POOLCENTER_FILE_PICK_H

#include "protocol/types.h"

#include <windows.h>

typedef struct FileFilter {
    const char *name;     /* "ISO images (*.iso)" */
    const char *patterns; /* "*.iso;*.img" */
} FileFilter;

/* ret: UTF-8 paths, StrList_clear by the caller. False: cancelled. */
bool file_pick(HWND owner, const char *title, const char *button, const FileFilter *filters, size_t filter_count, bool several, StrList *ret);
/* name: what is proposed ("servers.poolservers"); its ending is added to what the user types without one. The path in UTF-8, freed by the caller;
 * NULL: cancelled. Existing files are asked about by the dialog itself. */
char *file_pick_save(HWND owner, const char *title, const char *button, const FileFilter *filter, const char *name);

#endif
