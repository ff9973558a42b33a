/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of exported VMs: see export_xml.h. Everything else of the description stays as it is. */
#include "agent/export_xml.h"
#include "agent/xml_edit.h"

#include <stdlib.h>
#include <string.h>

static void repoint(xmlNode *disk, const char *path)
{
    xmlNode *driver = xml_need(disk, "driver");
    xml_set(driver, "name", "qemu");
    xml_set(driver, "type", "qcow2");
    xml_remove(xml_child(disk, "source"));
    xml_remove(xml_child(disk, "auth"));
    xml_remove(xml_child(disk, "backingStore"));
    xml_set(xml_add(disk, "source"), "file", path);
    xml_set(disk, "type", "file");
}

char *export_xml(const char *xml, const StrList *paths)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", NULL);
    size_t next = 0;
    if (!root)
        return NULL;
    for (xmlNode *disk = xml_child(root, "devices/disk"); disk; disk = xml_next(disk, "disk")) {
        AUTO_FREE char *device = xml_attribute(disk, "device", LIMIT_NAME);
        if ((!device || str_equal(device, "disk")) && next < paths->count)
            repoint(disk, paths->items[next++]);
    }
    AUTO_FREE char *text = xml_to_text(root);
    xml_free(root);
    return x_printf("%s\n", text);
}
