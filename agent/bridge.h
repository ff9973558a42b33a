/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries bytes between two pairs of descriptors until both ends are done: `poolagent connect`, `poolagent data`, consoles. */
#ifndef POOLCENTER_AGENT_BRIDGE_H
#define POOLCENTER_AGENT_BRIDGE_H

#include "protocol/error.h"

/* a_in -> b_out and b_in -> a_out (a pair may be the same socket). An end of input closes the other side's sending half. Returns when
 * both directions have ended, or when an output is gone. The descriptors become non-blocking and stay open. */
void bridge_run(int a_in, int a_out, int b_in, int b_out);

/* Connects standard input and output to the agent's socket; ticket NULL: the client sends its own opening line. */
int bridge_stdio(const char *socket_path, const char *ticket, Error *err);

#endif
