/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disk images of strangers: see image_probe.h. Layouts: docs/interop/qcow2.txt of QEMU, "Virtual Disk Format 5.0" (VMware), "Virtual Hard Disk
 * Image Format Specification" and [MS-VHDX] (Microsoft), block/vdi.c of QEMU.
 */
#include "agent/image_probe.h"
#include "agent/program.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 40960,     /* up to the mark of an ISO 9660 file system */
    PROBE_SECONDS = 30,
    PROBE_REPLY = 256 << 10,
};
#define PROBE_MEMORY (INT64_C(2) << 30)
#define CAPACITY_MAX (INT64_C(1) << 50)

/* ---------------------------------------------------------------- bytes */

typedef struct Head {
    unsigned char bytes[HEAD_BYTES];
    size_t count;
} Head;

static uint64_t big(const Head *head, size_t at, size_t count)
{
    uint64_t number = 0;
    for (size_t i = at; i < at + count; i++)
        number = number << 8 | head->bytes[i];
    return number;
}

static uint64_t little(const Head *head, size_t at, size_t count)
{
    uint64_t number = 0;
    for (size_t i = at + count; i-- > at;)
        number = number << 8 | head->bytes[i];
    return number;
}

static bool has(const Head *head, size_t at, const char *mark)
{
    size_t length = strlen(mark);
    return at + length <= head->count && memcmp(head->bytes + at, mark, length) == 0;
}

static int refuse(const char *name, const char *why, Error *err) { return error_set(err, ERR_IMAGE_REFUSED, name, "%s", why); }

/* ---------------------------------------------------------------- what each format may not have */

/* Version 3 with the feature "external data file". */
static bool qcow2_leads_out(const Head *head) { return big(head, 4, 4) >= 3 && (big(head, 72, 8) & 4); }

static int check_qcow2(const Head *head, const char *name, Error *err)
{
    uint64_t version = big(head, 4, 4);
    if (version != 2 && version != 3)
        return refuse(name, "it is a QCOW image of an unknown version", err);
    if (big(head, 8, 8) != 0)
        return refuse(name, "it is the difference to another image (it has a backing file); commit or convert it first", err);
    if (big(head, 32, 4) != 0)
        return refuse(name, "it is encrypted", err);
    if (qcow2_leads_out(head))
        return refuse(name, "its data are in another file; convert it first", err);
    return 0;
}

/* A sparse extent that says a capacity holds its data itself; otherwise qemu-img would follow the description inside. */
static bool vmdk_leads_out(const Head *head) { return little(head, 12, 8) == 0; }

/* What QEMU takes for the description of a VMDK: comments and blank lines, then its version. */
static bool is_vmdk_text(const Head *head)
{
    bool comment = false;
    for (size_t at = 0; at < head->count; at++) {
        unsigned char byte = head->bytes[at];
        comment = byte == '#' || (comment && byte != '\n');
        if (!comment && byte != ' ' && byte != '\r' && byte != '\n')
            return has(head, at, "version=");
    }
    return false;
}

static int check_vmdk(const Head *head, const char *name, Error *err)
{
    static const char parent[] = "parentCID=";
    uint64_t start = little(head, 28, 8) * 512;
    uint64_t length = little(head, 36, 8) * 512;
    if (vmdk_leads_out(head))
        return refuse(name, "it is a VMDK that is made of other files; convert it to one file first", err);
    if (!start || start >= head->count)
        return 0;
    if (length > head->count - start)
        length = head->count - start;
    char text[HEAD_BYTES + 1];
    memcpy(text, head->bytes + start, length);
    text[length] = 0;
    const char *at = strstr(text, parent);
    if (at && strncasecmp(at + strlen(parent), "ffffffff", 8) != 0)
        return refuse(name, "it is the difference to another VMDK (a snapshot); consolidate it first", err);
    return 0;
}

static int check_vhd(const Head *footer, size_t at, const char *name, Error *err)
{
    enum { DYNAMIC = 3, FIXED = 2 };
    uint64_t type = big(footer, at + 60, 4);
    return type == FIXED || type == DYNAMIC ? 0 : refuse(name, "it is the difference to another VHD; merge it first", err);
}

static int check_vdi(const Head *head, const char *name, Error *err)
{
    enum { DYNAMIC = 1, FIXED = 2 };
    uint64_t type = little(head, 0x4c, 4);
    return type == FIXED || type == DYNAMIC ? 0 : refuse(name, "it is the difference to another VDI (a snapshot); clone it to one file first", err);
}

/* ---------------------------------------------------------------- detection */

/* What can be told from its first bytes but cannot be read. */
static const struct { const char *mark; const char *why; } strangers[] = {
    { "# Disk DescriptorFile", "it is only the description of a VMDK whose data are in other files; convert it to one file first" },
    { "COWD", "it is a VMDK of an old ESX server; convert it to one file first" },
    { "QED", "QED images are not supported; convert it first" },
    { "LUKS\xba\xbe", "it is encrypted" },
    { "WithoutFreeSpace", "Parallels images are not supported; convert it first" },
    { "WithouFreSpacExt", "Parallels images are not supported; convert it first" },
    { "\x1f\x8b", "it is compressed (gzip); unpack it first" },
    { "BZh", "it is compressed (bzip2); unpack it first" },
    { "\xfd" "7zXZ", "it is compressed (xz); unpack it first" },
    { "\x28\xb5\x2f\xfd", "it is compressed (zstd); unpack it first" },
    { "PK\x03\x04", "it is a ZIP archive; unpack it first" },
    { "7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive; unpack it first" },
};

static size_t read_at(const ImagePlace *place, int64_t at, void *bytes, size_t count)
{
    if (at < 0 || at >= place->size)
        return 0;
    if ((int64_t)count > place->size - at)
        count = (size_t)(place->size - at);
    ssize_t got = pread(place->fd, bytes, count, place->offset + at);
    return got < 0 ? 0 : (size_t)got;
}

/* A fixed VHD is raw data with 512 bytes behind them. */
static bool is_fixed_vhd(const ImagePlace *place, Head *ret_footer)
{
    ret_footer->count = read_at(place, place->size - 512, ret_footer->bytes, 512);
    return ret_footer->count == 512 && has(ret_footer, 0, "conectix");
}

static int detect(const ImagePlace *place, Head *head, const char *name, VolumeFormat *ret, Error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
        if (has(head, 0, strangers[i].mark))
            return refuse(name, strangers[i].why, err);
    *ret = VOLUME_FORMAT_RAW;
    if (has(head, 0, "QFI\xfb"))
        return *ret = VOLUME_FORMAT_QCOW2, check_qcow2(head, name, err);
    if (has(head, 0, "KDMV"))
        return *ret = VOLUME_FORMAT_VMDK, check_vmdk(head, name, err);
    if (has(head, 0, "vhdxfile"))
        return *ret = VOLUME_FORMAT_VHDX, 0;
    if (has(head, 0, "conectix"))
        return *ret = VOLUME_FORMAT_VPC, check_vhd(head, 0, name, err);
    if (has(head, 0x40, "\x7f\x10\xda\xbe"))
        return *ret = VOLUME_FORMAT_VDI, check_vdi(head, name, err);
    if (has(head, 32769, "CD001"))
        *ret = VOLUME_FORMAT_ISO;
    else if (is_fixed_vhd(place, head))
        return *ret = VOLUME_FORMAT_VPC, check_vhd(head, 0, name, err);
    return 0;
}

int image_detect(const ImagePlace *place, const char *name, VolumeFormat *ret, Error *err)
{
    Head *head = x_calloc(1, sizeof *head); /* zeros behind a short file: nothing is read beyond what there is */
    head->count = read_at(place, 0, head->bytes, sizeof head->bytes);
    int code = detect(place, head, name, ret, err);
    free(head);
    return code;
}

const char *image_leads_out(const ImagePlace *place)
{
    Head *head = x_calloc(1, sizeof *head);
    const char *format = NULL;
    head->count = read_at(place, 0, head->bytes, sizeof head->bytes);
    if (has(head, 0, "QFI\xfb") && qcow2_leads_out(head))
        format = "qcow2";
    else if ((has(head, 0, "KDMV") && vmdk_leads_out(head)) || is_vmdk_text(head))
        format = "vmdk";
    free(head);
    return format;
}

/* ---------------------------------------------------------------- asking qemu-img */

/* Commas are doubled in qemu's options. */
char *image_option(const char *value)
{
    char *text = x_calloc(2 * strlen(value) + 1, 1);
    char *out = text;
    for (; *value; value++) {
        if (*value == ',')
            *out++ = ',';
        *out++ = *value;
    }
    return text;
}

char *image_snapshot_option(const char *name)
{
    AUTO_FREE char *value = name ? image_option(name) : NULL;
    return value ? x_printf("snapshot.name=%s", value) : NULL;
}

const char *image_format_name(VolumeFormat format) { return format == VOLUME_FORMAT_ISO ? "raw" : VolumeFormat_name(format); }

/* A part of a file is a whole number of sectors for qemu; what an archive fills up with belongs to nobody. */
static json_t *file_of(const ImagePlace *place)
{
    enum { SECTOR = 512 };
    struct stat facts;
    AUTO_FREE char *path = x_printf("/dev/fd/%d", place->fd);
    json_t *file = json_pack("{s:s, s:s}", "driver", "file", "filename", path);
    bool known = fstat(place->fd, &facts) == 0;
    if (known && place->offset == 0 && place->size == facts.st_size)
        return file;
    int64_t size = (place->size + SECTOR - 1) / SECTOR * SECTOR;
    if (known && place->offset + size > facts.st_size)
        size = place->size / SECTOR * SECTOR;
    return json_pack("{s:s, s:I, s:I, s:o}", "driver", "raw", "offset", (json_int_t)place->offset, "size", (json_int_t)size, "file", file);
}

/* A VHD has the size it says: by default qemu takes its geometry, which is a little smaller or larger. */
char *image_source(const ImagePlace *place, VolumeFormat format)
{
    json_t *image = json_pack("{s:s, s:o}", "driver", image_format_name(format), "file", file_of(place));
    if (format == VOLUME_FORMAT_VPC)
        json_object_set_new(image, "force_size_calc", json_string("current_size"));
    char *text = json_dumps(image, JSON_COMPACT);
    char *name = x_printf("json:%s", str_or_empty(text));
    free(text);
    json_decref(image);
    return name;
}

static Program bounded(const ImagePlace *place, const char *const *arguments, Task *task)
{
    return (Program){ .arguments = arguments, .kept = { place->fd }, .output_limit = PROBE_REPLY, .milliseconds = 2 * PROBE_SECONDS * 1000,
                      .cpu_seconds = PROBE_SECONDS, .memory = PROBE_MEMORY, .task = task };
}

/* Runs qemu-img, whose answer is JSON. What it complains of is the image's fault. */
static int ask(const Program *program, const char *name, json_t **ret, Error *err)
{
    AUTO_FREE char *output = NULL;
    Error why = { 0 };
    int code = program_run(program, &output, &why);
    if (code == ERR_PROGRAM_FAILED) {
        code = error_set(err, ERR_IMAGE_REFUSED, name, "%s", str_or_empty(why.cause));
        error_clear(&why);
        return code;
    }
    if (code < 0)
        return error_move(err, &why);
    *ret = json_loads(output, JSON_REJECT_DUPLICATES, NULL);
    return *ret ? 0 : error_set(err, ERR_IMAGE_REFUSED, name, "qemu-img says something that cannot be read");
}

/* The bytes have been checked before; this is the second look, by the program that will read it. */
static int judge(const json_t *info, const char *name, ImageFacts *ret, Error *err)
{
    json_int_t capacity = json_integer_value(json_object_get(info, "virtual-size"));
    const json_t *data = json_object_get(json_object_get(info, "format-specific"), "data");
    if (json_object_get(info, "backing-filename") || json_object_get(data, "data-file"))
        return refuse(name, "it leads to another file", err);
    if (json_is_true(json_object_get(info, "encrypted")))
        return refuse(name, "it is encrypted", err);
    if (capacity <= 0 || capacity > CAPACITY_MAX)
        return refuse(name, "its size is not possible", err);
    ret->capacity = capacity;
    return 0;
}

int image_probe(const ImagePlace *place, const char *name, Task *task, ImageFacts *ret, Error *err)
{
    ImageFacts facts = { 0 };
    int code = image_detect(place, name, &facts.format, err);
    if (code < 0)
        return code;
    AUTO_FREE char *source = image_source(place, facts.format);
    const char *const arguments[] = { "qemu-img", "info", "-U", "--output=json", source, NULL };
    Program program = bounded(place, arguments, task);
    json_t *info = NULL;
    code = ask(&program, name, &info, err);
    if (code == 0)
        code = judge(info, name, &facts, err);
    json_decref(info);
    if (code == 0)
        *ret = facts;
    return code;
}

int image_measure(const ImagePlace *place, VolumeFormat format, const char *target, const char *name, Task *task, int64_t *ret, Error *err)
{
    AUTO_FREE char *source = image_source(place, format);
    const char *const arguments[] = { "qemu-img", "measure", "-U", "--output=json", "-O", target, source, NULL };
    Program program = bounded(place, arguments, task);
    json_t *info = NULL;
    int code = ask(&program, name, &info, err);
    int64_t required = json_integer_value(json_object_get(info, "required"));
    json_decref(info);
    if (code == 0 && required < 0)
        code = refuse(name, "its size is not possible", err);
    if (code == 0)
        *ret = required;
    return code;
}
