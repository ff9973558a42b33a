/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What vm.export writes: a VM as it is, or as it was at a snapshot, which another agent's job cannot change meanwhile. Waits for libvirt: workers and tasks.
 */
#ifndef POOLCENTER_AGENT_EXPORT_SOURCE_H
#define POOLCENTER_AGENT_EXPORT_SOURCE_H

#include "agent/agent.h"

typedef struct ExportSource {
    Agent *agent;
    int owner;      /* driver */
    VmInfo vm;      /* with the disks that are written */
    char *xml;      /* libvirt's description of it */
    char *inside;   /* the snapshot's name, if the images have it inside of them; NULL: they are what is written */
    char *locked;   /* id of the VM while it is locked */
    StrList paths;  /* of its disks, locked for reading */
} ExportSource;

/* snapshot NULL: as it is; it must be off then. ERR_VM_NOT_FOUND, ERR_VM_WRONG_STATE, ERR_SNAPSHOT_NOT_FOUND, ERR_BUSY. */
int export_source_open(Agent *agent, const char *vm, const char *snapshot, ExportSource *ret, Error *err);
/* Also of one that could not be opened, or never was (all zero). */
void export_source_close(ExportSource *source);

#endif
