/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is new in this version: CHANGELOG.md, which is inside the program. UI thread. */
#ifndef POOLCENTER_WHATS_NEW_DIALOG_H
#define POOLCENTER_WHATS_NEW_DIALOG_H

#include <stdbool.h>
#include <windows.h>

/* Remembers that this version has run; true once after an update: these settings have known an older one. Then the dialog tells everything since. */
bool whats_new_after_update(void);
/* Else the newest section. Modal. */
void whats_new_dialog(HWND owner);

#endif
