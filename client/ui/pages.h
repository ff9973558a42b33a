/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The right side: tabs and the page of the chosen one, or what is there when nothing is selected. UI thread. */
#ifndef POOLCENTER_PAGES_H
#define POOLCENTER_PAGES_H

#include "client/ui/page.h"

#include <commctrl.h>

HWND pages_create(HWND parent);
/* Another selection, or the same one that became something else. */
void pages_show(const Selection *selection);
/* The same selection may have other tabs now: a VM that got a console, a server that came online. */
void pages_show_tabs(const Selection *selection);
/* Chooses a tab by its class's name, if it is there. */
void pages_choose(const char *name);
void pages_step(int step); /* Ctrl+Tab */
void pages_refresh(Server *server, const ChangeList *changes);
void pages_restyle(void);
void pages_focus(void);
/* What the manual says about the page that is shown. */
const char *pages_topic(void);
/* Before the windows go: lets every page save and end what it runs. */
void pages_close(void);

#endif
