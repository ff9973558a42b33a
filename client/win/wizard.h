/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A wizard: steps at the left, one form per page, Back / Next / Cancel. Each page is checked as the user types; Next is possible when the check
 * finds nothing, else the sentence stands above the buttons. Pages keep their controls, so Back loses nothing. UI thread.
 */
#ifndef POOLCENTER_WIZARD_H
#define POOLCENTER_WIZARD_H

#include "client/core/settings.h"
#include "client/win/dialog.h"

#include "client/core/text.h"

typedef struct Wizard Wizard;

typedef struct WizardPage {
    const char *name; /* for tests */
    const char *topic; /* of the manual, see dialog_set_topic */
    TextId step, title, hint;
    void (*build)(void *context, Form *form); /* makes the rows, once, when first shown */
    void (*enter)(void *context, Form *form); /* becomes visible: fills them from the values; may be NULL */
    void (*event)(void *context, Form *form, int id, FormEvent event); /* takes values over; the check follows by itself */
    char *(*check)(void *context);            /* NULL: complete, else what is wrong (freed by the wizard) */
    bool (*wanted)(void *context, int page);  /* false: Next and Back leave it out, its step is hidden; may change at any time. NULL: always */
} WizardPage;

typedef struct WizardClass {
    const char *name;   /* key of the remembered size: "new_vm" */
    TextId title, finish;
    int width, height;  /* of the inside at 96 dpi, the first time */
    const WizardPage *pages;
    size_t page_count;
    void (*finish_pressed)(void *context);
    void (*closing)(void *context);      /* Cancel while busy; may be NULL */
    void (*tick)(void *context);         /* some times a second */
    TextId leave_question, leave_verb;   /* asked when something was changed */
} WizardClass;

enum { WIZARD_BACK = 101, WIZARD_NEXT = 102, WIZARD_STEPS = 103, WIZARD_TITLE = 104, WIZARD_HINT = 105, WIZARD_MESSAGE = 106 };

Wizard *wizard_create(HWND owner, const WizardClass *class, Settings *settings, void *context);
/* Modal; frees the wizard. True: it was closed by wizard_done. */
bool wizard_run(Wizard *wizard);
HWND wizard_window(const Wizard *wizard);
int wizard_page(const Wizard *wizard);
/* The form of a page; NULL when it was not shown yet. */
Form *wizard_form(const Wizard *wizard, int page);
/* Checks the current page again (something outside changed). */
void wizard_check(Wizard *wizard);
void wizard_touch(Wizard *wizard); /* the user changed something: closing asks */
/* While busy everything but Cancel is disabled; sentence says what goes on. NULL ends it. */
void wizard_busy(Wizard *wizard, const char *sentence);
/* Shows an error above the buttons until something is changed. */
void wizard_fail(Wizard *wizard, const char *sentence);
void wizard_done(Wizard *wizard);
/* The answer to what it was busy with: fails with the error, or is done (NULL). */
void wizard_answered(Wizard *wizard, const Error *error);

#endif
