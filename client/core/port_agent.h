/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How programs on this machine reach an SSH agent. Linux: the socket named by SSH_AUTH_SOCK. Windows: the pipe of Windows' OpenSSH (or one named by
 * SSH_AUTH_SOCK), Pageant's pipe, Pageant's window. Any thread; may block for as long as the agent waits for its user. Used by ssh_agent.c.
 */
#ifndef POOLCENTER_PORT_AGENT_H
#define POOLCENTER_PORT_AGENT_H

#include "protocol/util.h"

/* A conversation of one request and one answer. */
typedef struct PortAgent PortAgent;

size_t port_agent_count(void);
/* Agent number `which`; NULL: it does not run, or is not to be trusted. */
PortAgent *port_agent_open(size_t which);
/* All of a message, or false. */
bool port_agent_send(PortAgent *agent, const void *bytes, size_t size);
/* So many bytes of the answer, or false. */
bool port_agent_receive(PortAgent *agent, void *bytes, size_t size);
void port_agent_close(PortAgent *agent);

#endif
