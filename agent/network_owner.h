/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who keeps the settings of the host's network devices: NetworkManager, systemd-networkd or ifupdown. Runs nmcli where NetworkManager runs; any
 * thread but the loop. */
#ifndef POOLCENTER_AGENT_NETWORK_OWNER_H
#define POOLCENTER_AGENT_NETWORK_OWNER_H

#include "protocol/types.h"

/* Where we write. Files of a device are named poolcenter-NAME, so that what PoolCenter has made can be told from the rest. */
#define NETWORKD_FOLDER "/etc/systemd/network"
#define NETWORKD_TEMPORARY "/run/systemd/network"
#define IFUPDOWN_PLACE "/etc/network"
#define IFUPDOWN_FILE IFUPDOWN_PLACE "/interfaces"
#define IFUPDOWN_FOLDER IFUPDOWN_PLACE "/interfaces.d"
#define MANAGER_FOLDER "/etc/NetworkManager/system-connections"

/* Fills manager and made of each, and the table's manager. ERR_PROGRAM_FAILED: NetworkManager does not answer; who has its devices is not known then. */
int network_owners(HostNicTable *table, Error *err);

/* systemd-networkd's file for a device, and text: that file with its drop-ins. NULL: none. The caller frees both. */
char *networkd_file_of(const char *nic, char **ret_text);
/* NetworkManager's devices, lines "device:state:uuid". ERR_PROGRAM_FAILED: it does not run or does not answer. The caller frees. */
int manager_devices(char **ret, Error *err);
/* NetworkManager's UUID of the profile that is active on one of them. NULL: none. The caller frees. */
char *manager_profile_of(const char *devices, const char *nic);

/* The file that says that PoolCenter has made the device with that manager. The caller frees. */
char *network_mark(HostNetworkManager manager, const char *nic);

#endif
