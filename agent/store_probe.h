/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to file systems that may never answer: a server of NFS that is gone lets whoever asks wait for good. Each question has a thread of its
 * own, for which nobody waits longer than a second; while one is open, its directory is silent and is not asked again. Any thread.
 */
#ifndef POOLCENTER_AGENT_STORE_PROBE_H
#define POOLCENTER_AGENT_STORE_PROBE_H

#include "agent/virt.h"
#include "protocol/types.h"

typedef struct StoreProbes StoreProbes;

/* Bytes, as libvirt counts them: what is kept for root is free. */
typedef struct StoreSpace {
    int64_t capacity; /* 0: the directory cannot be asked, for example because it does not exist */
    int64_t available;
} StoreSpace;

StoreProbes *store_probes_create(void);
/* Does not wait for open questions. */
void store_probes_free(StoreProbes *probes);

/* The space of a datastore's directory as it is now. Part files of uploads that are too old are removed by the way. False: it is silent. */
bool store_probe_space(StoreProbes *probes, const char *directory, StoreSpace *ret);
/* Whether the file's directory answers. */
bool store_probe_reaches(StoreProbes *probes, const char *path);
/* image_capacity of a file, by a question of its own if a directory above it is a server's; -1: it is silent. */
int64_t store_probe_image(StoreProbes *probes, const char *path, VolumeFormat format);
/* Whether somebody waits in vain for that directory. */
bool store_probe_silent(StoreProbes *probes, const char *directory);
/* Whether the file is in such a directory, at any depth: to look at it would mean to wait, too. */
bool store_probe_hides(StoreProbes *probes, const char *path);
/* Lets libvirt read a pool again that has no directory, every few minutes; does not wait for it. */
void store_probe_refresh(StoreProbes *probes, virStoragePoolPtr pool, const char *id);

#endif
