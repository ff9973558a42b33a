/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disks as stream-optimized VMDK, written by qemu-img straight to their place in a file: an OVA is made without a copy of its disks beside it.
 * Waits: tasks only.
 */
#ifndef POOLCENTER_AGENT_VMDK_WRITE_H
#define POOLCENTER_AGENT_VMDK_WRITE_H

#include "agent/program.h"
#include "agent/qemu_image.h"

typedef struct VmdkWrite {
    const QemuImage *source; /* the disk */
    const char *snapshot; /* inside of it, that is written instead of what it holds now; NULL: none */
    int64_t capacity;     /* bytes */
    const char *name;     /* file name that the VMDK says it has */
    const char *path;     /* file that it is written into, which exists and ends at offset */
    int64_t offset;       /* a multiple of 512 */
    const char *scratch;  /* path of a small file beside it, made and removed */
    ProgramShare share;
} VmdkWrite;

/* *ret_size: bytes it takes in the file, which ends behind it. ERR_PROGRAM_FAILED, ERR_IO, ERR_CANCELLED. */
int vmdk_write(const VmdkWrite *how, int64_t *ret_size, Error *err);

#endif
