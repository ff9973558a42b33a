/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.disks, and whether a disk is empty: see host_disks.h. */
#include "agent/host_disks.h"

#include "agent/program.h"
#include "agent/request.h"

#include <stdlib.h>
#include <string.h>

static char *text_of(json_t *row, const char *name, size_t limit)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text && *text && strlen(text) <= limit ? x_strdup(text) : NULL;
}

/* A disk that something is on: a file system or a signature, a table of partitions, or devices that stand on it. */
static void read_use(json_t *row, HostDisk *disk)
{
    disk->holds = text_of(row, "fstype", LIMIT_NAME);
    if (!disk->holds)
        disk->holds = text_of(row, "pttype", LIMIT_NAME);
    disk->used_as = text_of(row, "mountpoint", LIMIT_PATH);
    json_t *first = json_array_get(json_object_get(row, "children"), 0);
    if (!disk->used_as && first && !str_equal(json_string_value(json_object_get(first, "type")), "part"))
        disk->used_as = text_of(first, "path", LIMIT_PATH);
    disk->empty = !disk->holds && !disk->used_as && !first && !json_is_true(json_object_get(row, "ro")) && disk->size > 0;
}

static void read_rows(json_t *rows, const char *parent, HostDiskTable *ret)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        const char *type = str_or_empty(json_string_value(json_object_get(row, "type")));
        char *path = text_of(row, "path", LIMIT_PATH);
        bool wanted = str_equal(type, "disk") || str_equal(type, "part") || str_equal(type, "mpath") || strncmp(type, "raid", 4) == 0;
        if (!path || !wanted || ret->disks.count >= LIMIT_HOST_DEVICES) {
            free(path);
            continue;
        }
        HostDisk disk = { .path = path, .parent = parent ? x_strdup(parent) : NULL, .size = json_integer_value(json_object_get(row, "size")),
                          .model = text_of(row, "model", LIMIT_NAME), .serial = text_of(row, "serial", LIMIT_NAME) };
        read_use(row, &disk);
        HostDiskList_add(&ret->disks, &disk);
        read_rows(json_object_get(row, "children"), path, ret);
    }
}

int host_disks_read(HostDiskTable *ret, Error *err)
{
    static const char *const arguments[] = { "lsblk", "--json", "--bytes", "--output", "PATH,TYPE,SIZE,RO,MODEL,SERIAL,FSTYPE,PTTYPE,MOUNTPOINT", NULL };
    AUTO_FREE char *output = NULL;
    int code = program_run(&(Program){ .arguments = arguments, .milliseconds = 20000 }, &output, err);
    if (code < 0)
        return code;
    json_t *root = json_loads(output, 0, NULL);
    HostDiskTable table = { 0 };
    read_rows(json_object_get(root, "blockdevices"), NULL, &table);
    json_decref(root);
    *ret = table;
    return 0;
}

int host_disk_empty(const char *path, Error *err)
{
    HostDiskTable table;
    int code = host_disks_read(&table, err);
    if (code < 0)
        return code;
    AUTO_FREE char *real = realpath(path, NULL);
    const HostDisk *found = NULL;
    for (size_t i = 0; i < table.disks.count; i++)
        if (str_equal(table.disks.items[i].path, path) || (real && str_equal(table.disks.items[i].path, real)))
            found = &table.disks.items[i];
    if (!found)
        code = error_set(err, ERR_DATASTORE_SPEC, path, "the host has no disk '%s'", path);
    else if (!found->empty && found->used_as)
        code = error_set(err, ERR_DEVICE_NOT_EMPTY, path, "it is in use as %s", found->used_as);
    else if (!found->empty)
        code = error_set(err, ERR_DEVICE_NOT_EMPTY, path, "it holds %s", found->holds ? found->holds : "partitions or is read-only");
    HostDiskTable_clear(&table);
    return code;
}

int handle_host_disks(Request *request, const Empty *params, HostDiskTable *ret, Error *err)
{
    (void)request;
    (void)params;
    return host_disks_read(ret, err);
}
