/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual: opens a chapter in the user's browser, from the files beside the program. UI thread. */
#ifndef POOLCENTER_HELP_H
#define POOLCENTER_HELP_H

#include <windows.h>

/* topic: an anchor of docs/manual ("options-general"); NULL: the table of contents. A missing manual is said in a sentence. */
void help_open(HWND owner, const char *topic);

#endif
