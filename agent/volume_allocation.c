/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See volume_allocation.h. */
#include "agent/volume_allocation.h"

#include "agent/xml.h"

#include <stdlib.h>
#include <string.h>

int64_t volume_allocation(virStoragePoolPtr pool, int64_t capacity, bool all)
{
    char *xml = all ? NULL : virStoragePoolGetXMLDesc(pool, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "pool", NULL) : NULL;
    bool grows = root && !xml_attribute_is(root, "type", "logical");
    xml_free(root);
    free(xml);
    return grows ? 0 : capacity;
}
