/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands on a host's network devices: see nic_commands.h. UI thread. */
#include "client/ui/nic_commands.h"

#include "client/core/rules.h"
#include "client/ui/networks_page.h"
#include "client/ui/nic_dialogs.h"

#include <stdlib.h>

static HWND owner(void) { return app_get()->frame; }

static bool refuse(char **ret_why, TextId reason)
{
    *ret_why = x_strdup(text(reason));
    return false;
}

static bool can(const Selection *selection, Method method, char **ret_why)
{
    return selection->server ? rules_host(selection->server, method, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_SERVER);
}

bool can_new_nic(const Selection *selection, char **ret_why) { return can(selection, METHOD_host_nic_create, ret_why); }
bool can_nic_change(const Selection *selection, char **ret_why) { return can(selection, METHOD_host_network_confirm, ret_why); }

static bool can_made(const Selection *selection, Method method, char **ret_why)
{
    const HostNic *nic = networks_nic(selection);
    if (!nic)
        return refuse(ret_why, TEXT_WHY_SELECT_NIC);
    return nic->made ? can(selection, method, ret_why) : refuse(ret_why, TEXT_WHY_NIC_NOT_MADE);
}

bool can_edit_nic(const Selection *selection, char **ret_why) { return can_made(selection, METHOD_host_nic_configure, ret_why); }
bool can_delete_nic(const Selection *selection, char **ret_why) { return can_made(selection, METHOD_host_nic_delete, ret_why); }

/* The card of the list that is selected is chosen in the dialog. */
static void new_nic(const Selection *selection, HostNicKind kind)
{
    const HostNic *nic = networks_nic(selection);
    AUTO_FREE char *card = nic ? x_strdup(nic->name) : NULL;
    new_nic_dialog(owner(), selection->server, kind, card);
    networks_page_refresh();
}

void run_new_bridge(const Selection *selection) { new_nic(selection, HOST_NIC_BRIDGE); }
void run_new_vlan(const Selection *selection) { new_nic(selection, HOST_NIC_VLAN); }
void run_new_bond(const Selection *selection) { new_nic(selection, HOST_NIC_BOND); }

void run_edit_nic(const Selection *selection)
{
    const HostNic *nic = networks_nic(selection);
    if (nic)
        edit_nic_dialog(owner(), selection->server, nic->name, nic->kind);
    networks_page_refresh();
}

void run_delete_nic(const Selection *selection)
{
    delete_nic_dialog(owner(), selection->server, selection->volume);
    networks_page_refresh();
}

void run_nic_change(const Selection *selection)
{
    nic_change_dialog(owner(), selection->server, NULL, "");
    networks_page_refresh();
}
