/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP for scripts, on a Unix socket of its own: POST /jsonrpc takes JSON-RPC 2.0, POST /RPC2 takes XML-RPC. The methods, roles and limits are
 * those of the control connection, the user is who the kernel says. There is no hello and there are no events: each request stands alone.
 * libmicrohttpd meets our code here only. Loop thread; the calls themselves run on workers.
 */
#ifndef POOLCENTER_AGENT_HTTP_SERVER_H
#define POOLCENTER_AGENT_HTTP_SERVER_H

#include "agent/agent.h"

/* Listens where the configuration says; *ret stays NULL when it says nothing. ERR_BUSY, ERR_IO. */
int http_server_create(Agent *agent, HttpServer **ret, Error *err);
/* Stops listening. Calls that run go on; their ends need the loop. */
void http_server_close(HttpServer *server);
/* After the last call has ended and the loop was drained. */
void http_server_free(HttpServer *server);
/* Whether anybody is connected. NULL: nobody. */
bool http_server_in_use(const HttpServer *server);

#endif
