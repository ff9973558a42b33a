/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XML reading: see xml.h. */
#include "agent/xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

enum { XML_MAX = 16 << 20 };

xmlNode *xml_parse(const char *text, size_t length, const char *root_name, Error *err)
{
    xmlDoc *document = length > XML_MAX ? NULL
        : xmlReadMemory(text, (int)length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    if (root && xml_is(root, root_name))
        return root;
    xmlFreeDoc(document);
    error_set(err, ERR_LIBVIRT, root_name, "its description cannot be read");
    return NULL;
}

void xml_free(xmlNode *root)
{
    if (root)
        xmlFreeDoc(root->doc);
}

bool xml_is(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *first_named(xmlNode *node, const char *name, size_t length)
{
    for (; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && strncmp((const char *)node->name, name, length) == 0 && !node->name[length])
            return node;
    return NULL;
}

xmlNode *xml_child(xmlNode *node, const char *path)
{
    while (node && *path) {
        size_t length = strcspn(path, "/");
        node = first_named(node->children, path, length);
        path += length + (path[length] == '/');
    }
    return node;
}

xmlNode *xml_next(xmlNode *node, const char *name) { return node ? first_named(node->next, name, strlen(name)) : NULL; }

static char *take_bounded(xmlChar *value, size_t limit)
{
    char *text = value && strlen((const char *)value) <= limit ? x_strdup((const char *)value) : NULL;
    xmlFree(value);
    return text;
}

char *xml_attribute(xmlNode *node, const char *name, size_t limit)
{
    return node ? take_bounded(xmlGetNoNsProp(node, (const xmlChar *)name), limit) : NULL;
}

char *xml_text(xmlNode *node, size_t limit) { return node ? take_bounded(xmlNodeGetContent(node), limit) : NULL; }

bool xml_attribute_is(xmlNode *node, const char *name, const char *value)
{
    AUTO_FREE char *text = xml_attribute(node, name, LIMIT_PATH);
    return text && strcmp(text, value) == 0;
}

static int64_t number_of(const char *text)
{
    char *end = NULL;
    errno = 0;
    long long number = text ? strtoll(text, &end, 10) : 0;
    return errno || number < 0 ? 0 : number;
}

int64_t xml_attribute_number(xmlNode *node, const char *name)
{
    AUTO_FREE char *text = xml_attribute(node, name, LIMIT_NAME);
    return number_of(text);
}

int64_t xml_number(xmlNode *node)
{
    AUTO_FREE char *text = xml_text(node, LIMIT_NAME);
    return number_of(text);
}

static int64_t unit_factor(const char *unit, int64_t default_unit)
{
    static const struct { const char *name; int64_t factor; } units[] = {
        { "b", 1 }, { "bytes", 1 }, { "KB", 1000 }, { "k", 1024 }, { "K", 1024 }, { "KiB", 1024 },
        { "MB", 1000000 }, { "M", 1 << 20 }, { "MiB", 1 << 20 }, { "GB", 1000000000 }, { "G", 1 << 30 }, { "GiB", 1 << 30 },
        { "TB", 1000000000000 }, { "T", INT64_C(1) << 40 }, { "TiB", INT64_C(1) << 40 },
    };
    for (size_t i = 0; unit && i < ARRAY_SIZE(units); i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].factor;
    return default_unit;
}

int64_t xml_size(xmlNode *node, int64_t default_unit)
{
    AUTO_FREE char *unit = xml_attribute(node, "unit", LIMIT_NAME);
    int64_t size = 0;
    if (__builtin_mul_overflow(xml_number(node), unit_factor(unit, default_unit), &size))
        return 0;
    return size;
}
