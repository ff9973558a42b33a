/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host itself, from /proc, /sys and /etc. Quick local files; any thread. */
#ifndef POOLCENTER_AGENT_HOST_INFO_H
#define POOLCENTER_AGENT_HOST_INFO_H

#include "protocol/types.h"

/* All but the drivers and libvirt's version. */
void host_info_read(const char *host_id, HostInfo *ret);
/* The host's id, made from the machine id. */
void host_id_of_machine(char ret[LIMIT_UUID + 1]);
/* The host's id: kept in the state folder, made at the first start; where that cannot be written, made from the machine id. */
void host_id_read(const char *state_dir, char ret[LIMIT_UUID + 1]);
/* Names of the host's bridge devices. */
void host_bridges(StrList *ret);

#endif
