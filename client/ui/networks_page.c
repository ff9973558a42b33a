/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Networks page. Of a host: its networks, and below them its network cards. Of a network: what is known of it, who is connected, and the addresses that DHCP gives
 * out. Commands are for the row chosen last: a network, a VM, a card (the host's Selection with the card's name as volume) or an address (the network's Selection with the
 * MAC address as volume). What the lists hold is in network_rows.c. UI thread.
 */
#include "client/ui/networks_page.h"

#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/menu.h"
#include "client/ui/network_facts.h"
#include "client/ui/network_rows.h"
#include "client/ui/page.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/note.h"
#include "client/win/subclass.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 8, BUTTON_HEIGHT = 28, BUTTON_PADDING = 14, HEADING_HEIGHT = 20, LIST_BASE = 100, FACTS = 110, ALERT, BUTTON_BASE = 200, PARTS = 2, COMMANDS = 10,
       LOOK_TIMER = 1, LOOK_MS = 10000 };

/* Buttons above the list, and its context menu where that is not the object's own. */
typedef struct PartClass {
    NetworkList list;
    CommandId commands[COMMANDS];
} PartClass;

static const PartClass host_parts[PARTS] = {
    {NETWORK_LIST_NETWORKS, {COMMAND_NEW_NETWORK, COMMAND_EDIT_NETWORK, COMMAND_START_NETWORK, COMMAND_STOP_NETWORK, COMMAND_DELETE_NETWORK}},
    {NETWORK_LIST_NICS, {COMMAND_NEW_BRIDGE, COMMAND_NEW_VLAN, COMMAND_NEW_BOND, COMMAND_EDIT_NIC, COMMAND_DELETE_NIC, COMMAND_NIC_CHANGE}},
};
static const PartClass network_parts[PARTS] = {
    {NETWORK_LIST_CLIENTS, {COMMAND_EDIT_NETWORK, COMMAND_START_NETWORK, COMMAND_STOP_NETWORK, COMMAND_RESTART_NETWORK, COMMAND_DELETE_NETWORK}},
    {NETWORK_LIST_ADDRESSES, {COMMAND_NETWORK_LEASES}},
};

struct NetworksPage;

typedef struct PartList {
    struct NetworksPage *page;
    NetworkList which;
    List *list;
} PartList;

typedef struct NetworksPage {
    Page *page;
    HWND headings[PARTS], facts, alert;
    HWND buttons[PARTS][COMMAND_END];
    PartList lists[NETWORK_LISTS];
    size_t active; /* the part whose row commands are for */
    NetworkView *view;
    NetworkRows rows;
} NetworksPage;

static NetworksPage *shown; /* the one page there is, while it is visible */

static bool of_host(const NetworksPage *self) { return self->page->selection.kind == OBJECT_HOST; }
static const PartClass *parts(const NetworksPage *self) { return of_host(self) ? host_parts : network_parts; }
static PartList *part_list(NetworksPage *self, size_t part) { return &self->lists[parts(self)[part].list]; }

/* ---------------------------------------------------------------- selections */

static void set_volume(Selection *selection, const char *name)
{
    selection->volume[0] = '\0';
    strncat(selection->volume, str_or_empty(name), sizeof selection->volume - 1);
}

/* What the commands of a part are for: its selected row, or the page's own object. */
static Selection part_selection(NetworksPage *self, size_t part)
{
    const PartList *list = part_list(self, part);
    size_t row = list_selected(list->list);
    Selection selection = self->page->selection;

    set_volume(&selection, NULL);
    if (row == LIST_NONE || row >= network_rows_count(&self->rows, list->which))
        return selection;
    switch (list->which) {
    case NETWORK_LIST_NETWORKS: return selection_make(selection.server, OBJECT_NETWORK, self->rows.networks[row]->id);
    case NETWORK_LIST_CLIENTS: return selection_make(selection.server, OBJECT_VM, self->rows.clients->items[row].vm);
    case NETWORK_LIST_NICS: set_volume(&selection, self->rows.nics->items[row].name); return selection;
    default: set_volume(&selection, network_address_mac(&self->rows.addresses[row])); return selection;
    }
}

/* Of a network, the buttons of the upper part are for the network, not for the VMs in the list. */
static Selection button_selection(NetworksPage *self, size_t part)
{
    return part_list(self, part)->which == NETWORK_LIST_CLIENTS ? self->page->selection : part_selection(self, part);
}

const HostNic *networks_nic(const Selection *selection)
{
    const HostNicList *nics = shown && selection->kind == OBJECT_HOST && selection->server == shown->page->selection.server ? shown->rows.nics : NULL;

    for (size_t i = 0; nics && i < nics->count; i++)
        if (str_equal(nics->items[i].name, selection->volume))
            return &nics->items[i];
    return NULL;
}

void networks_address(const Selection *selection, const char **ret_address, const char **ret_name)
{
    bool here = shown && selection->kind == OBJECT_NETWORK && selection->server == shown->page->selection.server && str_equal(selection->id, shown->page->selection.id);

    *ret_address = *ret_name = NULL;
    for (size_t i = 0; here && i < shown->rows.address_count; i++) {
        const NetworkAddress *row = &shown->rows.addresses[i];
        if (!str_equal(network_address_mac(row), selection->volume))
            continue;
        *ret_address = row->fixed ? row->fixed->address : row->lease->address;
        *ret_name = row->fixed ? row->fixed->name : row->lease->name;
    }
}

/* ---------------------------------------------------------------- buttons and places */

static void update_buttons(NetworksPage *self)
{
    for (size_t part = 0; part < PARTS; part++) {
        Selection selection = button_selection(self, part);
        for (size_t i = 0; i < COMMANDS && parts(self)[part].commands[i]; i++) {
            AUTO_FREE char *why = NULL;
            EnableWindow(self->buttons[part][parts(self)[part].commands[i]], command_can_run(parts(self)[part].commands[i], &selection, &why));
        }
    }
}

static bool part_has(const PartClass *class, CommandId id)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (class->commands[i] == id)
            return true;
    return false;
}

static void show_controls(NetworksPage *self)
{
    for (size_t part = 0; part < PARTS; part++)
        for (int id = COMMAND_NONE + 1; id < COMMAND_END; id++)
            if (self->buttons[part][id])
                ShowWindow(self->buttons[part][id], part_has(&parts(self)[part], (CommandId)id) ? SW_SHOWNA : SW_HIDE);
    if (of_host(self)) {
        ShowWindow(self->facts, SW_HIDE);
        ShowWindow(self->alert, SW_HIDE);
    }
    for (size_t list = 0; list < NETWORK_LISTS; list++)
        ShowWindow(list_window(self->lists[list].list), list == parts(self)[0].list || list == parts(self)[1].list ? SW_SHOWNA : SW_HIDE);
}

static int button_width(HWND button, int dpi)
{
    AUTO_FREE char *words = utf_window_text(button);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    return dpi_text_width(dpi, FONT_TEXT, wide) + 2 * dpi_scale(dpi, BUTTON_PADDING);
}

/* The lower end of a part's buttons, which take as many rows as they need. */
static int place_buttons(NetworksPage *self, size_t part, int dpi, int width, int y)
{
    int margin = dpi_scale(dpi, MARGIN), height = dpi_scale(dpi, BUTTON_HEIGHT), x = margin;
    const CommandId *commands = parts(self)[part].commands;

    if (!commands[0])
        return y;
    for (size_t i = 0; i < COMMANDS && commands[i]; i++) {
        int wanted = button_width(self->buttons[part][commands[i]], dpi);
        if (x > margin && x + wanted > width - margin) {
            x = margin;
            y += height + margin / 2;
        }
        MoveWindow(self->buttons[part][commands[i]], x, y, wanted, height, TRUE);
        x += wanted + margin / 2;
    }
    return y + height + margin;
}

static int place_note(HWND note, int dpi, int width, int y)
{
    int margin = dpi_scale(dpi, MARGIN);
    bool wanted = GetWindowTextLengthW(note) > 0;
    int height = wanted ? note_height(note, dpi, width - 2 * margin) : 0;

    ShowWindow(note, wanted ? SW_SHOWNA : SW_HIDE);
    MoveWindow(note, margin, y, width - 2 * margin, height, TRUE);
    return wanted ? y + height + margin : y;
}

static int place_heading(NetworksPage *self, size_t part, int dpi, int width, int y)
{
    int margin = dpi_scale(dpi, MARGIN), height = dpi_scale(dpi, HEADING_HEIGHT);

    MoveWindow(self->headings[part], margin, y, width - 2 * margin, height, TRUE);
    return y + height + margin / 2;
}

/* What stands above a part's list; the lower end of that. What is said of a network, and its buttons, come before the first list's heading. */
static int place_head(NetworksPage *self, size_t part, int dpi, int width, int y)
{
    if (part == 1 || of_host(self))
        return place_buttons(self, part, dpi, width, place_heading(self, part, dpi, width, y));
    y = place_note(self->facts, dpi, width, y);
    y = place_note(self->alert, dpi, width, y);
    return place_heading(self, part, dpi, width, place_buttons(self, part, dpi, width, y));
}

static void layout(NetworksPage *self)
{
    RECT client;
    int dpi = dpi_of(self->page->window), margin = dpi_scale(dpi, MARGIN);

    GetClientRect(self->page->window, &client);
    int upper = place_head(self, 0, dpi, client.right, margin);
    int lower_head = place_head(self, 1, dpi, client.right, 0); /* how high it is */
    int lists = client.bottom - upper - lower_head - margin;
    int half = lists > 0 ? lists / 2 : 0;
    MoveWindow(list_window(part_list(self, 0)->list), 0, upper, client.right, half, TRUE);
    int lower = place_head(self, 1, dpi, client.right, upper + half + margin);
    MoveWindow(list_window(part_list(self, 1)->list), 0, lower, client.right, client.bottom > lower ? client.bottom - lower : 0, TRUE);
}

/* ---------------------------------------------------------------- contents */

static void set_heading(NetworksPage *self, size_t part, char *words)
{
    utf_set_window_text(self->headings[part], words);
    free(words);
}

static void update_headings(NetworksPage *self)
{
    const char *name = selection_name(&self->page->selection);

    set_heading(self, 0, text_format(of_host(self) ? TEXT_NETWORKS_HEADING : TEXT_NETWORK_CLIENTS_HEADING, name, NULL));
    set_heading(self, 1, x_strdup(text(of_host(self) ? TEXT_NICS_HEADING : TEXT_NETWORK_LEASES_HEADING)));
}

/* True: the notes take another room now. */
static bool update_notes(NetworksPage *self)
{
    const NetworkInfo *network = selection_network(&self->page->selection);
    const NetworkDetails *details = self->view ? network_view_details(self->view) : NULL;
    AUTO_FREE char *facts = network && details ? network_facts(details) : x_strdup("");
    NoteKind kind = NOTE_INFO;
    AUTO_FREE char *alert = network_alert(network, details, self->view ? network_view_error(self->view) : NULL, &kind);
    bool changed = note_set(self->facts, NOTE_TEXT, facts);

    return note_set(self->alert, kind, str_or_empty(alert)) || changed;
}

static TextId empty_nics(const NetworksPage *self)
{
    if (!self->view)
        return server_online(self->page->selection.server) ? TEXT_NICS_OLD_AGENT : TEXT_NICS_LOADING;
    return network_view_loading(self->view) ? TEXT_NICS_LOADING : TEXT_NICS_EMPTY;
}

static TextId empty_addresses(const NetworksPage *self)
{
    const NetworkDetails *details = self->view ? network_view_details(self->view) : NULL;

    if (!details)
        return TEXT_NETWORK_LOADING;
    return details->config->ranges.count || details->config->hosts.count ? TEXT_NETWORK_LEASES_EMPTY : TEXT_NETWORK_LEASES_NONE;
}

static void update(NetworksPage *self)
{
    bool known = self->view && network_view_details(self->view);

    network_rows_fill(&self->rows, &self->page->selection, self->view);
    list_set_empty_text(self->lists[NETWORK_LIST_NICS].list, empty_nics(self));
    list_set_empty_text(self->lists[NETWORK_LIST_CLIENTS].list, known ? TEXT_NETWORK_CLIENTS_EMPTY : TEXT_NETWORK_LOADING);
    list_set_empty_text(self->lists[NETWORK_LIST_ADDRESSES].list, empty_addresses(self));
    for (size_t part = 0; part < PARTS; part++)
        list_update(part_list(self, part)->list, network_rows_count(&self->rows, part_list(self, part)->which));
    if (update_notes(self))
        layout(self);
    update_buttons(self);
}

static void on_view(void *context) { update(context); }

static void close_view(NetworksPage *self)
{
    network_view_close(self->view);
    self->view = NULL;
}

/* Opened as soon as the host can be asked. */
static void look(NetworksPage *self)
{
    const Selection *selection = &self->page->selection;
    AUTO_FREE char *why = NULL;

    if (self->view)
        network_view_refresh(self->view);
    else if (server_online(selection->server) && server_can(selection->server, of_host(self) ? METHOD_host_nics : METHOD_network_get, &why))
        self->view = network_view_open(selection->server, of_host(self) ? NULL : selection->id, on_view, self);
}

void networks_page_refresh(void)
{
    if (shown)
        look(shown);
}

/* ---------------------------------------------------------------- lists: what they ask and tell */

static const PartList *list_of(void *context) { return context; }
static char *cell_text(void *context, size_t row, int column) { return network_rows_text(&list_of(context)->page->rows, list_of(context)->which, row, column); }
static const char *row_key(void *context, size_t row) { return network_rows_key(&list_of(context)->page->rows, list_of(context)->which, row); }
static int row_icon(void *context, size_t row) { return network_rows_icon(&list_of(context)->page->rows, list_of(context)->which, row); }
static bool row_dim(void *context, size_t row) { return network_rows_dim(&list_of(context)->page->rows, list_of(context)->which, row); }
static int compare(void *context, size_t a, size_t b, int column) { return network_rows_compare(&list_of(context)->page->rows, list_of(context)->which, a, b, column); }

static size_t part_of(const PartList *list) { return parts(list->page)[0].list == list->which ? 0 : 1; }

static void row_selected(void *context)
{
    NetworksPage *self = list_of(context)->page;

    self->active = part_of(context);
    Selection selection = part_selection(self, self->active);
    update_buttons(self);
    frame_select_row(&selection);
}

static void row_activated(void *context, size_t row)
{
    const PartList *list = list_of(context);
    Selection selection = part_selection(list->page, part_of(list));

    (void)row;
    if (list->which == NETWORK_LIST_NETWORKS || list->which == NETWORK_LIST_CLIENTS)
        frame_select(&selection);
    else if (list->which == NETWORK_LIST_ADDRESSES)
        command_run(COMMAND_NETWORK_LEASES, &selection);
    else if (list->which == NETWORK_LIST_NICS)
        command_run(COMMAND_EDIT_NIC, &selection);
    else
        command_run(command_default(&selection), &selection);
}

static void open_menu(void *context, POINT screen)
{
    const PartList *list = list_of(context);
    Selection selection = part_selection(list->page, part_of(list));
    const CommandId *commands = parts(list->page)[part_of(list)].commands;

    if (list->which == NETWORK_LIST_NETWORKS || list->which == NETWORK_LIST_CLIENTS)
        menu_context_for(list->page->page->window, screen, &selection);
    else if (commands[0])
        menu_context(list->page->page->window, screen, commands, COMMANDS, &selection);
}

static bool key_down(void *context, WORD key)
{
    const PartList *list = list_of(context);
    Selection selection = part_selection(list->page, part_of(list));

    if (key == VK_INSERT && list->which == NETWORK_LIST_NETWORKS)
        command_run(COMMAND_NEW_NETWORK, &list->page->page->selection);
    else if (key == VK_DELETE && list->which == NETWORK_LIST_NETWORKS && selection.kind == OBJECT_NETWORK)
        command_run(COMMAND_DELETE_NETWORK, &selection);
    else
        return false;
    return true;
}

static const ListModel list_model = {.text = cell_text, .key = row_key, .icon = row_icon, .dim = row_dim, .compare = compare, .selected = row_selected, .activated = row_activated,
    .menu = open_menu, .key_down = key_down};

/* ---------------------------------------------------------------- page */

static void on_command(NetworksPage *self, int id)
{
    size_t part = (size_t)(id - BUTTON_BASE) / COMMAND_END;
    CommandId command = (CommandId)((id - BUTTON_BASE) % COMMAND_END);

    if (id < BUTTON_BASE || part >= PARTS || !self->buttons[part][command])
        return;
    Selection selection = button_selection(self, part);
    command_run(command, &selection);
}

static LRESULT CALLBACK page_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    NetworksPage *self = (NetworksPage *)data;

    (void)id;
    switch (message) {
    case WM_SIZE: layout(self); return 0;
    case WM_SETFOCUS: SetFocus(list_window(part_list(self, 0)->list)); return 0;
    case WM_COMMAND: on_command(self, LOWORD(wparam)); return 0;
    case WM_TIMER: look(self); return 0;
    default: return subclass_next(window, message, wparam, lparam);
    }
}

/* The menu's words without their access keys: in this window those belong to the menu bar. */
static void title_button(HWND button, CommandId id)
{
    AUTO_FREE wchar_t *title = utf_text(command_text(id));
    wchar_t *to = title;

    for (const wchar_t *from = title; *from; from++)
        if (*from != L'&')
            *to++ = *from;
    *to = 0;
    SetWindowTextW(button, title);
}

static void dress(NetworksPage *self)
{
    int dpi = dpi_of(self->page->window);

    for (size_t part = 0; part < PARTS; part++) {
        SendMessageW(self->headings[part], WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_BOLD), TRUE);
        for (int id = COMMAND_NONE + 1; id < COMMAND_END; id++) {
            if (!self->buttons[part][id])
                continue;
            title_button(self->buttons[part][id], (CommandId)id);
            SendMessageW(self->buttons[part][id], WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
        }
    }
}

static void make_buttons(NetworksPage *self, const PartClass *class, size_t part)
{
    for (size_t i = 0; i < COMMANDS && class->commands[i]; i++)
        if (!self->buttons[part][class->commands[i]])
            self->buttons[part][class->commands[i]] = CreateWindowExW(0, WC_BUTTONW, L"", WS_CHILD | WS_TABSTOP | BS_PUSHBUTTON, 0, 0, 0, 0, self->page->window,
                (HMENU)(INT_PTR)(BUTTON_BASE + (int)part * COMMAND_END + (int)class->commands[i]), GetModuleHandleW(NULL), NULL);
}

static void make_list(NetworksPage *self, NetworkList which, HWND heading)
{
    static const char *const keys[NETWORK_LISTS] = {"networks", "host_nics", "network_clients", "network_addresses"};
    size_t count = 0;
    const ListColumn *columns = network_rows_columns(which, &count);
    PartList *list = &self->lists[which];

    *list = (PartList){.page = self, .which = which};
    list->list = list_create(self->page->window, LIST_BASE + (int)which, core_settings(app_get()->core), keys[which], columns, count, 0, &list_model, list);
    accessible_label(list_window(list->list), heading);
    list_set_empty_text(list->list, TEXT_NETWORKS_EMPTY);
}

/* In the order of the Tab key. */
static void make_part(NetworksPage *self, size_t part)
{
    self->headings[part] = CreateWindowExW(0, WC_STATICW, L"", WS_CHILD | WS_VISIBLE | SS_NOPREFIX | SS_ENDELLIPSIS, 0, 0, 0, 0, self->page->window, NULL, GetModuleHandleW(NULL), NULL);
    if (part == 0) {
        self->facts = note_create(self->page->window, FACTS, NOTE_TEXT, "");
        self->alert = note_create(self->page->window, ALERT, NOTE_INFO, "");
    }
    make_buttons(self, &host_parts[part], part);
    make_buttons(self, &network_parts[part], part);
    make_list(self, host_parts[part].list, self->headings[part]);
    make_list(self, network_parts[part].list, self->headings[part]);
}

static HWND create(Page *page, HWND parent)
{
    NetworksPage *self = x_calloc(1, sizeof *self);

    self->page = page;
    page->state = self;
    page->window = page_window_create(parent);
    for (size_t part = 0; part < PARTS; part++)
        make_part(self, part);
    dress(self);
    subclass_attach(page->window, page_proc, 1, (DWORD_PTR)self);
    return page->window;
}

static bool applies(const Selection *selection) { return selection->kind == OBJECT_HOST || selection->kind == OBJECT_NETWORK; }

static void show(Page *page, const Selection *selection)
{
    NetworksPage *self = page->state;

    if (!selection_equal(&page->selection, selection) || !shown)
        close_view(self);
    page->selection = *selection;
    shown = self;
    look(self);
    show_controls(self);
    update_headings(self);
    update(self);
    layout(self);
    SetTimer(page->window, LOOK_TIMER, LOOK_MS, NULL);
}

/* Rows point into the model, which may change while the page is not told: none are kept. */
static void hide(Page *page)
{
    NetworksPage *self = page->state;

    KillTimer(page->window, LOOK_TIMER);
    shown = NULL;
    close_view(self);
    network_rows_clear(&self->rows);
    for (size_t part = 0; part < PARTS; part++)
        list_update(part_list(self, part)->list, 0);
}

static bool matters(const ChangeList *changes)
{
    for (size_t i = 0; changes && i < changes->count; i++)
        if (changes->items[i].object == OBJECT_NETWORK || changes->items[i].object == OBJECT_VM)
            return true;
    return !changes;
}

static void refresh(Page *page, Server *server, const ChangeList *changes)
{
    NetworksPage *self = page->state;

    if (server != page->selection.server)
        return;
    if (matters(changes))
        look(self);
    update_headings(self);
    update(self);
}

static void restyle(Page *page)
{
    NetworksPage *self = page->state;

    dress(self);
    for (size_t list = 0; list < NETWORK_LISTS; list++)
        list_restyle(self->lists[list].list);
    update_headings(self);
    if (shown)
        update(self);
    layout(self);
}

static void destroy(Page *page)
{
    NetworksPage *self = page->state;

    shown = NULL;
    close_view(self);
    DestroyWindow(page->window);
    network_rows_clear(&self->rows);
    free(self);
}

const PageClass networks_page_class = {"networks", TEXT_PAGE_NETWORKS, "networks", applies, create, show, hide, refresh, restyle, destroy};
