/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files to import: see import_source.h. What a file is, its first bytes say, never its name. */
#include "agent/import_source.h"
#include "agent/ovf_read.h"
#include "agent/vmdk_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int io_error(const char *name, Error *err) { return error_set(err, ERR_IO, name, "%s", strerror(errno)); }

/* ---------------------------------------------------------------- what it is */

static bool is_tar(const char *bytes, size_t count) { return count >= 512 && memcmp(bytes + 257, "ustar", 5) == 0; }

/* The beginning of an XML text, behind a byte order mark and blanks. UTF-16 is for libxml2 to see, by its mark. */
static bool is_xml(const char *bytes, size_t count)
{
    size_t at = count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < count && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    if (count >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return true;
    return at + 1 < count && bytes[at] == '<' && bytes[at + 1] != '<'; /* a VDI may begin with "<<<" */
}

static int read_description(const char *text, size_t length, const char *name, const char *system, Appliance *ret, Error *err)
{
    if (!memmem(text, length, "<domain", 7))
        return ovf_read(text, length, name, system, ret, err);
    if (system)
        return error_set(err, ERR_APPLIANCE_INVALID, name, "it has no VM with the id '%s'", system);
    return libvirt_read(text, length, name, ret, err);
}

static void describe_image(const char *name, int64_t size, const ImageFacts *facts, Appliance *ret)
{
    ApplianceDisk disk = { .file = x_strdup(name), .format = facts->format, .capacity = facts->capacity, .size = size, .bus = DISK_BUS_SATA };
    *ret = (Appliance){ .kind = APPLIANCE_IMAGE, .name = appliance_name_of(name) };
    ApplianceDiskList_add(&ret->disks, &disk);
}

/* ---------------------------------------------------------------- reading small files */

static int read_text(const ImagePlace *place, const char *name, size_t most, char **ret, Error *err)
{
    if (place->size > (int64_t)most)
        return error_set(err, ERR_APPLIANCE_INVALID, name, "it is too long");
    char *text = x_calloc((size_t)place->size + 1, 1);
    ssize_t got = pread(place->fd, text, (size_t)place->size, place->offset);
    if (got == place->size) {
        *ret = text;
        return 0;
    }
    free(text);
    return got < 0 ? io_error(name, err) : error_set(err, ERR_IO, name, "it became shorter");
}

/* Only a file: a link could lead out of the datastore, a device or a pipe could wait for ever. */
static int open_file(const char *path, const char *name, int *ret_fd, int64_t *ret_size, Error *err)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return io_error(name, err);
    int code = fstat(fd, &facts) < 0 ? io_error(name, err) : 0;
    if (code == 0 && !S_ISREG(facts.st_mode))
        code = error_set(err, ERR_APPLIANCE_INVALID, name, "it is not a file");
    if (code < 0) {
        close(fd);
        return code;
    }
    *ret_fd = fd;
    *ret_size = facts.st_size;
    return 0;
}

int import_source_place(const ImportSource *source, const char *file, ImagePlace *ret, Error *err)
{
    const ArchiveMember *member = archive_find(&source->members, file);
    ImagePlace place = { .fd = -1 };
    if (source->members.count && !member)
        return error_set(err, ERR_APPLIANCE_INVALID, source->name, "its file '%s' is missing", file);
    if (member || str_equal(file, source->name)) {
        place = (ImagePlace){ fcntl(source->fd, F_DUPFD_CLOEXEC, 3), member ? member->offset : 0, member ? member->size : source->size };
        *ret = place;
        return place.fd < 0 ? io_error(file, err) : 0;
    }
    if (strchr(file, '/') || *file == '.')
        return error_set(err, ERR_APPLIANCE_INVALID, source->name, "its file '%s' is not beside it", file);
    AUTO_FREE char *path = x_printf("%s/%s", source->directory, file);
    if (access(path, F_OK) < 0)
        return error_set(err, ERR_APPLIANCE_INVALID, source->name, "its file '%s' is missing", file);
    int code = open_file(path, file, &place.fd, &place.size, err);
    if (code == 0)
        *ret = place;
    return code;
}

/* ---------------------------------------------------------------- VMDKs in several files */

/* What the text of a VMDK says of its data: flat files, which are read one after the other. */
static int read_vmdk_text(const char *text, const char *name, ApplianceDisk *disk, Error *err)
{
    int code = vmdk_text_read(text, name, &disk->parts, &disk->capacity, err);
    if (code == 0)
        disk->format = VOLUME_FORMAT_RAW;
    return code;
}

/* Flat files are as long as their text says, or the disk would be another one. */
static int check_vmdk_parts(const ImportSource *source, const ApplianceDisk *disk, Error *err)
{
    int64_t together = 0;
    for (size_t i = 0; i < disk->parts.count; i++) {
        ImagePlace place;
        int code = import_source_place(source, disk->parts.items[i], &place, err);
        if (code < 0)
            return code;
        close(place.fd);
        together += place.size;
    }
    return together == disk->capacity ? 0 : error_set(err, ERR_IMAGE_REFUSED, disk->file, "its files are not as long as it says");
}

static int find_vmdk_parts(const ImportSource *source, ApplianceDisk *disk, Error *err)
{
    ImagePlace place;
    char head[32] = { 0 };
    AUTO_FREE char *text = NULL;
    if (disk->empty || disk->packed || disk->parts.count || import_source_place(source, disk->file, &place, NULL) < 0)
        return 0; /* what is missing is told when it is needed */
    ssize_t got = pread(place.fd, head, place.size < (int64_t)sizeof head ? (size_t)place.size : sizeof head, place.offset);
    bool is_text = got > 0 && vmdk_is_text(head, (size_t)got);
    int code = is_text ? read_text(&place, disk->file, VMDK_TEXT_MAX, &text, err) : 0;
    close(place.fd);
    if (code == 0 && is_text)
        code = read_vmdk_text(text, disk->file, disk, err);
    return code == 0 && is_text ? check_vmdk_parts(source, disk, err) : code;
}

/* ---------------------------------------------------------------- opening */

static int read_manifest_at(ImportSource *source, const char *file, Error *err)
{
    ImagePlace place = { .fd = -1 };
    AUTO_FREE char *text = NULL;
    int code = import_source_place(source, file, &place, err);
    if (code == 0)
        code = read_text(&place, file, MANIFEST_MAX, &text, err);
    if (place.fd >= 0)
        close(place.fd);
    if (code == 0)
        code = manifest_read(text, (size_t)place.size, source->name, &source->manifest, err);
    source->appliance.manifest = code == 0;
    return code;
}

static int open_archive(ImportSource *source, const char *system, Error *err)
{
    AUTO_FREE char *text = NULL;
    int code = archive_list(source->fd, source->size, source->name, &source->members, err);
    if (code < 0)
        return code;
    const ArchiveMember *ovf = archive_find_ending(&source->members, ".ovf");
    const ArchiveMember *manifest = archive_find_ending(&source->members, ".mf");
    if (!ovf)
        return error_set(err, ERR_APPLIANCE_INVALID, source->name, "it has no description (.ovf)");
    code = read_text(&(ImagePlace){ source->fd, ovf->offset, ovf->size }, ovf->name, DESCRIPTION_MAX, &text, err);
    if (code == 0)
        code = ovf_read(text, (size_t)ovf->size, source->name, system, &source->appliance, err);
    source->appliance.kind = APPLIANCE_OVA;
    return code == 0 && manifest ? read_manifest_at(source, manifest->name, err) : code;
}

static int open_description(ImportSource *source, const char *system, Error *err)
{
    AUTO_FREE char *text = NULL;
    int code = read_text(&(ImagePlace){ source->fd, 0, source->size }, source->name, DESCRIPTION_MAX, &text, err);
    if (code == 0)
        code = read_description(text, (size_t)source->size, source->name, system, &source->appliance, err);
    size_t stem = strlen(source->name);
    if (code < 0 || stem < 5 || strcasecmp(source->name + stem - 4, ".ovf") != 0)
        return code;
    AUTO_FREE char *manifest = x_printf("%.*s.mf", (int)(stem - 4), source->name);
    AUTO_FREE char *path = x_printf("%s/%s", source->directory, manifest);
    return access(path, F_OK) == 0 ? read_manifest_at(source, manifest, err) : 0;
}

static int open_image(ImportSource *source, Error *err)
{
    ImageFacts facts;
    int code = image_probe(&(ImagePlace){ source->fd, 0, source->size }, source->name, NULL, &facts, err);
    if (code == 0)
        describe_image(source->name, source->size, &facts, &source->appliance);
    return code;
}

/* Names that the appliance repeats are used once. */
static int check_disks(const ImportSource *source, Error *err)
{
    const ApplianceDiskList *disks = &source->appliance.disks;
    for (size_t i = 0; i < disks->count; i++)
        for (size_t j = i + 1; j < disks->count; j++)
            if (str_equal(disks->items[i].file, disks->items[j].file))
                return error_set(err, ERR_APPLIANCE_INVALID, source->name, "two of its disks are the same file '%s'", disks->items[i].file);
    return 0;
}

/* The text is all there is of it; the rest lies beside. */
static void open_vmdk_text(ImportSource *source)
{
    describe_image(source->name, source->size, &(ImageFacts){ .format = VOLUME_FORMAT_VMDK }, &source->appliance);
}

static int find_parts(const ImportSource *source, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < source->appliance.disks.count && code == 0; i++)
        code = find_vmdk_parts(source, &source->appliance.disks.items[i], err);
    return code;
}

int import_source_open(const char *path, const char *system, ImportSource *ret, Error *err)
{
    const char *slash = strrchr(path, '/');
    ImportSource source = { .fd = -1, .name = x_strdup(slash ? slash + 1 : path), .directory = x_strndup(path, slash ? (size_t)(slash - path) : 0) };
    char head[512] = { 0 };
    int code = open_file(path, source.name, &source.fd, &source.size, err);
    ssize_t got = code == 0 ? pread(source.fd, head, sizeof head, 0) : 0;
    if (got < 0)
        code = io_error(source.name, err);
    if (code == 0 && is_tar(head, (size_t)got))
        code = open_archive(&source, system, err);
    else if (code == 0 && is_xml(head, (size_t)got))
        code = open_description(&source, system, err);
    else if (code == 0 && vmdk_is_text(head, (size_t)got))
        open_vmdk_text(&source);
    else if (code == 0)
        code = open_image(&source, err);
    if (code == 0)
        code = check_disks(&source, err);
    if (code == 0)
        code = find_parts(&source, err);
    if (code == 0)
        *ret = source;
    else
        import_source_close(&source);
    return code;
}

void import_source_close(ImportSource *source)
{
    if (source->fd >= 0)
        close(source->fd);
    free(source->name);
    free(source->directory);
    archive_members_clear(&source->members);
    manifest_clear(&source->manifest);
    Appliance_clear(&source->appliance);
    *source = (ImportSource){ .fd = -1 };
}

/* ---------------------------------------------------------------- before it is there */

static int head_of_archive(const char *name, const char *bytes, size_t count, const char *system, Appliance *ret, Error *err)
{
    ArchiveMembers members = { 0 };
    int code = archive_list_head(bytes, count, name, &members, err);
    const ArchiveMember *ovf = archive_find_ending(&members, ".ovf");
    if (code == 0 && (!ovf || ovf->size > (int64_t)count - ovf->offset))
        code = error_set(err, ERR_APPLIANCE_INVALID, name, "it does not begin with its description (.ovf)");
    if (code == 0)
        code = ovf_read(bytes + ovf->offset, (size_t)ovf->size, name, system, ret, err);
    if (code == 0) {
        ret->kind = APPLIANCE_OVA;
        ret->manifest = archive_find_ending(&members, ".mf") != NULL;
    }
    archive_members_clear(&members);
    return code;
}

/* A file as long as the whole with only its beginning in it tells most formats' sizes; where it does not, the size is told later. */
static int head_of_image(const char *name, int64_t size, const char *bytes, size_t count, Appliance *ret, Error *err)
{
    ImageFacts facts = { 0 };
    Error why = { 0 };
    int fd = memfd_create("image", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, size) < 0 || pwrite(fd, bytes, count, 0) != (ssize_t)count) {
        int code = io_error(name, err);
        if (fd >= 0)
            close(fd);
        return code;
    }
    ImagePlace place = { fd, 0, size };
    int code = image_detect(&place, name, &facts.format, err);
    if (code == 0 && image_probe(&place, name, NULL, &facts, &why) < 0)
        facts.capacity = 0;
    error_clear(&why);
    close(fd);
    if (code == 0)
        describe_image(name, size, &facts, ret);
    return code;
}

static int head_of_vmdk_text(const char *name, const char *bytes, size_t count, Appliance *ret, Error *err)
{
    AUTO_FREE char *text = x_strndup(bytes, count);
    Appliance appliance;
    describe_image(name, (int64_t)count, &(ImageFacts){ .format = VOLUME_FORMAT_VMDK }, &appliance);
    int code = read_vmdk_text(text, name, &appliance.disks.items[0], err);
    if (code == 0)
        *ret = appliance;
    else
        Appliance_clear(&appliance);
    return code;
}

int import_source_head(const char *name, int64_t size, const void *bytes, size_t count, const char *system, Appliance *ret, Error *err)
{
    bool vmdk_text = vmdk_is_text(bytes, count);
    if (is_tar(bytes, count))
        return head_of_archive(name, bytes, count, system, ret, err);
    if (!vmdk_text && !is_xml(bytes, count))
        return head_of_image(name, size, bytes, count, ret, err);
    if ((int64_t)count < size)
        return error_set(err, ERR_APPLIANCE_INVALID, name, "it is too long");
    return vmdk_text ? head_of_vmdk_text(name, bytes, count, ret, err) : read_description(bytes, count, name, system, ret, err);
}

/* ---------------------------------------------------------------- the manifest */

static bool is_description(const ImportSource *source, const char *file)
{
    const ArchiveMember *inside = source->members.count ? archive_find_ending(&source->members, ".ovf") : NULL;
    return str_equal(file, inside ? inside->name : source->name);
}

/* What the VM is made of: it has to be there. */
static bool is_needed(const ImportSource *source, const char *file)
{
    const ApplianceDiskList *disks = &source->appliance.disks;
    if (is_description(source, file))
        return true;
    for (size_t i = 0; i < disks->count; i++) {
        if (!disks->items[i].parts.count && !disks->items[i].empty && str_equal(disks->items[i].file, file))
            return true;
        for (size_t k = 0; k < disks->items[i].parts.count; k++)
            if (str_equal(disks->items[i].parts.items[k], file))
                return true;
    }
    return false;
}

static bool is_there(const ImportSource *source, const char *file)
{
    if (source->members.count)
        return archive_find(&source->members, file) != NULL;
    AUTO_FREE char *path = x_printf("%s/%s", source->directory, file);
    return strchr(file, '/') || access(path, F_OK) == 0; /* what lies elsewhere is refused, whether it is there or not */
}

/* The rest of a package (VMware's .nvram, what other VMs are made of) is not imported and may have stayed behind; what is there of one VM's package must be
 * whole. */
static bool is_checked(const ImportSource *source, const char *file)
{
    return is_needed(source, file) || (!source->appliance.machines.count && is_there(source, file));
}

int import_source_verify(const ImportSource *source, Task *task, const atomic_bool *stop, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < source->manifest.count && code == 0; i++) {
        ImagePlace place;
        if (!is_checked(source, source->manifest.items[i].file))
            continue;
        code = import_source_place(source, source->manifest.items[i].file, &place, err);
        if (code < 0)
            return code;
        code = manifest_check(&source->manifest.items[i], &place, task, stop, err);
        close(place.fd);
    }
    return code;
}
