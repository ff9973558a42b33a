/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH's data types in memory: big-endian words and strings with their length before them. The reader never leaves its bytes and stays at the end
 * after the first thing that does not fit. Used for key files and the SSH agent. Any thread.
 */
#ifndef POOLCENTER_WIRE_H
#define POOLCENTER_WIRE_H

#include "protocol/util.h"

#include <stdint.h>

typedef struct WireBytes {
    const unsigned char *bytes;
    size_t size;
} WireBytes;

typedef struct WireReader {
    const unsigned char *at, *end;
    bool bad; /* something did not fit */
} WireReader;

WireReader wire_reader(const void *bytes, size_t size);
unsigned wire_byte(WireReader *reader);
uint32_t wire_word(WireReader *reader);
WireBytes wire_string(WireReader *reader);          /* points into the reader's bytes */
bool wire_is(WireBytes bytes, const char *text);
bool wire_same(WireBytes a, WireBytes b);

/* Grows; what it held is wiped when it moves and when it is freed. */
typedef struct WireWriter {
    unsigned char *bytes;
    size_t size, room;
} WireWriter;

void wire_put(WireWriter *writer, const void *bytes, size_t size);
void wire_put_byte(WireWriter *writer, unsigned value);
void wire_put_word(WireWriter *writer, uint32_t value);
void wire_put_string(WireWriter *writer, const void *bytes, size_t size);
void wire_put_text(WireWriter *writer, const char *text); /* as a string */
void wire_free(WireWriter *writer);

/* Base64 without line breaks; the caller frees (x_free_secret when it matters). */
char *wire_base64(const void *bytes, size_t size);
/* Text with any white space; NULL: it is no base64. The caller frees. */
unsigned char *wire_unbase64(const char *text, size_t length, size_t *ret_size);

#endif
