/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a template: see template.h. */
#include "agent/template.h"
#include "agent/vm_general.h"
#include "agent/xml_edit.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT(value) ((const xmlChar *)(value))

TemplateInfo *template_read(xmlNode *root)
{
    xmlNode *mark = xml_child(vm_metadata(root), "template");
    if (!mark)
        return NULL;
    TemplateInfo *info = x_calloc(1, sizeof *info);
    *info = (TemplateInfo){ xml_attribute(mark, "family", LIMIT_NAME), xml_attribute_number(mark, "version"), xml_text(mark, LIMIT_TEXT) };
    if (!info->family)
        info->family = xml_text(xml_child(root, "name"), LIMIT_NAME);
    if (str_empty(info->notes)) {
        free(info->notes);
        info->notes = NULL;
    }
    return info;
}

void template_set(xmlNode *root, const TemplateInfo *info)
{
    char version[24];
    xml_remove_all(vm_metadata(root), "template");
    if (!info)
        return;
    xmlNode *ours = vm_metadata_need(root);
    xml_remove_all(ours, "start"); /* who starts it changes the disks that clones stand on */
    snprintf(version, sizeof version, "%lld", (long long)info->version);
    xmlNode *mark = xmlNewTextChild(ours, ours->ns, TEXT("template"), str_empty(info->notes) ? NULL : TEXT(info->notes));
    xmlSetProp(mark, TEXT("family"), TEXT(info->family));
    xmlSetProp(mark, TEXT("version"), TEXT(version));
}
