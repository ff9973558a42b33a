/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copying volumes: see volume_copy.h. Files that keep their format and stand on their own are copied byte by byte, holes as holes, by the kernel
 * (which shares the blocks where the file system can); what changes its format (and onto LVM), or is based on another file, goes through qemu-img, and so do
 * images of Ceph pools, of which libvirt would make clones that hang on each other. Where either end is not a file that we may touch, libvirt copies.
 */
#include "agent/volume_copy.h"
#include "agent/disk_full.h"
#include "agent/loop.h"
#include "agent/program.h"
#include "agent/qemu_image.h"
#include "agent/rbd_path.h"
#include "agent/volume_new.h"
#include "protocol/datastore_type.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 16 << 20 };

static bool is_raw(VolumeFormat format) { return format == VOLUME_FORMAT_RAW || format == VOLUME_FORMAT_ISO; }

static bool same_format(const VolumeCopy *copy)
{
    return copy->from_format == copy->to_format || (is_raw(copy->from_format) && is_raw(copy->to_format));
}

static bool readable(const VolumeCopy *copy) { return copy->from->info.path[0] == '/' && (copy->from->direct || strncmp(copy->from->info.path, "/dev/", 5) == 0); }

/* Onto LVM: libvirt makes it raw, too, but by what the image looks like, not by what its VM reads it as; it does not tell how far it is, and goes on when it
 * shall not. */
static bool becomes_device(const VolumeCopy *copy)
{
    return !copy->to->direct && datastore_type_is_raw(copy->to->datastore.type) && readable(copy);
}

static bool by_qemu(const VolumeCopy *copy)
{
    return rbd_path_is(copy->from->info.path) || rbd_path_is(copy->to->info.path) || becomes_device(copy);
}

static bool by_libvirt(const VolumeCopy *copy) { return !by_qemu(copy) && (!copy->to->direct || !readable(copy)); }

/* What a guest writes into a raw disk makes it no qcow2 that is based on another. */
static bool stands_alone(const VolumeCopy *copy) { return is_raw(copy->from_format) || !copy->from->info.backing; }

bool volume_copy_is_exact(const VolumeCopy *copy) { return !by_qemu(copy) && !by_libvirt(copy) && same_format(copy) && stands_alone(copy); }

VolumeFormat volume_copy_format(const VolumeHandle *to, VolumeFormat from_format) { return rbd_path_is(to->info.path) ? VOLUME_FORMAT_RAW : from_format; }

int volume_copy_check(const VolumeCopy *copy, Error *err)
{
    static const VolumeFormat formats[] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_ISO, VOLUME_FORMAT_QCOW2, VOLUME_FORMAT_VMDK,
                                            VOLUME_FORMAT_VDI, VOLUME_FORMAT_VPC, VOLUME_FORMAT_VHDX };
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        known |= copy->to_format == formats[i];
    if (!known)
        return error_set(err, ERR_NOT_SUPPORTED, copy->from->info.name, "copies of this format are not made");
    if (rbd_path_is(copy->from->info.path) && !is_raw(copy->from_format))
        return error_set(err, ERR_NOT_SUPPORTED, copy->from->info.name, "images of a Ceph pool are copied as raw disks, and its VM uses it as another format");
    if (by_qemu(copy) ? !copy->to->direct && !is_raw(copy->to_format) : by_libvirt(copy) && !same_format(copy))
        return error_set(err, ERR_NOT_SUPPORTED, copy->to->datastore.name, "disk images get another format only as files in a directory");
    if (by_qemu(copy) && !rbd_path_is(copy->from->info.path) && !readable(copy))
        return error_set(err, ERR_NOT_SUPPORTED, copy->from->datastore.name, "the agent cannot read what is in it");
    if ((by_libvirt(copy) || !copy->to->direct) && copy->from->owner != copy->to->owner)
        return error_set(err, ERR_NOT_SUPPORTED, copy->to->datastore.name, "another driver has it");
    return volume_handle_room(copy->to, copy->from->info.allocation, err);
}

/* ---------------------------------------------------------------- bytes */

static int io_error(const VolumeCopy *copy, Error *err)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return error_set(err, ERR_NO_SPACE, copy->to->datastore.name, "it became full");
    return error_set(err, ERR_IO, copy->to->info.name, "%s", strerror(errno));
}

/* Where the kernel cannot copy between the two, through our memory. */
static ssize_t copy_step(int from, int to, int64_t at, size_t count)
{
    loff_t in = at, out = at;
    ssize_t done = copy_file_range(from, &in, to, &out, count, 0);
    if (done >= 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP))
        return done;
    AUTO_FREE char *block = x_calloc(1, 1 << 20);
    ssize_t got = pread(from, block, count < 1 << 20 ? count : 1 << 20, at);
    return got > 0 ? pwrite(to, block, (size_t)got, at) : got;
}

static int copy_range(const VolumeCopy *copy, Task *task, int from, int to, int64_t at, int64_t end, int64_t size, Error *err)
{
    while (at < end) {
        ssize_t done = copy_step(from, to, at, end - at < STEP ? (size_t)(end - at) : STEP);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return io_error(copy, err);
        if (done == 0)
            return error_set(err, ERR_IO, copy->from->info.name, "it became shorter meanwhile");
        at += done;
        task_progress(task, at, size);
        int code = task_check(task, err);
        if (code < 0)
            return code;
    }
    return 0;
}

static int copy_data(const VolumeCopy *copy, Task *task, int from, int to, Error *err)
{
    int64_t size = lseek(from, 0, SEEK_END);
    int code = size < 0 || ftruncate(to, size) < 0 ? io_error(copy, err) : 0;
    for (int64_t at = 0; code == 0 && at < size;) {
        int64_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            break;
        int64_t begin = data < 0 ? at : data; /* a device does not know of holes */
        int64_t hole = data < 0 ? size : lseek(from, begin, SEEK_HOLE);
        at = hole > begin ? hole : size;
        code = copy_range(copy, task, from, to, begin, at, size, err);
    }
    return code;
}

static int copy_bytes(const VolumeCopy *copy, Task *task, const char *part, Error *err)
{
    int links = copy->from->direct ? O_NOFOLLOW : 0;
    int from = open(copy->from->info.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | links);
    int to = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int code = from < 0 || to < 0 ? io_error(copy, err) : 0;
    if (code == 0 && ioctl(to, FICLONE, from) < 0)
        code = copy_data(copy, task, from, to, err);
    struct stat status;
    if (code == 0 && fstat(from, &status) == 0 && S_ISREG(status.st_mode) && fchmod(to, status.st_mode & 0666) < 0)
        code = io_error(copy, err);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return code;
}

/* ---------------------------------------------------------------- qemu-img */

static int convert(const VolumeCopy *copy, Task *task, const char *part, Error *err)
{
    const char *from = VolumeFormat_name(is_raw(copy->from_format) ? VOLUME_FORMAT_RAW : copy->from_format);
    const char *to = VolumeFormat_name(is_raw(copy->to_format) ? VOLUME_FORMAT_RAW : copy->to_format);
    const char *const arguments[] = { "qemu-img", "convert", "-p", "-f", from, "-O", to, copy->from->info.path, part, NULL };
    ProgramShare share = { task, 0, copy->from->info.capacity, copy->from->info.capacity };
    int code = program_run(&(Program){ .arguments = arguments, .task = task, .line = program_progress, .context = &share }, NULL, err);
    if (code == ERR_PROGRAM_FAILED && err && err->cause && strstr(err->cause, "No space left")) {
        error_clear(err);
        code = error_set(err, ERR_NO_SPACE, copy->to->datastore.name, "it became full");
    }
    return code;
}

/* ---------------------------------------------------------------- both ways */

static int make_file(VolumeCopy *copy, Task *task, JournalEntry *entry, Error *err)
{
    AUTO_FREE char *part = volume_handle_part(copy->to, journal_id(entry));
    int code = journal_file(entry, part, err);
    if (code == 0)
        code = volume_copy_is_exact(copy) ? copy_bytes(copy, task, part, err) : convert(copy, task, part, err);
    if (code == 0)
        code = journal_name(entry, part, copy->to->info.path, err); /* from here on it may have its name */
    if (code == 0)
        code = volume_handle_commit(copy->to, part, err);
    if (code < 0)
        unlink(part);
    return code;
}

static int make_by_libvirt(VolumeCopy *copy, JournalEntry *entry, Error *err)
{
    VolumeHandle *to = copy->to;
    int code = volume_new_note(to->pool, to->datastore.id, to->info.name, entry, err);
    if (code < 0)
        return code;
    AUTO_FREE char *xml = volume_new_xml(to, is_raw(copy->to_format) ? VOLUME_FORMAT_RAW : copy->to_format, copy->from->info.capacity);
    return volume_new_take(to, virStorageVolCreateXMLFrom(to->pool, xml, copy->from->volume, 0), entry, err);
}

/* ---------------------------------------------------------------- Ceph */

/* target NULL: a new file of that name and format; otherwise a volume, empty if it is an image of a pool. */
static int run_qemu(const VolumeCopy *copy, const QemuImage *from, const QemuImage *target, const char *file, const ProgramShare *share, Error *err)
{
    const char *arguments[20] = { "qemu-img", "convert", "-p" };
    size_t count = 3;
    ProgramShare own = *share;
    qemu_image_option(from, arguments, &count);
    if (target) {
        qemu_image_option(target, arguments, &count);
        arguments[count++] = "-n";
        if (rbd_path_is(copy->to->info.path))
            arguments[count++] = "--target-is-zero";
    }
    arguments[count++] = "-O";
    arguments[count++] = is_raw(copy->to_format) ? "raw" : VolumeFormat_name(copy->to_format);
    arguments[count++] = from->name;
    arguments[count++] = target ? target->name : file;
    Program program = { .arguments = arguments, .kept = { from->key, target ? target->key : 0 }, .task = own.task, .line = program_progress, .context = &own };
    return program_run(&program, NULL, err);
}

/* Ceph keeps what a program had open that was killed until it has not heard of it for half a minute. */
static void delete_image(const VolumeHandle *to)
{
    enum { PATIENCE_MS = 60000, PAUSE_US = 500000 };
    int64_t until = clock_ms() + PATIENCE_MS;
    while (to->volume && virStorageVolDelete(to->volume, 0) < 0 && clock_ms() < until)
        usleep(PAUSE_US);
}

static int fill_volume(VolumeCopy *copy, const QemuImage *from, const ProgramShare *share, JournalEntry *entry, Error *err)
{
    AUTO(qemu_image_clear) QemuImage target = { 0 };
    int64_t capacity = 0;
    int code = qemu_image_capacity(from, copy->from->info.name, &capacity, err);
    if (code == 0)
        code = volume_new_empty(copy->to, capacity, entry, err);
    if (code == 0)
        code = qemu_image_open(virStoragePoolGetConnect(copy->to->pool), copy->to->info.path, VOLUME_FORMAT_RAW, &target, err);
    if (code == 0)
        code = run_qemu(copy, from, &target, NULL, share, err);
    if (code < 0)
        delete_image(copy->to);
    return code;
}

static int fill_file(VolumeCopy *copy, const QemuImage *from, const ProgramShare *share, JournalEntry *entry, Error *err)
{
    AUTO_FREE char *part = volume_handle_part(copy->to, journal_id(entry));
    int code = journal_file(entry, part, err);
    if (code == 0)
        code = run_qemu(copy, from, NULL, part, share, err);
    if (code == 0)
        code = journal_name(entry, part, copy->to->info.path, err);
    if (code == 0)
        code = volume_handle_commit(copy->to, part, err);
    if (code < 0)
        unlink(part);
    return disk_full_explain(copy->to->datastore.path, copy->to->datastore.name, code, err);
}

int volume_copy_share(VolumeCopy *copy, const ProgramShare *share, JournalEntry *entry, Error *err)
{
    AUTO(qemu_image_clear) QemuImage from = { 0 };
    int code = qemu_image_open(virStoragePoolGetConnect(copy->from->pool), copy->from->info.path, copy->from_format, &from, err);
    if (code < 0)
        return code;
    return copy->to->direct ? fill_file(copy, &from, share, entry, err) : fill_volume(copy, &from, share, entry, err);
}

int volume_copy_run(VolumeCopy *copy, Task *task, JournalEntry *entry, Error *err)
{
    const ProgramShare all = { task, 0, copy->from->info.capacity, copy->from->info.capacity };
    if (by_qemu(copy))
        return volume_copy_share(copy, &all, entry, err);
    return by_libvirt(copy) ? make_by_libvirt(copy, entry, err) : make_file(copy, task, entry, err);
}
