/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New bridge, VLAN and bond of a host, and removing one; the minute after that is nic_change_dialog.c. See nic_dialogs.h. UI thread. */
#include "client/ui/nic_dialogs.h"

#include "client/ui/action_dialog.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

enum { EXPLAIN = 100, NAME, CARDS, PARENT, TAG, MODE, ADDRESSING, ADDRESS, GATEWAY, WARNING, INTERRUPT, REASON };
enum { VLAN_FIRST = 10, VLAN_LAST = 4094 };

typedef struct NicBox {
    ActionDialog action;
    HostNicKind kind;    /* HOST_NIC_UNKNOWN: remove */
    const char *card;    /* chosen when it opens; NULL: none */
    char *name;
    HostNicTable table;
    bool loaded;
    char *task;          /* the change has begun */
} NicBox;

static const char *const modes[] = {"active-backup", "802.3ad", "balance-rr", "balance-xor", "balance-alb", "balance-tlb", "broadcast"};

static Form *form_of(const NicBox *box) { return dialog_form(box->action.dialog); }

/* ---------------------------------------------------------------- what the host has */

static bool takes_part(const NicBox *box, const HostNic *nic)
{
    if (box->kind == HOST_NIC_VLAN)
        return !nic->master && nic->kind != HOST_NIC_LOOPBACK && nic->kind != HOST_NIC_GUEST && nic->kind != HOST_NIC_VLAN && !nic->managed;
    bool card = nic->kind == HOST_NIC_PHYSICAL || nic->kind == HOST_NIC_VIRTUAL;
    return !nic->master && (card || (box->kind == HOST_NIC_BRIDGE && (nic->kind == HOST_NIC_BOND || nic->kind == HOST_NIC_VLAN)));
}

static bool is_taken(const NicBox *box, const char *name)
{
    for (size_t i = 0; i < box->table.nics.count; i++)
        if (str_equal(box->table.nics.items[i].name, name))
            return true;
    return false;
}

/* br0, bond0, or the card with the tag. */
static char *proposal(const NicBox *box)
{
    const char *word = box->kind == HOST_NIC_BOND ? "bond" : box->kind == HOST_NIC_VLAN ? "vlan" : "br";
    for (int number = box->kind == HOST_NIC_VLAN ? VLAN_FIRST : 0; number <= VLAN_LAST; number++) {
        char *name = x_printf("%s%d", word, number);
        if (!is_taken(box, name))
            return name;
        free(name);
    }
    return x_strdup("");
}

/* "eth0 (192.0.2.7/24, Intel ...)": what one knows a card by. */
static char *addresses_of(const HostNic *nic)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < nic->addresses.count; i++) {
        if (strncmp(nic->addresses.items[i], "fe80:", 5) == 0)
            continue;
        char *longer = x_printf("%s%s%s", all, *all ? ", " : "", nic->addresses.items[i]);
        free(all);
        all = longer;
    }
    return all;
}

static void add_card(const NicBox *box, size_t index)
{
    const HostNic *nic = &box->table.nics.items[index];
    AUTO_FREE char *addresses = addresses_of(nic);
    AUTO_FREE char *line = *addresses ? x_printf("%s (%s)", nic->name, addresses) : x_strdup(nic->name);
    if (box->kind == HOST_NIC_VLAN) {
        form_combo_add(form_of(box), PARENT, line, (intptr_t)index);
        return;
    }
    int item = form_list_add(form_of(box), CARDS, nic->name, ICON_NETWORK, (intptr_t)index);
    form_list_cell(form_of(box), CARDS, item, 1, text(nic->link ? TEXT_NIC_LINK : nic->up ? TEXT_NIC_NO_LINK : TEXT_NIC_OFF));
    form_list_cell(form_of(box), CARDS, item, 2, addresses);
    form_list_check(form_of(box), CARDS, item, str_equal(nic->name, box->card));
}

/* ---------------------------------------------------------------- what is chosen */

static bool is_chosen(const NicBox *box, int item) { return form_list_checked(form_of(box), CARDS, item); }

static int card_count(const NicBox *box)
{
    int count = 0;
    for (size_t i = 0; i < box->table.nics.count; i++)
        count += takes_part(box, &box->table.nics.items[i]);
    return count;
}

/* Those that are checked; and the first address that one of them has in *ret_address. */
static void chosen_cards(const NicBox *box, StrList *ret, char **ret_address)
{
    int count = box->kind == HOST_NIC_VLAN || !box->loaded ? 0 : card_count(box);
    *ret_address = NULL;
    for (int item = 0; item < count; item++) {
        if (!is_chosen(box, item))
            continue;
        const HostNic *nic = &box->table.nics.items[form_list_data(form_of(box), CARDS, item)];
        AUTO_FREE char *addresses = addresses_of(nic);
        StrList_add(ret, nic->name);
        if (!*ret_address && *addresses)
            *ret_address = TAKE_PTR(addresses);
    }
}

static HostAddressing addressing_of(const NicBox *box) { return (HostAddressing)form_combo_data(form_of(box), ADDRESSING, HOST_ADDRESSING_NONE); }

/* The warning and its check box are there when a card has addresses. */
static void check(NicBox *box)
{
    Form *form = form_of(box);
    AUTO(StrList_clear) StrList cards = {0};
    AUTO_FREE char *address = NULL;
    AUTO_FREE char *name = form_text(form, NAME);
    chosen_cards(box, &cards, &address);
    AUTO_FREE char *warning = address ? text_format(TEXT_NIC_NEW_WARNING, address, NULL) : NULL;
    bool fixed = addressing_of(box) == HOST_ADDRESSING_STATIC;
    form_hold(form);
    form_set_enabled(form, ADDRESS, fixed);
    form_set_enabled(form, GATEWAY, fixed);
    form_set_note(form, WARNING, NOTE_WARNING, warning ? warning : "");
    form_set_shown(form, WARNING, warning != NULL);
    form_set_shown(form, INTERRUPT, warning != NULL);
    form_release(form);
    bool enough = box->kind != HOST_NIC_BOND || cards.count >= 2;
    bool sure = !warning || form_checked(form, INTERRUPT);
    dialog_enable(box->action.dialog, IDOK, box->loaded && *name && enough && sure && !box->action.busy && box->table.manager);
    dialog_fit(box->action.dialog);
}

/* With ports the usual wish is that their addresses move along. */
static void fill(NicBox *box)
{
    Form *form = form_of(box);
    AUTO_FREE char *name = proposal(box);
    bool any = false;
    form_hold(form);
    for (size_t i = 0; i < box->table.nics.count; i++) {
        if (!takes_part(box, &box->table.nics.items[i]))
            continue;
        add_card(box, i);
        if (box->kind == HOST_NIC_VLAN && (!any || str_equal(box->table.nics.items[i].name, box->card)))
            form_combo_select(form, PARENT, (intptr_t)i);
        any = true;
    }
    form_set_text(form, NAME, name);
    form_set_shown(form, REASON, !box->table.manager);
    form_release(form);
}

static void on_nics(void *context, HostNicTable *table, const Error *error)
{
    NicBox *box = context;
    if (error) {
        AUTO_FREE char *sentence = text_error(error);
        form_set_note(form_of(box), REASON, NOTE_ERROR, sentence);
        form_set_shown(form_of(box), REASON, true);
        return;
    }
    box->table = *table;
    *table = (HostNicTable){0};
    box->loaded = true;
    fill(box);
    check(box);
}

/* ---------------------------------------------------------------- doing it */

/* The dialog gives way to the one that counts the seconds. */
static void on_begun(void *context, TaskRef *task, const Error *error)
{
    NicBox *box = context;
    if (task)
        box->task = x_strdup(task->task);
    action_dialog_done(&box->action, task, error);
}

static void create(NicBox *box)
{
    Form *form = form_of(box);
    AUTO_FREE char *address = NULL;
    AUTO(HostNicCreateParams_clear) HostNicCreateParams params = {.name = form_text(form, NAME), .kind = box->kind, .addressing = addressing_of(box),
        .interrupt = box->kind != HOST_NIC_VLAN && form_checked(form, INTERRUPT)};
    chosen_cards(box, &params.ports, &address);
    if (box->kind == HOST_NIC_VLAN) {
        AUTO_FREE char *tag = form_text(form, TAG);
        intptr_t parent = form_combo_data(form, PARENT, -1);
        params.vlan = strtoll(tag, NULL, 10);
        params.parent = parent >= 0 ? x_strdup(box->table.nics.items[parent].name) : NULL;
    }
    if (box->kind == HOST_NIC_BOND)
        params.bond_mode = x_strdup(modes[form_combo_data(form, MODE, 0)]);
    if (params.addressing == HOST_ADDRESSING_KEEP && !params.ports.count)
        params.addressing = HOST_ADDRESSING_NONE;
    if (params.addressing == HOST_ADDRESSING_STATIC) {
        params.address = form_text(form, ADDRESS);
        params.gateway = form_text(form, GATEWAY);
    }
    free(box->name);
    box->name = x_strdup(params.name);
    action_dialog_begin(&box->action, text(TEXT_NIC_NEW_BUSY));
    call_host_nic_create(box->action.server, &params, on_begun, &box->action, box);
}

static void on_create(void *context, int id, FormEvent event)
{
    NicBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        create(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED)
        check(box);
}

/* ---------------------------------------------------------------- the dialogs */

static void add_cards_field(const NicBox *box)
{
    Form *form = form_of(box);
    if (box->kind == HOST_NIC_VLAN) {
        form_combo(form, PARENT, text(TEXT_NIC_NEW_PARENT), 30, false);
        form_number(form, TAG, text(TEXT_NIC_NEW_TAG), 8, 1, VLAN_LAST);
        form_set_text(form, TAG, "10");
        return;
    }
    form_list(form, CARDS, text(box->kind == HOST_NIC_BOND ? TEXT_NIC_NEW_BOND_CARDS : TEXT_NIC_NEW_CARDS), 5, true);
    form_list_column(form, CARDS, text(TEXT_NIC_HEAD_NAME), 130, false);
    form_list_column(form, CARDS, text(TEXT_NIC_HEAD_STATE), 110, false);
    form_list_column(form, CARDS, text(TEXT_NIC_HEAD_ADDRESSES), 230, false);
}

static void add_addressing(const NicBox *box)
{
    Form *form = form_of(box);
    bool vlan = box->kind == HOST_NIC_VLAN;
    form_combo(form, ADDRESSING, text(TEXT_NIC_NEW_ADDRESSING), 30, false);
    if (!vlan)
        form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_KEEP), HOST_ADDRESSING_KEEP);
    form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_NONE), HOST_ADDRESSING_NONE);
    form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_DHCP), HOST_ADDRESSING_DHCP);
    form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_STATIC), HOST_ADDRESSING_STATIC);
    form_combo_select(form, ADDRESSING, vlan ? HOST_ADDRESSING_NONE : HOST_ADDRESSING_KEEP);
    form_edit(form, ADDRESS, text(TEXT_NIC_NEW_ADDRESS), 20, 0);
    form_edit(form, GATEWAY, text(TEXT_NIC_NEW_GATEWAY), 20, 0);
}

static void build(NicBox *box)
{
    Form *form = form_of(box);
    TextId explain = box->kind == HOST_NIC_BOND ? TEXT_NIC_NEW_BOND_EXPLAIN : box->kind == HOST_NIC_VLAN ? TEXT_NIC_NEW_VLAN_EXPLAIN : TEXT_NIC_NEW_BRIDGE_EXPLAIN;
    form_note(form, EXPLAIN, NOTE_TEXT, text(explain));
    form_edit(form, NAME, text(TEXT_NIC_NEW_NAME), 16, 0);
    add_cards_field(box);
    if (box->kind == HOST_NIC_BOND) {
        form_combo(form, MODE, text(TEXT_NIC_NEW_MODE), 20, false);
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
            form_combo_add(form, MODE, modes[i], (intptr_t)i);
        form_combo_select(form, MODE, 0);
    }
    add_addressing(box);
    form_note(form, WARNING, NOTE_WARNING, "");
    form_check(form, INTERRUPT, text(TEXT_NIC_NEW_INTERRUPT));
    form_note(form, REASON, NOTE_ERROR, text(TEXT_NIC_NO_MANAGER));
    form_set_shown(form, REASON, false);
}

static void run(NicBox *box, HWND owner)
{
    Empty none;
    dialog_set_width(box->action.dialog, 520);
    if (box->kind != HOST_NIC_UNKNOWN)
        call_host_nics(box->action.server, &none, on_nics, &box->action, box);
    bool begun = action_dialog_run(&box->action) && box->task;
    if (begun)
        nic_change_dialog(owner, box->action.server, box->task, box->name);
    HostNicTable_clear(&box->table);
    free(box->task);
    free(box->name);
}

void new_nic_dialog(HWND owner, Server *server, HostNicKind kind, const char *card)
{
    NicBox box = {.action = {.server = server}, .kind = kind, .card = card};
    TextId title = kind == HOST_NIC_BOND ? TEXT_NIC_NEW_BOND_TITLE : kind == HOST_NIC_VLAN ? TEXT_NIC_NEW_VLAN_TITLE : TEXT_NIC_NEW_BRIDGE_TITLE;
    AUTO_FREE char *words = text_format(title, server_name(server), NULL);
    box.action.dialog = dialog_create(owner, words, on_create, &box);
    dialog_set_topic(box.action.dialog, "host-bridges");
    build(&box);
    action_dialog_finish(&box.action, text(TEXT_NIC_NEW_VERB), false);
    dialog_set_focus(box.action.dialog, NAME);
    check(&box);
    run(&box, owner);
}

static void on_delete(void *context, int id, FormEvent event)
{
    NicBox *box = context;
    HostNicDeleteParams params = {.name = box->name, .interrupt = true};
    if (event == FORM_CLICKED && id == IDOK) {
        action_dialog_begin(&box->action, text(TEXT_NIC_DELETE_BUSY));
        call_host_nic_delete(box->action.server, &params, on_begun, &box->action, box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    }
}

void delete_nic_dialog(HWND owner, Server *server, const char *name)
{
    NicBox box = {.action = {.server = server}, .name = x_strdup(name)};
    AUTO_FREE char *title = text_format(TEXT_NIC_DELETE_TITLE, name, NULL);
    AUTO_FREE char *explain = text_format(TEXT_NIC_DELETE_EXPLAIN, name, server_name(server), NULL);
    box.action.dialog = dialog_create(owner, title, on_delete, &box);
    dialog_set_topic(box.action.dialog, "host-bridges");
    form_note(form_of(&box), EXPLAIN, NOTE_TEXT, explain);
    action_dialog_finish(&box.action, text(TEXT_NIC_DELETE_VERB), true);
    run(&box, owner);
}
