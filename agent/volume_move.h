/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of volume.move: what volume_move_calls.c (the call), volume_move_off.c (nobody runs on it) and volume_move_live.c (a VM does) share. */
#ifndef POOLCENTER_AGENT_VOLUME_MOVE_H
#define POOLCENTER_AGENT_VOLUME_MOVE_H

#include "agent/journal.h"
#include "agent/volume_copy.h"
#include "agent/volume_use.h"

typedef struct MoveJob {
    VolumeHandle from, to;
    VolumeFormat from_format, to_format;
    VolumeUse use;
    bool rename;   /* in its directory, as it is */
    char *vm;      /* the running VM that has it; NULL: none runs */
    char *target;  /* its disk there */
    StrList held;  /* paths that nobody else may work on meanwhile */
    StrList vms;   /* those that use it: neither their disks nor their settings may change meanwhile */
} MoveJob;

/* The format to write into definitions: unknown while it stays. */
VolumeFormat move_new_format(const MoveJob *job);
/* Facts for the journal's handlers: from, to, their datastores and names, the format. */
json_t *move_facts(const MoveJob *job);

/* The volume is removed by libvirt; none of that name is fine. ERR_LIBVIRT. */
int move_delete(virConnectPtr conn, const char *datastore, const char *name, Error *err);
/* What was made at the new place is taken back, and the entry ends; without libvirt a later connection does both. */
void move_take_back(MoveJob *job, JournalEntry *entry);

/* What was begun cannot be ended now: the entry stays for a later attempt, and until that nobody works on the old place, nor, unless the VMs have
 * followed, on the new one; so none starts on contents that are old. */
void move_leave(MoveJob *job, JournalEntry *entry, bool followed);
/* A later attempt has come to an end, or (not_yet) failed: the same for that. Any thread. */
typedef enum MoveRest { MOVE_ENDED, MOVE_OLD_STAYS, MOVE_NOT_YET } MoveRest;
void move_hold(Agent *agent, const JournalEntry *entry, MoveRest rest);

int move_rename(MoveJob *job, Error *err);
int move_off(MoveJob *job, Task *task, Error *err);
int move_live(MoveJob *job, Task *task, Error *err);

#endif
