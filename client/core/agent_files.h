/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent that the client carries for installing it on hosts: folder agent/ beside the program (poolcenter.exe, poolctl), on Linux also
 * /usr/lib/poolcenter/agent; $POOLCENTER_AGENT_FOLDER names another one. In it: poolagentd-<machine> as `uname -m` says it, and version. Any thread.
 */
#ifndef POOLCENTER_AGENT_FILES_H
#define POOLCENTER_AGENT_FILES_H

#include "protocol/error.h"

enum { AGENT_PROGRAM_MAX = 128 << 20 };

typedef struct AgentProgram {
    char *bytes;
    size_t size;
    char sha256[65];
} AgentProgram;

/* Version of the carried agent; NULL: none is carried. The caller frees. */
char *agent_files_version(void);
bool agent_files_has(const char *machine);
/* ERR_AGENT_NO_PROGRAM: none for this machine. */
int agent_files_read(const char *machine, AgentProgram *ret, Error *err);
void agent_program_clear(AgentProgram *program);

/* Negative, 0 or positive as version a is older, the same or newer than b: numbers between dots; what follows them counts for nothing. */
int agent_version_compare(const char *a, const char *b);

#endif
