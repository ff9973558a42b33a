/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys for sorting: a name is cut into runs of digits and of other characters. A run of digits becomes its length and its digits, any other the key that Windows
 * makes of it for the user's locale. (Windows' own SORT_DIGITSASNUMBERS is newer than some systems we run on.) See collate.h. Any thread.
 */
#include "client/win/collate.h"

#include "client/win/utf.h"

#include <string.h>

/* Above the byte that ends Windows' keys and the one that separates their parts, below every letter: numbers come before letters. */
enum { NUMBER = 2, NAME = 1, DIGITS_MAX = 255 };

static bool is_digit(wchar_t c) { return c >= L'0' && c <= L'9'; }

static size_t run_length(const wchar_t *at)
{
    size_t length = 1;

    while (at[length] && is_digit(at[length]) == is_digit(*at))
        length++;
    return length;
}

typedef struct Key {
    char *bytes;
    size_t length;
} Key;

static char *make_room(Key *key, size_t count)
{
    key->bytes = x_realloc(key->bytes, key->length + count + 1, 1);
    key->length += count;
    key->bytes[key->length] = '\0';
    return key->bytes + key->length - count;
}

static void add_number(Key *key, const wchar_t *digits, size_t count)
{
    while (count > 1 && *digits == L'0')
        digits++, count--;
    char *to = make_room(key, count + 2);
    to[0] = NUMBER;
    to[1] = (char)(count < DIGITS_MAX ? count : DIGITS_MAX);
    for (size_t i = 0; i < count; i++)
        to[i + 2] = (char)digits[i];
}

/* Windows ends its keys with a NUL. */
static void add_words(Key *key, const wchar_t *words, size_t count)
{
    const DWORD how = LCMAP_SORTKEY | NORM_IGNORECASE | NORM_IGNOREWIDTH | NORM_IGNOREKANATYPE;
    int size = LCMapStringEx(LOCALE_NAME_USER_DEFAULT, how, words, (int)count, NULL, 0, NULL, NULL, 0);
    AUTO_FREE char *bytes = x_calloc((size_t)size + 1, 1);

    LCMapStringEx(LOCALE_NAME_USER_DEFAULT, how, words, (int)count, (wchar_t *)bytes, size, NULL, NULL, 0);
    memcpy(make_room(key, strlen(bytes)), bytes, strlen(bytes));
}

/* Names that are the same to the eye of the locale ("VM", "vm") still have one order. */
static void add_name(Key *key, const wchar_t *name)
{
    AUTO_FREE char *utf8 = utf_from_wide(name);

    *make_room(key, 1) = NAME;
    memcpy(make_room(key, strlen(utf8)), utf8, strlen(utf8));
}

char *collate_key(const wchar_t *name)
{
    Key key = {0};

    for (const wchar_t *at = name; *at;) {
        size_t count = run_length(at);
        if (is_digit(*at))
            add_number(&key, at, count);
        else
            add_words(&key, at, count);
        at += count;
    }
    add_name(&key, name);
    return key.bytes;
}
