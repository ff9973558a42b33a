/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of exported VMs: see export_xml.h. Everything else of the description stays as it is. */
#include "agent/export_xml.h"
#include "agent/xml.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(value) ((const xmlChar *)(value))

static void drop_child(xmlNode *node, const char *name)
{
    xmlNode *child = xml_child(node, name);
    if (!child)
        return;
    xmlUnlinkNode(child);
    xmlFreeNode(child);
}

static void repoint(xmlNode *disk, const char *path)
{
    xmlNode *driver = xml_child(disk, "driver");
    if (!driver)
        driver = xmlNewChild(disk, NULL, TEXT("driver"), NULL);
    xmlSetProp(driver, TEXT("name"), TEXT("qemu"));
    xmlSetProp(driver, TEXT("type"), TEXT("qcow2"));
    drop_child(disk, "source");
    drop_child(disk, "backingStore");
    xmlNode *source = xmlNewChild(disk, NULL, TEXT("source"), NULL);
    xmlSetProp(source, TEXT("file"), TEXT(path));
    xmlSetProp(disk, TEXT("type"), TEXT("file"));
}

static char *text_of(xmlNode *root)
{
    xmlBuffer *buffer = xmlBufferCreate();
    if (!buffer || xmlNodeDump(buffer, root->doc, root, 0, 0) < 0)
        abort();
    char *text = x_printf("%s\n", (const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
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
    char *text = text_of(root);
    xml_free(root);
    return text;
}
