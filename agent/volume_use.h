/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who uses a volume: disks and drives of VMs, and volumes that are based on it. Waits for libvirt: workers and tasks only. */
#ifndef POOLCENTER_AGENT_VOLUME_USE_H
#define POOLCENTER_AGENT_VOLUME_USE_H

#include "agent/agent.h"
#include "agent/virt.h"

typedef struct VolumeUse {
    VolumeUserList users;
    StrList dependents;   /* datastore/name; by their path where libvirt does not list them */
    VolumeFormat format;  /* as the VMs' definitions call it; unknown: no VM has it */
} VolumeUse;

/* What uses the file or device at that path; the caller clears it. Not an error: nobody. */
void volume_use_read(Agent *agent, const char *path, VolumeUse *ret);
void volume_use_clear(VolumeUse *use);

/* Whether its VM runs (or is paused): its disks are open. */
bool volume_user_active(const VolumeUser *user);
/* The number of running VMs that have it; *ret_first (may be NULL) is the first of them. */
size_t volume_use_active(const VolumeUse *use, const VolumeUser **ret_first);

/* ERR_VOLUME_IN_USE naming them, if there is any of these. */
int volume_use_none(const VolumeUse *use, const char *name, Error *err);            /* VMs and dependents */
int volume_use_no_dependents(const VolumeUse *use, const char *name, Error *err);
int volume_use_no_writers(const VolumeUse *use, const char *name, Error *err);      /* running VMs that may write to it */

/* ERR_NOT_SUPPORTED if the VM has snapshots: they keep descriptions of their own, which would still say the old path, and those inside of an image
 * stay behind when its present contents are mirrored. */
int volume_no_snapshots(virDomainPtr domain, Error *err);
/* Lets every VM of the list that is off, and the next start of those that run, find the volume at another path in that format (unknown:
 * as it is). All or, negative, none. */
int volume_use_repoint(Agent *agent, const VolumeUse *use, const char *from, const char *to, VolumeFormat format, Error *err);
/* The same for all VMs of a connection, whoever they are: for the journal's handlers, when the inventory is not filled yet. */
int volume_repoint_all(virConnectPtr conn, const char *from, const char *to, VolumeFormat format, Error *err);

#endif
