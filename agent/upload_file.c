/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and part files: see upload_file.h. */
#include "agent/upload_file.h"
#include "agent/ident.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define PART_PREFIX ".poolcenter-"
#define PART_SUFFIX ".part"

enum {
    STALE_SECONDS = 7 * 24 * 3600,
    QUIET_SECONDS = 600, /* nobody writes, where the file system cannot tell who has a file open */
    READ_BLOCK = 1 << 20,
    SYNC_STEP = 8 << 20,  /* written back in pieces of this size */
    SYNC_LAG = 64 << 20,  /* dirty bytes that may wait: fsync at the end has little left to do */
};

bool upload_is_part_name(const char *name)
{
    size_t length = strlen(name);
    return length > strlen(PART_PREFIX PART_SUFFIX) && strncmp(name, PART_PREFIX, strlen(PART_PREFIX)) == 0
        && strcmp(name + length - strlen(PART_SUFFIX), PART_SUFFIX) == 0;
}

char *upload_part_path(const char *directory, const char *id) { return x_printf("%s/" PART_PREFIX "%s" PART_SUFFIX, directory, id); }

static const char *what_is_wrong(const char *name)
{
    size_t length = strlen(name);
    if (length == 0)
        return "it is empty";
    if (length > LIMIT_NAME)
        return "it is longer than 255 bytes";
    if (name[0] == '.')
        return "it begins with a dot";
    if (strchr(name, '/') || strchr(name, '\\'))
        return "it contains a slash or a backslash";
    if (name[length - 1] == '.' || name[length - 1] == ' ')
        return "it ends with a dot or a space, which Windows cannot keep";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return "it contains a control character";
    return NULL;
}

int volume_name_check(const char *name, Error *err)
{
    const char *wrong = what_is_wrong(name);
    return wrong ? error_set(err, ERR_VOLUME_NAME_INVALID, name, "%s", wrong) : 0;
}

char *size_text(int64_t bytes)
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
        size /= 1024;
    return unit ? x_printf("%.1f %s", size, units[unit]) : x_printf("%lld bytes", (long long)bytes);
}

/* The same file goes on in the same part file, whoever sends it. */
static char *part_path(const UploadTarget *target)
{
    unsigned char digest[DIGEST_BYTES];
    char hex[33];
    AUTO_FREE char *text = x_printf("%lld %s", (long long)target->size, target->name);
    digest_of_text(text, digest);
    hex_encode(digest, 16, hex);
    return upload_part_path(target->directory, hex);
}

static int no_space(const UploadSink *sink, int64_t needed, Error *err)
{
    struct statvfs status;
    int64_t available = statvfs(sink->target->directory, &status) == 0 ? (int64_t)status.f_bavail * (int64_t)status.f_frsize : 0;
    AUTO_FREE char *need = size_text(needed);
    AUTO_FREE char *have = size_text(available);
    return error_set(err, ERR_NO_SPACE, sink->target->datastore_name, "%s are needed, %s are free", need, have);
}

static int io_error(const UploadSink *sink, const char *path, Error *err)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return no_space(sink, sink->target->size - sink->offset, err);
    return error_set(err, ERR_IO, path, "%s", strerror(errno));
}

/* Where the file system cannot reserve space, at least the free space is looked at. */
static int check_free(const UploadSink *sink, const struct stat *status, Error *err)
{
    struct statvfs fs;
    int64_t needed = sink->target->size - (int64_t)status->st_blocks * 512;
    if (statvfs(sink->target->directory, &fs) < 0)
        return io_error(sink, sink->target->directory, err);
    return needed > 0 && (int64_t)(fs.f_bavail * fs.f_frsize) < needed ? no_space(sink, needed, err) : 0;
}

/* Reserves the blocks of the whole file; its size stays what has been written, so that a later upload knows where to go on. */
static int take_space(UploadSink *sink, Error *err)
{
    struct stat status;
    if (fstat(sink->fd, &status) < 0)
        return io_error(sink, sink->part, err);
    int code = check_free(sink, &status, err);
    if (code < 0 || sink->target->size == 0)
        return code;
    if (fallocate(sink->fd, FALLOC_FL_KEEP_SIZE, 0, sink->target->size) == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
        return 0;
    code = io_error(sink, sink->part, err);
    if (ftruncate(sink->fd, status.st_size) < 0) /* gives back what was reserved beyond the end */
        return code;
    return code;
}

static int prepare(UploadSink *sink, bool restart, Error *err)
{
    struct stat status;
    if (fstat(sink->fd, &status) < 0)
        return io_error(sink, sink->part, err);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERR_IO, sink->part, "it is not a regular file");
    bool over = restart || status.st_size > sink->target->size;
    if (over && ftruncate(sink->fd, 0) < 0)
        return io_error(sink, sink->part, err);
    sink->offset = over ? 0 : status.st_size;
    sink->synced = sink->offset;
    return take_space(sink, err);
}

static int digest_prefix(UploadSink *sink, Digest *digest, const atomic_bool *go_on, Error *err)
{
    AUTO_FREE char *block = x_calloc(1, READ_BLOCK);
    posix_fadvise(sink->fd, 0, sink->offset, POSIX_FADV_SEQUENTIAL);
    for (int64_t at = 0; at < sink->offset && *go_on;) {
        int64_t left = sink->offset - at;
        ssize_t got = pread(sink->fd, block, left < READ_BLOCK ? (size_t)left : READ_BLOCK, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? io_error(sink, sink->part, err) : error_set(err, ERR_IO, sink->part, "it became shorter");
        digest_add(digest, block, (size_t)got);
        at += got;
    }
    return 0;
}

/* Starts writing back what is new and waits for what is old, so that dirty pages never pile up. */
static void pace(UploadSink *sink)
{
    if (sink->offset - sink->synced < SYNC_STEP)
        return;
    sync_file_range(sink->fd, sink->synced, sink->offset - sink->synced, SYNC_FILE_RANGE_WRITE);
    sink->synced = sink->offset;
    int64_t old = sink->offset - SYNC_LAG - SYNC_STEP;
    if (old >= 0)
        sync_file_range(sink->fd, old, SYNC_STEP, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

static int file_write(UploadSink *sink, const void *bytes, size_t count, Error *err)
{
    const char *at = bytes;
    while (count) {
        ssize_t written = pwrite(sink->fd, at, count, sink->offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return io_error(sink, sink->target->name, err);
        at += written;
        count -= (size_t)written;
        sink->offset += written;
    }
    pace(sink);
    return 0;
}

static int sync_directory(const UploadSink *sink, Error *err)
{
    int fd = open(sink->target->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int code = ok ? 0 : io_error(sink, sink->target->directory, err);
    if (fd >= 0)
        close(fd);
    return code;
}

static int rename_part(const UploadSink *sink, Error *err)
{
    if (sink->target->replace)
        return rename(sink->part, sink->target->path) == 0 ? 0 : io_error(sink, sink->target->path, err);
    if (renameat2(AT_FDCWD, sink->part, AT_FDCWD, sink->target->path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return error_set(err, ERR_VOLUME_EXISTS, sink->target->name, NULL);
    if (errno != EINVAL && errno != ENOSYS)
        return io_error(sink, sink->target->path, err);
    /* The file system has no such rename: a hard link does not overwrite either. */
    if (link(sink->part, sink->target->path) == 0) {
        unlink(sink->part);
        return 0;
    }
    return errno == EEXIST ? error_set(err, ERR_VOLUME_EXISTS, sink->target->name, NULL) : io_error(sink, sink->target->path, err);
}

/* The first descriptor of an ISO 9660 or UDF file system, behind the 16 sectors that are left to others. */
unsigned upload_mode(int fd)
{
    char mark[5];
    bool iso = pread(fd, mark, sizeof mark, 32769) == sizeof mark && (memcmp(mark, "CD001", sizeof mark) == 0 || memcmp(mark, "BEA01", sizeof mark) == 0);
    return iso ? 0644 : 0600;
}

static int file_commit(UploadSink *sink, Error *err)
{
    if (fchmod(sink->fd, upload_mode(sink->fd)) < 0 || fsync(sink->fd) < 0)
        return io_error(sink, sink->target->name, err);
    int code = rename_part(sink, err);
    return code < 0 ? code : sync_directory(sink, err);
}

static void file_discard(UploadSink *sink) { unlink(sink->part); }

static void file_close(UploadSink *sink)
{
    close(sink->fd);
    free(sink->part);
    *sink = (UploadSink){ .fd = -1 };
}

static const SinkType file_type = { digest_prefix, file_write, file_commit, file_discard, file_close };

int upload_file_open(const UploadTarget *target, bool restart, UploadSink *ret, Error *err)
{
    UploadSink sink = { .type = &file_type, .target = target, .part = part_path(target) };
    bool existed = access(sink.part, F_OK) == 0;
    sink.fd = open(sink.part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (sink.fd < 0) {
        int code = io_error(&sink, target->directory, err);
        free(sink.part);
        return code;
    }
    int code = prepare(&sink, restart, err);
    if (code < 0 && !existed)
        file_discard(&sink);
    if (code < 0)
        file_close(&sink);
    else
        *ret = sink;
    return code;
}

void upload_file_discard(const UploadTarget *target)
{
    AUTO_FREE char *path = part_path(target);
    unlink(path);
}

void upload_sweep(const char *directory)
{
    DIR *folder = opendir(directory);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct stat status;
        if (upload_is_part_name(entry->d_name) && fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && time(NULL) - status.st_mtime > STALE_SECONDS)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

/* The kernel gives a lease for writing only on files that nobody else has open. What cannot be looked at counts as open. */
static bool is_open(int folder, const char *name)
{
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno != ENOENT;
    bool open = fcntl(fd, F_SETLEASE, F_WRLCK) < 0;
    if (open && errno != EAGAIN)
        open = fstat(fd, &status) == 0 && time(NULL) - status.st_mtime < QUIET_SECONDS;
    close(fd);
    return open;
}

/* What keeps the folder from being removed, but for parts that nobody goes on with. NULL: nothing. */
static const char *what_stays(DIR *folder)
{
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        if (!upload_is_part_name(entry->d_name))
            return "it holds what libvirt does not list, such as hidden files";
        if (is_open(dirfd(folder), entry->d_name))
            return "a file is on its way into it";
    }
    return NULL;
}

int upload_parts_drop(const char *directory, const char *name, Error *err)
{
    DIR *folder = opendir(directory);
    const char *why = folder ? what_stays(folder) : NULL;
    if (folder)
        rewinddir(folder);
    for (struct dirent *entry; !why && folder && (entry = readdir(folder));)
        if (upload_is_part_name(entry->d_name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    return why ? error_set(err, ERR_DATASTORE_NOT_EMPTY, name, "%s", why) : 0;
}
