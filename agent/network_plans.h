/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps that make or remove a device of the host, as each of the three keepers of its settings wants them. What is made lies in /run, or in
 * NetworkManager's memory, until it is confirmed: a host that is started anew meanwhile comes up as it was. They read, and change nothing;
 * wishes have been checked (network_wishes.h). Any thread but the loop.
 */
#ifndef POOLCENTER_AGENT_NETWORK_PLANS_H
#define POOLCENTER_AGENT_NETWORK_PLANS_H

#include "agent/network_changer.h"

typedef struct NetworkJob {
    const HostNicCreateParams *wish; /* NULL: remove */
    const HostNic *nic;              /* what is removed */
    const HostNic *first;            /* first port, or the VLAN's parent; NULL: none */
    const HostNicTable *table;
    const char *folder;              /* of the change, for files of its own */
    const char *devices;             /* NetworkManager's, by manager_devices; only for its plans */
} NetworkJob;

/* ERR_HOST_NIC says what they cannot do. */
typedef int (*NetworkPlanner)(const NetworkJob *job, NetworkPlan *plan, Error *err);
int networkd_plan(const NetworkJob *job, NetworkPlan *plan, Error *err);
int manager_plan(const NetworkJob *job, NetworkPlan *plan, Error *err);
int interfaces_plan(const NetworkJob *job, NetworkPlan *plan, Error *err);

/* A file below systemd-networkd's folders that waits in /run, and lasts in /etc when it is confirmed. */
void plan_file(NetworkPlan *plan, const char *name, const char *text);
/* One that is out of the way until that is confirmed. */
void plan_put_away(NetworkPlan *plan, const NetworkJob *job, const char *name);
/* A device may have the MAC address of a card. Where udev names cards by that, it must leave the device alone: a file for that, or its removal. */
void plan_link_file(NetworkPlan *plan, const NetworkJob *job);

/* Words of a program, up to NULL, as an array for step_run. */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
