/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The description of a clone, made from the one of what is cloned. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_CLONE_XML_H
#define POOLCENTER_AGENT_CLONE_XML_H

#include "agent/snapshot_xml.h"

typedef struct CloneIdentity {
    const char *name;
    const char *id;
    const char *description; /* NULL: as it is */
} CloneIdentity;

/* A VM with an identity of its own: name, UUID (also the one its firmware tells, which systemd makes a machine id of), generation ID, MAC
 * addresses, firmware variables; no template, not protected. Its disks are those of swaps. The caller frees; NULL with the error. */
char *clone_xml(const char *xml, const CloneIdentity *identity, const DiskSwap *swaps, size_t count, Error *err);

#endif
