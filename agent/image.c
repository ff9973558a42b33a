/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disk image sizes: see image.h. qcow2: docs/interop/qcow2.txt of QEMU. */
#include "agent/image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t qcow2_capacity(int fd)
{
    unsigned char header[32];
    if (pread(fd, header, sizeof header, 0) != (ssize_t)sizeof header || memcmp(header, "QFI\xfb", 4) != 0)
        return 0;
    uint64_t size = 0;
    for (size_t i = 24; i < 32; i++)
        size = size << 8 | header[i];
    return size > INT64_MAX ? 0 : (int64_t)size;
}

int64_t image_capacity(const char *path, VolumeFormat format)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    int64_t size = 0;
    if (fd < 0)
        return 0;
    if (fstat(fd, &status) < 0)
        size = 0;
    else if (format == VOLUME_FORMAT_QCOW2)
        size = qcow2_capacity(fd);
    else if (S_ISREG(status.st_mode))
        size = status.st_size;
    else if (S_ISBLK(status.st_mode))
        size = lseek(fd, 0, SEEK_END);
    close(fd);
    return size < 0 ? 0 : size;
}
