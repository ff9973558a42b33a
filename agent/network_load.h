/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One libvirt network as it is now: its stored description, settings and revision. These wait for libvirt; any thread but the loop. */
#ifndef POOLCENTER_AGENT_NETWORK_LOAD_H
#define POOLCENTER_AGENT_NETWORK_LOAD_H

#include "agent/agent.h"
#include "agent/virt.h"
#include "agent/xml.h"

typedef struct NetworkNow {
    virNetworkPtr network;
    int owner;
    char *name;
    bool active;
    bool persistent;
    bool pending;         /* what runs differs from what is stored */
    xmlNode *root;        /* what is stored; of a transient network what runs */
    char *stored;         /* its text before root was changed; NULL: it was not */
    NetworkConfig config;
    NetworkConfig running; /* empty unless active */
    char revision[LIMIT_DIGEST + 1];
} NetworkNow;

/* ERR_NETWORK_NOT_FOUND; ERR_NOT_SUPPORTED for a bridge of the host; the rest is libvirt's. */
int network_load(Agent *agent, const char *id, NetworkNow *ret, Error *err);
void network_now_clear(NetworkNow *now);

/* Network cards of VMs that name it (a libvirt network, or a bridge of the host); running says whether the VM is. */
void network_clients(Agent *agent, const char *name, bool host_bridge, NetworkClientList *ret);
/* Names of VMs that use it, joined for a sentence; the caller frees. NULL: none. */
char *network_users(Agent *agent, const char *name, bool host_bridge, bool running_only);

#endif
