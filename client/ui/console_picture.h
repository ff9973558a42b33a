/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saves a console's picture as a PNG file the user names. UI thread; COM is initialized. */
#ifndef POOLCENTER_CONSOLE_PICTURE_H
#define POOLCENTER_CONSOLE_PICTURE_H

#include "client/core/console.h"

#include <windows.h>

/* *ret_path (the caller frees) is the file; NULL: cancelled. 0, or a negative code with err set. */
int console_picture_ask_and_save(HWND owner, Console *console, const char *name, char **ret_path, Error *err);

#endif
