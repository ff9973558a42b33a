/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Windows' shell shows of the program outside of its windows: progress on the taskbar button, a notification, the jump list. All of it is decoration:
 * where the shell has none of it, nothing happens. UI thread, after OleInitialize.
 */
#ifndef POOLCENTER_SHELL_H
#define POOLCENTER_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#include <shellapi.h>
#include <shobjidl.h>

typedef enum ShellProgress { SHELL_PROGRESS_NONE, SHELL_PROGRESS_BUSY, SHELL_PROGRESS_LEVEL, SHELL_PROGRESS_FAILED } ShellProgress;

/* On the taskbar button of the window; permille counts for LEVEL and FAILED. Only changes are told. */
void shell_progress(HWND window, ShellProgress progress, int permille);

/* A notification (a balloon of the notification area, which Windows 10 and later show as a toast), with the program's icon. A click posts `message` to the window;
 * it goes away by itself. The next one replaces it. */
void shell_notify(HWND window, UINT message, const char *title, const char *sentence);
/* The window's message of the icon: true when the user clicked the notification. Takes the icon away when it is over. */
bool shell_notify_answer(LPARAM lparam);
/* Before the window goes. */
void shell_notify_end(void);

typedef struct ShellTask {
    const char *title;
    const char *arguments; /* of this program */
    int icon_id;           /* resource of this program */
} ShellTask;

/* Tasks of the taskbar button's menu. */
void shell_jump_list(const ShellTask *tasks, size_t count);

/* For tests: objects that record what they are told. Borrowed; NULL: Windows' own. */
typedef struct ShellObjects {
    ITaskbarList3 *taskbar;
    ICustomDestinationList *destinations;
    IObjectCollection *collection;
    BOOL(WINAPI *notify)(DWORD message, NOTIFYICONDATAW *data);
} ShellObjects;

void shell_use(const ShellObjects *objects);

#endif
