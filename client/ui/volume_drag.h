/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A volume dragged from the list of volumes onto a datastore in the tree: moved on the same host, copied with Ctrl, copied to another host. A dialog asks before
 * anything is done. UI thread.
 */
#ifndef POOLCENTER_VOLUME_DRAG_H
#define POOLCENTER_VOLUME_DRAG_H

#include "client/ui/app.h"

/* The list has told of the beginning of a drag: the left button is down. Ends with the button, with Esc, and with the list. */
void volume_drag_begin(HWND list, const Selection *volume);

#endif
