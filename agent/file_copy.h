/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes and copies of files on the host. Waits for disks: workers and tasks only. */
#ifndef POOLCENTER_AGENT_FILE_COPY_H
#define POOLCENTER_AGENT_FILE_COPY_H

#include "protocol/error.h"

/* Writes all of the bytes at that place. False: errno says why not. */
bool file_write_at(int fd, const void *bytes, size_t count, int64_t at);
/* A copy with the same owner and rights, on the disk before it returns; what is at `to` is replaced as a whole. ERR_IO, with nothing left. */
int file_copy(const char *from, const char *to, Error *err);
/* Lets `to`, a new file, share all blocks of `from`: at once, on file systems that can (btrfs, XFS). False: it cannot, nothing is left. */
bool file_share(const char *from, const char *to);
/* Free bytes of the file system that holds the path. */
int64_t file_system_free(const char *path);

#endif
