/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes that are read for somebody: see volume_read.h. */
#include "agent/volume_read.h"
#include "agent/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(const VolumeHandle *handle, VolumeReading *reading, Error *err)
{
    struct stat status;
    int links = handle->direct ? O_NOFOLLOW : 0; /* block devices have names that are links */
    reading->file = open(handle->info.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | links);
    if (reading->file < 0 || fstat(reading->file, &status) < 0)
        return error_set(err, ERR_IO, reading->name, "%s", strerror(errno));
    bool device = !handle->direct && S_ISBLK(status.st_mode);
    if (!device && !(handle->direct && S_ISREG(status.st_mode)))
        return error_set(err, ERR_NOT_SUPPORTED, reading->name, "it is neither a file of a directory datastore nor a block device");
    reading->size = device ? lseek(reading->file, 0, SEEK_END) : status.st_size;
    reading->modified = status.st_mtim;
    posix_fadvise(reading->file, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

static int lock(const VolumeHandle *handle, const char *what, VolumeReading *reading, Error *err)
{
    VolumeLocks *locks = handle->agent->volume_locks;
    int code = volume_lock_open(locks, handle->info.path, reading->name, what, err);
    if (code < 0)
        return code;
    reading->locks = locks;
    reading->path = x_strdup(handle->info.path);
    return 0;
}

int volume_read_open(const VolumeHandle *handle, const VolumeUse *use, const char *what, VolumeReading *ret, Error *err)
{
    *ret = (VolumeReading){ .name = x_strdup(handle->info.name), .file = -1 };
    int code = datastore_can(&handle->datastore, METHOD_volume_download, err);
    if (code == 0)
        code = volume_use_no_writers(use, handle->info.name, err);
    if (code == 0)
        code = lock(handle, what, ret, err);
    return code < 0 ? code : open_file(handle, ret, err);
}

void volume_read_clear(VolumeReading *reading)
{
    if (reading->name && reading->file >= 0)
        close(reading->file);
    if (reading->locks)
        volume_unlock_open(reading->locks, reading->path);
    free(reading->path);
    free(reading->name);
    *reading = (VolumeReading){ .file = -1 };
}

int volume_read_block(const VolumeReading *reading, char *block, int64_t at, int64_t end_at, size_t *ret, Error *err)
{
    size_t wanted = end_at - at < VOLUME_READ_BLOCK ? (size_t)(end_at - at) : VOLUME_READ_BLOCK;
    ssize_t got = 0;
    do
        got = pread(reading->file, block, wanted, at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(err, ERR_IO, reading->name, "%s", strerror(errno));
    if (got == 0)
        return error_set(err, ERR_IO, reading->name, "it became shorter meanwhile");
    *ret = (size_t)got;
    return 0;
}

int volume_read_check(const VolumeReading *reading, Error *err)
{
    struct stat status;
    bool same = fstat(reading->file, &status) == 0
        && (!S_ISREG(status.st_mode) || (status.st_size == reading->size && status.st_mtim.tv_sec == reading->modified.tv_sec
                                         && status.st_mtim.tv_nsec == reading->modified.tv_nsec));
    return same ? 0 : error_set(err, ERR_IO, reading->name, "it was changed while it was read");
}
