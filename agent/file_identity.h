/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether two paths lead to the same file or device: by links, by mounts of the same place, by another name of a device. Waits for disks. */
#ifndef POOLCENTER_AGENT_FILE_IDENTITY_H
#define POOLCENTER_AGENT_FILE_IDENTITY_H

#include "protocol/types.h"

#include <sys/stat.h>

typedef struct FileIdentity {
    struct stat status;
    bool known; /* there is something at that path */
} FileIdentity;

FileIdentity file_identity_of(const char *path);
/* path: absolute; anything else (images of a Ceph pool, NULL) is no file. Links are followed. */
bool file_identity_is(const FileIdentity *identity, const char *path);

#endif
