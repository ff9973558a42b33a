/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scripted agent without a network: takes the place of SSH below link.c, so that tests say byte by byte what "the agent" sends. One at a time per
 * process; the functions are for the test's thread.
 */
#ifndef POOLCENTER_TESTS_SCRIPT_H
#define POOLCENTER_TESTS_SCRIPT_H

#include "client/core/core.h"
#include "client/core/link_transport.h"

extern const LinkTransportOps script_transport;

void script_reset(void);

/* What the agent sends on the control connection. */
void script_say(const char *text);
void script_say_bytes(const void *bytes, size_t size);
void script_hang_up(void);                             /* after what was said */
void script_lose(void);                                /* the whole connection breaks */
/* The next line the client sent, without newline; NULL: none within two seconds. The caller frees. */
char *script_hear(void);
/* The next request: its method is asserted, its id returned. */
int64_t script_hear_request(const char *method);

void script_refuse_connections(int code);              /* 0: accept again */
void script_hold_connections(bool hold);               /* connecting takes until it is cancelled */
int script_connections(void);                          /* so far */
bool script_wait_connections(int count);
bool script_wait_closed(void);                         /* the client has let the connection go: its thread does so a little later than server_disconnect */
/* Hands news to the core's listeners until the server is in this state; false: not within five seconds. */
bool script_wait_state(Core *core, const Server *server, ServerState state);

/* The data connection, one at a time. */
char *script_hear_data(size_t size);                   /* that many bytes the client sent; NULL: not within two seconds */
const char *script_data_opening(void);                 /* the line it was opened with; NULL: none */
void script_say_data(const void *bytes, size_t size);
void script_end_data(void);
void script_refuse_data(int code);
bool script_data_closed(void);                         /* the client let it go */

#endif
