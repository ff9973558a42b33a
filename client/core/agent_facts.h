/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What PoolCenter found out about a host before it sets up the agent there, and what follows from it. The host's words are hostile until
 * agent_facts_parse has looked at them. Plain values: any thread.
 */
#ifndef POOLCENTER_AGENT_FACTS_H
#define POOLCENTER_AGENT_FACTS_H

#include "protocol/error.h"

typedef enum AgentRights {
    AGENT_RIGHTS_NONE,     /* neither root nor sudo */
    AGENT_RIGHTS_ROOT,
    AGENT_RIGHTS_SUDO,     /* sudo asks nothing */
    AGENT_RIGHTS_PASSWORD, /* sudo is there and may ask for a password; whether it lets the user is seen then */
} AgentRights;

/* Texts may be NULL. */
typedef struct AgentFacts {
    char *user;
    char *system;        /* "Debian GNU/Linux 12 (bookworm)" */
    char *id, *like;     /* of os-release */
    char *kernel;        /* uname -s */
    char *machine;       /* uname -m */
    char *libvirt;       /* "9.0.0"; NULL: not installed */
    char *agent;         /* path of an installed agent */
    char *agent_version; /* NULL: it does not say */
    char *cached_version; /* of the agent that runs without being installed */
    AgentRights rights;
    bool systemd;
    bool sha256sum;
    bool libvirtd;       /* its socket is there */
    bool packaged;       /* the agent came with a package of the distribution */
    bool socket;         /* an installed agent listens, or did */
} AgentFacts;

void agent_facts_clear(AgentFacts *facts);
void agent_facts_copy(AgentFacts *to, const AgentFacts *from);
/* Takes the lines of scripts/look.sh out of what the host said; what does not fit is left out. False: it did not say all. */
bool agent_facts_parse(const char *bytes, size_t size, AgentFacts *ret);

typedef enum AgentAction { AGENT_INSTALL, AGENT_RUN, AGENT_UPDATE, AGENT_REMOVE } AgentAction;

/* 0, or why this cannot be done on this host: a code with err set. host: its name for the sentence. */
int agent_facts_check(const AgentFacts *facts, AgentAction action, const char *host, Error *err);
/* The installed agent is older than the carried one. */
bool agent_facts_outdated(const AgentFacts *facts);
/* The commands that install libvirt, or the agent's package, on this distribution; NULL: not known. Static text. */
const char *agent_facts_libvirt_command(const AgentFacts *facts);
const char *agent_facts_package_command(const AgentFacts *facts, AgentAction action);

#endif
