/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a disk of a VM is, in libvirt's description of it: a file, a device of the host, or an image of a Ceph pool. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_DISK_PLACE_H
#define POOLCENTER_AGENT_DISK_PLACE_H

#include "agent/xml.h"

/* The path of a <disk> in the agent's words ("/...", "rbd:pool/image", other protocols alike); the caller frees. NULL: it has none. */
char *disk_place_read(xmlNode *disk);
/* Describes another place, of whatever kind; "": none, as of an empty drive. What was said of the old one goes. Monitors and key of an image of
 * a Ceph pool follow by rbd_disks_complete (rbd_disk.h). */
void disk_place_write(xmlNode *disk, const char *path);
/* The same for contents that have moved: where the kind stays, so does all that is said of the place besides its path. */
void disk_place_move(xmlNode *disk, const char *path);

#endif
