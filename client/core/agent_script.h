/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shell scripts (scripts/ *.sh) that look at a host, install, run and remove the agent there, as they are sent to it and shown to the user
 * before: constant text, with checked words in front. Any thread.
 */
#ifndef POOLCENTER_AGENT_SCRIPT_H
#define POOLCENTER_AGENT_SCRIPT_H

#include "client/core/agent_facts.h"

/* The caller frees. sha256: of the program, unless it is about removing. */
char *agent_script_look(void);
char *agent_script_run(const char *sha256);
/* AGENT_INSTALL, AGENT_UPDATE: the same; AGENT_REMOVE, with configuration, state and groups when purge. */
char *agent_script_root(AgentAction action, const AgentFacts *facts, const char *sha256, bool purge);
/* The line for the login shell, which may be any: reads a script of size bytes from its input and runs it, by sudo or as the user who is logged in.
 * It prints AGENT_SCRIPT_READY first; sudo asks by AGENT_SCRIPT_PROMPT on stderr. */
char *agent_script_command(size_t size, bool by_sudo);

#define AGENT_SCRIPT_READY "POOLCENTER-READY"
#define AGENT_SCRIPT_PROMPT "POOLCENTER-PASSWORD"

#endif
