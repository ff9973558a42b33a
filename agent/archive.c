/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tar archives: see archive.h. */
#include "agent/archive.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIBRARY "libarchive.so.13"

enum { DONE = 1, OK = 0, WARN = -20, FATAL = -30, FILTER_GZIP = 1, READ_BLOCK = 64 << 10, UNPACK_BLOCK = 1 << 20 }; /* archive.h */
#define USTAR_SIZE_MAX (INT64_C(1) << 33)

struct archive;
struct archive_entry;

typedef int ArchiveOpen(struct archive *, void *context);
typedef ssize_t ArchiveRead(struct archive *, void *context, const void **ret_bytes);
typedef int ArchiveClose(struct archive *, void *context);

typedef struct Functions {
#define ARCHIVE_FUNCTION(result, name, parameters) result (*name) parameters;
#include "agent/archive_functions.def"
#undef ARCHIVE_FUNCTION
} Functions;

static Functions lib; /* constant once loaded */
static char *failure; /* why it is not */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *find_all(void *library)
{
#define ARCHIVE_FUNCTION(result, name, parameters) \
    lib.name = (__typeof__(lib.name))dlsym(library, #name); \
    if (!lib.name) \
        return #name;
#include "agent/archive_functions.def"
#undef ARCHIVE_FUNCTION
    return NULL;
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const char *missing = library ? find_all(library) : NULL;
    if (missing)
        failure = x_printf("the host's library %s has no %s", LIBRARY, missing);
    else if (!library)
        failure = x_printf("the library %s is not installed on the host (Debian: apt install libarchive13)", LIBRARY);
}

static int need_library(const char *name, Error *err)
{
    pthread_once(&once, load);
    return failure ? error_set(err, ERR_NOT_SUPPORTED, name, "%s", failure) : 0;
}

/* ---------------------------------------------------------------- reading */

static int invalid(const char *name, const char *member, const char *why, Error *err)
{
    return error_set(err, ERR_APPLIANCE_INVALID, name, "its part '%s' %s", member, why);
}

/* Nothing is unpacked, so such a name could do no harm; but whoever made it meant some. */
static bool leads_out(const char *name)
{
    if (*name == '/' || *name == '\\' || strchr(name, ':'))
        return true;
    for (const char *step = name; step; step = strpbrk(step, "/\\")) {
        step += strspn(step, "/\\");
        if (step[0] == '.' && step[1] == '.' && (!step[2] || step[2] == '/' || step[2] == '\\'))
            return true;
    }
    return false;
}

static int check_entry(struct archive_entry *entry, const char *member, const char *name, Error *err)
{
    if (leads_out(member))
        return invalid(name, member, "leads out of the archive", err);
    if (!S_ISREG(lib.archive_entry_filetype(entry)) || lib.archive_entry_hardlink(entry))
        return invalid(name, member, "is not a file", err);
    if (lib.archive_entry_sparse_count(entry) > 0)
        return invalid(name, member, "is stored with gaps", err);
    if (lib.archive_entry_size(entry) < 0)
        return invalid(name, member, "has no size", err);
    return 0;
}

/* Where the member's bytes begin: the library has read its headers, and handed out the first block without stepping on. */
static int64_t data_offset(struct archive *archive, int64_t size)
{
    const void *bytes = NULL;
    size_t count = 0;
    int64_t at = 0;
    if (size > 0 && (lib.archive_read_data_block(archive, &bytes, &count, &at) != OK || at != 0))
        return -1;
    return lib.archive_filter_bytes(archive, 0);
}

static int take_entry(struct archive *archive, struct archive_entry *entry, int64_t whole, const char *name, ArchiveMembers *ret, Error *err)
{
    const char *member = lib.archive_entry_pathname(entry);
    if (!member)
        return error_set(err, ERR_APPLIANCE_INVALID, name, "a part of it has a name that cannot be read");
    if (S_ISDIR(lib.archive_entry_filetype(entry)) && !leads_out(member))
        return 0;
    while (strncmp(member, "./", 2) == 0)
        member += 2;
    int code = check_entry(entry, member, name, err);
    if (code < 0)
        return code;
    if (ret->count >= ARCHIVE_MEMBERS_MAX)
        return error_set(err, ERR_APPLIANCE_INVALID, name, "it has more than %d parts", ARCHIVE_MEMBERS_MAX);
    if (archive_find(ret, member))
        return invalid(name, member, "is there twice", err);
    char *kept = x_strdup(member);
    ArchiveMember found = { kept, 0, lib.archive_entry_size(entry) };
    found.offset = data_offset(archive, found.size);
    ret->items = x_realloc(ret->items, ret->count + 1, sizeof *ret->items);
    ret->items[ret->count++] = found;
    if (found.offset < 0 || found.size > whole - found.offset)
        return invalid(name, kept, "ends behind the end of the file", err);
    return 0;
}

/* whole: bytes of the archive; head: only its beginning is there. */
static int list_all(struct archive *archive, int64_t whole, bool head, const char *name, ArchiveMembers *ret, Error *err)
{
    for (;;) {
        struct archive_entry *entry = NULL;
        int result = lib.archive_read_next_header(archive, &entry);
        if (result == DONE || (head && result < WARN && ret->count))
            return ret->count ? 0 : error_set(err, ERR_APPLIANCE_INVALID, name, "it is an empty archive");
        if (result < WARN)
            return error_set(err, ERR_APPLIANCE_INVALID, name, "%s", str_or_empty(lib.archive_error_string(archive)));
        int code = take_entry(archive, entry, head ? INT64_MAX : whole, name, ret, err);
        if (code < 0)
            return code;
    }
}

static int list_opened(struct archive *archive, int opened, int64_t whole, bool head, const char *name, ArchiveMembers *ret, Error *err)
{
    ArchiveMembers members = { 0 };
    int code = opened < WARN ? error_set(err, ERR_APPLIANCE_INVALID, name, "%s", str_or_empty(lib.archive_error_string(archive)))
                             : list_all(archive, whole, head, name, &members, err);
    lib.archive_read_free(archive);
    if (code == 0)
        *ret = members;
    else
        archive_members_clear(&members);
    return code;
}

int archive_list(int fd, int64_t size, const char *name, ArchiveMembers *ret, Error *err)
{
    int code = need_library(name, err);
    if (code < 0)
        return code;
    struct archive *archive = lib.archive_read_new();
    lib.archive_read_support_format_tar(archive);
    lseek(fd, 0, SEEK_SET);
    return list_opened(archive, lib.archive_read_open_fd(archive, fd, READ_BLOCK), size, false, name, ret, err);
}

int archive_list_head(const void *bytes, size_t count, const char *name, ArchiveMembers *ret, Error *err)
{
    int code = need_library(name, err);
    if (code < 0)
        return code;
    struct archive *archive = lib.archive_read_new();
    lib.archive_read_support_format_tar(archive);
    return list_opened(archive, lib.archive_read_open_memory(archive, bytes, count), (int64_t)count, true, name, ret, err);
}

void archive_members_clear(ArchiveMembers *members)
{
    for (size_t i = 0; i < members->count; i++)
        free(members->items[i].name);
    free(members->items);
    *members = (ArchiveMembers){ 0 };
}

const ArchiveMember *archive_find(const ArchiveMembers *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (str_equal(members->items[i].name, name))
            return &members->items[i];
    return NULL;
}

const ArchiveMember *archive_find_ending(const ArchiveMembers *members, const char *ending)
{
    for (size_t i = 0; i < members->count; i++) {
        size_t length = strlen(members->items[i].name);
        if (length > strlen(ending) && strcasecmp(members->items[i].name + length - strlen(ending), ending) == 0)
            return &members->items[i];
    }
    return NULL;
}

/* ---------------------------------------------------------------- unpacking */

typedef struct Unpack {
    ArchiveBytes *source;
    ArchiveSink *sink;
    void *context;
    const char *name;
    Error error; /* of the source */
} Unpack;

static ssize_t unpack_read(struct archive *archive, void *context, const void **ret_bytes)
{
    Unpack *unpack = context;
    ssize_t count = unpack->source(unpack->context, ret_bytes, &unpack->error);
    if (count < 0)
        lib.archive_set_error(archive, EIO, "it cannot be read");
    return count < 0 ? FATAL : count;
}

static int unpack_failed(Unpack *unpack, struct archive *archive, Error *err)
{
    if (unpack->error.code)
        return error_move(err, &unpack->error);
    return error_set(err, ERR_APPLIANCE_INVALID, unpack->name, "it cannot be unpacked: %s", str_or_empty(lib.archive_error_string(archive)));
}

static int unpack_all(Unpack *unpack, struct archive *archive, Error *err)
{
    struct archive_entry *entry = NULL;
    int result = lib.archive_read_next_header(archive, &entry);
    if (result < WARN)
        return unpack_failed(unpack, archive, err);
    if (result == DONE || lib.archive_filter_code(archive, 0) != FILTER_GZIP)
        return error_set(err, ERR_APPLIANCE_INVALID, unpack->name, "it is not packed by gzip, as its description says");
    AUTO_FREE char *block = x_calloc(UNPACK_BLOCK, 1);
    for (;;) {
        ssize_t count = lib.archive_read_data(archive, block, UNPACK_BLOCK);
        if (count == 0)
            return 0;
        int code = count < 0 ? unpack_failed(unpack, archive, err) : unpack->sink(unpack->context, block, (size_t)count, err);
        if (code < 0)
            return code;
    }
}

int archive_unpack(ArchiveBytes *source, ArchiveSink *sink, void *context, const char *name, Error *err)
{
    Unpack unpack = { .source = source, .sink = sink, .context = context, .name = name };
    int code = need_library(name, err);
    if (code < 0)
        return code;
    struct archive *archive = lib.archive_read_new();
    lib.archive_read_support_format_raw(archive);
    lib.archive_read_support_filter_gzip(archive);
    if (lib.archive_read_open(archive, &unpack, NULL, unpack_read, NULL) < WARN)
        code = unpack_failed(&unpack, archive, err);
    else
        code = unpack_all(&unpack, archive, err);
    lib.archive_read_free(archive);
    error_clear(&unpack.error);
    return code;
}

/* ---------------------------------------------------------------- writing */

/* OVF asks for ustar; it ends at 8 GiB, where all readers know GNU's way of writing the size. */
static int write_header(struct archive *archive, struct archive_entry *entry, int64_t size, unsigned char *bytes)
{
    size_t used = 0;
    int result = size < USTAR_SIZE_MAX ? lib.archive_write_set_format_ustar(archive) : lib.archive_write_set_format_gnutar(archive);
    if (result == OK)
        result = lib.archive_write_set_bytes_per_block(archive, 0);
    if (result == OK)
        result = lib.archive_write_open_memory(archive, bytes, ARCHIVE_HEADER_BYTES, &used);
    if (result == OK)
        result = lib.archive_write_header(archive, entry);
    return result == OK && used == ARCHIVE_HEADER_BYTES ? 0 : -1;
}

int archive_header(const char *name, int64_t size, int64_t modified, unsigned char ret[ARCHIVE_HEADER_BYTES], Error *err)
{
    int code = need_library(name, err);
    if (code < 0)
        return code;
    struct archive *archive = lib.archive_write_new();
    struct archive_entry *entry = lib.archive_entry_new();
    lib.archive_entry_set_pathname(entry, name);
    lib.archive_entry_set_filetype(entry, S_IFREG);
    lib.archive_entry_set_perm(entry, 0644);
    lib.archive_entry_set_size(entry, size);
    lib.archive_entry_set_mtime(entry, (time_t)modified, 0);
    if (write_header(archive, entry, size, ret) < 0)
        code = error_set(err, ERR_IO, name, "%s", str_or_empty(lib.archive_error_string(archive)));
    lib.archive_write_free(archive); /* complains that the bytes are missing; they are written elsewhere */
    lib.archive_entry_free(entry);
    return code;
}

/* ---------------------------------------------------------------- ISO file systems */

typedef struct IsoBytes {
    char *bytes;
    size_t count;
} IsoBytes;

static ssize_t take_iso(struct archive *archive, void *context, const void *bytes, size_t count)
{
    (void)archive;
    IsoBytes *iso = context;
    if (count > ARCHIVE_ISO_MAX - iso->count)
        return -1;
    memcpy(iso->bytes + iso->count, bytes, count);
    iso->count += count;
    return (ssize_t)count;
}

static int write_file(struct archive *archive, const ArchiveFile *file)
{
    size_t size = strlen(file->text);
    struct archive_entry *entry = lib.archive_entry_new();
    lib.archive_entry_set_pathname(entry, file->name);
    lib.archive_entry_set_filetype(entry, S_IFREG);
    lib.archive_entry_set_perm(entry, 0444);
    lib.archive_entry_set_size(entry, (int64_t)size);
    lib.archive_entry_set_mtime(entry, time(NULL), 0);
    int result = lib.archive_write_header(archive, entry);
    if (result == OK && lib.archive_write_data(archive, file->text, size) != (ssize_t)size)
        result = WARN;
    lib.archive_entry_free(entry);
    return result;
}

static int write_iso(struct archive *archive, const char *label, const ArchiveFile *files, size_t count, IsoBytes *iso)
{
    int result = lib.archive_write_set_format_iso9660(archive);
    if (result == OK)
        result = lib.archive_write_set_format_option(archive, "iso9660", "volume-id", label);
    if (result == OK)
        result = lib.archive_write_set_format_option(archive, "iso9660", "pad", NULL); /* 300 KiB of zeros that only real drives have needed */
    if (result == OK)
        result = lib.archive_write_set_bytes_per_block(archive, 0);
    if (result == OK)
        result = lib.archive_write_open(archive, iso, NULL, take_iso, NULL);
    for (size_t i = 0; i < count && result == OK; i++)
        result = write_file(archive, &files[i]);
    return result == OK ? lib.archive_write_close(archive) : result;
}

int archive_iso(const char *label, const ArchiveFile *files, size_t count, char **ret, size_t *ret_size, Error *err)
{
    int code = need_library(label, err);
    if (code < 0)
        return code;
    struct archive *archive = lib.archive_write_new();
    IsoBytes iso = { x_calloc(ARCHIVE_ISO_MAX, 1), 0 };
    if (write_iso(archive, label, files, count, &iso) == OK) {
        *ret = x_realloc(TAKE_PTR(iso.bytes), iso.count, 1);
        *ret_size = iso.count;
    } else {
        code = error_set(err, ERR_IO, label, "%s", str_or_empty(lib.archive_error_string(archive)));
    }
    lib.archive_write_free(archive);
    free(iso.bytes);
    return code;
}
