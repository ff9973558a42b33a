/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of files: see file_copy.h. */
#include "agent/file_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

bool file_write_at(int fd, const void *bytes, size_t count, int64_t at)
{
    const char *next = bytes;
    while (count) {
        ssize_t written = pwrite(fd, next, count, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        next += written;
        at += written;
        count -= (size_t)written;
    }
    return true;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return true;
}

static bool copy_bytes(int from, int to)
{
    AUTO_FREE char *block = x_calloc(BLOCK, 1);
    for (;;) {
        ssize_t got = read(from, block, BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        if (!write_all(to, block, (size_t)got))
            return false;
    }
}

static bool copy_into(int from, const char *path)
{
    struct stat status;
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return false;
    bool copied = fstat(from, &status) == 0 && copy_bytes(from, to) && fchmod(to, status.st_mode & 0777) == 0;
    if (copied && fchown(to, status.st_uid, status.st_gid) < 0 && errno != EPERM)
        copied = false;
    copied = copied && fsync(to) == 0;
    int why = errno;
    close(to);
    errno = why;
    return copied;
}

int file_copy(const char *from, const char *to, Error *err)
{
    AUTO_FREE char *fresh = x_printf("%s.new", to);
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set(err, ERR_IO, from, "%s", strerror(errno));
    bool copied = copy_into(fd, fresh) && rename(fresh, to) == 0;
    int code = copied ? 0 : error_set(err, ERR_IO, to, "%s", strerror(errno));
    if (!copied)
        unlink(fresh);
    close(fd);
    return code;
}

bool file_share(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool shared = out >= 0 && ioctl(out, FICLONE, in) == 0 && fsync(out) == 0;
    if (out >= 0)
        close(out);
    if (out >= 0 && !shared)
        unlink(to);
    if (in >= 0)
        close(in);
    return shared;
}

int64_t file_system_free(const char *path)
{
    struct statvfs facts;
    if (statvfs(path, &facts) < 0)
        return 0;
    return (int64_t)(facts.f_bavail * facts.f_frsize);
}
