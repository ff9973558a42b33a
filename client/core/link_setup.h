/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The I/O thread's half of agent_setup.h: looking at a host and working there, over a link's SSH session. Called by link.c. */
#ifndef POOLCENTER_LINK_SETUP_H
#define POOLCENTER_LINK_SETUP_H

#include "client/core/link_private.h"

/* Looks, then does what COMMAND_SETUP asks until the connection ends: always negative with err set. */
int link_setup(Link *link, Error *err);
/* Before a session with an agent that is not installed: puts the carried program on the host, unless it is there. */
int link_prepare_agent(Link *link, Error *err);

#endif
