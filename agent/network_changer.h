/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A change of the host's network, made by a process of its own (`poolagentd network-change FOLDER`), which outlives the agent, the connection of
 * the client and the client: it does the steps of FOLDER/plan.json, waits for its confirmation, and takes all back when that does not come in time.
 *
 * Files of the folder: `plan.json` exists as long as a change does; `lock` is locked by the process that works on it; `state.json` says how far
 * it is; `keep` and `revert` are the agent's requests; `outcome.json` tells how the last change ended, a HostChangeEnd. A plan whose process has
 * died, or whose host was started anew, is taken back by the next process, unless it lasts already: then what is left over is tidied away.
 */
#ifndef POOLCENTER_AGENT_NETWORK_CHANGER_H
#define POOLCENTER_AGENT_NETWORK_CHANGER_H

#include "protocol/types.h"

/* What a plan says. Steps are json arrays of network_steps.h: apply makes the change, undo takes it back however far it came, keep makes it
 * last, unkeep takes back what keep has done; tidy throws away what undo would need, when the change lasts. */
typedef struct NetworkPlan {
    json_t *apply, *undo, *keep, *unkeep, *tidy;
    json_t *left;  /* names of devices that are not its ports afterwards */
    json_t *shows; /* files of the kernel, each with words that it has afterwards */
} NetworkPlan;

void network_plan_init(NetworkPlan *plan);
void network_plan_clear(NetworkPlan *plan);

/* Body of the process: returns when no change is left. undo: one that another process has begun is only taken back. Its exit status. */
int network_changer(const char *folder, bool undo);
/* The same in the background, for hosts without systemd: a session of its own. Returns at once. */
int network_changer_detached(const char *folder, bool undo);

#define NETWORK_CHANGE_WORD "network-change"

#endif
