/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XML writing: see xml_write.h. libxml2's writer fails only for lack of memory, which ends the process. */
#include "agent/xml_write.h"

#include <stdlib.h>

#define TEXT(value) ((const xmlChar *)(value))

static void sure(int result)
{
    if (result < 0)
        abort();
}

XmlText xml_text_begin(void)
{
    XmlText text = { .buffer = xmlBufferCreate() };
    text.writer = text.buffer ? xmlNewTextWriterMemory(text.buffer, 0) : NULL;
    if (!text.writer)
        abort();
    return text;
}

char *xml_text_end(XmlText *text)
{
    sure(xmlTextWriterFlush(text->writer));
    xmlFreeTextWriter(text->writer);
    char *copy = x_strdup((const char *)xmlBufferContent(text->buffer));
    xmlBufferFree(text->buffer);
    *text = (XmlText){ 0 };
    return copy;
}

void xml_open(XmlText *text, const char *element) { sure(xmlTextWriterStartElement(text->writer, TEXT(element))); }
void xml_close(XmlText *text) { sure(xmlTextWriterEndElement(text->writer)); }

void xml_put(XmlText *text, const char *attribute, const char *value)
{
    sure(xmlTextWriterWriteAttribute(text->writer, TEXT(attribute), TEXT(value)));
}

void xml_put_number(XmlText *text, const char *attribute, int64_t value)
{
    sure(xmlTextWriterWriteFormatAttribute(text->writer, TEXT(attribute), "%lld", (long long)value));
}

void xml_leaf(XmlText *text, const char *element, const char *value)
{
    sure(xmlTextWriterWriteElement(text->writer, TEXT(element), TEXT(value)));
}

void xml_leaf_size(XmlText *text, const char *element, int64_t bytes)
{
    xml_open(text, element);
    xml_put(text, "unit", "bytes");
    sure(xmlTextWriterWriteFormatString(text->writer, "%lld", (long long)bytes));
    xml_close(text);
}

void xml_leaf_base64(XmlText *text, const char *element, const char *bytes, size_t count)
{
    xml_open(text, element);
    sure(xmlTextWriterWriteBase64(text->writer, bytes, 0, (int)count));
    xml_close(text);
}

void xml_empty(XmlText *text, const char *element, ...)
{
    va_list pairs;
    va_start(pairs, element);
    xml_open(text, element);
    for (const char *name; (name = va_arg(pairs, const char *));) {
        const char *value = va_arg(pairs, const char *);
        if (value)
            xml_put(text, name, value);
    }
    xml_close(text);
    va_end(pairs);
}

char *volume_xml(const NewVolume *volume)
{
    XmlText text = xml_text_begin();
    xml_open(&text, "volume");
    xml_leaf(&text, "name", volume->name);
    xml_leaf_size(&text, "capacity", volume->capacity);
    xml_leaf_size(&text, "allocation", volume->allocation);
    if (!str_equal(volume->format, "raw")) { /* what every kind of datastore makes unless told; partitions do not know the word */
        xml_open(&text, "target");
        xml_empty(&text, "format", "type", volume->format, NULL);
        xml_close(&text);
    }
    xml_close(&text);
    return xml_text_end(&text);
}
