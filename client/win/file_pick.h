/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system's dialog to open files. UI thread; COM is initialized. */
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

#endif
