/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What qemu-img says of a volume that is there, and whether the host may touch it: images of strangers point at files of the host. Workers and tasks only. */
#ifndef POOLCENTER_AGENT_VOLUME_IMAGE_H
#define POOLCENTER_AGENT_VOLUME_IMAGE_H

#include "agent/volume_handle.h"
#include "agent/volume_use.h"

typedef struct VolumeImage {
    char *detected;    /* QEMU's word for the format */
    char *refused;     /* why it must not be given to anybody; NULL: it may */
    VolumeFormat format; /* what to tell QEMU: the VMs' word counts more than what the guest may have written into its disk */
    int64_t capacity;
    int64_t snapshots; /* inside of it */
    bool encrypted;
} VolumeImage;

/* Reads it, without writing and without following what it is based on. ERR_PROGRAM_MISSING, ERR_PROGRAM_FAILED. */
int volume_image_read(const VolumeHandle *handle, const VolumeUse *use, VolumeImage *ret, Error *err);
void volume_image_clear(VolumeImage *image);
/* ERR_VOLUME_REFUSED if it must not be touched. */
int volume_image_refuse(const VolumeImage *image, const char *name, Error *err);
/* Both. *ret_format: how to open it. */
int volume_image_check(const VolumeHandle *handle, const VolumeUse *use, VolumeFormat *ret_format, Error *err);
/* The format of a file: what libvirt has told, but not raw for a VHDX image or a fixed VHD, which it does not know. Not for what a VM has as raw. */
VolumeFormat volume_image_format(const char *path, VolumeFormat told);
/* ERR_NOT_SUPPORTED if what libvirt calls raw is a VHDX image or a fixed VHD, which it does not know: as raw, what it is wrapped in would be
 * taken for its contents. What a VM has as raw is raw. */
int volume_image_check_raw(const VolumeHandle *handle, Error *err);

#endif
