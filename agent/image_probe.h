/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disk images of strangers: which format they have, by their first bytes and never by their name, and whether they may be read at all.
 * An image that leads to other files (backing file, data file, extents, parents) is refused before a program of the host opens it. qemu-img then
 * reads the size with limits on its time and memory. Plain file and program calls that wait: tasks and workers.
 */
#ifndef POOLCENTER_AGENT_IMAGE_PROBE_H
#define POOLCENTER_AGENT_IMAGE_PROBE_H

#include "agent/tasks.h"

/* An image, or a part of a file that holds one (a member of an archive). The descriptor stays the caller's. */
typedef struct ImagePlace {
    int fd;
    int64_t offset;
    int64_t size;
} ImagePlace;

typedef struct ImageFacts {
    VolumeFormat format; /* ISO is raw with a file system on it that says so */
    int64_t capacity;    /* bytes, as a guest sees it */
} ImageFacts;

/* The format by the bytes alone; RAW when no other is known. ERR_IMAGE_REFUSED: it leads to other files, is encrypted, or a format that cannot be read. */
int image_detect(const ImagePlace *place, const char *name, VolumeFormat *ret, Error *err);
/* The same and its size. task may be NULL. */
int image_probe(const ImagePlace *place, const char *name, Task *task, ImageFacts *ret, Error *err);
/* Bytes that a copy of it in that format ("qcow2", "raw") takes at most. */
int image_measure(const ImagePlace *place, VolumeFormat format, const char *target, const char *name, Task *task, int64_t *ret, Error *err);

/* QEMU's word for the format of an image whose data are in other files (a qcow2 with a data file, the description of a VMDK): qemu-img opens those, whatever they are, as soon as
 * it looks at such an image. NULL: it holds its data itself. By the bytes alone, and rather once too often. */
const char *image_leads_out(const ImagePlace *place);

/* The name by which a program that was given the descriptor (Program.kept) finds the image: qemu's json: form. The caller frees. */
char *image_source(const ImagePlace *place, VolumeFormat format);
/* A value among qemu's options, where a comma would begin the next one. The caller frees. */
char *image_option(const char *value);
/* What follows qemu-img's -l, so that it reads that snapshot inside of an image; NULL for NULL. The caller frees. */
char *image_snapshot_option(const char *name);
/* How qemu-img calls the format. */
const char *image_format_name(VolumeFormat format);

#endif
