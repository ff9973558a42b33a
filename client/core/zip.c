/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local headers with deflated bytes, then the directory, as APPNOTE.TXT of PKWARE describes version 2.0. See zip.h. */
#include "client/core/zip.h"

#include "client/core/port.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LOCAL_SIZE = 30, VERSION = 20, UTF8_NAMES = 1 << 11, DEFLATED = 8 };
static const size_t whole_max = (size_t)1 << 30;

typedef struct Zip {
    unsigned char *bytes;
    size_t size, room;
    unsigned dos_time, dos_date;
} Zip;

typedef struct Entry {
    unsigned crc;
    size_t offset, packed;
} Entry;

static unsigned char *grow(Zip *zip, size_t size)
{
    if (zip->size + size > zip->room) {
        zip->room = (zip->size + size) * 2;
        zip->bytes = x_realloc(zip->bytes, zip->room, 1);
    }
    zip->size += size;
    return zip->bytes + zip->size - size;
}

static void put_2(Zip *zip, unsigned value)
{
    unsigned char *to = grow(zip, 2);
    to[0] = (unsigned char)value;
    to[1] = (unsigned char)(value >> 8);
}

static void put_4(Zip *zip, size_t value)
{
    put_2(zip, (unsigned)(value & 0xffff));
    put_2(zip, (unsigned)(value >> 16 & 0xffff));
}

/* What local header and directory have in common. */
static void put_facts(Zip *zip, const ZipFile *file, const Entry *entry)
{
    put_2(zip, VERSION);
    put_2(zip, UTF8_NAMES);
    put_2(zip, DEFLATED);
    put_2(zip, zip->dos_time);
    put_2(zip, zip->dos_date);
    put_4(zip, entry->crc);
    put_4(zip, entry->packed);
    put_4(zip, file->size);
    put_2(zip, (unsigned)strlen(file->name));
    put_2(zip, 0); /* no extra field */
}

static void put_name(Zip *zip, const ZipFile *file) { memcpy(grow(zip, strlen(file->name)), file->name, strlen(file->name)); }

/* Raw deflate at the end of the zip; how many bytes it took. */
static size_t deflate_into(Zip *zip, const ZipFile *file)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* out of memory */
    size_t bound = deflateBound(&stream, (uLong)file->size), start = zip->size;
    stream.next_out = grow(zip, bound);
    stream.avail_out = (uInt)bound;
    stream.next_in = (Bytef *)(uintptr_t)file->bytes;
    stream.avail_in = (uInt)file->size;
    deflate(&stream, Z_FINISH);
    zip->size = start + stream.total_out;
    deflateEnd(&stream);
    return zip->size - start;
}

static void put_file(Zip *zip, const ZipFile *file, Entry *entry)
{
    entry->offset = zip->size;
    entry->crc = (unsigned)crc32(0, file->bytes, (uInt)file->size);
    Zip header = {.dos_time = zip->dos_time, .dos_date = zip->dos_date};
    size_t head_size = LOCAL_SIZE + strlen(file->name);
    grow(zip, head_size);
    entry->packed = deflate_into(zip, file);
    put_4(&header, 0x04034b50);
    put_facts(&header, file, entry);
    put_name(&header, file);
    memcpy(zip->bytes + entry->offset, header.bytes, head_size);
    free(header.bytes);
}

static void put_entry(Zip *zip, const ZipFile *file, const Entry *entry)
{
    put_4(zip, 0x02014b50);
    put_2(zip, VERSION);
    put_facts(zip, file, entry);
    put_2(zip, 0); /* no comment */
    put_2(zip, 0); /* first disk */
    put_2(zip, 0); /* binary */
    put_4(zip, 0); /* no attributes */
    put_4(zip, entry->offset);
    put_name(zip, file);
}

static void set_time(Zip *zip, int64_t ms)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    port_local_time(ms, &year, &month, &day, &hour, &minute, &second);
    zip->dos_time = (unsigned)(hour << 11 | minute << 5 | second / 2);
    zip->dos_date = (unsigned)((year - 1980) << 9 | month << 5 | day);
}

int zip_make(const ZipFile *files, size_t count, int64_t ms_since_1970, char **ret, size_t *ret_size, Error *err)
{
    Zip zip = {0};
    size_t whole = 0;
    for (size_t i = 0; i < count; i++) {
        if (files[i].size > whole_max || (whole += files[i].size) > whole_max)
            return error_set(err, ERR_TOO_LARGE, "1073741824", NULL);
    }
    set_time(&zip, ms_since_1970);
    AUTO_FREE Entry *entries = x_calloc(count + 1, sizeof(*entries));
    for (size_t i = 0; i < count; i++)
        put_file(&zip, &files[i], &entries[i]);
    size_t directory = zip.size;
    for (size_t i = 0; i < count; i++)
        put_entry(&zip, &files[i], &entries[i]);
    size_t directory_size = zip.size - directory;
    put_4(&zip, 0x06054b50);
    put_4(&zip, 0); /* one disk */
    put_2(&zip, (unsigned)count);
    put_2(&zip, (unsigned)count);
    put_4(&zip, directory_size);
    put_4(&zip, directory);
    put_2(&zip, 0); /* no comment */
    *ret = (char *)zip.bytes;
    *ret_size = zip.size;
    return 0;
}
