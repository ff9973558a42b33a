/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who uses a volume: disks and drives of VMs, their snapshots and next starts, and volumes that are based on it. Waits for libvirt and disks:
 * workers and tasks only. */
#ifndef POOLCENTER_AGENT_VOLUME_USE_H
#define POOLCENTER_AGENT_VOLUME_USE_H

#include "agent/agent.h"
#include "agent/virt.h"

typedef struct VolumeUse {
    VolumeUserList users; /* have it as a disk, under this very path: their definitions can follow it */
    StrList held;         /* names of VMs that need it where it is: a snapshot, their next start, or a disk by another path that leads here */
    StrList dependents;   /* datastore/name; by their path where libvirt does not list them */
    VolumeFormat format;  /* as the VMs' definitions call it; unknown: no VM has it */
} VolumeUse;

/* What uses the file or device at that path; the caller clears it. Not an error: nobody. */
void volume_use_read(Agent *agent, const char *path, VolumeUse *ret);
void volume_use_clear(VolumeUse *use);
/* Only users and format, from a copy of the inventory: quick, for asking of many volumes. */
void volume_use_of(const Inventory *all, const char *path, VolumeUse *ret);
/* Adds the names of the VMs in users and held. */
void volume_use_names(const VolumeUse *use, StrList *ret);
/* The same from what the inventory knows, except the one with that id (may be NULL). */
void volume_users_of(Agent *agent, const char *path, const char *except, StrList *ret);

/* Whether its VM runs (or is paused): its disks are open. */
bool volume_user_active(const VolumeUser *user);
/* The number of running VMs that have it; *ret_first (may be NULL) is the first of them. */
size_t volume_use_active(const VolumeUse *use, const VolumeUser **ret_first);

/* ERR_VOLUME_IN_USE naming them, if there is any of these. */
int volume_use_none(const VolumeUse *use, const char *name, Error *err);            /* VMs and dependents */
int volume_use_no_dependents(const VolumeUse *use, const char *name, Error *err);   /* held, too: whoever cannot follow it */
int volume_use_no_writers(const VolumeUse *use, const char *name, Error *err);      /* running VMs that may write to it */

/* ERR_VM_WRONG_STATE if a VM with it has a saved state: that knows the volume as it is, and under its name. */
int volume_use_no_saved(const VolumeUse *use, Error *err);

/* ERR_NOT_SUPPORTED if the VM has snapshots: they keep descriptions of their own, which would still say the old path, and those inside of an image
 * stay behind when its present contents are mirrored. */
int volume_no_snapshots(virDomainPtr domain, Error *err);
/* Lets every VM of the list that is off, and the next start of those that run, find the volume at another path in that format (unknown:
 * as it is). All or, negative, none. */
int volume_use_repoint(Agent *agent, const VolumeUse *use, const char *from, const char *to, VolumeFormat format, Error *err);
/* The same for all VMs of a connection, whoever they are: for the journal's handlers, when the inventory is not filled yet. */
int volume_repoint_all(virConnectPtr conn, const char *from, const char *to, VolumeFormat format, Error *err);
/* Whether the VM's stored definition names the file or device at that path. */
int volume_user_names(Agent *agent, const VolumeUser *user, const char *path, bool *ret, Error *err);

#endif
