/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSH's data types: see wire.h. */
#include "client/core/wire.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

/* ---- reading */

WireReader wire_reader(const void *bytes, size_t size) { return (WireReader){ bytes, (const unsigned char *)bytes + size, false }; }

/* NULL: there are not so many bytes left. */
static const unsigned char *take(WireReader *reader, size_t size)
{
    if (reader->bad || (size_t)(reader->end - reader->at) < size) {
        reader->bad = true;
        reader->at = reader->end;
        return NULL;
    }
    const unsigned char *bytes = reader->at;
    reader->at += size;
    return bytes;
}

unsigned wire_byte(WireReader *reader)
{
    const unsigned char *byte = take(reader, 1);
    return byte ? *byte : 0;
}

uint32_t wire_word(WireReader *reader)
{
    const unsigned char *b = take(reader, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

WireBytes wire_string(WireReader *reader)
{
    size_t size = wire_word(reader);
    const unsigned char *bytes = take(reader, size);
    return bytes ? (WireBytes){ bytes, size } : (WireBytes){ (const unsigned char *)"", 0 };
}

bool wire_is(WireBytes bytes, const char *text) { return bytes.size == strlen(text) && memcmp(bytes.bytes, text, bytes.size) == 0; }
bool wire_same(WireBytes a, WireBytes b) { return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0; }

/* ---- writing */

void wire_put(WireWriter *writer, const void *bytes, size_t size)
{
    if (writer->size + size > writer->room) {
        size_t room = (writer->size + size) * 2;
        unsigned char *larger = x_calloc(room, 1);
        if (writer->size)
            memcpy(larger, writer->bytes, writer->size);
        size_t kept = writer->size;
        wire_free(writer);
        *writer = (WireWriter){ larger, kept, room };
    }
    if (size)
        memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

void wire_put_byte(WireWriter *writer, unsigned value)
{
    unsigned char byte = (unsigned char)value;
    wire_put(writer, &byte, 1);
}

void wire_put_word(WireWriter *writer, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        wire_put_byte(writer, value >> shift & 0xff);
}

void wire_put_string(WireWriter *writer, const void *bytes, size_t size)
{
    wire_put_word(writer, (uint32_t)size);
    wire_put(writer, bytes, size);
}

void wire_put_text(WireWriter *writer, const char *text) { wire_put_string(writer, text, strlen(text)); }

void wire_free(WireWriter *writer)
{
    if (writer->bytes)
        x_wipe(writer->bytes, writer->size);
    free(writer->bytes);
    *writer = (WireWriter){ 0 };
}

/* ---- base64 */

char *wire_base64(const void *bytes, size_t size)
{
    char *text = x_calloc(size / 3 * 4 + 8, 1);
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    return text;
}

unsigned char *wire_unbase64(const char *text, size_t length, size_t *ret_size)
{
    char *packed = x_calloc(length + 1, 1);
    unsigned char *bytes = x_calloc(length + 4, 1);
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]) && text[i])
            packed[count++] = text[i];
    int size = count % 4 ? -1 : EVP_DecodeBlock(bytes, (const unsigned char *)packed, (int)count);
    for (int padding = 0; size > 0 && padding < 2 && packed[count - 1] == '='; padding++, count--)
        size--;
    x_wipe(packed, length);
    free(packed);
    if (size >= 0) {
        *ret_size = (size_t)size;
        return bytes;
    }
    free(bytes);
    return NULL;
}
