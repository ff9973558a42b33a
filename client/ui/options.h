/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Options dialog and what a page of it is. A page is one file options_<area>_page.c with an OptionsPage; its row in the table of options_dialog.c is all
 * it takes to appear. Its values live outside of its controls, so that they outlast a change of language, which builds all rows anew. UI thread.
 */
#ifndef POOLCENTER_OPTIONS_H
#define POOLCENTER_OPTIONS_H

#include "client/core/text.h"
#include "client/win/form.h"

typedef struct OptionsPage {
    const char *name;                                         /* stable word for settings and tests */
    TextId title;
    int icon;
    const char *topic;                                        /* of the manual (help.h) */
    void *(*open)(void);                                      /* the values as they are in use now */
    void (*build)(void *values, Form *form);                  /* makes the rows and fills them */
    void (*event)(void *values, Form *form, int id, FormEvent event); /* takes over what the user did */
    char *(*check)(void *values);                             /* NULL: fine, else why they cannot be used (the dialog frees it); may be NULL itself */
    void (*apply)(void *values);                              /* OK and Apply: from now on these are in use and remembered */
    void (*cancel)(void *values);                             /* takes back what was shown at once; may be NULL */
    void (*close)(void *values);                              /* frees them */
} OptionsPage;

extern const OptionsPage options_general_page, options_security_page, options_updates_page;

/* Modal. page: name of the page to show, NULL: the last one. */
void options_dialog(HWND owner, const char *page);

#endif
