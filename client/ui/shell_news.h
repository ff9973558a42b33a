/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells Windows' shell what goes on: progress of tasks on the taskbar, a notification when a long one ends while the window is in the background, servers in the jump list. UI thread. */
#ifndef POOLCENTER_SHELL_NEWS_H
#define POOLCENTER_SHELL_NEWS_H

#include "client/ui/app.h"

/* CoreListener.activities_changed. */
void shell_news_activities(void);
/* The list of servers changed. */
void shell_news_servers(void);
/* WM_APP_NOTIFY of the frame: the user may have clicked the notification. */
void shell_news_answer(LPARAM lparam);
void shell_news_end(void);
/* A notification of something else, if the window is in the background and notifications are wanted. */
void shell_news_tell(const char *title, const char *sentence);

/* Options: notifications on or off; remembered in the settings. */
bool shell_news_wanted(void);
void shell_news_set_wanted(bool wanted);

#endif
