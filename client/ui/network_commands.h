/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands on networks of commands.def: when they may run and what they do. UI thread. */
#ifndef POOLCENTER_NETWORK_COMMANDS_H
#define POOLCENTER_NETWORK_COMMANDS_H

#include "client/ui/app.h"

bool can_new_network(const Selection *selection, char **ret_why);
bool can_edit_network(const Selection *selection, char **ret_why);
bool can_start_network(const Selection *selection, char **ret_why);
bool can_stop_network(const Selection *selection, char **ret_why);
bool can_restart_network(const Selection *selection, char **ret_why);
bool can_autostart_network(const Selection *selection, char **ret_why);
bool can_delete_network(const Selection *selection, char **ret_why);

void run_new_network(const Selection *selection);
void run_edit_network(const Selection *selection);
void run_network_leases(const Selection *selection);
void run_start_network(const Selection *selection);
void run_stop_network(const Selection *selection);
void run_restart_network(const Selection *selection);
void run_autostart_network(const Selection *selection);
void run_delete_network(const Selection *selection);

/* It starts with the host. */
bool network_autostart_checked(const Selection *selection);

#endif
