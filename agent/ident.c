/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ids: see ident.h. */
#include "agent/ident.h"
#include "agent/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void random_bytes(unsigned char *bytes, size_t count)
{
    if (getrandom(bytes, count, 0) != (ssize_t)count)
        abort(); /* cannot happen for so few bytes */
}

void hex_encode(const unsigned char *bytes, size_t count, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * count] = 0;
}

static void uuid_format(unsigned char bytes[16], unsigned version, char ret[LIMIT_UUID + 1])
{
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | (version << 4));
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char hex[33];
    hex_encode(bytes, 16, hex);
    snprintf(ret, LIMIT_UUID + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

void uuid_random(char ret[LIMIT_UUID + 1])
{
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    uuid_format(bytes, 4, ret);
}

void uuid_from_text(const char *text, char ret[LIMIT_UUID + 1])
{
    unsigned char digest[DIGEST_BYTES];
    digest_of_text(text, digest);
    uuid_format(digest, 8, ret);
}

char *ident_random_word(void)
{
    unsigned char bytes[32];
    random_bytes(bytes, sizeof bytes);
    char *word = x_calloc(2 * sizeof bytes + 1, 1);
    hex_encode(bytes, sizeof bytes, word);
    return word;
}
