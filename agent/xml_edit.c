/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XML editing: see xml_edit.h. libxml2 fails here only for lack of memory, which ends the process. */
#include "agent/xml_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(value) ((const xmlChar *)(value))

static void *sure(void *made)
{
    if (!made)
        abort();
    return made;
}

void xml_set(xmlNode *node, const char *name, const char *value)
{
    if (value)
        sure(xmlSetProp(node, TEXT(name), TEXT(value)));
    else
        xmlUnsetProp(node, TEXT(name));
}

void xml_set_number(xmlNode *node, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    xml_set(node, name, value ? text : NULL);
}

void xml_set_text(xmlNode *node, const char *text)
{
    xmlNodeSetContent(node, NULL);
    xmlNodeAddContent(node, TEXT(text)); /* this one takes text as it is; the other would look for entities in it */
}

static xmlNode *add_named(xmlNode *parent, const char *name, size_t length)
{
    AUTO_FREE char *text = x_strndup(name, length);
    return xmlAddChild(parent, sure(xmlNewDocNode(parent->doc, parent->ns, TEXT(text), NULL)));
}

xmlNode *xml_add(xmlNode *parent, const char *name) { return add_named(parent, name, strlen(name)); }

xmlNode *xml_need(xmlNode *parent, const char *path)
{
    while (*path) {
        size_t length = strcspn(path, "/");
        AUTO_FREE char *name = x_strndup(path, length);
        xmlNode *child = xml_child(parent, name);
        parent = child ? child : xml_add(parent, name);
        path += length + (path[length] == '/');
    }
    return parent;
}

void xml_remove(xmlNode *node)
{
    if (!node)
        return;
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

void xml_remove_all(xmlNode *parent, const char *name)
{
    for (xmlNode *node = xml_child(parent, name); node;) {
        xmlNode *next = xml_next(node, name);
        xml_remove(node);
        node = next;
    }
}

void xml_remove_empty(xmlNode *node)
{
    if (node && !node->properties && xmlChildElementCount(node) == 0)
        xml_remove(node);
}

void xml_set_leaf(xmlNode *parent, const char *name, const char *text)
{
    if (str_empty(text))
        xml_remove(xml_child(parent, name));
    else
        xml_set_text(xml_need(parent, name), text);
}

void xml_set_leaf_number(xmlNode *parent, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    xml_set_leaf(parent, name, value ? text : NULL);
}

void xml_set_flag(xmlNode *parent, const char *name, bool on)
{
    if (on)
        xml_need(parent, name);
    else
        xml_remove(xml_child(parent, name));
}

char *xml_to_text(xmlNode *node)
{
    xmlBuffer *buffer = sure(xmlBufferCreate());
    if (xmlNodeDump(buffer, node->doc, node, 0, 0) < 0)
        abort();
    char *text = x_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

xmlNode *xml_graft(xmlNode *parent, xmlNode *node)
{
    return xmlAddChild(parent, sure(xmlDocCopyNode(node, parent->doc, 1)));
}
