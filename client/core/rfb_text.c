/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of the RFB protocol for rfb_session.c: greeting, reasons, clipboards. See rfb_text.h. */
#include "client/core/rfb_text.h"

#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>

static int three_digits(const char *bytes)
{
    int number = 0;
    for (int i = 0; i < 3; i++) {
        if (bytes[i] < '0' || bytes[i] > '9')
            return -1;
        number = number * 10 + (bytes[i] - '0');
    }
    return number;
}

int rfb_text_version(const char bytes[12])
{
    if (memcmp(bytes, "RFB ", 4) != 0 || bytes[7] != '.' || bytes[11] != '\n')
        return -1;
    int major = three_digits(bytes + 4);
    int minor = three_digits(bytes + 8);
    if (major < 3 || minor < 0)
        return -1;
    /* 3.4 to 3.6, 3.14 and 3.16 were never standard: old UltraVNC and TightVNC, which otherwise speak 3.3. */
    if (major == 3 && (minor < 7 || minor == 14 || minor == 16))
        return 3;
    /* Also 3.889 (Apple), 4.x and 5.x (RealVNC) speak 3.8. */
    return major == 3 && minor == 7 ? 7 : 8;
}

void rfb_text_clean(const char *line, char *ret, size_t size)
{
    size_t used = 0;
    for (; *line && used + 1 < size; line++) {
        char c = *line;
        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        if (c >= ' ' && c <= '~')
            ret[used++] = c;
    }
    while (used > 0 && (ret[used - 1] == ' ' || ret[used - 1] == '.'))
        used--;
    ret[used] = 0;
}

/* \r\n becomes \n. */
static void unify_line_ends(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = 0;
}

char *rfb_text_from_latin1(const char *bytes, size_t size)
{
    char *text = x_calloc(size * 2 + 1, 1);
    char *to = text;
    for (size_t i = 0; i < size && bytes[i]; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x80) {
            *to++ = (char)c;
        } else {
            *to++ = (char)(0xc0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3f));
        }
    }
    unify_line_ends(text);
    return text;
}

/* Length of the valid UTF-8 character at bytes, its code in *ret; 0: broken. */
static size_t read_character(const unsigned char *bytes, size_t size, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = bytes[0];
    size_t length = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t code = length == 1 ? c : c & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (bytes[i] >> 6 != 2)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    *ret = code;
    return length;
}

char *rfb_text_from_utf8(const char *bytes, size_t size)
{
    const unsigned char *from = (const unsigned char *)bytes;
    char *text = x_calloc(size * 3 + 1, 1);
    char *to = text;
    for (size_t i = 0; i < size && from[i];) {
        uint32_t code;
        size_t length = read_character(from + i, size - i, &code);
        if (length) {
            memcpy(to, from + i, length);
            to += length;
            i += length;
        } else {
            memcpy(to, "\xef\xbf\xbd", 3);
            to += 3;
            i++;
        }
    }
    unify_line_ends(text);
    return text;
}

char *rfb_text_to_latin1(const char *utf8)
{
    const unsigned char *from = (const unsigned char *)utf8;
    size_t size = strlen(utf8);
    char *text = x_calloc(size + 1, 1);
    char *to = text;
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t length = read_character(from + i, size - i, &code);
        *to++ = length && code < 0x100 ? (char)code : '?';
        i += length ? length : 1;
    }
    unify_line_ends(text);
    return text;
}
