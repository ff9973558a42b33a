/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Options dialog: a list of pages at the left, the chosen page's form beside it, OK, Cancel and Apply below. All pages are made at once, so that the window
 * has room for the largest. A change of language builds every form anew from the pages' values. See options.h. UI thread.
 */
#include "client/ui/options.h"

#include "client/ui/app.h"
#include "client/ui/help.h"
#include "client/win/dialog.h"
#include "client/win/dpi.h"
#include "client/win/message.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <stdlib.h>

enum { OPTIONS_PAGES = 400, OPTIONS_APPLY, OPTIONS_HELP, MARGIN = 14, LEAST_WIDTH = 440, LEAST_HEIGHT = 320 };

#define LAST_PAGE "options.page"

static const OptionsPage *const pages[] = {
    &options_general_page,
    &options_security_page,
    &options_updates_page,
};

typedef struct OptionsDialog {
    Dialog *dialog;
    Form *list;
    Form *forms[ARRAY_SIZE(pages)];
    void *values[ARRAY_SIZE(pages)];
    size_t current;
    Language language; /* of the forms */
    bool changed, building;
} OptionsDialog;

/* ---------------------------------------------------------------- layout */

static int list_width(int dpi)
{
    int width = 0;
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        AUTO_FREE wchar_t *title = utf_text(pages[i]->title);
        width = max(width, dpi_text_width(dpi, FONT_TEXT, title));
    }
    return width + dpi_scale(dpi, 2 * MARGIN + 40);
}

static SIZE measure(void *context, int dpi)
{
    const OptionsDialog *box = context;
    SIZE size = {dpi_scale(dpi, LEAST_WIDTH), dpi_scale(dpi, LEAST_HEIGHT)};
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        size.cx = max(size.cx, form_width(box->forms[i]));
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        size.cy = max(size.cy, form_height(box->forms[i], size.cx));
    size.cx += list_width(dpi);
    return size;
}

static void put(HWND window, int x, int width, int height)
{
    SetWindowPos(window, NULL, x, 0, width, height, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

static void layout(void *context, int dpi, const RECT *area)
{
    const OptionsDialog *box = context;
    int list = list_width(dpi);
    put(form_window(box->list), 0, list, area->bottom);
    SendMessageW(form_item(box->list, OPTIONS_PAGES), LVM_SETCOLUMNWIDTH, 0, list - 2 * dpi_scale(dpi, MARGIN) - dpi_scale(dpi, 6));
    put(form_window(box->forms[box->current]), list, area->right - list, area->bottom);
}

static void relayout(const OptionsDialog *box) { SendMessageW(dialog_window(box->dialog), WM_SIZE, 0, 0); }

static void restyle(void *context, int dpi)
{
    OptionsDialog *box = context;
    form_set_dpi(box->list, dpi);
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        form_set_dpi(box->forms[i], dpi);
}

static void show_focus(void *context, HWND focus)
{
    OptionsDialog *box = context;
    form_show_focus(box->forms[box->current], focus);
}

static void command(void *context, int id, HWND control)
{
    OptionsDialog *box = context;
    SendMessageW(form_window(box->forms[box->current]), WM_COMMAND, MAKEWPARAM(id, BN_CLICKED), (LPARAM)control);
}

/* ---------------------------------------------------------------- pages */

static void show_page(OptionsDialog *box, size_t index)
{
    Form *old = box->forms[box->current];
    box->current = index;
    dialog_set_topic(box->dialog, pages[index]->topic);
    settings_set_str(core_settings(app_get()->core), LAST_PAGE, pages[index]->name);
    if (old != box->forms[index])
        ShowWindow(form_window(old), SW_HIDE);
    ShowWindow(form_window(box->forms[index]), SW_SHOWNA);
    relayout(box);
}

static void on_list(void *context, int id, FormEvent event)
{
    OptionsDialog *box = context;
    int item = form_list_selected(box->list, OPTIONS_PAGES);
    if (id == OPTIONS_PAGES && event == FORM_CHANGED && item >= 0 && (size_t)item != box->current && !box->building)
        show_page(box, (size_t)item);
}

static void make_list(OptionsDialog *box)
{
    box->list = form_create(dialog_window(box->dialog), on_list, box);
    HWND list = form_list(box->list, OPTIONS_PAGES, NULL, 8, false);
    SetWindowLongW(list, GWL_STYLE, GetWindowLongW(list, GWL_STYLE) | LVS_NOCOLUMNHEADER);
    form_list_column(box->list, OPTIONS_PAGES, "", 100, false);
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        form_list_add(box->list, OPTIONS_PAGES, "", pages[i]->icon, (intptr_t)i);
    ShowWindow(form_window(box->list), SW_SHOWNA);
}

static void name_list(OptionsDialog *box)
{
    utf_set_window_text(form_item(box->list, OPTIONS_PAGES), text(TEXT_OPTIONS_PAGES));
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        form_list_cell(box->list, OPTIONS_PAGES, (int)i, 0, text(pages[i]->title));
}

static void on_page(void *context, int id, FormEvent event);

/* After the list in the tab order, before the buttons. */
static void make_form(OptionsDialog *box, size_t index)
{
    Form *form = form_create(dialog_window(box->dialog), on_page, box);
    SetWindowPos(form_window(form), form_window(box->list), 0, 0, 0, 0, SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE);
    form_hold(form);
    pages[index]->build(box->values[index], form);
    form_release(form);
    form_set_dpi(form, dpi_of(dialog_window(box->dialog)));
    box->forms[index] = form;
}

static void make_forms(OptionsDialog *box)
{
    box->building = true;
    box->language = text_language();
    name_list(box);
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        make_form(box, i);
    box->building = false;
}

static void change_language(OptionsDialog *box)
{
    HWND window = dialog_window(box->dialog), focus = GetFocus();
    int focused = focus && IsChild(form_window(box->forms[box->current]), focus) ? GetDlgCtrlID(focus) : 0;
    Form *old[ARRAY_SIZE(pages)];
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        old[i] = box->forms[i];
    make_forms(box);
    ShowWindow(form_window(box->forms[box->current]), SW_SHOWNA);
    if (focused)
        form_focus(box->forms[box->current], focused);
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        DestroyWindow(form_window(old[i]));
    utf_set_window_text(window, text(TEXT_OPTIONS_TITLE));
    dialog_set_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL));
    dialog_set_button(box->dialog, OPTIONS_APPLY, text(TEXT_OPTIONS_APPLY));
    dialog_set_button(box->dialog, OPTIONS_HELP, text(TEXT_DIALOG_HELP));
    theme_apply(window);
    dialog_fit(box->dialog);
    relayout(box);
}

/* ---------------------------------------------------------------- events */

static void set_changed(OptionsDialog *box, bool changed)
{
    box->changed = changed;
    dialog_enable(box->dialog, OPTIONS_APPLY, changed);
}

static void on_page(void *context, int id, FormEvent event)
{
    OptionsDialog *box = context;
    if (box->building)
        return;
    pages[box->current]->event(box->values[box->current], box->forms[box->current], id, event);
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
        form_list_select(box->list, OPTIONS_PAGES, (int)i);
        show_page(box, i);
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
    case OPTIONS_HELP: help_open(dialog_window(box->dialog), pages[box->current]->topic); break;
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

void options_dialog(HWND owner, const char *page)
{
    OptionsDialog box = {0};
    DialogContent content = {.context = &box, .measure = measure, .layout = layout, .restyle = restyle, .show_focus = show_focus, .command = command};
    box.dialog = dialog_create_with(owner, text(TEXT_OPTIONS_TITLE), &content, on_dialog, &box);
    box.current = page_named(page ? page : settings_str(core_settings(app_get()->core), LAST_PAGE, ""));
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        box.values[i] = pages[i]->open();
    make_list(&box);
    make_forms(&box);
    dialog_button(box.dialog, IDOK, text(TEXT_DIALOG_OK), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_button(box.dialog, OPTIONS_APPLY, text(TEXT_OPTIONS_APPLY), false);
    dialog_button(box.dialog, OPTIONS_HELP, text(TEXT_DIALOG_HELP), false);
    set_changed(&box, false);
    form_list_select(box.list, OPTIONS_PAGES, (int)box.current);
    show_page(&box, box.current);
    dialog_run(box.dialog);
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        pages[i]->close(box.values[i]);
}
