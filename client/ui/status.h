/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status bar: what happens, and counters. UI thread. */
#ifndef POOLCENTER_STATUS_H
#define POOLCENTER_STATUS_H

#include <windows.h>

#include <commctrl.h>
#include <stdbool.h>

HWND status_create(HWND parent);
/* A passing remark, such as about a highlighted menu item; NULL: back to the newest action. */
void status_say(const char *words);
/* Counters and newest action, from the core. */
void status_refresh(void);
void status_layout(int width);
void status_restyle(void);
int status_height(void);

#endif
