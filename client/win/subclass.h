/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listening in on another window's messages, like SetWindowSubclass, with the same kind of procedure. Ours because comctl32 keeps its list in a window
 * property, and under Wine reading one is a trip to another process: for every message, ten times slower trees. UI thread.
 */
#ifndef POOLCENTER_SUBCLASS_H
#define POOLCENTER_SUBCLASS_H

#include <windows.h>

#include <commctrl.h>

/* The one attached last is asked first. The same procedure and id again: only the data changes. Ends by itself with the window. */
void subclass_attach(HWND window, SUBCLASSPROC procedure, UINT_PTR id, DWORD_PTR data);
void subclass_detach(HWND window, SUBCLASSPROC procedure, UINT_PTR id);
/* From a procedure: what the ones before it, at last the window itself, do. */
LRESULT subclass_next(HWND window, UINT message, WPARAM wparam, LPARAM lparam);

#endif
