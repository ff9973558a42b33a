/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands on a host's network devices of commands.def: when they may run and what they do. UI thread. */
#ifndef POOLCENTER_NIC_COMMANDS_H
#define POOLCENTER_NIC_COMMANDS_H

#include "client/ui/app.h"

bool can_new_nic(const Selection *selection, char **ret_why);
bool can_edit_nic(const Selection *selection, char **ret_why);
bool can_delete_nic(const Selection *selection, char **ret_why);
bool can_nic_change(const Selection *selection, char **ret_why);

void run_new_bridge(const Selection *selection);
void run_new_vlan(const Selection *selection);
void run_new_bond(const Selection *selection);
void run_edit_nic(const Selection *selection);
void run_delete_nic(const Selection *selection);
void run_nic_change(const Selection *selection);

#endif
