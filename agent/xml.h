/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading libvirt's XML with libxml2: small steps from node to node. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_XML_H
#define POOLCENTER_AGENT_XML_H

#include "protocol/error.h"
#include "protocol/limits.h"

#include <libxml/tree.h>

/* The root element, if it has that name; else NULL and the error. The document is freed with xml_free(root). */
xmlNode *xml_parse(const char *text, size_t length, const char *root_name, Error *err);
void xml_free(xmlNode *root);

/* First child element of that name, or NULL (also for node NULL). "a/b" steps down twice. */
xmlNode *xml_child(xmlNode *node, const char *path);
/* Next sibling element of that name. */
xmlNode *xml_next(xmlNode *node, const char *name);
bool xml_is(const xmlNode *node, const char *name);
/* Attribute or text of the node; the caller frees, NULL when absent or longer than limit bytes. */
char *xml_attribute(xmlNode *node, const char *name, size_t limit);
char *xml_text(xmlNode *node, size_t limit);
bool xml_attribute_is(xmlNode *node, const char *name, const char *value);
/* Numbers; 0 when absent, negative or not a number. */
int64_t xml_attribute_number(xmlNode *node, const char *name);
int64_t xml_number(xmlNode *node);
/* A size with libvirt's unit attribute (KiB, MiB, bytes ...; without one: default_unit), in bytes. */
int64_t xml_size(xmlNode *node, int64_t default_unit);

#endif
