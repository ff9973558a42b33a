/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from libvirt's type of a storage pool (DatastoreInfo.type, https://libvirt.org/storage.html). For both sides; any thread. */
#ifndef POOLCENTER_DATASTORE_TYPE_H
#define POOLCENTER_DATASTORE_TYPE_H

#include <stdbool.h>

/* What the paths of Ceph pools and of their images begin with: "rbd:pool", "rbd:pool/image". */
#define RBD_PATH "rbd:"

/* Its volumes are devices, or images of its own kind: disks there are raw, whatever format was wished. */
bool datastore_type_is_raw(const char *type);

#endif
