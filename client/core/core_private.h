/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What core.c does for server.c: passing news on to parts, observers and the window. UI thread. */
#ifndef POOLCENTER_CORE_PRIVATE_H
#define POOLCENTER_CORE_PRIVATE_H

#include "client/core/link.h"
#include "client/core/parts.h"
#include "client/core/keyring_private.h"

Links *core_links(Core *core);
const LinkTransportOps *core_transport(const Core *core);
/* For tests: what connections are made of from now on (NULL: SSH). */
void core_set_transport(Core *core, const LinkTransportOps *transport);

Keyring *core_keyring(const Core *core);
void core_tell_secret_problem(Core *core, Server *server, const Error *error); /* listener's secret_problem */

void core_server_changed(Core *core, Server *server); /* tells at once */
void core_touch_server(Core *core, Server *server);   /* tells in the next drain */
void core_inventory_changed(Core *core, Server *server, const ChangeList *changes);
void core_prompt(Core *core, Server *server, const Prompt *prompt);
void core_prompt_withdrawn(Core *core, Server *server);

#endif
