/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tab page of the main window: one PageClass per kind of page, made once when first shown. The frame knows the table of classes (pages.c) and nothing else
 * about them. UI thread.
 */
#ifndef POOLCENTER_PAGE_H
#define POOLCENTER_PAGE_H

#include "client/ui/app.h"

typedef struct Page Page;

typedef struct PageClass {
    const char *name;   /* stable word for settings and tests: "general", "storage", "console" */
    TextId title;
    const char *topic;  /* of the manual (help.h) */
    bool (*applies)(const Selection *selection);                     /* is this tab shown for it? */
    HWND (*create)(Page *page, HWND parent);                         /* makes the page's child window, sets page->state */
    void (*show)(Page *page, const Selection *selection);            /* becomes visible, or the selection changed while it is */
    void (*hide)(Page *page);                                        /* another tab; stop what costs something */
    void (*refresh)(Page *page, Server *server, const ChangeList *changes); /* inventory or server state changed (changes may be NULL) */
    void (*restyle)(Page *page);                                     /* dpi, theme or language changed: set fonts, colours and texts anew; only what is shown */
    void (*destroy)(Page *page);
} PageClass;

struct Page {
    const PageClass *class;
    HWND window;
    Selection selection;
    void *state;
    bool old_style; /* restyle is due when it is shown */
};

/* A hidden child window for a page, in the page's class background. */
HWND page_window_create(HWND parent);

extern const PageClass agent_page_class, start_page_class, general_page_class, storage_page_class, networks_page_class, snapshots_page_class, console_page_class;

#endif
