/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands on networks: see network_commands.h. UI thread. */
#include "client/ui/network_commands.h"

#include "client/core/network_users.h"
#include "client/core/rules.h"
#include "client/ui/commands.h"
#include "client/ui/network_dialog.h"
#include "client/ui/networks_page.h"
#include "client/win/message.h"

#include <stdlib.h>

static HWND owner(void) { return app_get()->frame; }

static bool refuse(char **ret_why, TextId reason)
{
    *ret_why = x_strdup(text(reason));
    return false;
}

static bool can(const Selection *selection, Method method, char **ret_why)
{
    const NetworkInfo *network = selection_network(selection);
    return network ? rules_network(selection->server, network, method, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_NETWORK);
}

bool can_new_network(const Selection *selection, char **ret_why)
{
    return selection->server ? rules_host(selection->server, METHOD_network_create, ret_why) : refuse(ret_why, TEXT_WHY_SELECT_SERVER);
}

bool can_edit_network(const Selection *selection, char **ret_why) { return can(selection, METHOD_network_configure, ret_why); }
bool can_start_network(const Selection *selection, char **ret_why) { return can(selection, METHOD_network_start, ret_why); }
bool can_stop_network(const Selection *selection, char **ret_why) { return can(selection, METHOD_network_stop, ret_why); }
bool can_restart_network(const Selection *selection, char **ret_why) { return can(selection, METHOD_network_restart, ret_why); }
bool can_autostart_network(const Selection *selection, char **ret_why) { return can(selection, METHOD_network_set_autostart, ret_why); }
bool can_delete_network(const Selection *selection, char **ret_why) { return can(selection, METHOD_network_delete, ret_why); }

bool network_autostart_checked(const Selection *selection)
{
    const NetworkInfo *network = selection_network(selection);
    return network && network->autostart;
}

void run_new_network(const Selection *selection) { network_dialog(owner(), selection->server, NULL, NETWORK_PAGE_GENERAL, NULL, NULL, NULL); }
void run_edit_network(const Selection *selection) { network_dialog(owner(), selection->server, selection->id, NETWORK_PAGE_GENERAL, NULL, NULL, NULL); }

/* With a row of the addresses chosen: that card's. */
void run_network_leases(const Selection *selection)
{
    const char *address = NULL, *name = NULL;
    networks_address(selection, &address, &name);
    network_dialog(owner(), selection->server, selection->id, NETWORK_PAGE_LEASES, address ? selection->volume : NULL, address, name);
}

/* ---------------------------------------------------------------- start, stop, autostart */

void run_start_network(const Selection *selection)
{
    NetworkRef params = {.network = (char *)selection->id};
    call_network_start(selection->server, &params, command_task_accepted, app_get(), selection->server);
}

void run_autostart_network(const Selection *selection)
{
    NetworkAutostartParams params = {.network = (char *)selection->id, .autostart = !network_autostart_checked(selection)};
    call_network_set_autostart(selection->server, &params, command_task_accepted, app_get(), selection->server);
}

static char *users(const Selection *selection, bool running)
{
    return network_vm_names(server_model(selection->server), selection_network(selection), running);
}

void run_stop_network(const Selection *selection)
{
    Selection network = *selection; /* the caller's may change while a question is open */
    AUTO_FREE char *names = users(&network, true);
    AUTO_FREE char *title = text_format(TEXT_STOP_NETWORK_TITLE, selection_name(&network), NULL);
    AUTO_FREE char *used = names ? text_format(TEXT_STOP_NETWORK_USED, names, NULL) : NULL;
    NetworkRef params = {.network = network.id};
    if (used)
        message_info(owner(), title, used);
    else
        call_network_stop(network.server, &params, command_task_accepted, app_get(), network.server);
}

void run_restart_network(const Selection *selection)
{
    Selection network = *selection;
    AUTO_FREE char *names = users(&network, true);
    AUTO_FREE char *title = text_format(TEXT_RESTART_NETWORK_TITLE, selection_name(&network), NULL);
    AUTO_FREE char *question = names ? text_format(TEXT_RESTART_NETWORK_ASK_USED, names, NULL) : x_strdup(text(TEXT_RESTART_NETWORK_ASK));
    NetworkRef params = {.network = network.id};
    if (message_confirm(owner(), title, question, text(TEXT_RESTART_NETWORK_VERB), names != NULL) && app_has_server(network.server))
        call_network_restart(network.server, &params, command_task_accepted, app_get(), network.server);
}

void run_delete_network(const Selection *selection)
{
    Selection network = *selection;
    AUTO_FREE char *names = users(&network, false);
    AUTO_FREE char *title = text_format(TEXT_DELETE_NETWORK_TITLE, selection_name(&network), NULL);
    AUTO_FREE char *used = names ? text_format(TEXT_DELETE_NETWORK_USED, names, NULL) : NULL;
    NetworkRef params = {.network = network.id};
    if (used)
        message_info(owner(), title, used);
    else if (message_confirm(owner(), title, text(TEXT_DELETE_NETWORK_ASK), text(TEXT_DELETE_NETWORK_VERB), true) && app_has_server(network.server))
        call_network_delete(network.server, &params, command_task_accepted, app_get(), network.server);
}
