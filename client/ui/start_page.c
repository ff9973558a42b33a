/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page First Steps: what leads from a connected server to its first VM, each step with its command and a tick when it is done. Shown for a server without VMs
 * until the user hides it for good. UI thread.
 */
#include "client/core/catalog.h"
#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/page.h"
#include "client/win/dpi.h"
#include "client/win/form.h"
#include "client/win/subclass.h"

#include <stdlib.h>

enum { START_TITLE = 100, START_HINT, START_HIDE, START_NOTES = 200, START_VERBS = 300, WIDEST = 760 };

static const char hidden_setting[] = "start.hidden";

enum { STEP_SERVER, STEP_STORE, STEP_ISO, STEP_VM, STEP_COUNT };

static const struct Step {
    TextId words, verb;
    CommandId command;
} steps[STEP_COUNT] = {
    [STEP_SERVER] = {TEXT_START_SERVER, TEXT_START_SERVER_VERB, COMMAND_ADD_SERVER},
    [STEP_STORE] = {TEXT_START_STORE, TEXT_START_STORE_VERB, COMMAND_NEW_DATASTORE},
    [STEP_ISO] = {TEXT_START_ISO, TEXT_START_ISO_VERB, COMMAND_UPLOAD},
    [STEP_VM] = {TEXT_START_VM, TEXT_START_VM_VERB, COMMAND_NEW_VM},
};

typedef struct FirstSteps {
    Page *page;
    Form *form;
    Catalog *catalog; /* ISO files of the server; NULL: the page is hidden */
    Server *server;   /* of the catalog */
} FirstSteps;

static Settings *settings(void) { return core_settings(app_get()->core); }

static bool applies(const Selection *selection)
{
    return selection->kind == OBJECT_HOST && server_online(selection->server) && model_vm_count(server_model(selection->server)) == 0 &&
           !settings_int(settings(), hidden_setting, 0);
}

/* Datastores hold files of any kind; a boot medium is what the catalog calls an ISO. */
static bool done(const FirstSteps *start, int step)
{
    const Model *model = server_model(start->page->selection.server);

    switch (step) {
    case STEP_SERVER: return true;
    case STEP_STORE: return model_datastore_count(model) > 0;
    case STEP_ISO: return start->catalog && catalog_count(start->catalog) > 0;
    default: return model_vm_count(model) > 0;
    }
}

/* A datastore for the upload: the first one that takes files. */
static Selection target_of(const FirstSteps *start, CommandId command)
{
    const Selection *selection = &start->page->selection;
    const Model *model = server_model(selection->server);

    for (size_t i = 0; command == COMMAND_UPLOAD && i < model_datastore_count(model); i++) {
        Selection datastore = selection_make(selection->server, OBJECT_DATASTORE, model_datastore_at(model, i)->id);
        AUTO_FREE char *why = NULL;
        if (command_can_run(command, &datastore, &why))
            return datastore;
    }
    return *selection;
}

/* The next step is the one to do: in full strength, the others pale. */
static void show_steps(FirstSteps *start)
{
    bool before = true;

    if (!start->page->selection.server || !server_online(start->page->selection.server))
        return;
    for (int step = 0; step < STEP_COUNT; step++) {
        bool is_done = done(start, step);
        Selection target = target_of(start, steps[step].command);
        AUTO_FREE char *why = NULL;
        form_set_note(start->form, START_NOTES + step, is_done ? NOTE_GOOD : before ? NOTE_BOLD : NOTE_TEXT, text(steps[step].words));
        form_set_enabled(start->form, START_VERBS + step, command_can_run(steps[step].command, &target, &why));
        before = before && is_done;
    }
}

static void on_catalog(void *context)
{
    FirstSteps *start = context;

    if (start->catalog)
        show_steps(start);
}

static void on_form(void *context, int id, FormEvent event)
{
    FirstSteps *start = context;

    if (event != FORM_CLICKED)
        return;
    if (id == START_HIDE) {
        settings_set_int(settings(), hidden_setting, 1);
        PostMessageW(app_get()->frame, WM_APP_REFRESH, 0, 0);
    } else if (id >= START_VERBS && id < START_VERBS + STEP_COUNT) {
        Selection target = target_of(start, steps[id - START_VERBS].command);
        command_run(steps[id - START_VERBS].command, &target);
    }
}

/* ---------------------------------------------------------------- page */

static void build(FirstSteps *start)
{
    form_note(start->form, START_TITLE, NOTE_TITLE, text(TEXT_START_TITLE));
    form_note(start->form, START_HINT, NOTE_DIM, text(TEXT_START_HINT));
    for (int step = 0; step < STEP_COUNT; step++) {
        form_note(start->form, START_NOTES + step, NOTE_TEXT, text(steps[step].words));
        form_beside_button(start->form, START_VERBS + step, text(steps[step].verb));
    }
    form_button(start->form, START_HIDE, text(TEXT_START_HIDE));
}

static void layout(const FirstSteps *start)
{
    RECT client;
    int widest = dpi_scale(dpi_of(start->page->window), WIDEST);

    GetClientRect(start->page->window, &client);
    MoveWindow(form_window(start->form), 0, 0, client.right < widest ? client.right : widest, client.bottom, TRUE);
}

static LRESULT CALLBACK page_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    const FirstSteps *start = (const FirstSteps *)data;

    (void)id;
    if (message == WM_SIZE) {
        layout(start);
        return 0;
    }
    return subclass_next(window, message, wparam, lparam);
}

static HWND create(Page *page, HWND parent)
{
    FirstSteps *start = x_calloc(1, sizeof *start);

    start->page = page;
    page->state = start;
    page->window = page_window_create(parent);
    start->form = form_create(page->window, on_form, start);
    build(start);
    form_set_dpi(start->form, dpi_of(page->window));
    ShowWindow(form_window(start->form), SW_SHOWNA);
    subclass_attach(page->window, page_proc, 1, (DWORD_PTR)start);
    return page->window;
}

static void hide(Page *page)
{
    FirstSteps *start = page->state;

    catalog_close(start->catalog);
    start->catalog = NULL;
    start->server = NULL;
}

static void show(Page *page, const Selection *selection)
{
    FirstSteps *start = page->state;

    page->selection = *selection;
    if (start->server != selection->server) {
        hide(page);
        start->server = selection->server;
        start->catalog = catalog_open(selection->server, NULL, on_catalog, start);
    }
    show_steps(start);
}

static void refresh(Page *page, Server *server, const ChangeList *changes)
{
    FirstSteps *start = page->state;

    (void)server;
    (void)changes;
    if (start->catalog)
        catalog_update(start->catalog);
    show_steps(start);
}

static void restyle(Page *page)
{
    FirstSteps *start = page->state;

    form_set_note(start->form, START_TITLE, NOTE_TITLE, text(TEXT_START_TITLE));
    form_set_note(start->form, START_HINT, NOTE_DIM, text(TEXT_START_HINT));
    for (int step = 0; step < STEP_COUNT; step++)
        form_set_text(start->form, START_VERBS + step, text(steps[step].verb));
    form_set_text(start->form, START_HIDE, text(TEXT_START_HIDE));
    form_set_dpi(start->form, dpi_of(page->window));
    show_steps(start);
    layout(start);
}

static void destroy(Page *page)
{
    FirstSteps *start = page->state;

    hide(page);
    DestroyWindow(page->window);
    free(start);
}

const PageClass start_page_class = {"start", TEXT_PAGE_START, "start-page", applies, create, show, hide, refresh, restyle, destroy};
