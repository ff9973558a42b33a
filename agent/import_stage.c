/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Joining and unpacking disks: see import_stage.h. What is empty stays a hole in the file. libarchive does not compare what it has unpacked with gzip's own
 * check value and length (RFC 1952, 2.3.1), so that is done here.
 */
#include "agent/import_stage.h"
#include "agent/file_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, HOLE = 4096, TRAILER = 8 };

typedef struct Stage {
    const ImportStage *how;
    size_t part;         /* that is being read */
    ImagePlace place;    /* of it; fd -1: none is open */
    int64_t at;          /* in it */
    int64_t read;        /* in all */
    int out;
    int64_t written;
    unsigned char trailer[TRAILER]; /* the last bytes that were read */
    uint32_t check;
    uint32_t table[256];
    char *block;
} Stage;

/* ---------------------------------------------------------------- gzip's check value */

static void check_begin(Stage *stage)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ UINT32_C(0xedb88320) : value >> 1;
        stage->table[i] = value;
    }
    stage->check = UINT32_MAX;
}

static void check_add(Stage *stage, const char *bytes, size_t count)
{
    uint32_t check = stage->check;
    for (size_t i = 0; i < count; i++)
        check = stage->table[(check ^ (unsigned char)bytes[i]) & 0xff] ^ check >> 8;
    stage->check = check;
}

static uint32_t little(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void keep_trailer(Stage *stage, size_t count)
{
    size_t fresh = count < TRAILER ? count : TRAILER;
    memmove(stage->trailer, stage->trailer + fresh, TRAILER - fresh);
    memcpy(stage->trailer + TRAILER - fresh, stage->block + count - fresh, fresh);
}

static int check_end(const Stage *stage, Error *err)
{
    if (little(stage->trailer) == ~stage->check && little(stage->trailer + 4) == (uint32_t)stage->written)
        return 0;
    return error_set(err, ERR_APPLIANCE_INVALID, stage->how->source->name, "its file '%s' is damaged: what it unpacks to is not what was packed", stage->how->disk->file);
}

/* ---------------------------------------------------------------- bytes */

bool import_stage_needed(const ApplianceDisk *disk) { return disk->packed || disk->parts.count > 1; }

static size_t part_count(const ApplianceDisk *disk) { return disk->parts.count ? disk->parts.count : 1; }

static int next_part(Stage *stage, Error *err)
{
    const ApplianceDisk *disk = stage->how->disk;
    if (stage->place.fd >= 0)
        close(stage->place.fd);
    stage->place.fd = -1;
    stage->at = 0;
    const char *file = disk->parts.count ? disk->parts.items[stage->part] : disk->file;
    stage->part++;
    return import_source_place(stage->how->source, file, &stage->place, err);
}

static ssize_t read_bytes(void *context, const void **ret_bytes, Error *err)
{
    Stage *stage = context;
    const ProgramShare *share = &stage->how->share;
    task_progress(share->task, share->before + (stage->read < share->share ? stage->read : share->share), share->total);
    int code = task_check(share->task, err);
    while (code == 0 && (stage->place.fd < 0 || stage->at == stage->place.size)) {
        if (stage->part == part_count(stage->how->disk))
            return 0;
        code = next_part(stage, err);
    }
    if (code < 0)
        return code;
    int64_t left = stage->place.size - stage->at;
    ssize_t count = pread(stage->place.fd, stage->block, left < BLOCK ? (size_t)left : BLOCK, stage->place.offset + stage->at);
    if (count <= 0)
        return error_set(err, ERR_IO, stage->how->disk->file, "%s", count < 0 ? strerror(errno) : "it became shorter");
    stage->at += count;
    stage->read += count;
    keep_trailer(stage, (size_t)count);
    *ret_bytes = stage->block;
    return count;
}

static bool is_empty(const char *bytes, size_t count)
{
    static const char zeros[HOLE];
    return count <= sizeof zeros && memcmp(bytes, zeros, count) == 0;
}

static int write_bytes(void *context, const void *bytes, size_t count, Error *err)
{
    Stage *stage = context;
    const char *next = bytes;
    if (stage->how->disk->packed)
        check_add(stage, bytes, count);
    if ((int64_t)count > stage->how->most - stage->written)
        return error_set(err, ERR_APPLIANCE_INVALID, stage->how->source->name, "its file '%s' unpacks to more than its disk can hold, or than there is room for", stage->how->disk->file);
    int code = 0;
    while (count && code == 0) {
        size_t piece = count < HOLE ? count : HOLE;
        if (!is_empty(next, piece) && !file_write_at(stage->out, next, piece, stage->written))
            code = error_set(err, ERR_IO, stage->how->disk->file, "%s", strerror(errno));
        stage->written += (int64_t)piece;
        next += piece;
        count -= piece;
    }
    return code;
}

static int join(Stage *stage, Error *err)
{
    for (;;) {
        const void *bytes = NULL;
        ssize_t count = read_bytes(stage, &bytes, err);
        if (count == 0)
            return 0;
        int code = count < 0 ? (int)count : write_bytes(stage, bytes, (size_t)count, err);
        if (code < 0)
            return code;
    }
}

static int unpack(Stage *stage, Error *err)
{
    check_begin(stage);
    int code = archive_unpack(read_bytes, write_bytes, stage, stage->how->source->name, err);
    return code < 0 ? code : check_end(stage, err);
}

int import_stage(const ImportStage *how, int *ret_fd, Error *err)
{
    Stage stage = { .how = how, .place = { .fd = -1 } };
    stage.out = open(how->path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (stage.out < 0)
        return error_set(err, ERR_IO, how->disk->file, "%s", strerror(errno));
    stage.block = x_calloc(BLOCK, 1);
    int code = how->disk->packed ? unpack(&stage, err) : join(&stage, err);
    if (code == 0 && ftruncate(stage.out, stage.written) < 0)
        code = error_set(err, ERR_IO, how->disk->file, "%s", strerror(errno));
    if (stage.place.fd >= 0)
        close(stage.place.fd);
    free(stage.block);
    if (code == 0)
        *ret_fd = stage.out;
    else
        close(stage.out);
    return code;
}
