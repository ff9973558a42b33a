/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a template: see template.h. */
#include "agent/template.h"
#include "agent/domain_xml.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT(value) ((const xmlChar *)(value))

static xmlNode *our_element(xmlNode *root)
{
    for (xmlNode *node = xml_child(root, "metadata/vm"); node; node = xml_next(node, "vm"))
        if (node->ns && str_equal((const char *)node->ns->href, POOLCENTER_XMLNS))
            return node;
    return NULL;
}

TemplateInfo *template_read(xmlNode *root)
{
    xmlNode *mark = xml_child(our_element(root), "template");
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

static xmlNode *make_element(xmlNode *root)
{
    xmlNode *metadata = xml_child(root, "metadata");
    if (!metadata)
        metadata = xmlNewChild(root, NULL, TEXT("metadata"), NULL);
    xmlNode *ours = xmlNewChild(metadata, NULL, TEXT("vm"), NULL);
    xmlSetNs(ours, xmlNewNs(ours, TEXT(POOLCENTER_XMLNS), TEXT("poolcenter")));
    return ours;
}

void template_set(xmlNode *root, const TemplateInfo *info)
{
    char version[24];
    xmlNode *ours = our_element(root);
    xmlNode *mark = xml_child(ours, "template");
    if (mark) {
        xmlUnlinkNode(mark);
        xmlFreeNode(mark);
    }
    if (!info)
        return;
    if (!ours)
        ours = make_element(root);
    snprintf(version, sizeof version, "%lld", (long long)info->version);
    mark = xmlNewTextChild(ours, ours->ns, TEXT("template"), str_empty(info->notes) ? NULL : TEXT(info->notes));
    xmlSetProp(mark, TEXT("family"), TEXT(info->family));
    xmlSetProp(mark, TEXT("version"), TEXT(version));
}
