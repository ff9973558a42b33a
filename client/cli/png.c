/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PNG: see png.h. */
#include "client/cli/png.h"

#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned char *put_number(unsigned char *to, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (unsigned char)(number >> shift);
    return to;
}

/* Length, type, data, checksum of the last two. */
static unsigned char *put_chunk(unsigned char *to, const char *type, const unsigned char *data, size_t size)
{
    to = put_number(to, (uint32_t)size);
    unsigned char *summed = to;
    memcpy(to, type, 4);
    if (size)
        memcpy(to + 4, data, size);
    return put_number(to + 4 + size, (uint32_t)crc32(0, summed, (uInt)size + 4));
}

/* Every row as it is compressed: how it is filtered (each byte less the one three before it), then its red, green and blue. */
static unsigned char *make_rows(const uint32_t *pixels, int width, int height, size_t stride)
{
    enum { FILTER_SUB = 1 };
    unsigned char *rows = x_calloc((size_t)height, (size_t)width * 3 + 1);
    unsigned char *to = rows;
    for (int y = 0; y < height; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)((const unsigned char *)pixels + (size_t)y * stride);
        uint32_t left = 0;
        *to++ = FILTER_SUB;
        for (int x = 0; x < width; x++) {
            for (int shift = 16; shift >= 0; shift -= 8)
                *to++ = (unsigned char)((row[x] >> shift & 0xFF) - (left >> shift & 0xFF));
            left = row[x];
        }
    }
    return rows;
}

unsigned char *png_encode(const uint32_t *pixels, int width, int height, size_t stride, size_t *ret_size)
{
    static const unsigned char signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    enum { HEADER_SIZE = 13, CHUNK_SIZE = 12, RGB = 2, BITS = 8 };
    size_t raw_size = (size_t)height * ((size_t)width * 3 + 1);
    uLongf packed_size = compressBound((uLong)raw_size);
    AUTO_FREE unsigned char *raw = make_rows(pixels, width, height, stride);
    AUTO_FREE unsigned char *packed = x_calloc(packed_size, 1);
    if (compress2(packed, &packed_size, raw, (uLong)raw_size, Z_BEST_SPEED) != Z_OK)
        abort();
    unsigned char header[HEADER_SIZE] = { 0 };
    header[8] = BITS;
    header[9] = RGB;
    put_number(put_number(header, (uint32_t)width), (uint32_t)height);
    unsigned char *png = x_calloc(sizeof signature + HEADER_SIZE + packed_size + 3 * (size_t)CHUNK_SIZE, 1);
    memcpy(png, signature, sizeof signature);
    unsigned char *end = put_chunk(png + sizeof signature, "IHDR", header, sizeof header);
    end = put_chunk(end, "IDAT", packed, packed_size);
    end = put_chunk(end, "IEND", NULL, 0);
    *ret_size = (size_t)(end - png);
    return png;
}
