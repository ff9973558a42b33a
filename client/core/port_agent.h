/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How programs on this machine reach an SSH agent. Linux: the socket named by SSH_AUTH_SOCK. Windows: the pipe of Windows' OpenSSH (or one named by
 * SSH_AUTH_SOCK), Pageant's pipe, Pageant's window. Any thread; may block for as long as the agent waits for its user. Used by ssh_agent.c.
 */
#ifndef POOLCENTER_PORT_AGENT_H
#define POOLCENTER_PORT_AGENT_H

#include "protocol/util.h"

enum { PORT_AGENT_MESSAGE_MAX = 256 << 10 };

size_t port_agent_count(void);
/* Sends one message to agent number `which` and waits for its answer, both without the length word. False: it does not run, or does not answer. */
bool port_agent_ask(size_t which, const void *request, size_t size, unsigned char **ret, size_t *ret_size);

#endif
