/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bar that shows how much of something is used and what is about to be added, with the words for it below. UI thread. */
#ifndef POOLCENTER_METER_H
#define POOLCENTER_METER_H

#include <stdint.h>
#include <windows.h>

HWND meter_create(HWND parent, int id);
/* In one unit; the part beyond total is shown as too much. words (UTF-8) are the window's text. */
void meter_set(HWND meter, int64_t total, int64_t used, int64_t added, const char *words);

enum { METER_HEIGHT = 40 }; /* at 96 dpi */

#endif
