/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short commands that need more of root's powers than the agent's service has. Any thread but the loop. */
#ifndef POOLCENTER_AGENT_HOST_COMMAND_H
#define POOLCENTER_AGENT_HOST_COMMAND_H

#include "protocol/error.h"

/* Runs it (arguments up to NULL) and waits, for 30 s at most. Where systemd runs, it is a unit of its own, outside of the service's cage.
 * Errors of program_run. */
int host_command_run(const char *const *arguments, Error *err);

#endif
