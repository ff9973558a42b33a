/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file by two paths: see file_identity.h. */
#include "agent/file_identity.h"

FileIdentity file_identity_of(const char *path)
{
    FileIdentity identity = { 0 };
    identity.known = path && *path == '/' && stat(path, &identity.status) == 0;
    return identity;
}

bool file_identity_is(const FileIdentity *identity, const char *path)
{
    struct stat other;
    const struct stat *own = &identity->status;
    if (!identity->known || !path || *path != '/' || stat(path, &other) < 0 || (own->st_mode & S_IFMT) != (other.st_mode & S_IFMT))
        return false;
    return S_ISBLK(other.st_mode) ? own->st_rdev == other.st_rdev : own->st_dev == other.st_dev && own->st_ino == other.st_ino;
}
