/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Options dialog: a book of pages with OK, Cancel and Apply. A change of language builds every form anew from the pages' values. See options.h. UI thread.
 */
#include "client/ui/options.h"

#include "client/ui/app.h"
#include "client/ui/help.h"
#include "client/win/book.h"
#include "client/win/message.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <stdlib.h>

enum { OPTIONS_PAGES = 400, OPTIONS_APPLY, OPTIONS_HELP, LEAST_WIDTH = 440, LEAST_HEIGHT = 320 };
_Static_assert(OPTIONS_PAGES == (int)BOOK_LIST, "BOOK_LIST");

#define LAST_PAGE "options.page"

static const OptionsPage *const pages[] = {
    &options_general_page,
    &options_security_page,
    &options_updates_page,
};

typedef struct OptionsDialog {
    Book *book;
    Dialog *dialog;
    void *values[ARRAY_SIZE(pages)];
    Language language; /* of the forms */
    bool changed;
} OptionsDialog;

/* ---------------------------------------------------------------- pages */

static void build(void *context, size_t page, Form *form)
{
    const OptionsDialog *box = context;
    pages[page]->build(box->values[page], form);
}

static void shown(void *context, size_t page)
{
    (void)context;
    settings_set_str(core_settings(app_get()->core), LAST_PAGE, pages[page]->name);
}

static void change_language(OptionsDialog *box)
{
    HWND window = dialog_window(box->dialog);
    box->language = text_language();
    book_rebuild(box->book);
    utf_set_window_text(window, text(TEXT_OPTIONS_TITLE));
    dialog_set_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL));
    dialog_set_button(box->dialog, OPTIONS_APPLY, text(TEXT_OPTIONS_APPLY));
    dialog_set_button(box->dialog, OPTIONS_HELP, text(TEXT_DIALOG_HELP));
    theme_apply(window);
    dialog_fit(box->dialog);
}

/* ---------------------------------------------------------------- events */

static void set_changed(OptionsDialog *box, bool changed)
{
    box->changed = changed;
    dialog_enable(box->dialog, OPTIONS_APPLY, changed);
}

static void on_page(void *context, size_t page, Form *form, int id, FormEvent event)
{
    OptionsDialog *box = context;
    pages[page]->event(box->values[page], form, id, event);
    if (event == FORM_CHANGED)
        set_changed(box, true);
}

/* False: a page has a value that cannot be used; it is shown with the reason. */
static bool apply(OptionsDialog *box)
{
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        AUTO_FREE char *wrong = pages[i]->check ? pages[i]->check(box->values[i]) : NULL;
        if (!wrong)
            continue;
        book_show(box->book, i);
        message_info(dialog_window(box->dialog), text(pages[i]->title), wrong);
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        pages[i]->apply(box->values[i]);
    set_changed(box, false);
    return true;
}

static void leave(OptionsDialog *box)
{
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        if (pages[i]->cancel)
            pages[i]->cancel(box->values[i]);
    dialog_close(box->dialog, IDCANCEL);
}

static void on_dialog(void *context, int id, FormEvent event)
{
    OptionsDialog *box = context;
    if (event == FORM_TIMER) {
        dialog_set_timer(box->dialog, 0);
        change_language(box);
        return;
    }
    if (event == FORM_LANGUAGE && box->dialog && box->language != text_language()) /* later: the control that changed it is one of those that go */
        dialog_set_timer(box->dialog, 1);
    if (event != FORM_CLICKED)
        return;
    switch (id) {
    case IDOK:
        if (apply(box))
            dialog_close(box->dialog, IDOK);
        break;
    case IDCANCEL: leave(box); break;
    case OPTIONS_APPLY:
        if (apply(box))
            dialog_set_default(box->dialog, IDOK);
        break;
    case OPTIONS_HELP: help_open(dialog_window(box->dialog), book_topic(box->book)); break;
    default: break;
    }
}

static size_t page_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        if (str_equal(pages[i]->name, name))
            return i;
    return 0;
}

static const BookClass class = {.list_name = TEXT_OPTIONS_PAGES, .fit = true, .width = LEAST_WIDTH, .height = LEAST_HEIGHT, .dialog = on_dialog, .build = build, .event = on_page, .shown = shown};

void options_dialog(HWND owner, const char *page)
{
    OptionsDialog box = {.language = text_language()};
    box.book = book_create(owner, text(TEXT_OPTIONS_TITLE), &class, &box);
    box.dialog = book_dialog(box.book);
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        box.values[i] = pages[i]->open();
        book_add(box.book, pages[i]->title, pages[i]->icon, pages[i]->topic);
    }
    dialog_button(box.dialog, IDOK, text(TEXT_DIALOG_OK), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_button(box.dialog, OPTIONS_APPLY, text(TEXT_OPTIONS_APPLY), false);
    dialog_button(box.dialog, OPTIONS_HELP, text(TEXT_DIALOG_HELP), false);
    set_changed(&box, false);
    book_run(box.book, page_named(page ? page : settings_str(core_settings(app_get()->core), LAST_PAGE, "")));
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        pages[i]->close(box.values[i]);
}
