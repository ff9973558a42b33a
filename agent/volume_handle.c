/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes and places: see volume_handle.h. */
#include "agent/volume_handle.h"
#include "agent/driver_read.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/partition_name.h"
#include "agent/upload_file.h"
#include "agent/upload_sink.h"
#include "agent/volume_locks.h"
#include "agent/volumes.h"
#include "protocol/datastore_type.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_pool(Agent *agent, const char *datastore, VolumeHandle *handle, Error *err)
{
    handle->agent = agent;
    int code = datastore_active(agent, datastore, &handle->datastore, err);
    if (code == 0)
        code = drivers_datastore(agent->drivers, datastore, &handle->pool, &handle->owner, err);
    return code;
}

static bool in_directory(const VolumeHandle *handle)
{
    return handle->agent->config.direct_files && datastore_is_directory(&handle->datastore) && handle->datastore.path;
}

/* Not a link, a pipe or a device: those may lead anywhere. */
static bool is_plain_file(const char *path)
{
    struct stat status;
    return path && lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int volume_handle_open(Agent *agent, const char *datastore, const char *name, VolumeHandle *ret, Error *err)
{
    VolumeHandle handle = { 0 };
    int code = open_pool(agent, datastore, &handle, err);
    if (code == 0)
        code = volume_find(handle.pool, name, &handle.volume, err);
    if (code == 0)
        code = read_volume(handle.volume, &handle.info, err);
    if (code == 0 && !handle.info.path)
        code = error_set(err, ERR_NOT_SUPPORTED, name, "libvirt does not say where it is");
    if (code < 0) {
        volume_handle_clear(&handle);
        return code;
    }
    handle.direct = in_directory(&handle) && is_plain_file(handle.info.path);
    *ret = handle;
    return 0;
}

/* As the caller calls it, but partitions have the names that the disk gives them. */
static int name_place(VolumeHandle *handle, const char *name, Error *err)
{
    bool partition = datastore_type_is_partitioned(handle->datastore.type);
    handle->info.name = partition ? partition_name_next(handle->pool) : x_strdup(name);
    return handle->info.name ? 0 : error_set(err, ERR_NOT_SUPPORTED, handle->datastore.name, "its disk takes no more partitions, or is not there");
}

int volume_handle_new(Agent *agent, const char *datastore, const char *name, VolumeHandle *ret, Error *err)
{
    VolumeHandle handle = { 0 };
    struct stat status;
    int code = volume_name_check(name, err);
    if (code == 0)
        code = open_pool(agent, datastore, &handle, err);
    if (code == 0)
        code = datastore_can(&handle.datastore, METHOD_volume_create, err);
    if (code == 0)
        code = name_place(&handle, name, err);
    if (code < 0) {
        volume_handle_clear(&handle);
        return code;
    }
    handle.direct = in_directory(&handle);
    if (handle.datastore.path)
        handle.info.path = x_printf("%s/%s", handle.datastore.path, handle.info.name);
    AUTO_VOLUME known = handle.direct ? NULL : virStorageVolLookupByName(handle.pool, handle.info.name); /* what libvirt knows of a directory may be old */
    if (known || (handle.direct && lstat(handle.info.path, &status) == 0)) {
        volume_handle_clear(&handle);
        return error_set(err, ERR_VOLUME_EXISTS, name, NULL);
    }
    code = volume_lock_check_name(agent->volume_locks, handle.info.path, name, err); /* a job that goes on may still need the name */
    if (code < 0)
        volume_handle_clear(&handle);
    else
        *ret = handle;
    return code;
}

void volume_handle_clear(VolumeHandle *handle)
{
    virt_volume_cleanup(&handle->volume);
    virt_pool_cleanup(&handle->pool);
    VolumeInfo_clear(&handle->info);
    DatastoreInfo_clear(&handle->datastore);
    *handle = (VolumeHandle){ 0 };
}

int volume_handle_room(const VolumeHandle *place, int64_t bytes, Error *err)
{
    virStoragePoolInfo info;
    int64_t free_bytes = virStoragePoolGetInfo(place->pool, &info) == 0 ? (int64_t)info.available : place->datastore.available;
    if (bytes <= free_bytes)
        return 0;
    AUTO_FREE char *need = size_text(bytes);
    AUTO_FREE char *have = size_text(free_bytes);
    return error_set(err, ERR_NO_SPACE, place->datastore.name, "%s are needed, %s are free", need, have);
}

void volume_handle_changed(const VolumeHandle *handle)
{
    virStoragePoolRefresh(handle->pool, 0);
    datastore_changed(handle->agent, handle->owner, handle->datastore.id);
}

char *volume_handle_part(const VolumeHandle *place, const char *id) { return upload_part_path(place->datastore.path, id); }

static int io_error(const VolumeHandle *place, Error *err) { return error_set(err, ERR_IO, place->info.name, "%s", strerror(errno)); }

int volume_handle_write(const VolumeHandle *place, int fd, const void *bytes, size_t count, int64_t at, Error *err)
{
    if (file_write_at(fd, bytes, count, at))
        return 0;
    if (errno == ENOSPC || errno == EDQUOT)
        return error_set(err, ERR_NO_SPACE, place->datastore.name, "it is full");
    return io_error(place, err);
}

static int sync_file(const VolumeHandle *place, const char *path, int flags, Error *err)
{
    int fd = open(path, flags | O_CLOEXEC);
    int code = fd >= 0 && fsync(fd) == 0 ? 0 : io_error(place, err);
    if (fd >= 0)
        close(fd);
    return code;
}

int volume_handle_commit(const VolumeHandle *place, const char *part, Error *err)
{
    int code = sync_file(place, part, O_RDWR | O_NOFOLLOW, err);
    if (code < 0)
        return code;
    bool named = renameat2(AT_FDCWD, part, AT_FDCWD, place->info.path, RENAME_NOREPLACE) == 0;
    if (!named && (errno == EINVAL || errno == ENOSYS)) { /* the file system has no such rename; a hard link does not overwrite either */
        named = link(part, place->info.path) == 0;
        if (named)
            unlink(part);
    }
    if (!named)
        return errno == EEXIST ? error_set(err, ERR_VOLUME_EXISTS, place->info.name, NULL) : io_error(place, err);
    return sync_file(place, place->datastore.path, O_RDONLY | O_DIRECTORY, err);
}

int volume_handle_replace(const VolumeHandle *place, const char *part, Error *err)
{
    int code = sync_file(place, part, O_RDWR | O_NOFOLLOW, err);
    if (code == 0 && rename(part, place->info.path) < 0)
        code = io_error(place, err);
    return code < 0 ? code : sync_file(place, place->datastore.path, O_RDONLY | O_DIRECTORY, err);
}
