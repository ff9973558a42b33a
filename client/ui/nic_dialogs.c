/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New bridge, VLAN and bond of a host, changing and removing one; the minute after that is nic_change_dialog.c. See nic_dialogs.h. UI thread. */
#include "client/ui/nic_dialogs.h"

#include "client/ui/action_dialog.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

enum { EXPLAIN = 100, NAME, CARDS, PARENT, TAG, MODE, ADDRESSING, KEPT, ADDRESS, GATEWAY, WARNING, INTERRUPT, REASON };
enum { VLAN_LAST = 4094 };

typedef struct NicBox {
    ActionDialog action;
    HostNicKind kind;    /* HOST_NIC_UNKNOWN: remove */
    const char *card;    /* chosen when it opens; NULL: none */
    bool edits;          /* the device name, as it is, becomes another one */
    const HostNic *was;  /* that device, in table; NULL: not there, or not ours */
    char *name;
    char *proposed;      /* name of a VLAN, as long as the user has written no other */
    HostNicTable table;
    bool loaded;
    char *task;          /* the change has begun */
} NicBox;

static const char *const modes[] = {"active-backup", "802.3ad", "balance-rr", "balance-xor", "balance-alb", "balance-tlb", "broadcast"};

static Form *form_of(const NicBox *box) { return dialog_form(box->action.dialog); }

/* ---------------------------------------------------------------- what the host has */

static bool takes_part(const NicBox *box, const HostNic *nic)
{
    if (box->edits && str_equal(nic->name, box->name))
        return false;
    if (box->kind == HOST_NIC_VLAN)
        return !nic->master && nic->kind != HOST_NIC_LOOPBACK && nic->kind != HOST_NIC_GUEST && nic->kind != HOST_NIC_VLAN && !nic->managed;
    bool card = nic->kind == HOST_NIC_PHYSICAL || nic->kind == HOST_NIC_VIRTUAL;
    bool open = !nic->master || (box->edits && str_equal(nic->master, box->name));
    return open && (card || (box->kind == HOST_NIC_BRIDGE && (nic->kind == HOST_NIC_BOND || nic->kind == HOST_NIC_VLAN)));
}

static bool is_taken(const NicBox *box, const char *name)
{
    for (size_t i = 0; i < box->table.nics.count; i++)
        if (str_equal(box->table.nics.items[i].name, name))
            return true;
    return false;
}

/* vlan10, or eth0.10 where that is taken. NULL: there is no tag. */
static char *vlan_proposal(const NicBox *box)
{
    AUTO_FREE char *tag = form_text(form_of(box), TAG);
    intptr_t parent = form_combo_data(form_of(box), PARENT, -1);
    AUTO_FREE char *name = *tag ? x_printf("vlan%s", tag) : NULL;
    return name && parent >= 0 && is_taken(box, name) ? x_printf("%s.%s", box->table.nics.items[parent].name, tag) : TAKE_PTR(name);
}

/* br0, bond0: the first that is free. */
static char *proposal(const NicBox *box)
{
    for (int number = 0;; number++) {
        char *name = x_printf("%s%d", box->kind == HOST_NIC_BOND ? "bond" : "br", number);
        if (!is_taken(box, name))
            return name;
        free(name);
    }
}

/* "eth0 (192.0.2.7/24, Intel ...)": what one knows a card by. */
static char *addresses_of(const HostNic *nic)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < nic->addresses.count; i++) {
        if (strncmp(nic->addresses.items[i], "fe80:", 5) == 0 || strncmp(nic->addresses.items[i], "169.254.", 8) == 0)
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
    form_list_check(form_of(box), CARDS, item, box->edits ? str_equal(nic->master, box->name) : str_equal(nic->name, box->card));
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

/* The card that is checked and that the host is most likely reached by: the one with the way out, or else the first with an address; *ret_address
 * is that. NULL: none has one. */
static const HostNic *chosen_main(const NicBox *box, char **ret_address)
{
    int count = box->kind == HOST_NIC_VLAN || !box->loaded ? 0 : card_count(box);
    const HostNic *best = NULL;
    for (int item = 0; item < count; item++) {
        const HostNic *nic = &box->table.nics.items[form_list_data(form_of(box), CARDS, item)];
        AUTO_FREE char *addresses = is_chosen(box, item) ? addresses_of(nic) : NULL;
        if (str_empty(addresses) || (best && (best->gateway || !nic->gateway)))
            continue;
        best = nic;
        free(*ret_address);
        *ret_address = TAKE_PTR(addresses);
    }
    return best;
}

/* Those that are checked, the main one first: its addresses move to a bridge or bond. */
static void chosen_cards(const NicBox *box, const HostNic *main_card, StrList *ret)
{
    int count = box->kind == HOST_NIC_VLAN || !box->loaded ? 0 : card_count(box);
    if (main_card)
        StrList_add(ret, main_card->name);
    for (int item = 0; item < count; item++) {
        const HostNic *nic = &box->table.nics.items[form_list_data(form_of(box), CARDS, item)];
        if (nic != main_card && is_chosen(box, item))
            StrList_add(ret, nic->name);
    }
}

static HostAddressing addressing_of(const NicBox *box) { return (HostAddressing)form_combo_data(form_of(box), ADDRESSING, HOST_ADDRESSING_NONE); }

/* Of the device that is edited, or of cards that are chosen: what the host may be reached by. NULL: none. The caller frees. */
static char *address_at_risk(const NicBox *box, const char *of_cards)
{
    AUTO_FREE char *own = box->was ? addresses_of(box->was) : x_strdup("");
    return *own ? TAKE_PTR(own) : of_cards ? x_strdup(of_cards) : NULL;
}

/* The warning and its check box are there when a card has addresses. */
static void check(NicBox *box)
{
    Form *form = form_of(box);
    AUTO(StrList_clear) StrList cards = {0};
    AUTO_FREE char *of_cards = NULL;
    AUTO_FREE char *name = box->edits ? x_strdup(box->was ? box->name : "") : form_text(form, NAME);
    const HostNic *main_card = chosen_main(box, &of_cards);
    chosen_cards(box, main_card, &cards);
    AUTO_FREE char *address = address_at_risk(box, of_cards);
    AUTO_FREE char *warning = address ? text_format(box->edits ? TEXT_NIC_EDIT_WARNING : TEXT_NIC_NEW_WARNING, address, NULL) : NULL;
    bool moves = main_card && !box->edits && addressing_of(box) == HOST_ADDRESSING_KEEP;
    AUTO_FREE char *kept = moves ? text_format(TEXT_NIC_NEW_KEEP, main_card->name, address, NULL) : NULL;
    bool fixed = addressing_of(box) == HOST_ADDRESSING_STATIC;
    form_hold(form);
    form_set_enabled(form, ADDRESS, fixed);
    form_set_enabled(form, GATEWAY, fixed);
    form_set_note(form, KEPT, NOTE_DIM, str_or_empty(kept));
    form_set_shown(form, KEPT, kept != NULL);
    form_set_note(form, WARNING, NOTE_WARNING, warning ? warning : "");
    form_set_shown(form, WARNING, warning != NULL);
    form_set_shown(form, INTERRUPT, warning != NULL);
    form_release(form);
    bool enough = box->kind != HOST_NIC_BOND || cards.count >= 2;
    bool sure = !warning || form_checked(form, INTERRUPT);
    dialog_enable(box->action.dialog, IDOK, box->loaded && *name && enough && sure && !box->action.busy && box->table.manager);
    dialog_fit(box->action.dialog);
}

/* A VLAN is named by its tag until the user names it otherwise. */
static void propose_name(NicBox *box)
{
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    if (!box->loaded || !box->proposed || strcmp(name, box->proposed) != 0)
        return;
    char *now = vlan_proposal(box);
    if (!now)
        return;
    free(box->proposed);
    box->proposed = now;
    form_set_text(form_of(box), NAME, now);
}

/* What the device has now. Its own addressing is not known: who chooses a fixed address finds the one that it has. */
static void fill_present(NicBox *box)
{
    Form *form = form_of(box);
    const HostNic *was = box->was;
    AUTO_FREE char *tag = was ? x_printf("%lld", (long long)was->vlan) : x_strdup("");
    if (!was) {
        AUTO_FREE char *gone = text_format(TEXT_NIC_EDIT_GONE, box->name, NULL);
        form_set_note(form, REASON, NOTE_ERROR, gone);
        form_set_shown(form, REASON, true);
        return;
    }
    if (box->kind == HOST_NIC_VLAN)
        form_set_text(form, TAG, tag);
    for (size_t i = 0; box->kind == HOST_NIC_BOND && i < ARRAY_SIZE(modes); i++)
        if (str_equal(modes[i], was->bond_mode))
            form_combo_select(form, MODE, (intptr_t)i);
    for (size_t i = 0; i < was->addresses.count; i++)
        if (!strchr(was->addresses.items[i], ':')) {
            form_set_text(form, ADDRESS, was->addresses.items[i]);
            return;
        }
}

static void find_present(NicBox *box)
{
    for (size_t i = 0; box->edits && i < box->table.nics.count; i++)
        if (str_equal(box->table.nics.items[i].name, box->name) && box->table.nics.items[i].made && box->table.nics.items[i].kind == box->kind)
            box->was = &box->table.nics.items[i];
}

/* With ports the usual wish is that their addresses move along. */
static void fill(NicBox *box)
{
    Form *form = form_of(box);
    bool any = false;
    form_hold(form);
    for (size_t i = 0; i < box->table.nics.count; i++) {
        if (!takes_part(box, &box->table.nics.items[i]) || (box->edits && box->kind == HOST_NIC_VLAN))
            continue;
        add_card(box, i);
        if (box->kind == HOST_NIC_VLAN && (!any || str_equal(box->table.nics.items[i].name, box->card)))
            form_combo_select(form, PARENT, (intptr_t)i);
        any = true;
    }
    AUTO_FREE char *name = box->edits ? NULL : box->kind == HOST_NIC_VLAN ? vlan_proposal(box) : proposal(box);
    if (!box->edits)
        form_set_text(form, NAME, str_or_empty(name));
    box->proposed = box->kind == HOST_NIC_VLAN ? TAKE_PTR(name) : NULL;
    form_set_shown(form, REASON, !box->table.manager);
    if (box->edits)
        fill_present(box);
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
    find_present(box);
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
    chosen_cards(box, chosen_main(box, &address), &params.ports);
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

/* All ports are told: those that are not checked leave. */
static void change(NicBox *box)
{
    Form *form = form_of(box);
    AUTO_FREE char *address = NULL;
    AUTO(HostNicPorts_clear) HostNicPorts ports = {0};
    HostNicConfigureParams params = {.name = box->name, .addressing = addressing_of(box), .interrupt = form_checked(form, INTERRUPT)};
    AUTO_FREE char *tag = box->kind == HOST_NIC_VLAN ? form_text(form, TAG) : NULL;
    bool fixed = params.addressing == HOST_ADDRESSING_STATIC;
    AUTO_FREE char *own = fixed ? form_text(form, ADDRESS) : NULL;
    AUTO_FREE char *gateway = fixed ? form_text(form, GATEWAY) : NULL;
    chosen_cards(box, chosen_main(box, &address), &ports.items);
    if (tag)
        params.vlan = strtoll(tag, NULL, 10);
    else
        params.ports = &ports;
    if (box->kind == HOST_NIC_BOND)
        params.bond_mode = (char *)modes[form_combo_data(form, MODE, 0)];
    params.address = own;
    params.gateway = gateway;
    action_dialog_begin(&box->action, text(TEXT_NIC_NEW_BUSY));
    call_host_nic_configure(box->action.server, &params, on_begun, &box->action, box);
}

static void on_create(void *context, int id, FormEvent event)
{
    NicBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        (box->edits ? change : create)(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED) {
        if ((id == TAG || id == PARENT) && !box->edits)
            propose_name(box);
        check(box);
    }
}

/* ---------------------------------------------------------------- the dialogs */

static void add_cards_field(const NicBox *box)
{
    Form *form = form_of(box);
    if (box->kind == HOST_NIC_VLAN) {
        if (!box->edits)
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
    if (!vlan || box->edits)
        form_combo_add(form, ADDRESSING, text(box->edits ? TEXT_NIC_EDIT_AS_IT_IS : TEXT_NIC_ADDRESSING_KEEP), HOST_ADDRESSING_KEEP);
    form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_NONE), HOST_ADDRESSING_NONE);
    form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_DHCP), HOST_ADDRESSING_DHCP);
    form_combo_add(form, ADDRESSING, text(TEXT_NIC_ADDRESSING_STATIC), HOST_ADDRESSING_STATIC);
    form_combo_select(form, ADDRESSING, vlan && !box->edits ? HOST_ADDRESSING_NONE : HOST_ADDRESSING_KEEP);
    form_note(form, KEPT, NOTE_DIM, "");
    form_edit(form, ADDRESS, text(TEXT_NIC_NEW_ADDRESS), 20, 0);
    form_edit(form, GATEWAY, text(TEXT_NIC_NEW_GATEWAY), 20, 0);
}

static void build(NicBox *box)
{
    Form *form = form_of(box);
    TextId explain = box->kind == HOST_NIC_BOND ? TEXT_NIC_NEW_BOND_EXPLAIN : box->kind == HOST_NIC_VLAN ? TEXT_NIC_NEW_VLAN_EXPLAIN : TEXT_NIC_NEW_BRIDGE_EXPLAIN;
    AUTO_FREE char *words = box->edits ? text_format(TEXT_NIC_EDIT_EXPLAIN, box->name, server_name(box->action.server), NULL) : x_strdup(text(explain));
    form_note(form, EXPLAIN, NOTE_TEXT, words);
    if (!box->edits)
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
    free(box->proposed);
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

void edit_nic_dialog(HWND owner, Server *server, const char *name, HostNicKind kind)
{
    NicBox box = {.action = {.server = server}, .kind = kind, .name = x_strdup(name), .edits = true};
    AUTO_FREE char *title = text_format(TEXT_NIC_EDIT_TITLE, name, NULL);
    box.action.dialog = dialog_create(owner, title, on_create, &box);
    dialog_set_topic(box.action.dialog, "host-bridges");
    build(&box);
    action_dialog_finish(&box.action, text(TEXT_NIC_EDIT_VERB), false);
    dialog_set_focus(box.action.dialog, kind == HOST_NIC_VLAN ? TAG : CARDS);
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
