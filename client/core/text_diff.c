/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest common lines of two texts, by the usual table over what is left without equal beginnings and ends; see text_diff.h. Any thread. */
#include "client/core/text_diff.h"

#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 16 << 20 }; /* of the table, two bytes each */

typedef struct Lines {
    char **items;
    size_t count;
} Lines;

static void add_line(Lines *lines, char *line)
{
    if ((lines->count & (lines->count - 1)) == 0) /* full at powers of two */
        lines->items = x_realloc(lines->items, lines->count ? 2 * lines->count : 1, sizeof(*lines->items));
    lines->items[lines->count++] = line;
}

static Lines split(const char *words)
{
    Lines lines = {0};
    while (*words) {
        size_t length = strcspn(words, "\n");
        size_t shown = length && words[length - 1] == '\r' ? length - 1 : length;
        add_line(&lines, x_strndup(words, shown));
        words += words[length] ? length + 1 : length;
    }
    return lines;
}

static void emit(TextDiff *diff, DiffKind kind, char *line)
{
    if ((diff->count & (diff->count - 1)) == 0)
        diff->lines = x_realloc(diff->lines, diff->count ? 2 * diff->count : 1, sizeof(*diff->lines));
    diff->lines[diff->count++] = (DiffLine){kind, line};
    diff->removed += kind == DIFF_REMOVED;
    diff->added += kind == DIFF_ADDED;
}

/* table[i][j]: length of the longest common part of the lines from i and from j on. */
static uint16_t *make_table(char **a, size_t n, char **b, size_t m)
{
    uint16_t *table = x_calloc((n + 1) * (m + 1), sizeof(*table));
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint16_t down = table[(i + 1) * (m + 1) + j], right = table[i * (m + 1) + j + 1];
            uint16_t both = (uint16_t)(table[(i + 1) * (m + 1) + j + 1] + 1);
            table[i * (m + 1) + j] = str_equal(a[i], b[j]) ? both : down >= right ? down : right;
        }
    return table;
}

/* Takes the lines. */
static void compare(TextDiff *diff, char **a, size_t n, char **b, size_t m)
{
    size_t i = 0, j = 0;
    uint16_t *table = n && m && n < UINT16_MAX && (m + 1) < CELLS_MAX / (n + 1) ? make_table(a, n, b, m) : NULL;
    while (i < n || j < m) {
        if (table && i < n && j < m && str_equal(a[i], b[j])) {
            emit(diff, DIFF_SAME, a[i++]);
            free(b[j++]);
        } else if (i < n && (j == m || !table || table[(i + 1) * (m + 1) + j] >= table[i * (m + 1) + j + 1])) {
            emit(diff, DIFF_REMOVED, a[i++]);
        } else {
            emit(diff, DIFF_ADDED, b[j++]);
        }
    }
    free(table);
}

static bool near_a_change(const TextDiff *diff, size_t at, size_t context)
{
    size_t from = at > context ? at - context : 0;
    for (size_t i = from; i <= at + context && i < diff->count; i++)
        if (diff->lines[i].kind == DIFF_REMOVED || diff->lines[i].kind == DIFF_ADDED)
            return true;
    return false;
}

/* Leaves out what is far from any change. */
static void shorten(TextDiff *diff, size_t context)
{
    TextDiff near = {0};
    bool gap = false;
    for (size_t i = 0; i < diff->count; i++) {
        if (near_a_change(diff, i, context)) {
            if (gap)
                emit(&near, DIFF_GAP, x_strdup("..."));
            gap = false;
            emit(&near, diff->lines[i].kind, diff->lines[i].text);
        } else {
            gap = true;
            free(diff->lines[i].text);
        }
    }
    free(diff->lines);
    *diff = near;
}

void text_diff(const char *before, const char *after, size_t context, TextDiff *ret)
{
    Lines a = split(before), b = split(after);
    size_t first = 0, last = 0;
    *ret = (TextDiff){0};
    while (first < a.count && first < b.count && str_equal(a.items[first], b.items[first])) {
        emit(ret, DIFF_SAME, a.items[first]);
        free(b.items[first++]);
    }
    while (last < a.count - first && last < b.count - first && str_equal(a.items[a.count - 1 - last], b.items[b.count - 1 - last]))
        last++;
    compare(ret, a.items + first, a.count - first - last, b.items + first, b.count - first - last);
    for (size_t i = last; i > 0; i--) {
        emit(ret, DIFF_SAME, a.items[a.count - i]);
        free(b.items[b.count - i]);
    }
    free(a.items);
    free(b.items);
    shorten(ret, context);
}

void text_diff_clear(TextDiff *diff)
{
    for (size_t i = 0; i < diff->count; i++)
        free(diff->lines[i].text);
    free(diff->lines);
    *diff = (TextDiff){0};
}
