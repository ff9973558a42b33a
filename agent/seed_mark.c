/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a seed: see seed_mark.h. */
#include "agent/seed_mark.h"
#include "agent/vm_general.h"
#include "agent/xml_edit.h"

#include <stdlib.h>

bool seed_mark_read(xmlNode *root, SeedMark *ret)
{
    xmlNode *node = xml_child(vm_metadata(root), "seed");
    SeedMark mark = { xml_attribute(node, "drive", LIMIT_NAME), xml_attribute(node, "path", LIMIT_PATH), node && xml_attribute_is(node, "remove", "yes") };
    if (str_empty(mark.drive) || str_empty(mark.path)) {
        seed_mark_clear(&mark);
        return false;
    }
    *ret = mark;
    return true;
}

void seed_mark_set(xmlNode *root, const SeedMark *mark)
{
    xml_remove_all(vm_metadata(root), "seed");
    if (mark) {
        xmlNode *node = xml_add(vm_metadata_need(root), "seed");
        xml_set(node, "drive", mark->drive);
        xml_set(node, "path", mark->path);
        xml_set(node, "remove", mark->remove ? "yes" : NULL);
    } else {
        vm_metadata_tidy(root);
    }
}

void seed_mark_clear(SeedMark *mark)
{
    free(mark->drive);
    free(mark->path);
    *mark = (SeedMark){ 0 };
}

xmlNode *seed_mark_drive(xmlNode *root, const SeedMark *mark)
{
    for (xmlNode *node = xml_child(root, "devices/disk"); node; node = xml_next(node, "disk")) {
        xmlNode *source = xml_child(node, "source");
        bool same = source && (xml_attribute_is(source, "file", mark->path) || xml_attribute_is(source, "dev", mark->path));
        if (same && xml_attribute_is(node, "device", "cdrom") && xml_attribute_is(xml_child(node, "target"), "dev", mark->drive))
            return node;
    }
    return NULL;
}
