/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line above the pages: icon, name and state of the selected object. UI thread. */
#ifndef POOLCENTER_TITLE_H
#define POOLCENTER_TITLE_H

#include "client/ui/app.h"

enum { TITLE_HEIGHT = 46 }; /* at 96 dpi */

HWND title_create(HWND parent);
/* The selection or something about it changed. */
void title_refresh(void);

#endif
