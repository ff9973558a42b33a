/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of server.c that calls.c, prompt.c, stream.c and core.c use. UI thread. */
#ifndef POOLCENTER_SERVER_PRIVATE_H
#define POOLCENTER_SERVER_PRIVATE_H

#include "client/core/link.h"
#include "client/core/parts.h"
#include "client/core/keyring_private.h"

Server *server_create(Core *core, const ServerConfig *config);
void server_free(Server *server);
void server_set_config(Server *server, const ServerConfig *config);
Link *server_link(const Server *server); /* NULL: not connected or connecting */

/* agent_setup.c: connects for setting up, or to the agent again, with what the connection before knew. */
void server_start_setup(Server *server);
void server_connect_again(Server *server);
AgentSetup *server_setup(Server *server);
/* The agent runs without being installed; remembered. */
void server_set_agent_run(Server *server, bool run);

ServerKeys *server_keys(Server *server);
/* Asks the user. */
void server_ask(Server *server, const Prompt *prompt);
void server_set_remember(Server *server, bool remember); /* in the settings, too */
/* True once per prompt that waits for its answer. */
bool server_take_prompt(Server *server);

/* Sends a call; takes params. finish passes a result of the right type to done. done may be NULL. */
typedef void (*CallFinish)(void (*done)(void), void *context, void *result, const Error *error);
void server_call(Server *server, Method method, json_t *params, CallFinish finish, void (*done)(void), const void *owner, void *context);
/* No more answers for this owner. */
void server_forget(Server *server, const void *owner);

#endif
