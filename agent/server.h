/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Unix socket and its control connections. Everything runs on the loop's thread except server_broadcast. */
#ifndef POOLCENTER_AGENT_SERVER_H
#define POOLCENTER_AGENT_SERVER_H

#include "agent/agent.h"
#include "protocol/rpc.h"

/* Listens on the configured path; ERR_BUSY if another agent answers there. */
int server_create(Agent *agent, Server **ret, Error *err);
/* Stops listening, closes all connections and waits for the threads of data connections. Calls that still run keep their connection's
 * memory until they have ended. */
void server_close(Server *server);
/* After everything that may broadcast has ended. */
void server_free(Server *server);

typedef enum StampKind { STAMP_INVENTORY, STAMP_TASK } StampKind;

/* Sends an event to all who have subscribed. number: revision or task serial, so that one who got a newer state with the snapshot
 * is not sent an older one. Takes params. Any thread. */
void server_broadcast(Server *server, Event event, json_t *params, StampKind kind, int64_t number);
bool server_has_subscribers(const Server *server);
/* Somebody may have come to the HTTP server, or left it: for the end after idleness. */
void server_idle_changed(Server *server);

#endif
