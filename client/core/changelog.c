/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knows as much Markdown as CHANGELOG.md has: titles, paragraphs, points, emphasis, code, links. See changelog.h. */
#include "client/core/changelog.h"

#include "client/core/update_info.h"
#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION_MAX = 32 };

typedef struct Text {
    char *to;
    size_t length;
} Text;

static void put(Text *text, const char *bytes, size_t length)
{
    memcpy(text->to + text->length, bytes, length);
    text->length += length;
}

/* "[words](address)" at line: the length of the words; 0: it is none. */
static size_t link_words(const char *line, size_t length, size_t *ret_whole)
{
    const char *middle = memchr(line, ']', length);
    const char *end = middle && middle + 1 < line + length && middle[1] == '(' ? memchr(middle, ')', length - (size_t)(middle - line)) : NULL;
    if (*line != '[' || !end)
        return 0;
    *ret_whole = (size_t)(end - line) + 1;
    return (size_t)(middle - line) - 1;
}

static void put_words(Text *text, const char *line, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t whole = 1, words = link_words(line + i, length - i, &whole);
        if (words)
            put_words(text, line + i + 1, words);
        else if (!strchr("*`", line[i]) || line[i] == '\0')
            put(text, line + i, 1);
        i += whole;
    }
}

static void put_line(Text *text, const char *line, size_t length)
{
    if (length > 2 && line[0] == '*' && line[1] == ' ') {
        put(text, "\xe2\x80\xa2 ", 4);
        line += 2;
        length -= 2;
    } else if (line[0] == '#') {
        while (length && (*line == '#' || *line == ' '))
            line++, length--;
    }
    put_words(text, line, length);
    put(text, "\n", 1);
}

/* "## 1.2.3 (2026-11-22)": its version into ret. */
static bool is_section(const char *line, size_t length, char ret[VERSION_MAX])
{
    if (length < 4 || strncmp(line, "## ", 3) != 0)
        return false;
    size_t digits = strspn(line + 3, "0123456789.");
    digits = digits < VERSION_MAX ? digits : 0;
    memcpy(ret, line + 3, digits);
    ret[digits] = '\0';
    return digits > 0;
}

static char *sections(const char *markdown, size_t size, const char *since)
{
    Text text = {.to = x_calloc(2 * size + 16, 1)};
    char version[VERSION_MAX] = "";
    bool inside = false, first = true;
    for (const char *line = markdown, *end = markdown + size; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((next ? next : end) - line);
        if (is_section(line, length, version)) {
            inside = since ? update_info_newer(version, since) : first;
            first = false;
        }
        if (inside)
            put_line(&text, line, length && line[length - 1] == '\r' ? length - 1 : length);
        line = next ? next + 1 : end;
    }
    return text.to;
}

char *changelog_text(const char *markdown, size_t size, const char *since)
{
    AUTO_FREE char *copy = x_strndup(markdown, size); /* with a NUL behind it */
    char *newer = sections(copy, size, since);
    if (*newer || !since)
        return newer;
    free(newer);
    return sections(copy, size, NULL);
}
