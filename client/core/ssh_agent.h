/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH agents: which keys they hold, and signatures made by them. All agents of the machine (port_agent.h) are one here. An agent may ask its user and
 * take minutes, so requests run on a thread of their own that can be left behind. Used by ssh_login.c and the Add Server dialog.
 */
#ifndef POOLCENTER_SSH_AGENT_H
#define POOLCENTER_SSH_AGENT_H

#include "client/core/port.h"
#include "client/core/wire.h"

typedef struct SshAgentKey {
    size_t agent;        /* which one holds it */
    unsigned char *blob; /* the public key or certificate as SSH writes it */
    size_t size;
    char *type;          /* "ssh-ed25519" ... */
    char *comment;       /* UTF-8 */
    char *fingerprint;   /* "SHA256:..." */
} SshAgentKey;

typedef struct SshAgentKeys {
    SshAgentKey *items;
    size_t count;
    bool running; /* some agent answered */
} SshAgentKeys;

enum { SSH_AGENT_KEYS_MAX = 512 };

/* Any thread; blocks. The keys of all agents, each once. */
void ssh_agent_list(SshAgentKeys *ret);
void ssh_agent_keys_clear(SshAgentKeys *keys);
/* Adds what an agent's answer to "request identities" lists; false: the answer is none. */
bool ssh_agent_read_keys(const void *answer, size_t size, size_t agent, SshAgentKeys *keys);
/* The key with this public part, or NULL. */
const SshAgentKey *ssh_agent_find(const SshAgentKeys *keys, WireBytes blob);
/* Moves the key with this fingerprint to the front. */
void ssh_agent_prefer(SshAgentKeys *keys, const char *fingerprint);

/* A request on its own thread; wake is set when it is done. */
typedef struct SshAgentJob SshAgentJob;
SshAgentJob *ssh_agent_start_list(PortWake *wake);
/* data: what is to be signed, the way RFC 4252 section 7 lays it out. */
SshAgentJob *ssh_agent_start_sign(const SshAgentKey *key, const void *data, size_t size, PortWake *wake);
bool ssh_agent_done(SshAgentJob *job);
void ssh_agent_take_keys(SshAgentJob *job, SshAgentKeys *ret);
/* 0; 1: the agent signs with another algorithm than the one in data; negative: it does not sign. *ret is for libssh2, from malloc. */
int ssh_agent_take_signature(SshAgentJob *job, unsigned char **ret, size_t *ret_size);
void ssh_agent_leave(SshAgentJob *job); /* done or not; NULL is fine */

/* The part libssh2 wants of an agent's answer to "sign": as ssh_agent_take_signature. */
int ssh_agent_read_signature(const void *answer, size_t size, const void *data, size_t data_size, unsigned char **ret, size_t *ret_size);

#endif
