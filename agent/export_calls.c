/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.export, of a VM or of a snapshot. The files are made in a datastore, under hidden names until all are complete; a client fetches them from there, as often and in as many pieces as
 * it needs. An OVA is written from front to back with its disks in their places: room for the description is kept in front, since the sizes it tells are
 * known at the end. The journal removes what a killed agent leaves.
 */
#include "agent/archive.h"
#include "agent/digest.h"
#include "agent/disk_full.h"
#include "agent/drivers.h"
#include "agent/export_source.h"
#include "agent/export_xml.h"
#include "agent/file_copy.h"
#include "agent/image_probe.h"
#include "agent/journal.h"
#include "agent/manifest.h"
#include "agent/ovf_write.h"
#include "agent/program.h"
#include "agent/qemu_image.h"
#include "agent/request.h"
#include "agent/upload_file.h"
#include "agent/vmdk_write.h"
#include "agent/volume_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SECTOR = 512, FILES_MAX = LIMIT_DEVICES + 2 };

/* A disk of the VM and the file it becomes. */
typedef struct ExportedDisk {
    const DiskInfo *disk;
    QemuImage source;
    char *file;         /* name, in the archive or of its own */
    int64_t capacity;
    int64_t size;       /* of the file, once written */
    char digest[LIMIT_DIGEST + 1];
} ExportedDisk;

/* A file being made in the datastore. */
typedef struct ExportedFile {
    VolumeHandle place;
    char *part;
} ExportedFile;

typedef struct ExportJob {
    Agent *agent;
    VmExportParams params;
    ExportSource source;
    char *base;         /* name of the files without ending */
    ExportedDisk *disks;
    size_t disk_count;
    ExportedFile files[FILES_MAX];
    size_t file_count;
    int64_t total;      /* bytes of all disks, as guests see them */
    JournalEntry *journal;
} ExportJob;

static void export_free(void *context)
{
    ExportJob *job = context;
    for (size_t i = 0; i < job->disk_count; i++) {
        qemu_image_clear(&job->disks[i].source);
        free(job->disks[i].file);
    }
    for (size_t i = 0; i < job->file_count; i++) {
        volume_handle_clear(&job->files[i].place);
        free(job->files[i].part);
    }
    free(job->disks);
    free(job->base);
    export_source_close(&job->source);
    VmExportParams_clear(&job->params);
    free(job);
}

/* ---------------------------------------------------------------- checks */

static const char *ending(const ExportJob *job) { return job->params.format == EXPORT_QCOW2 ? "qcow2" : "vmdk"; }

static int plan_disk(ExportJob *job, virConnectPtr conn, const DiskInfo *disk, Error *err)
{
    ExportedDisk *next = &job->disks[job->disk_count++];
    next->disk = disk;
    next->file = x_printf("%s-disk%zu.%s", job->base, job->disk_count, ending(job));
    int code = qemu_image_open(conn, disk->path ? disk->path : disk->target, disk->format, &next->source, err);
    if (code == 0)
        code = qemu_image_capacity(&next->source, disk->path, &next->capacity, err);
    job->total += next->capacity;
    return code;
}

static int plan_disks(ExportJob *job, Error *err)
{
    AUTO_CONN conn = NULL;
    int code = drivers_connection(job->agent->drivers, job->source.owner, &conn, err);
    job->disks = x_calloc(job->source.vm.disks.count, sizeof *job->disks);
    for (size_t i = 0; i < job->source.vm.disks.count && code == 0; i++)
        if (job->source.vm.disks.items[i].device == DISK_DEVICE_DISK)
            code = plan_disk(job, conn, &job->source.vm.disks.items[i], err);
    return code;
}

/* Takes the name for a file. */
static int add_file(ExportJob *job, const char *name, Error *err)
{
    ExportedFile *file = &job->files[job->file_count];
    int code = volume_handle_new(job->agent, job->params.datastore, name, &file->place, err);
    if (code < 0)
        return code;
    job->file_count++;
    return file->place.direct ? 0 : error_set(err, ERR_NOT_SUPPORTED, file->place.datastore.name, "exported files need a directory datastore");
}

static int add_ending(ExportJob *job, const char *tail, Error *err)
{
    AUTO_FREE char *name = x_printf("%s.%s", job->base, tail);
    return add_file(job, name, err);
}

/* OVA: the archive. OVF: description, disks, manifest. qcow2: description, disks. In this order. */
static int plan_files(ExportJob *job, Error *err)
{
    int code = add_ending(job, job->params.format == EXPORT_OVA ? "ova" : job->params.format == EXPORT_OVF ? "ovf" : "xml", err);
    for (size_t i = 0; i < job->disk_count && code == 0 && job->params.format != EXPORT_OVA; i++)
        code = add_file(job, job->disks[i].file, err);
    if (code == 0 && job->params.format == EXPORT_OVF)
        code = add_ending(job, "mf", err);
    return code;
}

/* What could lead out of a package: importers refuse it. */
#define FORBIDDEN ":/\\"

/* The caller frees. */
static char *base_name(const ExportJob *job)
{
    const char *vm = job->source.vm.name + strspn(job->source.vm.name, "."); /* hidden files are no volumes */
    if (!str_empty(job->params.name))
        return x_strdup(job->params.name);
    char *name = job->params.snapshot ? x_printf("%s-%s", vm, job->params.snapshot) : x_strdup(vm);
    for (char *at = name; *(at += strcspn(at, FORBIDDEN));)
        *at = '-';
    return name;
}

/* The longest name in an archive is that of its last disk. */
static int check_names(const ExportJob *job, Error *err)
{
    const char *base = job->base;
    if (strpbrk(base, FORBIDDEN))
        return error_set(err, ERR_VOLUME_NAME_INVALID, base, "it contains a colon, a slash or a backslash");
    size_t longest = job->disk_count ? strlen(job->disks[job->disk_count - 1].file) : strlen(base) + strlen(".ovf");
    if (job->params.format != EXPORT_OVA || longest <= ARCHIVE_NAME_MAX)
        return 0;
    return error_set(err, ERR_VOLUME_NAME_INVALID, base, "it is %zu bytes too long for the names in an archive; choose another name for the files", longest - ARCHIVE_NAME_MAX);
}

static int plan(ExportJob *job, Error *err)
{
    if (job->params.format == EXPORT_UNKNOWN)
        return error_set(err, ERR_NOT_SUPPORTED, job->params.vm, "the format is not known");
    int code = export_source_open(job->agent, job->params.vm, job->params.snapshot, &job->source, err);
    if (code < 0)
        return code;
    job->base = base_name(job);
    code = plan_disks(job, err);
    if (code == 0)
        code = check_names(job, err);
    return code < 0 ? code : plan_files(job, err);
}

/* ---------------------------------------------------------------- writing bytes */

static int explain(const ExportJob *job, int code, Error *err)
{
    const DatastoreInfo *datastore = &job->files[0].place.datastore;
    return disk_full_explain(datastore->path, datastore->name, code, err);
}

static int io_error(const ExportJob *job, Error *err)
{
    return explain(job, error_set(err, ERR_IO, job->files[0].place.datastore.name, "%s", strerror(errno)), err);
}

static int write_at(const ExportJob *job, int fd, int64_t at, const void *bytes, size_t count, Error *err)
{
    return file_write_at(fd, bytes, count, at) ? 0 : io_error(job, err);
}

static int make_part(ExportJob *job, size_t index, Error *err)
{
    ExportedFile *file = &job->files[index];
    AUTO_FREE char *id = x_printf("%s-%zu", journal_id(job->journal), index);
    file->part = volume_handle_part(&file->place, id);
    int code = journal_file(job->journal, file->part, err);
    if (code < 0)
        return code;
    int fd = open(file->part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_error(job, err);
    close(fd);
    return 0;
}

/* A whole text into a part file. */
static int write_text(ExportJob *job, size_t index, const char *text, Error *err)
{
    int fd = open(job->files[index].part, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return io_error(job, err);
    int code = write_at(job, fd, 0, text, strlen(text), err);
    close(fd);
    return code;
}

/* ---------------------------------------------------------------- disks */

static int64_t done_before(const ExportJob *job, size_t index)
{
    int64_t done = 0;
    for (size_t i = 0; i < index; i++)
        done += job->disks[i].capacity;
    return done;
}

/* As VMDK into that file, from that byte on. */
static int write_vmdk(ExportJob *job, Task *task, size_t index, const char *part, int64_t offset, Error *err)
{
    ExportedDisk *disk = &job->disks[index];
    AUTO_FREE char *scratch_id = x_printf("%s-new", journal_id(job->journal));
    AUTO_FREE char *scratch = volume_handle_part(&job->files[0].place, scratch_id);
    VmdkWrite how = { .source = &disk->source, .snapshot = job->source.inside, .capacity = disk->capacity, .name = disk->file, .path = part, .offset = offset, .scratch = scratch,
                      .share = { task, done_before(job, index), disk->capacity, job->total } };
    int code = journal_file(job->journal, scratch, err);
    if (code == 0)
        code = explain(job, vmdk_write(&how, &disk->size, err), err);
    if (code < 0)
        return code;
    int fd = open(part, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return io_error(job, err);
    code = file_digest(&(ImagePlace){ fd, offset, disk->size }, disk->file, task, NULL, disk->digest, err);
    close(fd);
    return code;
}

/* zstd packs as well as zlib in a third of the time; qemu-img of before 2020 and some builds lack it. */
static bool has_zstd(const char *part)
{
    const char *const arguments[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-o", "compression_type=zstd", part, "1M", NULL };
    return program_run(&(Program){ .arguments = arguments }, NULL, NULL) == 0;
}

static int write_qcow2(ExportJob *job, Task *task, size_t index, const char *part, Error *err)
{
    ExportedDisk *disk = &job->disks[index];
    ProgramShare share = { task, done_before(job, index), disk->capacity, job->total };
    AUTO_FREE char *inside = image_snapshot_option(job->source.inside);
    const char *arguments[20] = { "qemu-img", "convert", "-p", "-c", "-t", "writeback", "-O", "qcow2", "-o",
                                  has_zstd(part) ? "compression_type=zstd" : "compat=1.1" };
    size_t at = 10;
    qemu_image_option(&disk->source, arguments, &at);
    if (inside) {
        arguments[at++] = "-l";
        arguments[at++] = inside;
    }
    arguments[at++] = disk->source.name;
    arguments[at++] = part;
    Program program = { .arguments = arguments, .kept = { disk->source.key }, .task = task, .line = program_progress, .context = &share };
    return explain(job, program_run(&program, NULL, err), err);
}

/* ---------------------------------------------------------------- the description */

static char *description(const ExportJob *job, bool longest)
{
    OvfDisk *disks = x_calloc(job->disk_count, sizeof *disks);
    for (size_t i = 0; i < job->disk_count; i++)
        disks[i] = (OvfDisk){ job->disks[i].file, longest ? INT64_MAX : job->disks[i].size, job->disks[i].capacity, job->disks[i].disk->bus };
    AUTO_FREE char *text = ovf_text(&job->source.vm, disks, job->disk_count);
    free(disks);
    return x_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n%s\n", text);
}

/* SHA-256 of the description's bytes and of the disks. */
static char *manifest_text(const ExportJob *job, const char *ovf, size_t length)
{
    Digest digest;
    char hex[LIMIT_DIGEST + 1];
    digest_start(&digest);
    digest_add(&digest, ovf, length);
    digest_text(&digest, hex);
    char *text = x_printf("SHA256(%s.ovf)= %s\n", job->base, hex);
    for (size_t i = 0; i < job->disk_count; i++) {
        AUTO_FREE char *before = text;
        text = x_printf("%sSHA256(%s)= %s\n", before, job->disks[i].file, job->disks[i].digest);
    }
    return text;
}

/* ---------------------------------------------------------------- OVA */

static int64_t whole_sectors(int64_t bytes) { return (bytes + SECTOR - 1) / SECTOR * SECTOR; }

static int write_header(const ExportJob *job, int fd, int64_t at, const char *name, int64_t size, Error *err)
{
    unsigned char header[ARCHIVE_HEADER_BYTES];
    int code = archive_header(name, size, time(NULL), header, err);
    return code < 0 ? code : write_at(job, fd, at, header, sizeof header, err);
}

/* The disks, behind the room for the description. *at: where the next member's header goes. */
static int write_members(ExportJob *job, Task *task, int fd, int64_t *at, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->disk_count && code == 0; i++) {
        int64_t begin = *at + ARCHIVE_HEADER_BYTES;
        if (ftruncate(fd, begin) < 0)
            return io_error(job, err);
        code = write_vmdk(job, task, i, job->files[0].part, begin, err);
        if (code == 0)
            code = write_header(job, fd, *at, job->disks[i].file, job->disks[i].size, err);
        *at = begin + whole_sectors(job->disks[i].size);
    }
    return code;
}

/* The description into its room, filled up with blanks: XML may end with them. */
static int write_front(ExportJob *job, int fd, int64_t room, char **ret_text, Error *err)
{
    AUTO_FREE char *name = x_printf("%s.ovf", job->base);
    AUTO_FREE char *text = description(job, false);
    size_t length = strlen(text);
    text = x_realloc(text, (size_t)room + 1, 1);
    memset(text + length, '\n', (size_t)room - length);
    text[room] = 0;
    int code = write_header(job, fd, 0, name, room, err);
    if (code == 0)
        code = write_at(job, fd, ARCHIVE_HEADER_BYTES, text, (size_t)room, err);
    if (code == 0)
        *ret_text = TAKE_PTR(text);
    return code;
}

static int write_back(ExportJob *job, int fd, int64_t at, const char *manifest, Error *err)
{
    AUTO_FREE char *name = x_printf("%s.mf", job->base);
    int64_t length = (int64_t)strlen(manifest);
    int code = write_header(job, fd, at, name, length, err);
    if (code == 0)
        code = write_at(job, fd, at + ARCHIVE_HEADER_BYTES, manifest, (size_t)length, err);
    int64_t end = at + ARCHIVE_HEADER_BYTES + whole_sectors(length) + 2 * SECTOR; /* two empty sectors end a tar */
    if (code == 0 && ftruncate(fd, end) < 0)
        code = io_error(job, err);
    return code;
}

static int fill_ova(ExportJob *job, Task *task, int fd, Error *err)
{
    AUTO_FREE char *longest = description(job, true);
    AUTO_FREE char *text = NULL;
    int64_t room = whole_sectors((int64_t)strlen(longest));
    int64_t at = ARCHIVE_HEADER_BYTES + room;
    int code = write_members(job, task, fd, &at, err);
    if (code == 0)
        code = write_front(job, fd, room, &text, err);
    if (code < 0)
        return code;
    AUTO_FREE char *manifest = manifest_text(job, text, (size_t)room);
    return write_back(job, fd, at, manifest, err);
}

static int write_ova(ExportJob *job, Task *task, Error *err)
{
    int code = make_part(job, 0, err);
    if (code < 0)
        return code;
    int fd = open(job->files[0].part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return io_error(job, err);
    code = fill_ova(job, task, fd, err);
    close(fd);
    return code;
}

/* ---------------------------------------------------------------- OVF and qcow2 */

static int write_disk_files(ExportJob *job, Task *task, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->disk_count && code == 0; i++) {
        code = make_part(job, 1 + i, err);
        if (code == 0 && job->params.format == EXPORT_OVF)
            code = write_vmdk(job, task, i, job->files[1 + i].part, 0, err);
        else if (code == 0)
            code = write_qcow2(job, task, i, job->files[1 + i].part, err);
    }
    return code;
}

static int write_ovf(ExportJob *job, Task *task, Error *err)
{
    int code = make_part(job, 0, err);
    if (code == 0)
        code = write_disk_files(job, task, err);
    if (code == 0)
        code = make_part(job, job->file_count - 1, err);
    if (code < 0)
        return code;
    AUTO_FREE char *text = description(job, false);
    AUTO_FREE char *manifest = manifest_text(job, text, strlen(text));
    code = write_text(job, 0, text, err);
    return code < 0 ? code : write_text(job, job->file_count - 1, manifest, err);
}

/* The description with the disks' new places, so that it can be imported, or defined, where they lie. */
static char *libvirt_text(const ExportJob *job)
{
    StrList paths = { 0 };
    for (size_t i = 0; i < job->disk_count; i++)
        StrList_add(&paths, job->files[1 + i].place.info.path);
    char *text = export_xml(job->source.xml, &paths);
    StrList_clear(&paths);
    return text ? text : x_strdup(job->source.xml);
}

static int write_libvirt(ExportJob *job, Task *task, Error *err)
{
    int code = make_part(job, 0, err);
    if (code == 0)
        code = write_disk_files(job, task, err);
    if (code < 0)
        return code;
    AUTO_FREE char *text = libvirt_text(job);
    return write_text(job, 0, text, err);
}

/* ---------------------------------------------------------------- the task */

static int commit(ExportJob *job, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->file_count && code == 0; i++) {
        code = journal_name(job->journal, job->files[i].part, job->files[i].place.info.path, err);
        if (code == 0)
            code = volume_handle_commit(&job->files[i].place, job->files[i].part, err);
    }
    return code;
}

static int export_all(ExportJob *job, Task *task, Error *err)
{
    int code = job->params.format == EXPORT_OVA ? write_ova(job, task, err)
        : job->params.format == EXPORT_OVF ? write_ovf(job, task, err) : write_libvirt(job, task, err);
    if (code == 0)
        code = task_check(task, err);
    return code < 0 ? code : commit(job, err);
}

static void tell_names(const ExportJob *job, Task *task)
{
    char *names = x_strdup(job->files[0].place.info.name);
    for (size_t i = 1; i < job->file_count; i++) {
        AUTO_FREE char *before = names;
        names = x_printf("%s\n%s", before, job->files[i].place.info.name);
    }
    task_result(task, names);
    free(names);
}

static int undo(ExportJob *job, Error *err)
{
    AUTO_CONN conn = NULL;
    int code = drivers_connection(job->agent->drivers, job->source.owner, &conn, err);
    return code < 0 ? code : journal_undo(job->journal, conn, err);
}

static int export_run(Task *task, void *context, Error *err)
{
    ExportJob *job = context;
    Error ignored = { 0 };
    int code = journal_begin(job->agent->journal, JOURNAL_MAKE, job->source.owner, NULL, &job->journal, err);
    if (code < 0)
        return code;
    code = export_all(job, task, err);
    if (code < 0 && undo(job, &ignored) < 0)
        journal_leave(job->journal);
    else
        journal_end(job->journal);
    error_clear(&ignored);
    if (code == 0)
        tell_names(job, task);
    volume_handle_changed(&job->files[0].place);
    if (code == 0)
        task_progress(task, job->total, job->total);
    return code;
}

int handle_vm_export(Request *request, const VmExportParams *params, TaskRef *ret, Error *err)
{
    ExportJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    VmExportParams_copy(params, &job->params);
    int code = plan(job, err);
    request_object(request, params->vm, job->source.vm.name ? job->source.vm.name : params->vm);
    if (code == 0)
        return request_task(request, OBJECT_VM, true, export_run, export_free, job, ret, err);
    export_free(job);
    return code;
}
