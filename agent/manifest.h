/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests of OVF packages: the digests of their files. SHA-256 is ours; SHA-1 and SHA-512 are computed by the host's programs (coreutils). */
#ifndef POOLCENTER_AGENT_MANIFEST_H
#define POOLCENTER_AGENT_MANIFEST_H

#include "agent/image_probe.h"

#include <stdatomic.h>

enum { MANIFEST_MAX = 1 << 20 }; /* bytes */

typedef struct ManifestEntry {
    char *file;
    int bits;      /* 1, 256, 512: of SHA- */
    char *digest;  /* hex, lower case */
} ManifestEntry;

typedef struct Manifest {
    ManifestEntry *items;
    size_t count;
} Manifest;

/* Reads "SHA256(disk1.vmdk)= 0123..." lines. name: of the package, for errors. ERR_APPLIANCE_INVALID. Any thread. */
int manifest_read(const char *text, size_t length, const char *name, Manifest *ret, Error *err);
void manifest_clear(Manifest *manifest);

/* Compares the bytes with the entry. Waits: tasks only. *stop (may be NULL) ends it early with ERR_CANCELLED. ERR_APPLIANCE_CHECKSUM. */
int manifest_check(const ManifestEntry *entry, const ImagePlace *place, Task *task, const atomic_bool *stop, Error *err);
/* SHA-256 of a part of a file, as hex digits. */
int file_digest(const ImagePlace *place, const char *name, Task *task, const atomic_bool *stop, char ret[LIMIT_DIGEST + 1], Error *err);

#endif
