/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers where a top-level window was. UI thread. */
#ifndef POOLCENTER_PLACEMENT_H
#define POOLCENTER_PLACEMENT_H

#include "client/core/settings.h"

#include <windows.h>

/* Moves the window (still hidden) to where it was when placement_save was called with this key, or to the middle of its monitor in the given size at 96 dpi.
 * Returns the show command for ShowWindow. */
int placement_restore(HWND window, const Settings *settings, const char *key, int width, int height);
void placement_save(HWND window, Settings *settings, const char *key);

#endif
