/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How wide UTF-8 text is on a terminal, text made harmless for it, and the order of names: see output.h. Pure functions. */
#include "client/cli/output.h"

#include "protocol/util.h"

#include <string.h>

typedef struct Range { uint32_t first, last; } Range;

/* Marks that stand on the letter before them, and characters without a body (Unicode 15, general categories Mn, Me, Cf in use). */
static const Range no_width[] = {
    { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x05BF, 0x05C7 }, { 0x0610, 0x061A }, { 0x064B, 0x065F }, { 0x0670, 0x0670 }, { 0x06D6, 0x06DC },
    { 0x06DF, 0x06E4 }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200F }, { 0x202A, 0x202E },
    { 0x2060, 0x2064 }, { 0x2066, 0x206F }, { 0x20D0, 0x20F0 }, { 0x302A, 0x302F }, { 0x3099, 0x309A }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF },
    { 0xE0100, 0xE01EF },
};

/* East Asian Wide and Fullwidth, and emoji shown as pictures. */
static const Range wide[] = {
    { 0x1100, 0x115F }, { 0x231A, 0x231B }, { 0x2329, 0x232A }, { 0x23E9, 0x23EC }, { 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF },
    { 0xA000, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF },
    { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
};

static bool in(const Range *ranges, size_t count, uint32_t letter)
{
    for (size_t i = 0; i < count; i++)
        if (letter >= ranges[i].first && letter <= ranges[i].last)
            return true;
    return false;
}

/* The letter at *p, which moves on; a byte that begins none counts as itself. */
static uint32_t next_letter(const char **p)
{
    const unsigned char *bytes = (const unsigned char *)*p;
    int more = bytes[0] >= 0xF0 ? 3 : bytes[0] >= 0xE0 ? 2 : bytes[0] >= 0xC2 ? 1 : 0;
    uint32_t letter = more == 3 ? bytes[0] & 0x07U : more == 2 ? bytes[0] & 0x0FU : more == 1 ? bytes[0] & 0x1FU : bytes[0];
    for (int i = 1; i <= more; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            *p += 1;
            return bytes[0];
        }
        letter = letter << 6 | (bytes[i] & 0x3FU);
    }
    *p += more + 1;
    return letter;
}

int text_width(const char *text)
{
    int width = 0;
    while (*text) {
        uint32_t letter = next_letter(&text);
        width += in(no_width, ARRAY_SIZE(no_width), letter) ? 0 : in(wide, ARRAY_SIZE(wide), letter) ? 2 : 1;
    }
    return width;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

int text_order(const char *a, const char *b)
{
    while (*a && *b) {
        if (!is_digit(*a) || !is_digit(*b)) {
            if (*a != *b)
                break;
            a++;
            b++;
            continue;
        }
        a += strspn(a, "0");
        b += strspn(b, "0");
        size_t first = strspn(a, "0123456789"), second = strspn(b, "0123456789");
        int order = first != second ? (first < second ? -1 : 1) : strncmp(a, b, first);
        if (order)
            return order;
        a += first;
        b += second;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

/* Bidirectional overrides would let a name look like another one. */
static bool is_harmful(uint32_t letter)
{
    return letter < 0x20 || (letter >= 0x7F && letter < 0xA0) || (letter >= 0x202A && letter <= 0x202E) || (letter >= 0x2066 && letter <= 0x2069);
}

char *text_printable(const char *text)
{
    char *result = x_calloc(strlen(text) + 1, 1);
    char *end = result;
    while (*text) {
        const char *start = text;
        if (is_harmful(next_letter(&text))) {
            *end++ = '?';
        } else {
            memcpy(end, start, (size_t)(text - start));
            end += text - start;
        }
    }
    return result;
}
