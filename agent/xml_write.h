/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XML for libvirt and for XML-RPC, written by libxml2 so that no name can break out of its place. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_XML_WRITE_H
#define POOLCENTER_AGENT_XML_WRITE_H

#include "protocol/types.h"

#include <libxml/xmlwriter.h>

typedef struct XmlText {
    xmlBuffer *buffer;
    xmlTextWriter *writer;
} XmlText;

XmlText xml_text_begin(void);
/* The text; the caller frees. */
char *xml_text_end(XmlText *text);

void xml_open(XmlText *text, const char *element);
void xml_close(XmlText *text);
void xml_put(XmlText *text, const char *attribute, const char *value);
void xml_put_number(XmlText *text, const char *attribute, int64_t value);
/* <element>value</element> */
void xml_leaf(XmlText *text, const char *element, const char *value);
void xml_leaf_size(XmlText *text, const char *element, int64_t bytes);
/* The bytes as base64. */
void xml_leaf_base64(XmlText *text, const char *element, const char *bytes, size_t count);
/* <element name1='value1' .../>: pairs up to NULL; a pair with value NULL is left out. */
void xml_empty(XmlText *text, const char *element, ...) __attribute__((sentinel));

typedef struct NewVolume {
    const char *name;
    const char *format; /* "raw", "qcow2" */
    int64_t capacity;
    int64_t allocation; /* bytes taken at once */
} NewVolume;
char *volume_xml(const NewVolume *volume);

#endif
