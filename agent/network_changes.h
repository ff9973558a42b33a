/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's side of changes of the host's network: writes the plan, starts the process that does it (network_changer.h), and speaks with that
 * process by the files of STATE_DIR/host-network. These wait; any thread but the loop.
 */
#ifndef POOLCENTER_AGENT_NETWORK_CHANGES_H
#define POOLCENTER_AGENT_NETWORK_CHANGES_H

#include "agent/agent.h"
#include "agent/network_changer.h"

NetworkChanges *network_changes_create(const Config *config);
void network_changes_free(NetworkChanges *changes);
/* What an earlier agent, or the host before it was started anew, has left is taken back in the background. */
void network_changes_recover(NetworkChanges *changes);
/* The folder of the change, where plans may keep files of their own. Borrowed. */
const char *network_changes_folder(const NetworkChanges *changes);

/* Writes the plan down. ports: those the device has afterwards. ERR_BUSY: there is a change already. */
int network_change_begin(NetworkChanges *changes, const char *nic, bool removes, const StrList *ports, const NetworkPlan *plan, char ret_change[LIMIT_UUID + 1],
                         Error *err);
/* What was begun is not started: there is no such change any more. */
void network_change_forget(NetworkChanges *changes);
/* Starts what was begun and waits until it is in force. ERR_HOST_CHANGE_FAILED: it is not, and everything is as it was; ERR_HOST_CHANGE_BROKEN:
 * it is not, and could not be taken back completely. */
int network_change_start(NetworkChanges *changes, const char *change, HostChange *ret, Error *err);
/* Confirms it, or takes it back now, and waits until that is done; also fine when it has ended so already. ERR_HOST_CHANGE_GONE: there is no such
 * change any more; ERR_HOST_CHANGE_FAILED: it could not be made to last, and was taken back; ERR_HOST_CHANGE_BROKEN. */
int network_change_end(NetworkChanges *changes, const char *change, bool keep, Error *err);
/* The change there is. False: none. */
bool network_change_now(NetworkChanges *changes, HostChange *ret);
/* How the last one ended. False: it has not, or there was none yet. */
bool network_change_last(NetworkChanges *changes, HostChangeEnd *ret);

#endif
