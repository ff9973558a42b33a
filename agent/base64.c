/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base64: see base64.h. */
#include "agent/base64.h"

#include <ctype.h>
#include <string.h>

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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
