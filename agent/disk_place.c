/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places of disks: see disk_place.h. */
#include "agent/disk_place.h"
#include "agent/rbd_path.h"
#include "agent/xml_edit.h"

#include <string.h>

char *disk_place_read(xmlNode *disk)
{
    static const char *const names[] = { "file", "dev", "dir" };
    xmlNode *source = xml_child(disk, "source");
    char *path = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(names) && !path; i++)
        path = xml_attribute(source, names[i], LIMIT_PATH);
    AUTO_FREE char *protocol = xml_attribute(source, "protocol", LIMIT_NAME);
    AUTO_FREE char *name = xml_attribute(source, "name", LIMIT_PATH - LIMIT_NAME - 1);
    return !path && protocol && name ? x_printf("%s:%s", protocol, name) : path;
}

static bool begins(const char *path, const char *with) { return strncmp(path, with, strlen(with)) == 0; }

/* In /dev/shm are files, and a datastore may be. */
static bool is_device(const char *path) { return begins(path, "/dev/") && !begins(path, "/dev/shm/"); }

void disk_place_write(xmlNode *disk, const char *path)
{
    const char *image = rbd_path_name(path);
    bool device = is_device(path);
    xml_remove_all(disk, "source");
    xml_remove_all(disk, "auth");
    xml_remove_all(disk, "backingStore");
    xml_set(disk, "type", image ? "network" : device ? "block" : "file");
    if (!*path)
        return;
    xmlNode *source = xml_add(disk, "source");
    xml_set(source, "protocol", image ? "rbd" : NULL);
    xml_set(source, image ? "name" : device ? "dev" : "file", image ? image : path);
}

void disk_place_move(xmlNode *disk, const char *path)
{
    const char *kind = rbd_path_is(path) ? "network" : is_device(path) ? "block" : "file";
    if (rbd_path_is(path) || !xml_attribute_is(disk, "type", kind)) /* another pool may have other monitors */
        disk_place_write(disk, path);
    else
        xml_set(xml_child(disk, "source"), is_device(path) ? "dev" : "file", path);
}
