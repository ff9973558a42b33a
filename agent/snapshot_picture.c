/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of snapshots: see snapshot_picture.h. Kept as the hypervisor gives them: PNG, or PPM by an older QEMU. */
#include "agent/snapshot_picture.h"
#include "agent/base64.h"
#include "agent/snapshot_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = LIMIT_PICTURE / 4 * 3, BLOCK = 64 << 10 };

/* False: more than is kept, or the disk is full. */
static bool receive(virStreamPtr stream, int fd)
{
    AUTO_FREE char *block = x_calloc(BLOCK, 1);
    size_t total = 0;
    for (;;) {
        int got = virStreamRecv(stream, block, BLOCK);
        if (got <= 0)
            return got == 0 && total > 0;
        total += (size_t)got;
        if (total > FILE_MAX || write(fd, block, (size_t)got) != got)
            return false;
    }
}

void snapshot_picture_take(const SnapshotVm *vm, const char *name)
{
    AUTO_FREE char *path = snapshot_record_file(vm->agent, vm->info.id, name, SNAPSHOT_PICTURE);
    virStreamPtr stream = virStreamNew(virDomainGetConnect(vm->domain), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    char *type = stream && fd >= 0 ? virDomainScreenshot(vm->domain, stream, 0, 0) : NULL;
    bool kept = type && receive(stream, fd);
    if (kept)
        virStreamFinish(stream);
    else
        unlink(path);
    if (type && !kept)
        virStreamAbort(stream);
    if (stream)
        virStreamFree(stream);
    if (fd >= 0)
        close(fd);
    free(type);
}

static char *read_base64(int fd, size_t size)
{
    AUTO_FREE unsigned char *bytes = x_calloc(size, 1);
    if (read(fd, bytes, size) != (ssize_t)size)
        return NULL;
    return base64_encode(bytes, size);
}

static const char *type_of(int fd)
{
    char magic[4] = "";
    ssize_t got = pread(fd, magic, sizeof magic, 0);
    return got == sizeof magic && memcmp(magic, "\x89PNG", 4) == 0 ? "image/png" : "image/x-portable-pixmap";
}

int snapshot_picture_read(Agent *agent, const char *vm, const char *name, SnapshotPicture *ret, Error *err)
{
    struct stat status;
    AUTO_FREE char *path = snapshot_record_file(agent, vm, name, SNAPSHOT_PICTURE);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set(err, ERR_SNAPSHOT_NOT_FOUND, name, NULL);
    bool fits = fstat(fd, &status) == 0 && status.st_size > 0 && status.st_size <= FILE_MAX;
    char *data = fits ? read_base64(fd, (size_t)status.st_size) : NULL;
    if (data)
        *ret = (SnapshotPicture){ x_strdup(type_of(fd)), data };
    close(fd);
    return data ? 0 : error_set(err, ERR_IO, path, "the picture is not complete");
}
