/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Size of a disk image as its guest sees it, read from the file itself: one libvirt call less per disk. Any thread. */
#ifndef POOLCENTER_AGENT_IMAGE_H
#define POOLCENTER_AGENT_IMAGE_H

#include "protocol/types.h"

/* Bytes; 0 when it cannot be told. */
int64_t image_capacity(const char *path, VolumeFormat format);

#endif
