/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How qemu-img finds an image: a file, a block device, or an image of a Ceph pool. For the latter it needs a key, which goes to it in a file in memory
 * that no one else can open: neither its arguments nor a disk ever hold it. Waits for libvirt: workers and tasks only.
 */
#ifndef POOLCENTER_AGENT_QEMU_IMAGE_H
#define POOLCENTER_AGENT_QEMU_IMAGE_H

#include "agent/virt.h"
#include "protocol/types.h"

typedef struct QemuImage {
    char *name;   /* qemu's json: form */
    char *secret; /* what --object takes; NULL: no key is needed */
    int key;      /* the file that it names, for Program.kept; 0: none */
} QemuImage;

/* path: as in the inventory; format: how its VM reads it, unknown for raw. ERR_NOT_SUPPORTED: it is neither of these, or libvirt keeps the key to itself;
 * ERR_DATASTORE_NOT_FOUND: no datastore has the pool. *ret may be cleared in any case. */
int qemu_image_open(virConnectPtr conn, const char *path, VolumeFormat format, QemuImage *ret, Error *err);
void qemu_image_clear(QemuImage *image);
/* Adds the option that the program needs for it, if any: two words at most. */
void qemu_image_option(const QemuImage *image, const char **arguments, size_t *count);
/* Bytes as a guest sees it. ERR_PROGRAM_FAILED, ERR_IO. */
int qemu_image_capacity(const QemuImage *image, const char *path, int64_t *ret, Error *err);

#endif
