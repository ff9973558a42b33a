/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file on the host that a VM can be made from: an OVA, an OVF or libvirt's XML with its disks beside it, or a disk image. Knows what it says and where
 * its disks lie; nothing of it is copied or unpacked. Plain file calls that wait: workers and tasks.
 */
#ifndef POOLCENTER_AGENT_IMPORT_SOURCE_H
#define POOLCENTER_AGENT_IMPORT_SOURCE_H

#include "agent/archive.h"
#include "agent/image_probe.h"
#include "agent/manifest.h"

typedef struct ImportSource {
    char *name;             /* of the file */
    char *directory;        /* where it lies */
    int fd;
    int64_t size;
    ArchiveMembers members; /* of an OVA; empty otherwise */
    Manifest manifest;      /* empty: it has none */
    Appliance appliance;
} ImportSource;

/* Opens the file and reads its description. system: which of its VMs, by its id; NULL: the first. ERR_APPLIANCE_INVALID, ERR_IMAGE_REFUSED, ERR_IO. */
int import_source_open(const char *path, const char *system, ImportSource *ret, Error *err);
/* Also of one that was never opened, if fd is -1. */
void import_source_close(ImportSource *source);

/* Where a file of it lies: a member, or a file beside it. *ret.fd is a descriptor of its own, which the caller closes. ERR_APPLIANCE_INVALID. */
int import_source_place(const ImportSource *source, const char *file, ImagePlace *ret, Error *err);

/* What can be told from the first bytes of a file that is not there yet. size: of the whole file. */
int import_source_head(const char *name, int64_t size, const void *bytes, size_t count, const char *system, Appliance *ret, Error *err);

/* Compares all files that the manifest lists. *stop ends it early. ERR_APPLIANCE_CHECKSUM. */
int import_source_verify(const ImportSource *source, Task *task, const atomic_bool *stop, Error *err);

#endif
