/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.resize. A volume grows through libvirt; one that a running VM has grows through that VM, so that the guest is told. Logical volumes,
 * which libvirt does not resize, grow by lvextend before that. Only a raw file shrinks, and only if what would be cut off is empty.
 */
#include "agent/drivers.h"
#include "agent/host_command.h"
#include "agent/request.h"
#include "agent/volume_image.h"
#include "agent/volume_locks.h"
#include "agent/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPACITY_MAX (INT64_C(1) << 50)

enum { BLOCK_SIZE = 1 << 20 };

typedef struct ResizeJob {
    VolumeHandle handle;
    int64_t capacity;
    char *vm;     /* the running VM that has it; NULL: none */
    char *target; /* its disk there */
    bool locked;
} ResizeJob;

static void resize_free(void *context)
{
    ResizeJob *job = context;
    if (job->locked)
        volume_unlock(job->handle.agent->volume_locks, job->handle.info.path);
    volume_handle_clear(&job->handle);
    free(job->vm);
    free(job->target);
    free(job);
}

static bool is_logical(const ResizeJob *job) { return str_equal(job->handle.datastore.type, "logical"); }

/* ---------------------------------------------------------------- what is cut off */

static int64_t data_after(int fd, int64_t at)
{
    int64_t found = lseek(fd, at, SEEK_DATA);
    return found < 0 && errno != ENXIO ? at : found; /* where the file system does not tell: everything may be data */
}

static bool all_zero(const unsigned char *bytes, size_t count)
{
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

static int check_empty(Task *task, const ResizeJob *job, int fd, Error *err)
{
    AUTO_FREE unsigned char *block = x_calloc(BLOCK_SIZE, 1);
    const char *name = job->handle.info.name;
    for (int64_t at = data_after(fd, job->capacity); at >= 0;) {
        ssize_t got = pread(fd, block, BLOCK_SIZE, at);
        if (got < 0)
            return error_set(err, ERR_IO, name, "%s", strerror(errno));
        if (!all_zero(block, (size_t)got))
            return error_set(err, ERR_VOLUME_SHRINK, name, "there is data behind the new end");
        if (got == 0)
            return 0;
        int code = task_check(task, err);
        if (code < 0)
            return code;
        at = data_after(fd, at + got);
    }
    return 0;
}

static int shrink(Task *task, const ResizeJob *job, Error *err)
{
    int fd = open(job->handle.info.path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERR_IO, job->handle.info.name, "%s", strerror(errno));
    int code = check_empty(task, job, fd, err);
    if (code == 0 && (ftruncate(fd, job->capacity) < 0 || fsync(fd) < 0))
        code = error_set(err, ERR_IO, job->handle.info.name, "%s", strerror(errno));
    close(fd);
    return code;
}

/* ---------------------------------------------------------------- the task */

/* Tells the VM and its guest. */
static int resize_running(const ResizeJob *job, int64_t capacity, Error *err)
{
    AUTO_DOMAIN domain = NULL;
    int owner = 0;
    int code = drivers_vm(job->handle.agent->drivers, job->vm, &domain, &owner, err);
    if (code == 0 && virDomainBlockResize(domain, job->target, (unsigned long long)capacity, VIR_DOMAIN_BLOCK_RESIZE_BYTES) < 0)
        code = virt_error(err, job->handle.info.name);
    drivers_refresh_vm(job->handle.agent->drivers, owner, job->vm);
    return code;
}

static int device_size(const ResizeJob *job, int64_t *ret, Error *err)
{
    int fd = open(job->handle.info.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *ret = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    int code = *ret < 0 ? error_set(err, ERR_IO, job->handle.info.name, "%s", strerror(errno)) : 0;
    if (fd >= 0)
        close(fd);
    return code;
}

/* By whole extents, so it becomes what was asked for or a little larger. A VM that was not told last time is told now. */
static int grow_logical(const ResizeJob *job, Error *err)
{
    int64_t size = 0;
    AUTO_FREE char *wanted = x_printf("%lldb", (long long)job->capacity);
    const char *const arguments[] = { "lvextend", "-q", "-L", wanted, job->handle.info.path, NULL };
    int code = device_size(job, &size, err);
    if (code == 0 && size < job->capacity)
        code = host_command_run(arguments, err);
    if (code == 0 && job->vm)
        code = device_size(job, &size, err);
    return code == 0 && job->vm ? resize_running(job, size, err) : code;
}

static int resize_run(Task *task, void *context, Error *err)
{
    ResizeJob *job = context;
    VolumeHandle *handle = &job->handle;
    int code = 0;
    if (job->capacity < handle->info.capacity)
        code = shrink(task, job, err);
    else if (is_logical(job))
        code = grow_logical(job, err);
    else if (job->vm)
        code = resize_running(job, job->capacity, err);
    else if (virStorageVolResize(handle->volume, (unsigned long long)job->capacity, 0) < 0)
        code = virt_error(err, handle->info.name);
    volume_handle_changed(handle);
    return code;
}

static int check_shrink(const ResizeJob *job, const VolumeUse *use, Error *err)
{
    const VolumeHandle *handle = &job->handle;
    bool raw = handle->info.format == VOLUME_FORMAT_RAW || handle->info.format == VOLUME_FORMAT_ISO;
    if (!raw || (use->format != VOLUME_FORMAT_UNKNOWN && use->format != VOLUME_FORMAT_RAW))
        return error_set(err, ERR_VOLUME_SHRINK, handle->info.name, "only raw disk images can be, and only by an empty end");
    if (!handle->direct)
        return error_set(err, ERR_VOLUME_SHRINK, handle->info.name, "it is not a file in a directory datastore");
    return volume_use_active(use, NULL) ? volume_use_none(use, handle->info.name, err) : 0;
}

static int check_growth(ResizeJob *job, const VolumeUse *use, Error *err)
{
    const VolumeUser *user = NULL;
    const char *name = job->handle.info.name;
    size_t active = volume_use_active(use, &user);
    if (active > 1)
        return error_set(err, ERR_NOT_SUPPORTED, name, "several running VMs have it");
    if (active && user->readonly)
        return volume_use_none(use, name, err);
    if (is_logical(job) && use->format != VOLUME_FORMAT_UNKNOWN && use->format != VOLUME_FORMAT_RAW)
        return error_set(err, ERR_NOT_SUPPORTED, name, "its VM uses the logical volume as %s", VolumeFormat_name(use->format));
    if (active) {
        job->vm = x_strdup(user->vm);
        job->target = x_strdup(user->target);
    }
    return 0;
}

static int check(ResizeJob *job, Error *err)
{
    VolumeUse use;
    const VolumeInfo *info = &job->handle.info;
    if (job->capacity < 512 || job->capacity > CAPACITY_MAX || job->capacity % 512)
        return error_set(err, ERR_VOLUME_SIZE, info->name, "it must be a multiple of 512 bytes, up to 2^50");
    volume_use_read(job->handle.agent, info->path, &use);
    int code = volume_use_no_dependents(&use, info->name, err);
    if (code == 0)
        code = volume_use_no_saved(&use, err);
    if (code == 0)
        code = volume_image_check_raw(&job->handle, err);
    if (code == 0)
        code = job->capacity < info->capacity ? check_shrink(job, &use, err) : check_growth(job, &use, err);
    if (code == 0 && is_logical(job) && job->capacity > info->capacity)
        code = volume_handle_room(&job->handle, job->capacity - info->capacity, err);
    volume_use_clear(&use);
    if (code == 0)
        code = volume_lock(job->handle.agent->volume_locks, info->path, info->name, "its size is being changed", err);
    job->locked = code == 0;
    return code;
}

int handle_volume_resize(Request *request, const VolumeResizeParams *params, TaskRef *ret, Error *err)
{
    ResizeJob *job = x_calloc(1, sizeof *job);
    job->capacity = params->capacity;
    request_object(request, params->datastore, params->volume);
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &job->handle, err);
    if (code == 0)
        code = datastore_can(&job->handle.datastore, METHOD_volume_resize, err);
    if (code == 0)
        code = check(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, job->capacity < job->handle.info.capacity, resize_run, resize_free, job, ret, err);
    resize_free(job);
    return code;
}
