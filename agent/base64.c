/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base64: see base64.h. */
#include "agent/base64.h"
#include "protocol/util.h"

#include <ctype.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_digit(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

long base64_decode(const char *text, char *ret)
{
    unsigned bits = 0;
    int have = 0;
    long count = 0;
    for (; *text && *text != '='; text++) {
        int digit = base64_digit(*text);
        if (digit < 0 && !isspace((unsigned char)*text))
            return -1;
        if (digit < 0)
            continue;
        bits = (bits << 6 | (unsigned)digit) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            ret[count++] = (char)(bits >> have & 0xff);
        }
    }
    for (; *text; text++)
        if (*text != '=' && !isspace((unsigned char)*text))
            return -1;
    return count;
}

char *base64_encode(const unsigned char *bytes, size_t size)
{
    char *text = x_calloc((size + 2) / 3 * 4 + 1, 1);
    char *out = text;
    for (size_t i = 0; i < size; i += 3) {
        unsigned triple = (unsigned)bytes[i] << 16 | (i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0) | (i + 2 < size ? bytes[i + 2] : 0);
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = digits[triple >> shift & 63];
    }
    for (size_t pad = (3 - size % 3) % 3; pad; pad--)
        out[-(ptrdiff_t)pad] = '=';
    return text;
}
