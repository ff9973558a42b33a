/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disks of packages that cannot be read in their place, since they are packed or cut into pieces: these are joined and unpacked into one file, which is read
 * instead. All others are never copied. Waits for disks: tasks only.
 */
#ifndef POOLCENTER_AGENT_IMPORT_STAGE_H
#define POOLCENTER_AGENT_IMPORT_STAGE_H

#include "agent/import_source.h"
#include "agent/program.h"

typedef struct ImportStage {
    const ImportSource *source;
    const ApplianceDisk *disk;
    const char *path;    /* new file */
    int64_t most;        /* bytes that it may have; more is a bomb */
    ProgramShare share;  /* of the task's progress, in bytes of the package */
} ImportStage;

/* Whether the disk has to be staged. */
bool import_stage_needed(const ApplianceDisk *disk);
/* *ret_fd reads the file, the caller closes and unlinks it. ERR_APPLIANCE_INVALID, ERR_IO, ERR_CANCELLED. */
int import_stage(const ImportStage *how, int *ret_fd, Error *err);

#endif
