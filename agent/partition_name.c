/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of partitions, as libvirt's parthelper tells them: see partition_name.h. */
#include "agent/partition_name.h"

#include "agent/xml.h"
#include "protocol/types.h"

#include <stdlib.h>
#include <string.h>

/* The device itself, without links: "/dev/disk/by-id/..." becomes "/dev/sdb". */
static char *disk_of(virStoragePoolPtr pool)
{
    char *xml = virStoragePoolGetXMLDesc(pool, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "pool", NULL) : NULL;
    AUTO_FREE char *path = root ? xml_attribute(xml_child(root, "source/device"), "path", LIMIT_PATH) : NULL;
    char *device = path ? realpath(path, NULL) : NULL;
    xml_free(root);
    free(xml);
    return device;
}

char *partition_name(virStoragePoolPtr pool, int number)
{
    AUTO_FREE char *disk = disk_of(pool);
    if (!disk)
        return NULL;
    const char *name = strrchr(disk, '/') + 1;
    char last = disk[strlen(disk) - 1];
    return x_printf("%s%s%d", name, last >= '0' && last <= '9' ? "p" : "", number);
}

char *partition_name_next(virStoragePoolPtr pool)
{
    virStoragePoolRefresh(pool, 0);
    for (int number = 1; number <= PARTITIONS_MAX; number++) {
        AUTO_FREE char *name = partition_name(pool, number);
        AUTO_VOLUME known = name ? virStorageVolLookupByName(pool, name) : NULL;
        if (!name || !known)
            return TAKE_PTR(name);
    }
    return NULL;
}
