/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One window per settings folder: a second start hands its argument over and ends. And the other way round: `poolcenter.exe --quit`, by which the
 * installer closes the windows of the program it is about to replace. UI thread.
 */
#ifndef POOLCENTER_INSTANCE_H
#define POOLCENTER_INSTANCE_H

#include <stdbool.h>
#include <windows.h>

#define FRAME_CLASS L"PoolCenterFrame"

typedef enum InstanceRole {
    INSTANCE_FIRST,   /* go on: nobody else has this folder */
    INSTANCE_SECOND,  /* the other one was shown and has the argument */
    INSTANCE_HUNG,    /* there is another one, but it does not answer */
} InstanceRole;

/* folder: of the settings. argument: a link or a file, "" for none. Waits at most 10 s for a window that is opening or closing. */
InstanceRole instance_claim(const char *folder, const char *argument);
/* Lets later starts find this window. */
void instance_announce(HWND frame);
/* WM_COPYDATA of a second start, or of anybody: the argument ("" for none), which the caller frees; NULL: not such a message. */
char *instance_receive(const COPYDATASTRUCT *data);
void instance_show(HWND frame);
/* Closes every window of this very program file, as if the user had, and waits until their processes have ended: 0, or 1 when one still runs. */
int instance_quit(void);

#endif
