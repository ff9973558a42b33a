/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes that libvirt makes where the agent cannot make a file: logical volumes, images of Ceph pools. On tasks' threads. */
#ifndef POOLCENTER_AGENT_VOLUME_NEW_H
#define POOLCENTER_AGENT_VOLUME_NEW_H

#include "agent/journal.h"
#include "agent/volume_handle.h"

/* Notes for the journal that the volume is about to be made. Looks before whether something has its name that libvirt did not know of:
 * undoing the job would remove that. ERR_VOLUME_EXISTS, ERR_IO. */
int volume_new_note(virStoragePoolPtr pool, const char *datastore, const char *name, JournalEntry *entry, Error *err);
/* libvirt's description of it. capacity: bytes. The caller frees. */
char *volume_new_xml(const VolumeHandle *place, VolumeFormat format, int64_t capacity);
/* libvirt's last error, after it has not made the volume. What somebody else has made meanwhile (ERR_VOLUME_EXISTS) leaves the journal's entry, if
 * there is one: the job's end must not remove it. ERR_LIBVIRT. */
int volume_new_failed(const char *datastore, const char *name, JournalEntry *entry, Error *err);
/* The place becomes the volume, which is taken; NULL: as volume_new_failed. */
int volume_new_take(VolumeHandle *place, virStorageVolPtr volume, JournalEntry *entry, Error *err);
/* All of it: an empty raw volume of so many bytes; an entry whose job fails undoes it. ERR_VOLUME_EXISTS, ERR_LIBVIRT, ERR_IO. */
int volume_new_empty(VolumeHandle *place, int64_t capacity, JournalEntry *entry, Error *err);

#endif
