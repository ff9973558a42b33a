/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a seed (vm_seed.h) in a domain's <metadata>: <seed drive='sdb' path='...' remove='yes'/> in our element. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_SEED_MARK_H
#define POOLCENTER_AGENT_SEED_MARK_H

#include "agent/xml.h"

typedef struct SeedMark {
    char *drive; /* target of its CD drive */
    char *path;  /* of the ISO that was made */
    bool remove; /* when the guest has shut down for the first time */
} SeedMark;

/* false: the domain (its root element) has none. */
bool seed_mark_read(xmlNode *root, SeedMark *ret);
/* Puts the mark, or with NULL takes it away. */
void seed_mark_set(xmlNode *root, const SeedMark *mark);
void seed_mark_clear(SeedMark *mark);

/* The drive that still has the ISO in it; NULL: somebody has put another one in, or removed the drive. */
xmlNode *seed_mark_drive(xmlNode *root, const SeedMark *mark);

#endif
