/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen of a VM at the moment of a snapshot. Workers and tasks only. */
#ifndef POOLCENTER_AGENT_SNAPSHOT_PICTURE_H
#define POOLCENTER_AGENT_SNAPSHOT_PICTURE_H

#include "agent/snapshots.h"

/* Photographs the VM's screen for that snapshot. One that has none, or cannot be photographed, just has no picture. */
void snapshot_picture_take(const SnapshotVm *vm, const char *name);
/* ERR_SNAPSHOT_NOT_FOUND: there is none. */
int snapshot_picture_read(Agent *agent, const char *vm, const char *name, SnapshotPicture *ret, Error *err);

#endif
