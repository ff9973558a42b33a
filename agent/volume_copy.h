/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copying a volume's contents to a new place, for volume.copy, volume.move and clones. On a task's thread. */
#ifndef POOLCENTER_AGENT_VOLUME_COPY_H
#define POOLCENTER_AGENT_VOLUME_COPY_H

#include "agent/journal.h"
#include "agent/program.h"
#include "agent/volume_handle.h"

typedef struct VolumeCopy {
    const VolumeHandle *from;
    VolumeHandle *to;         /* a place; has its volume when all went well and libvirt made it */
    VolumeFormat from_format; /* how to read it (volume_image_check) */
    VolumeFormat to_format;
} VolumeCopy;

/* The format of a copy there when none is wished: the old one, where the datastore can hold that. */
VolumeFormat volume_copy_format(const VolumeHandle *to, VolumeFormat from_format);

/* Whether both ends, or libvirt, can do it. ERR_NOT_SUPPORTED, ERR_NO_SPACE. */
int volume_copy_check(const VolumeCopy *copy, Error *err);
/* Whether the copy has the bytes of the old one, and so all that is in the image besides what its guest sees. */
bool volume_copy_is_exact(const VolumeCopy *copy);
/* Copies; the new volume has its name when this returns 0, and nothing is left otherwise. entry gets the notes. */
int volume_copy_run(VolumeCopy *copy, Task *task, JournalEntry *entry, Error *err);
/* The same for one of several, by qemu-img: its share of the task's progress. For what a Ceph pool has at one of its ends. */
int volume_copy_share(VolumeCopy *copy, const ProgramShare *share, JournalEntry *entry, Error *err);

#endif
