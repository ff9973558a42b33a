/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Agent page: stands in front for a server that was reached but has no agent that answers, and offers to set one up. UI thread. */
#include "client/core/agent_setup.h"
#include "client/core/core.h"
#include "client/ui/commands.h"
#include "client/ui/page.h"
#include "client/win/dpi.h"
#include "client/win/form.h"
#include "client/win/subclass.h"

#include <stdlib.h>

enum { AGENT_PAGE_TITLE = 100, AGENT_PAGE_WHY, AGENT_PAGE_EXPLAIN, AGENT_PAGE_SETUP, AGENT_PAGE_AGAIN, WIDTH = 560, MARGIN = 24 };

typedef struct AgentPage {
    Page *page;
    Form *form;
} AgentPage;

static void on_event(void *context, int id, FormEvent event)
{
    const AgentPage *agent = context;
    if (event == FORM_CLICKED && id == AGENT_PAGE_SETUP)
        command_run(COMMAND_AGENT, &agent->page->selection);
    else if (event == FORM_CLICKED && id == AGENT_PAGE_AGAIN)
        command_run(COMMAND_CONNECT, &agent->page->selection);
}

static void layout(AgentPage *agent)
{
    RECT client;
    GetClientRect(agent->page->window, &client);
    int dpi = dpi_of(agent->page->window), margin = dpi_scale(dpi, MARGIN), most = dpi_scale(dpi, WIDTH);
    int width = client.right - 2 * margin < most ? client.right - 2 * margin : most;
    MoveWindow(form_window(agent->form), margin, margin, width > 0 ? width : 0, client.bottom > 2 * margin ? client.bottom - 2 * margin : 0, TRUE);
    form_layout(agent->form);
}

static void build(AgentPage *agent)
{
    if (agent->form)
        DestroyWindow(form_window(agent->form));
    agent->form = form_create(agent->page->window, on_event, agent);
    form_set_dpi(agent->form, dpi_of(agent->page->window));
    form_note(agent->form, AGENT_PAGE_TITLE, NOTE_TITLE, "");
    form_note(agent->form, AGENT_PAGE_WHY, NOTE_WARNING, "");
    form_note(agent->form, AGENT_PAGE_EXPLAIN, NOTE_TEXT, "");
    form_button(agent->form, AGENT_PAGE_SETUP, text(TEXT_AGENT_PAGE_SETUP));
    form_beside_button(agent->form, AGENT_PAGE_AGAIN, text(TEXT_AGENT_PAGE_AGAIN));
    ShowWindow(form_window(agent->form), SW_SHOWNA);
}

static void fill(AgentPage *agent)
{
    const Server *server = agent->page->selection.server;
    const Error *error = server ? server_error(server) : NULL;
    AUTO_FREE char *sentence = error ? text_error(error) : x_strdup("");
    int code = error ? error->code : 0;
    bool denied = code == ERR_AGENT_DENIED, old = code == ERR_AGENT_TOO_OLD;
    form_set_note(agent->form, AGENT_PAGE_TITLE, NOTE_TITLE, text(denied ? TEXT_AGENT_PAGE_DENIED : old ? TEXT_AGENT_PAGE_OLD : TEXT_AGENT_PAGE_TITLE));
    form_set_note(agent->form, AGENT_PAGE_EXPLAIN, NOTE_TEXT, text(denied ? TEXT_AGENT_EXPLAIN_DENIED : old ? TEXT_AGENT_EXPLAIN_OLD : TEXT_AGENT_PAGE_EXPLAIN));
    form_set_note(agent->form, AGENT_PAGE_WHY, NOTE_WARNING, sentence);
    layout(agent);
}

static LRESULT CALLBACK page_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    AgentPage *agent = (AgentPage *)data;

    (void)id;
    switch (message) {
    case WM_SIZE:
        layout(agent);
        return 0;
    case WM_SETFOCUS:
        SetFocus(form_item(agent->form, AGENT_PAGE_SETUP));
        return 0;
    default:
        return subclass_next(window, message, wparam, lparam);
    }
}

static HWND create(Page *page, HWND parent)
{
    AgentPage *agent = x_calloc(1, sizeof *agent);
    HWND window = page_window_create(parent);

    agent->page = page;
    page->state = agent;
    page->window = window;
    build(agent);
    subclass_attach(window, page_proc, 1, (DWORD_PTR)agent);
    return window;
}

static bool applies(const Selection *selection) { return selection->kind == OBJECT_HOST && agent_setup_would_help(selection->server); }

static void show(Page *page, const Selection *selection)
{
    page->selection = *selection;
    fill(page->state);
}

static void hide(Page *page) { (void)page; }

static void refresh(Page *page, Server *server, const ChangeList *changes)
{
    (void)changes;
    if (server == page->selection.server)
        fill(page->state);
}

static void restyle(Page *page)
{
    build(page->state);
    fill(page->state);
}

static void destroy(Page *page)
{
    DestroyWindow(page->window);
    free(page->state);
}

const PageClass agent_page_class = {"agent", TEXT_PAGE_AGENT, "agent", applies, create, show, hide, refresh, restyle, destroy};
