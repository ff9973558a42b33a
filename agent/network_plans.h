/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps that make, change or remove a device of the host, as each of the three keepers of its settings wants them. What is made lies in /run, or in
 * NetworkManager's memory, until it is confirmed: a host that is started anew meanwhile comes up as it was. They read, and change nothing;
 * wishes have been checked (network_wishes.h). Any thread but the loop.
 */
#ifndef POOLCENTER_AGENT_NETWORK_PLANS_H
#define POOLCENTER_AGENT_NETWORK_PLANS_H

#include "agent/network_changer.h"

typedef struct NetworkJob {
    const HostNicCreateParams *wish; /* NULL: remove */
    const HostNic *nic;              /* what is removed, or becomes what is wished; NULL: it is new */
    const HostNic *first;            /* first port of the wish, or the VLAN's parent; NULL: none */
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
/* Names of files of a folder that begin and end so and have one of these lines, up to NULL: a card that is not there (any more) has left its file. */
void plan_find_files(const char *folder, const char *begin, const char *end, const char *const *lines, StrList *ret);
/* A device may have the MAC address of a card. Where udev names cards by that, it must leave the device alone: a file for that, or its removal. */
void plan_link_file(NetworkPlan *plan, const NetworkJob *job);

/* One plan of two: more is done after it, and taken back before it. */
void plan_continue(NetworkPlan *plan, const NetworkPlan *more);
/* Of a device that is changed: what the kernel has to show, or all is taken back. */
void plan_shows(NetworkPlan *plan, const NetworkJob *job);
/* Of a device that is changed: whether it has the port now, and whether that is not its port afterwards. */
bool plan_has_now(const NetworkJob *job, const char *port);
bool plan_leaves(const NetworkJob *job, const char *port);
/* The MAC address of a bridge that is made or changed; NULL: its own. And whether it gets another one. */
const char *plan_bridge_address(const NetworkJob *job);
bool plan_moves_address(const NetworkJob *job);

/* Words of a program, up to NULL, as an array for step_run. */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
