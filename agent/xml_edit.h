/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing libvirt's XML in place, as libxml2's tree, so that what we do not know stays as it is. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_XML_EDIT_H
#define POOLCENTER_AGENT_XML_EDIT_H

#include "agent/xml.h"

/* Sets the attribute; value NULL removes it. */
void xml_set(xmlNode *node, const char *name, const char *value);
/* The same; 0 removes it. */
void xml_set_number(xmlNode *node, const char *name, int64_t value);
/* Replaces what is in the node by text. */
void xml_set_text(xmlNode *node, const char *text);

/* A new last child element, in the node's own namespace. */
xmlNode *xml_add(xmlNode *parent, const char *name);
/* The child at that path ("a/b"); steps that are missing are made. */
xmlNode *xml_need(xmlNode *parent, const char *path);
/* Takes the node out and frees it; NULL is fine. */
void xml_remove(xmlNode *node);
/* Removes all children of that name. */
void xml_remove_all(xmlNode *parent, const char *name);
/* Removes the node if it has neither attributes nor child elements. */
void xml_remove_empty(xmlNode *node);
/* The child <name>text</name>; text NULL or "" removes it. */
void xml_set_leaf(xmlNode *parent, const char *name, const char *text);
/* The child <name>number</name>; 0 removes it. */
void xml_set_leaf_number(xmlNode *parent, const char *name, int64_t value);
/* The empty child <name/>, there or not. */
void xml_set_flag(xmlNode *parent, const char *name, bool on);

/* The node as text; the caller frees. */
char *xml_to_text(xmlNode *node);
/* A copy that belongs to parent, as its last child. */
xmlNode *xml_graft(xmlNode *parent, xmlNode *node);

#endif
