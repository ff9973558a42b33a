/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest systems that VMs can be made for: those of the host's osinfo-db, and those of our own table (protocol/guest_kinds.def) that it does not have.
 * Read when first asked for, and again when the database has changed. Any thread; reading waits for the disk.
 */
#ifndef POOLCENTER_AGENT_GUEST_KINDS_H
#define POOLCENTER_AGENT_GUEST_KINDS_H

#include "agent/guest_label.h"
#include "protocol/types.h"

typedef struct GuestKinds GuestKinds;

/* folders: of osinfo-db; borrowed, must stay. */
GuestKinds *guest_kinds_create(const StrList *folders);
void guest_kinds_free(GuestKinds *kinds);

/* Those that have all words of search (NULL: all), by family, the newest first, from skip on. */
void guest_kinds_list(GuestKinds *kinds, const char *search, int64_t skip, GuestKindTable *ret);
/* A copy; false: unknown. */
bool guest_kinds_find(GuestKinds *kinds, const char *id, GuestKindInfo *ret);
/* Which system the disc installs. Fills guest, name and arch as far as they are known. */
void guest_kinds_detect(GuestKinds *kinds, const GuestLabel *label, GuestDetection *ret);

#endif
