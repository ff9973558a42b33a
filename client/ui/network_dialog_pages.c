/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of New network and Edit network: see network_dialog.h. UI thread. */
#include "client/ui/network_dialog.h"

#include "client/core/words_network.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

enum { ANY_CARD = -1, AS_IT_IS = -2, WIDTH = 34 };

static void set(char **place, char *words)
{
    free(*place);
    *place = words;
}

static char *trimmed(Form *form, int id)
{
    AUTO_FREE char *words = form_text(form, id);
    const char *from = words + strspn(words, " \t");
    size_t length = strlen(from);
    while (length && (from[length - 1] == ' ' || from[length - 1] == '\t'))
        length--;
    return x_strndup(from, length);
}

/* Typing must not move the caret: only another text is set. */
static void show_text(Form *form, int id, const char *words)
{
    AUTO_FREE char *there = trimmed(form, id);
    if (!str_equal(there, str_or_empty(words)))
        form_set_text(form, id, str_or_empty(words));
}

/* ---------------------------------------------------------------- general */

static bool is_choice(const HostNic *nic, bool bridges)
{
    if (bridges)
        return nic->kind == HOST_NIC_BRIDGE && !nic->managed;
    return !nic->managed && (nic->kind == HOST_NIC_PHYSICAL || nic->kind == HOST_NIC_BRIDGE || nic->kind == HOST_NIC_BOND || nic->kind == HOST_NIC_VLAN);
}

static intptr_t index_of_card(const NetworkBox *box, bool bridges, const char *name)
{
    for (size_t i = 0; i < box->table.nics.count; i++)
        if (str_equal(box->table.nics.items[i].name, name) && is_choice(&box->table.nics.items[i], bridges))
            return (intptr_t)i;
    return bridges || !str_empty(name) ? AS_IT_IS : ANY_CARD;
}

/* Cards by their index in the table; one that the host does not have (any more) stays as it is. */
static void add_cards(NetworkBox *box, Form *form, int id, bool bridges, const char *chosen)
{
    if (!bridges)
        form_combo_add(form, id, text(TEXT_NETWORK_ANY_DEVICE), ANY_CARD);
    for (size_t i = 0; i < box->table.nics.count; i++)
        if (is_choice(&box->table.nics.items[i], bridges))
            form_combo_add(form, id, box->table.nics.items[i].name, (intptr_t)i);
    if (!str_empty(chosen) && index_of_card(box, bridges, chosen) == AS_IT_IS)
        form_combo_add(form, id, chosen, AS_IT_IS);
}

static bool has_bridges(const NetworkBox *box)
{
    for (size_t i = 0; i < box->table.nics.count; i++)
        if (is_choice(&box->table.nics.items[i], true))
            return true;
    return !str_empty(box->draft.host_bridge);
}

static void take_card(NetworkBox *box, Form *form, int id, char **place)
{
    intptr_t chosen = form_combo_data(form, id, AS_IT_IS);
    if (chosen == ANY_CARD)
        set(place, x_strdup(""));
    else if (chosen >= 0 && (size_t)chosen < box->table.nics.count)
        set(place, x_strdup(box->table.nics.items[chosen].name));
}

static bool knows_tags(const NetworkBox *box)
{
    for (size_t i = 0; i < box->table.nics.count; i++)
        if (str_equal(box->table.nics.items[i].name, box->draft.host_bridge))
            return box->table.nics.items[i].open_vswitch;
    return false;
}

static void build_general(NetworkBox *box, Form *form)
{
    static const NetworkMode modes[] = {NETWORK_MODE_NAT, NETWORK_MODE_ROUTE, NETWORK_MODE_OPEN, NETWORK_MODE_ISOLATED, NETWORK_MODE_BRIDGE};
    form_edit(form, NETWORK_NAME, text(TEXT_NETWORK_LABEL_NAME), WIDTH, 0);
    form_combo(form, NETWORK_MODE, text(TEXT_NETWORK_LABEL_MODE), WIDTH, false);
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        form_combo_add(form, NETWORK_MODE, text(words_network_mode(modes[i])), (intptr_t)modes[i]);
    if (box->draft.mode == NETWORK_MODE_UNKNOWN)
        form_combo_add(form, NETWORK_MODE, text(TEXT_NETWORK_MODE_UNKNOWN), NETWORK_MODE_UNKNOWN);
    form_note(form, NETWORK_ABOUT, NOTE_DIM, " ");
    form_combo(form, NETWORK_DEVICE, text(TEXT_NETWORK_LABEL_DEVICE), WIDTH, false);
    add_cards(box, form, NETWORK_DEVICE, false, box->draft.device);
    form_combo(form, NETWORK_HOST_BRIDGE, text(TEXT_NETWORK_LABEL_HOST_BRIDGE), WIDTH, false);
    add_cards(box, form, NETWORK_HOST_BRIDGE, true, box->draft.host_bridge);
    form_note(form, NETWORK_BRIDGES_NOTE, NOTE_WARNING, text(TEXT_NETWORK_NO_BRIDGES));
    form_edit(form, NETWORK_BRIDGE, text(TEXT_NETWORK_LABEL_BRIDGE), 16, 0);
    form_note(form, NETWORK_BRIDGE_HINT, NOTE_DIM, text(TEXT_NETWORK_HINT_BRIDGE));
    form_number(form, NETWORK_VLAN, text(TEXT_NETWORK_LABEL_VLAN), 6, 1, 4094);
    form_note(form, NETWORK_VLAN_NOTE, NOTE_DIM, text(TEXT_NETWORK_NO_VLAN));
    form_check(form, NETWORK_AUTOSTART, text(TEXT_NETWORK_LABEL_AUTOSTART));
    form_check(form, NETWORK_START, text(TEXT_NETWORK_LABEL_START));
}

static void fill_vlan(NetworkBox *box, Form *form)
{
    bool bridged = box->draft.mode == NETWORK_MODE_BRIDGE, possible = knows_tags(box) || box->draft.vlan;
    AUTO_FREE char *tag = box->draft.vlan ? x_printf("%d", (int)box->draft.vlan) : x_strdup("");
    show_text(form, NETWORK_VLAN, tag);
    form_set_shown(form, NETWORK_VLAN, bridged && possible);
    form_set_shown(form, NETWORK_VLAN_NOTE, bridged && !possible && !str_empty(box->draft.host_bridge));
}

static void fill_general(NetworkBox *box, Form *form)
{
    const NetworkDraft *draft = &box->draft;
    bool bridged = draft->mode == NETWORK_MODE_BRIDGE;
    show_text(form, NETWORK_NAME, draft->name);
    form_set_enabled(form, NETWORK_NAME, !box->id);
    form_combo_select(form, NETWORK_MODE, (intptr_t)draft->mode);
    form_set_note(form, NETWORK_ABOUT, NOTE_DIM, text(words_network_mode_about(draft->mode)));
    form_combo_select(form, NETWORK_DEVICE, index_of_card(box, false, draft->device));
    form_set_shown(form, NETWORK_DEVICE, network_mode_has_device(draft->mode));
    form_combo_select(form, NETWORK_HOST_BRIDGE, index_of_card(box, true, draft->host_bridge));
    form_set_shown(form, NETWORK_HOST_BRIDGE, bridged);
    form_set_shown(form, NETWORK_BRIDGES_NOTE, bridged && !has_bridges(box));
    show_text(form, NETWORK_BRIDGE, draft->bridge);
    form_set_shown(form, NETWORK_BRIDGE, !bridged);
    form_set_shown(form, NETWORK_BRIDGE_HINT, !bridged && !box->id);
    fill_vlan(box, form);
    form_set_checked(form, NETWORK_AUTOSTART, draft->autostart);
    form_set_checked(form, NETWORK_START, box->start);
    form_set_shown(form, NETWORK_START, !box->id);
}

static bool take_general(NetworkBox *box, Form *form, int id)
{
    NetworkDraft *draft = &box->draft;
    switch (id) {
    case NETWORK_NAME: set(&draft->name, trimmed(form, id)); break;
    case NETWORK_MODE: draft->mode = (NetworkMode)form_combo_data(form, id, (intptr_t)draft->mode); break;
    case NETWORK_DEVICE: take_card(box, form, id, &draft->device); break;
    case NETWORK_HOST_BRIDGE: take_card(box, form, id, &draft->host_bridge); break;
    case NETWORK_BRIDGE: set(&draft->bridge, trimmed(form, id)); break;
    case NETWORK_VLAN: {
        AUTO_FREE char *tag = trimmed(form, id);
        draft->vlan = atoll(tag);
        break;
    }
    case NETWORK_AUTOSTART: draft->autostart = form_checked(form, id); break;
    case NETWORK_START: box->start = form_checked(form, id); break;
    default: return false;
    }
    return true;
}

/* ---------------------------------------------------------------- addresses */

static void build_addresses(NetworkBox *box, Form *form)
{
    (void)box;
    form_note(form, NETWORK_OUTSIDE, NOTE_INFO, text(TEXT_NETWORK_ADDRESSES_OUTSIDE));
    form_edit(form, NETWORK_ADDRESS, text(TEXT_NETWORK_LABEL_ADDRESS), 22, 0);
    form_beside_button(form, NETWORK_PROPOSE, text(TEXT_NETWORK_PROPOSE));
    form_note(form, NETWORK_ADDRESS_HINT, NOTE_DIM, text(TEXT_NETWORK_HINT_ADDRESS));
    form_check(form, NETWORK_DHCP, text(TEXT_NETWORK_LABEL_DHCP));
    form_edit(form, NETWORK_RANGES, text(TEXT_NETWORK_LABEL_RANGES), WIDTH, 0);
    form_note(form, NETWORK_RANGES_HINT, NOTE_DIM, text(TEXT_NETWORK_HINT_RANGES));
    form_edit(form, NETWORK_ADDRESS6, text(TEXT_NETWORK_LABEL_ADDRESS6), WIDTH, 0);
    form_edit(form, NETWORK_DOMAIN, text(TEXT_NETWORK_LABEL_DOMAIN), WIDTH, 0);
}

static void fill_addresses(NetworkBox *box, Form *form)
{
    static const int rows[] = {NETWORK_ADDRESS, NETWORK_ADDRESS_HINT, NETWORK_DHCP, NETWORK_RANGES, NETWORK_RANGES_HINT, NETWORK_ADDRESS6, NETWORK_DOMAIN};
    const NetworkDraft *draft = &box->draft;
    bool addresses = network_mode_has_addresses(draft->mode);
    form_set_shown(form, NETWORK_OUTSIDE, draft->mode == NETWORK_MODE_BRIDGE);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        form_set_shown(form, rows[i], addresses);
    show_text(form, NETWORK_ADDRESS, draft->address);
    form_set_checked(form, NETWORK_DHCP, draft->dhcp);
    show_text(form, NETWORK_RANGES, draft->ranges);
    form_set_enabled(form, NETWORK_RANGES, draft->dhcp);
    show_text(form, NETWORK_ADDRESS6, draft->address6);
    show_text(form, NETWORK_DOMAIN, draft->domain);
}

static bool take_addresses(NetworkBox *box, Form *form, int id, FormEvent event)
{
    NetworkDraft *draft = &box->draft;
    AUTO_FREE char *words = id == NETWORK_ADDRESS ? trimmed(form, id) : NULL;
    if (event == FORM_CLICKED && id == NETWORK_PROPOSE)
        network_draft_propose(draft, server_model(box->server), &box->table.nics);
    else if (event != FORM_CHANGED)
        return false;
    else if (id == NETWORK_ADDRESS)
        network_draft_set_address(draft, words);
    else if (id == NETWORK_DHCP)
        network_draft_set_dhcp(draft, form_checked(form, id));
    else if (id == NETWORK_RANGES)
        set(&draft->ranges, trimmed(form, id));
    else if (id == NETWORK_ADDRESS6)
        set(&draft->address6, trimmed(form, id));
    else if (id == NETWORK_DOMAIN)
        set(&draft->domain, trimmed(form, id));
    else
        return false;
    return true;
}

/* ---------------------------------------------------------------- static leases */

static void build_leases(NetworkBox *box, Form *form)
{
    (void)box;
    form_note(form, NETWORK_LEASES_NOTE, NOTE_INFO, text(TEXT_NETWORK_LEASES_NO_DHCP));
    form_list(form, NETWORK_LEASES, text(TEXT_NETWORK_LEASES_LABEL), 6, false);
    form_list_column(form, NETWORK_LEASES, text(TEXT_NETWORK_COLUMN_MAC), 130, false);
    form_list_column(form, NETWORK_LEASES, text(TEXT_NETWORK_COLUMN_ADDRESS), 110, false);
    form_list_column(form, NETWORK_LEASES, text(TEXT_NETWORK_COLUMN_GUEST), 90, false);
    form_list_column(form, NETWORK_LEASES, text(TEXT_NETWORK_COLUMN_VM), 100, false);
    form_button(form, NETWORK_ADD, text(TEXT_NETWORK_LEASE_ADD));
    form_beside_button(form, NETWORK_REMOVE, text(TEXT_NETWORK_LEASE_REMOVE));
    form_combo(form, NETWORK_MAC, text(TEXT_NETWORK_LABEL_MAC), 24, true);
    form_edit(form, NETWORK_LEASE, text(TEXT_NETWORK_LABEL_LEASE), 24, 0);
    form_edit(form, NETWORK_LEASE_NAME, text(TEXT_NETWORK_LABEL_LEASE_NAME), 24, 0);
    for (size_t i = 0; i < box->now.clients.count; i++)
        if (box->now.clients.items[i].mac)
            form_combo_add(form, NETWORK_MAC, box->now.clients.items[i].mac, (intptr_t)i);
}

static const char *vm_with(const NetworkBox *box, const char *mac)
{
    for (size_t i = 0; i < box->now.clients.count; i++)
        if (_stricmp(str_or_empty(box->now.clients.items[i].mac), str_or_empty(mac)) == 0)
            return box->now.clients.items[i].name;
    return "";
}

static DhcpHost *chosen_lease(NetworkBox *box)
{
    return box->lease >= 0 && (size_t)box->lease < box->draft.hosts.count ? &box->draft.hosts.items[box->lease] : NULL;
}

static void fill_lease_list(NetworkBox *box, Form *form)
{
    form_list_clear(form, NETWORK_LEASES);
    for (size_t i = 0; i < box->draft.hosts.count; i++) {
        const DhcpHost *host = &box->draft.hosts.items[i];
        int item = form_list_add(form, NETWORK_LEASES, str_or_empty(host->mac), ICON_LOCK, (intptr_t)i);
        form_list_cell(form, NETWORK_LEASES, item, 1, str_or_empty(host->address));
        form_list_cell(form, NETWORK_LEASES, item, 2, str_or_empty(host->name));
        form_list_cell(form, NETWORK_LEASES, item, 3, vm_with(box, host->mac));
    }
    form_list_select(form, NETWORK_LEASES, box->lease);
}

static void fill_leases(NetworkBox *box, Form *form)
{
    static const int rows[] = {NETWORK_LEASES, NETWORK_ADD, NETWORK_MAC, NETWORK_LEASE, NETWORK_LEASE_NAME};
    bool bridged = box->draft.mode == NETWORK_MODE_BRIDGE, possible = network_mode_has_addresses(box->draft.mode) && box->draft.dhcp;
    const DhcpHost *host = chosen_lease(box);
    form_set_note(form, NETWORK_LEASES_NOTE, NOTE_INFO, text(bridged ? TEXT_NETWORK_ADDRESSES_OUTSIDE : TEXT_NETWORK_LEASES_NO_DHCP));
    form_set_shown(form, NETWORK_LEASES_NOTE, !possible);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        form_set_shown(form, rows[i], possible);
    fill_lease_list(box, form);
    show_text(form, NETWORK_MAC, host ? host->mac : "");
    show_text(form, NETWORK_LEASE, host ? host->address : "");
    show_text(form, NETWORK_LEASE_NAME, host ? host->name : "");
    form_set_enabled(form, NETWORK_MAC, host && !box->read_only);
    form_set_enabled(form, NETWORK_LEASE, host && !box->read_only);
    form_set_enabled(form, NETWORK_LEASE_NAME, host && !box->read_only);
    form_set_enabled(form, NETWORK_REMOVE, host && !box->read_only);
    form_set_enabled(form, NETWORK_ADD, !box->read_only);
}

static bool has_lease(const NetworkBox *box, const char *mac, int *ret_index)
{
    for (size_t i = 0; i < box->draft.hosts.count; i++) {
        *ret_index = (int)i;
        if (_stricmp(str_or_empty(box->draft.hosts.items[i].mac), mac) == 0)
            return true;
    }
    return false;
}

static void add_lease(NetworkBox *box, const char *mac, const char *address, const char *name)
{
    DhcpHost host = {.mac = x_strdup(str_or_empty(mac)), .address = str_empty(address) ? network_draft_free_address(&box->draft) : x_strdup(address), .name = x_strdup(name)};
    if (!host.address)
        host.address = x_strdup("");
    DhcpHostList_add(&box->draft.hosts, &host);
    box->lease = (int)box->draft.hosts.count - 1;
}

/* The first card of a VM that has none yet. */
static const char *card_without_lease(const NetworkBox *box)
{
    int index;
    for (size_t i = 0; i < box->now.clients.count; i++)
        if (box->now.clients.items[i].mac && !has_lease(box, box->now.clients.items[i].mac, &index))
            return box->now.clients.items[i].mac;
    return "";
}

static void remove_lease(NetworkBox *box)
{
    DhcpHostList *hosts = &box->draft.hosts;
    DhcpHost *host = chosen_lease(box);
    if (!host)
        return;
    DhcpHost_clear(host);
    memmove(host, host + 1, (hosts->count - 1 - (size_t)box->lease) * sizeof(*host));
    hosts->count--;
    if ((size_t)box->lease >= hosts->count)
        box->lease = (int)hosts->count - 1;
}

void network_page_begin_with(NetworkBox *box, const char *mac, const char *address, const char *name)
{
    int index = 0;
    if (has_lease(box, mac, &index))
        box->lease = index;
    else if (box->draft.dhcp)
        add_lease(box, mac, address, name);
}

static bool take_lease(NetworkBox *box, Form *form, int id)
{
    DhcpHost *host = chosen_lease(box);
    char **place = !host ? NULL : id == NETWORK_MAC ? &host->mac : id == NETWORK_LEASE ? &host->address : id == NETWORK_LEASE_NAME ? &host->name : NULL;
    if (place)
        set(place, trimmed(form, id));
    return place != NULL;
}

static bool take_leases(NetworkBox *box, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == NETWORK_ADD) {
        add_lease(box, card_without_lease(box), NULL, NULL);
        network_page_fill(box, NETWORK_PAGE_LEASES, form);
        form_focus(form, NETWORK_MAC);
    } else if (event == FORM_CLICKED && id == NETWORK_REMOVE) {
        remove_lease(box);
    } else if (event == FORM_CHANGED && id == NETWORK_LEASES) {
        box->lease = form_list_selected(form, NETWORK_LEASES);
    } else {
        return event == FORM_CHANGED && take_lease(box, form, id);
    }
    return true;
}

/* ---------------------------------------------------------------- all of them */

void network_page_build(NetworkBox *box, NetworkPage page, Form *form)
{
    static void (*const builders[NETWORK_PAGE_COUNT])(NetworkBox *, Form *) = {build_general, build_addresses, build_leases};
    builders[page](box, form);
}

void network_page_fill(NetworkBox *box, NetworkPage page, Form *form)
{
    static void (*const fillers[NETWORK_PAGE_COUNT])(NetworkBox *, Form *) = {fill_general, fill_addresses, fill_leases};
    box->filling = true;
    form_hold(form);
    fillers[page](box, form);
    form_release(form);
    box->filling = false;
}

bool network_page_event(NetworkBox *box, NetworkPage page, Form *form, int id, FormEvent event)
{
    if (box->read_only && !(event == FORM_CHANGED && id == NETWORK_LEASES))
        return false;
    switch (page) {
    case NETWORK_PAGE_GENERAL: return event == FORM_CHANGED && take_general(box, form, id);
    case NETWORK_PAGE_ADDRESSES: return take_addresses(box, form, id, event);
    default: return take_leases(box, form, id, event);
    }
}
