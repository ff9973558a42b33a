/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qemu-img's view of a volume: see volume_image.h. */
#include "agent/volume_image.h"
#include "agent/image_probe.h"
#include "agent/program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char data_outside[] = "it keeps its data in another file";

enum { CPU_SECONDS = 10, TIME_MS = 30000, MEMORY = 1 << 30, CHAIN_MAX = 100 };

/* By its first bytes, before a program looks at it: see image_leads_out(). What a guest wrote into its own disk counts, too. */
static const char *leads_out(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return NULL; /* qemu-img says why */
    int64_t size = fstat(fd, &status) < 0 ? 0 : S_ISBLK(status.st_mode) ? lseek(fd, 0, SEEK_END) : status.st_size;
    const char *format = image_leads_out(&(ImagePlace){ fd, 0, size });
    close(fd);
    return format;
}

/* format: QEMU's word; NULL: what it looks like. */
static int ask_qemu(const char *path, const char *format, json_t **ret, Error *err)
{
    const char *arguments[12] = { "qemu-img", "info", "-U", "--output=json" };
    size_t count = 4;
    if (format) {
        arguments[count++] = "-f";
        arguments[count++] = format;
    }
    arguments[count] = path; /* absolute, so it is never an option or a protocol */
    const char *outside = leads_out(path);
    if (outside && (!format || str_equal(format, outside)))
        return error_set(err, ERR_VOLUME_REFUSED, path, "%s", data_outside);
    char *text = NULL;
    Program program = { .arguments = arguments, .milliseconds = TIME_MS, .cpu_seconds = CPU_SECONDS, .memory = MEMORY };
    int code = program_run(&program, &text, err);
    if (code == 0) {
        *ret = json_loads(text, 0, NULL);
        if (!*ret)
            code = error_set(err, ERR_PROGRAM_FAILED, "qemu-img", "what it says of %s is not JSON", path);
    }
    free(text);
    return code;
}

/* A file of a datastore that libvirt lists: it belongs to those who may use the datastore. */
static bool in_datastore(Agent *agent, const char *path)
{
    char *datastore = NULL;
    char *volume = NULL;
    AUTO_FREE char *real = path && *path == '/' ? realpath(path, NULL) : NULL;
    bool found = real && str_equal(real, path) && inventory_find_volume(agent->inventory, path, &datastore, &volume);
    free(datastore);
    free(volume);
    return found;
}

/* *ret_below: the file this one is based on, or NULL; belongs to info. */
static char *why_layer_refused(Agent *agent, const json_t *info, const char **ret_below)
{
    const json_t *data = json_object_get(json_object_get(info, "format-specific"), "data");
    if (json_object_get(data, "data-file"))
        return x_strdup(data_outside);
    const json_t *extents = json_object_get(data, "extents");
    if (json_array_size(extents) > 1)
        return x_strdup("it consists of several files");
    const char *name = json_string_value(json_object_get(info, "backing-filename"));
    const char *backing = json_string_value(json_object_get(info, "full-backing-filename"));
    *ret_below = name && !backing ? name : backing;
    if (*ret_below && !in_datastore(agent, *ret_below))
        return x_printf("it is based on %s, which is not in a datastore", *ret_below);
    return NULL;
}

/* Each is asked for by itself, so that nothing is opened that has not been found good. */
static char *why_refused(Agent *agent, const json_t *top)
{
    char *why = NULL;
    const char *below = NULL;
    json_t *info = json_incref((json_t *)(uintptr_t)top);
    for (int depth = 0; info && !(why = why_layer_refused(agent, info, &below)) && below; depth++) {
        Error error = { 0 };
        json_t *next = NULL;
        if (depth == CHAIN_MAX)
            why = x_strdup("it is based on too many others");
        else if (ask_qemu(below, json_string_value(json_object_get(info, "backing-filename-format")), &next, &error) < 0)
            why = x_printf("it is based on %s, which cannot be read: %s", below, str_or_empty(error.cause));
        error_clear(&error);
        json_decref(info);
        info = next;
    }
    json_decref(info);
    return why;
}

/* By its first bytes; raw when they say nothing. libvirt does not know all formats. */
static VolumeFormat detect(const char *path)
{
    struct stat status;
    VolumeFormat format = VOLUME_FORMAT_RAW;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return format;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)
        || image_detect(&(ImagePlace){ fd, 0, status.st_size }, path, &format, NULL) < 0 || format == VOLUME_FORMAT_ISO)
        format = VOLUME_FORMAT_RAW;
    close(fd);
    return format;
}

VolumeFormat volume_image_format(const char *path, VolumeFormat told)
{
    VolumeFormat format = told == VOLUME_FORMAT_RAW ? detect(path) : told;
    return format == VOLUME_FORMAT_VHDX || format == VOLUME_FORMAT_VPC ? format : told;
}

static VolumeFormat format_to_use(const VolumeHandle *handle, const VolumeUse *use)
{
    if (use->format != VOLUME_FORMAT_UNKNOWN && use->format != VOLUME_FORMAT_ISO)
        return use->format;
    VolumeFormat format = handle->info.format;
    if (format == VOLUME_FORMAT_RAW && handle->direct)
        return detect(handle->info.path);
    return format == VOLUME_FORMAT_ISO || format == VOLUME_FORMAT_UNKNOWN || format == VOLUME_FORMAT_DIR ? VOLUME_FORMAT_RAW : format;
}

/* What it looks like, and qemu-img's words about it as what it is used as; none if its data are elsewhere. */
static int look_into(const char *path, VolumeImage *image, json_t **ret, Error *err)
{
    const char *used = VolumeFormat_name(image->format);
    const char *outside = leads_out(path);
    json_t *info = NULL;
    int code = outside ? 0 : ask_qemu(path, NULL, &info, err);
    if (code < 0)
        return code;
    image->detected = x_strdup(outside ? outside : json_string_value(json_object_get(info, "format")));
    if (str_equal(outside, used))
        image->refused = x_strdup(data_outside);
    else if (!str_equal(image->detected, used)) {
        json_decref(info);
        info = NULL;
        code = ask_qemu(path, used, &info, err);
    }
    *ret = info;
    return code;
}

int volume_image_read(const VolumeHandle *handle, const VolumeUse *use, VolumeImage *ret, Error *err)
{
    json_t *info = NULL;
    VolumeImage image = { .format = format_to_use(handle, use) };
    if (handle->info.path[0] != '/') { /* RBD, Gluster: only libvirt reads those */
        image.capacity = handle->info.capacity;
        *ret = image;
        return 0;
    }
    int code = look_into(handle->info.path, &image, &info, err);
    if (code == 0) {
        if (!image.refused)
            image.refused = why_refused(handle->agent, info);
        image.capacity = json_integer_value(json_object_get(info, "virtual-size"));
        image.snapshots = (int64_t)json_array_size(json_object_get(info, "snapshots"));
        image.encrypted = json_is_true(json_object_get(info, "encrypted"));
        *ret = image;
    } else {
        volume_image_clear(&image);
    }
    json_decref(info);
    return code;
}

void volume_image_clear(VolumeImage *image)
{
    free(image->detected);
    free(image->refused);
    *image = (VolumeImage){ 0 };
}

int volume_image_refuse(const VolumeImage *image, const char *name, Error *err)
{
    if (image->refused)
        return error_set(err, ERR_VOLUME_REFUSED, name, "%s", image->refused);
    return image->encrypted ? error_set(err, ERR_VOLUME_REFUSED, name, "it is encrypted") : 0;
}

int volume_image_check(const VolumeHandle *handle, const VolumeUse *use, VolumeFormat *ret_format, Error *err)
{
    VolumeImage image;
    int code = volume_image_read(handle, use, &image, err);
    if (code < 0)
        return code;
    *ret_format = image.format;
    code = volume_image_refuse(&image, handle->info.name, err);
    volume_image_clear(&image);
    return code;
}

int volume_image_check_raw(const VolumeHandle *handle, Error *err)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    VolumeUse use;
    VolumeFormat format = handle->direct ? volume_image_format(handle->info.path, handle->info.format) : handle->info.format;
    if (handle->info.format != VOLUME_FORMAT_RAW || format == VOLUME_FORMAT_RAW)
        return 0;
    inventory_changes(handle->agent->inventory, NULL, 0, &all);
    volume_use_of(&all, handle->info.path, &use);
    bool used = use.users.count != 0;
    volume_use_clear(&use);
    return used ? 0 : error_set(err, ERR_NOT_SUPPORTED, handle->info.name, "it is a %s image; copy or move it to qcow2 or raw first", VolumeFormat_name(format));
}
