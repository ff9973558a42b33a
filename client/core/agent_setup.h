/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Setting up the agent on a server's host over SSH: a connection of its own looks at the host, waits for what the user chooses, and does it. Meanwhile
 * the server is not online; server_changed tells each step. Questions (login, sudo) are the server's prompts. UI thread.
 */
#ifndef POOLCENTER_AGENT_SETUP_H
#define POOLCENTER_AGENT_SETUP_H

#include "client/core/agent_facts.h"
#include "client/core/server.h"

typedef enum AgentSetupPhase {
    AGENT_SETUP_NONE,
    AGENT_SETUP_CONNECTING,
    AGENT_SETUP_LOOKING,
    AGENT_SETUP_READY,   /* facts are there; error: of what was tried before, if any */
    AGENT_SETUP_WORKING,
    AGENT_SETUP_DONE,    /* after INSTALL, UPDATE and RUN the server connects by itself */
    AGENT_SETUP_ENDED,   /* the connection is gone; error tells why, code 0: the user's wish */
} AgentSetupPhase;

typedef enum AgentSetupStep { AGENT_STEP_START, AGENT_STEP_SEND, AGENT_STEP_CHECK, AGENT_STEP_PLACE, AGENT_STEP_STARTUP, AGENT_STEP_STOP, AGENT_STEP_REMOVE } AgentSetupStep;

typedef struct AgentSetup {
    AgentSetupPhase phase;
    AgentAction action;  /* WORKING, DONE, and what error is about */
    AgentSetupStep step; /* WORKING */
    int permille;        /* of SEND */
    bool by_hand;        /* DONE: the host has no systemd; the agent runs now but does not start with the host */
    AgentFacts facts;    /* READY and later */
    char sha256[65];     /* the same: of the carried program; "" when none fits */
    Error error;
} AgentSetup;

void agent_setup_clear(AgentSetup *setup);

/* Ends the server's connection, if there is one, and connects for setting up; the passwords of the last login are used again. */
void agent_setup_start(Server *server);
/* Before agent_setup_start, for a program that has no window: NULL: asked for. */
void server_give_secrets(Server *server, const char *password, const char *passphrase);
/* In READY or DONE only. purge: AGENT_REMOVE takes configuration, state and groups along. AGENT_RUN is remembered with the server. */
void agent_setup_perform(Server *server, AgentAction action, bool purge);
/* Ends what is being done; the host takes it back. Phase READY follows, with ERR_CANCELLED, or DONE when it was too late. */
void agent_setup_cancel(Server *server);
/* Phase NONE when setting up was never started. */
const AgentSetup *agent_setup_of(const Server *server);
/* True: the connection for setting up is there, or is being made. */
bool agent_setup_active(const Server *server);

/* The last attempt to connect failed because no agent answered: setting one up would help. */
bool agent_setup_would_help(const Server *server);
/* The agent that answers is older than the carried one and installed: an update can be offered. */
bool agent_setup_outdated(const Server *server);

#endif
