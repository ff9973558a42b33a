/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which VMs have a network card in a network, from the inventory. UI thread (reads the model). */
#ifndef POOLCENTER_NETWORK_USERS_H
#define POOLCENTER_NETWORK_USERS_H

#include "client/core/model.h"

/* VMs that have a card in it. */
size_t network_vm_count(const Model *model, const NetworkInfo *network);
/* Their names, "db, web01", the first twenty of them; NULL: none. running: only those that run. The caller frees. */
char *network_vm_names(const Model *model, const NetworkInfo *network, bool running);

#endif
