/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tar archives (OVA files) by the host's libarchive, which is loaded when it is first needed. Nothing is ever unpacked: what is wanted is where each
 * member lies, so that it can be read in its place. Files that were packed by gzip are unpacked by the same library, and small ISO file systems are
 * written by it. Plain file calls that wait: tasks and workers.
 */
#ifndef POOLCENTER_AGENT_ARCHIVE_H
#define POOLCENTER_AGENT_ARCHIVE_H

#include "protocol/error.h"

#include <sys/types.h>

enum { ARCHIVE_HEADER_BYTES = 512, ARCHIVE_MEMBERS_MAX = 1000, ARCHIVE_NAME_MAX = 99 };

typedef struct ArchiveMember {
    char *name;
    int64_t offset; /* of its bytes in the archive */
    int64_t size;
} ArchiveMember;

typedef struct ArchiveMembers {
    ArchiveMember *items;
    size_t count;
} ArchiveMembers;

/* Lists the plain files in the archive. ERR_APPLIANCE_INVALID: not a tar, a member that leads out of it, that is no file, or that ends behind the
 * archive's end. ERR_NOT_SUPPORTED: no libarchive. The descriptor stays the caller's. */
int archive_list(int fd, int64_t size, const char *name, ArchiveMembers *ret, Error *err);
/* The same with the first bytes of an archive: the last member may end behind them. */
int archive_list_head(const void *bytes, size_t count, const char *name, ArchiveMembers *ret, Error *err);
void archive_members_clear(ArchiveMembers *members);
/* NULL: no such member. */
const ArchiveMember *archive_find(const ArchiveMembers *members, const char *name);
/* The first one whose name ends so, whatever the case of its letters. */
const ArchiveMember *archive_find_ending(const ArchiveMembers *members, const char *ending);

/* What stands before a member's bytes: for a name of at most ARCHIVE_NAME_MAX bytes always of this length, whatever the size. modified: Unix seconds. */
int archive_header(const char *name, int64_t size, int64_t modified, unsigned char ret[ARCHIVE_HEADER_BYTES], Error *err);

/* Where packed bytes come from: *ret_bytes stay valid until the next call. Their number, 0: that was all, negative with the error: they cannot be read. */
typedef ssize_t ArchiveBytes(void *context, const void **ret_bytes, Error *err);
/* Where unpacked bytes go, one after the other. 0 or an error, which ends it. */
typedef int ArchiveSink(void *context, const void *bytes, size_t count, Error *err);
/* Unpacks what gzip has packed. ERR_APPLIANCE_INVALID: it is something else, damaged, or ends too early. */
int archive_unpack(ArchiveBytes *source, ArchiveSink *sink, void *context, const char *name, Error *err);

typedef struct ArchiveFile {
    const char *name;
    const char *text;
} ArchiveFile;

enum { ARCHIVE_ISO_MAX = 8 << 20 };

/* An ISO 9660 file system with these files in its root, their names as they are (Rock Ridge for Linux, Joliet for Windows). label: of the volume. The bytes
 * are the caller's, who frees them; a multiple of 2048. */
int archive_iso(const char *label, const ArchiveFile *files, size_t count, char **ret, size_t *ret_size, Error *err);

#endif
