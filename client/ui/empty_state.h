/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands where the pages are when nothing is selected: the invitation to add the first server, or what to select. UI thread. */
#ifndef POOLCENTER_EMPTY_STATE_H
#define POOLCENTER_EMPTY_STATE_H

#include <windows.h>

HWND empty_state_create(HWND parent);
void empty_state_refresh(void);
void empty_state_restyle(void);

#endif
