/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files dragged from Explorer onto a datastore. UI thread; OLE must be initialized. */
#ifndef POOLCENTER_DROP_H
#define POOLCENTER_DROP_H

#include <windows.h>

void drop_register(HWND frame);
void drop_revoke(HWND frame);
/* WM_DROPFILES, which programs without OLE send. */
void drop_files(HWND frame, WPARAM wparam);

#endif
