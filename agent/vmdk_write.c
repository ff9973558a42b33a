/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stream-optimized VMDK in its place: see vmdk_write.h. qemu-img makes an empty image only at the beginning of a file, so that is made beside, copied to the
 * place (its tables, some KiB per GiB), and then filled there. Layout of the header: "Virtual Disk Format 5.0" (VMware).
 */
#include "agent/vmdk_write.h"
#include "agent/image_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, AT_DESCRIPTION = 28, AT_DESCRIPTION_SIZE = 36, DESCRIPTION_MAX_BYTES = 64 << 10 };

static int io_error(const char *name, Error *err) { return error_set(err, ERR_IO, name, "%s", strerror(errno)); }

static int make_empty(const VmdkWrite *how, Error *err)
{
    AUTO_FREE char *size = x_printf("%lld", (long long)how->capacity);
    const char *const arguments[] = { "qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=streamOptimized,adapter_type=lsilogic", how->scratch, size, NULL };
    return program_run(&(Program){ .arguments = arguments, .task = how->share.task }, NULL, err);
}

/* Copies the whole of one file to the place in the other. */
static int copy_in(const VmdkWrite *how, int from, int to, Error *err)
{
    struct stat facts;
    off_t at = 0;
    if (fstat(from, &facts) < 0 || lseek(to, (off_t)how->offset, SEEK_SET) < 0)
        return io_error(how->name, err);
    while (at < facts.st_size) {
        ssize_t sent = sendfile(to, from, &at, (size_t)(facts.st_size - at));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return io_error(how->name, err);
    }
    return 0;
}

static uint64_t little(const unsigned char *bytes)
{
    uint64_t number = 0;
    for (size_t i = 8; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

/* The description inside names its file: by now that of the empty one. */
static char *renamed(const char *text, const char *name)
{
    static const char mark[] = " SPARSE \"";
    const char *at = strstr(text, mark);
    const char *end = at ? strchr(at + strlen(mark), '"') : NULL;
    return end ? x_printf("%.*s%s%s", (int)(at - text) + (int)strlen(mark), text, name, end) : NULL;
}

static int rename_inside(const VmdkWrite *how, int fd, Error *err)
{
    unsigned char header[SECTOR];
    if (pread(fd, header, sizeof header, how->offset) != (ssize_t)sizeof header)
        return io_error(how->name, err);
    uint64_t at = little(header + AT_DESCRIPTION) * SECTOR;
    uint64_t size = little(header + AT_DESCRIPTION_SIZE) * SECTOR;
    if (!at || !size || size > DESCRIPTION_MAX_BYTES || at > 1 << 20)
        return 0;
    AUTO_FREE char *text = x_calloc(size + 1, 1);
    if (pread(fd, text, size, how->offset + (int64_t)at) != (ssize_t)size)
        return io_error(how->name, err);
    AUTO_FREE char *fresh = renamed(text, how->name);
    if (!fresh || strlen(fresh) >= size)
        return 0;
    memset(text, 0, size);
    memcpy(text, fresh, strlen(fresh));
    return pwrite(fd, text, size, how->offset + (int64_t)at) == (ssize_t)size ? 0 : io_error(how->name, err);
}

static int place_empty(const VmdkWrite *how, Error *err)
{
    int from = open(how->scratch, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = open(how->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    int code = from < 0 || to < 0 ? io_error(how->name, err) : copy_in(how, from, to, err);
    if (code == 0)
        code = rename_inside(how, to, err);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return code;
}

static int fill(const VmdkWrite *how, Error *err)
{
    AUTO_FREE char *path = image_option(how->path);
    AUTO_FREE char *inside = image_snapshot_option(how->snapshot);
    AUTO_FREE char *target = x_printf("driver=vmdk,file.driver=raw,file.offset=%lld,file.file.driver=file,file.file.filename=%s", (long long)how->offset, path);
    const char *arguments[20] = { "qemu-img", "convert", "-p", "-n", "-c", "-t", "writeback", "--target-is-zero", "--target-image-opts" };
    size_t at = 9;
    qemu_image_option(how->source, arguments, &at);
    if (inside) {
        arguments[at++] = "-l";
        arguments[at++] = inside;
    }
    arguments[at++] = how->source->name;
    arguments[at++] = target;
    ProgramShare share = how->share;
    Program program = { .arguments = arguments, .kept = { how->source->key }, .task = share.task, .line = program_progress, .context = &share };
    return program_run(&program, NULL, err);
}

int vmdk_write(const VmdkWrite *how, int64_t *ret_size, Error *err)
{
    struct stat facts;
    int code = make_empty(how, err);
    if (code == 0)
        code = place_empty(how, err);
    unlink(how->scratch);
    if (code == 0)
        code = fill(how, err);
    if (code == 0 && stat(how->path, &facts) < 0)
        code = io_error(how->name, err);
    if (code == 0)
        *ret_size = facts.st_size - how->offset;
    return code;
}
