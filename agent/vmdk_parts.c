/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of VMDKs: see vmdk_parts.h. Layout: "Virtual Disk Format 5.0" (VMware), "The Descriptor File". */
#include "agent/vmdk_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "# Disk DescriptorFile"
#define CAPACITY_MAX (INT64_C(1) << 50)
enum { SECTOR = 512 };

bool vmdk_is_text(const char *bytes, size_t count) { return count >= strlen(MARK) && memcmp(bytes, MARK, strlen(MARK)) == 0; }

static int refuse(const char *name, const char *why, Error *err) { return error_set(err, ERR_IMAGE_REFUSED, name, "%s", why); }

static bool has_value(const char *line, const char *key, const char *value)
{
    size_t length = strlen(key);
    return strncasecmp(line, key, length) == 0 && line[length] == '=' && strncasecmp(line + length + 1, value, strlen(value)) == 0;
}

/* RW 4192256 FLAT "disk-f001.vmdk" 0 */
static int read_extent(const char *line, const char *name, StrList *files, int64_t *capacity, Error *err)
{
    char access[12], kind[12], file[LIMIT_NAME + 1];
    long long sectors = 0, offset = 0;
    int got = sscanf(line, "%11s %lld %11s \"%255[^\"]\" %lld", access, &sectors, kind, file, &offset);
    if (got < 3 || (strcmp(access, "RW") != 0 && strcmp(access, "RDONLY") != 0))
        return 0;
    if (strcasecmp(kind, "FLAT") != 0 && strcasecmp(kind, "VMFS") != 0)
        return refuse(name, "it is a VMDK of several sparse files; convert it to one file first", err);
    if (got < 4 || sectors <= 0 || sectors > CAPACITY_MAX / SECTOR || offset != 0)
        return refuse(name, "its description of its files cannot be read", err);
    if (strchr(file, '/') || strchr(file, '\\') || strchr(file, ':') || *file == '.')
        return error_set(err, ERR_IMAGE_REFUSED, name, "its file '%s' is not beside it", file);
    if (files->count >= LIMIT_PARTS || *capacity > CAPACITY_MAX)
        return refuse(name, "it has too many files", err);
    StrList_add(files, file);
    *capacity += sectors * SECTOR;
    return 0;
}

static int read_line(const char *line, const char *name, StrList *files, int64_t *capacity, Error *err)
{
    if (strncasecmp(line, "parentCID=", 10) == 0 && !has_value(line, "parentCID", "ffffffff"))
        return refuse(name, "it is the difference to another VMDK (a snapshot); consolidate it first", err);
    return read_extent(line, name, files, capacity, err);
}

int vmdk_text_read(const char *text, const char *name, StrList *ret_files, int64_t *ret_capacity, Error *err)
{
    AUTO(StrList_clear) StrList files = { 0 };
    AUTO_FREE char *copy = x_strdup(text);
    char *rest = NULL;
    int64_t capacity = 0;
    int code = 0;
    for (char *line = strtok_r(copy, "\r\n", &rest); line && code == 0; line = strtok_r(NULL, "\r\n", &rest))
        code = read_line(line, name, &files, &capacity, err);
    if (code == 0 && !files.count)
        code = refuse(name, "it is the description of a VMDK that names no file", err);
    if (code < 0)
        return code;
    *ret_files = files;
    files = (StrList){ 0 };
    *ret_capacity = capacity;
    return 0;
}
