/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines out of a byte stream: see line_reader.h. */
#include "line_reader.h"

#include <stdlib.h>
#include <string.h>

void line_reader_init(LineReader *reader, size_t max) { *reader = (LineReader){ .max = max }; }

void line_reader_clear(LineReader *reader)
{
    free(reader->bytes);
    *reader = (LineReader){ .max = reader->max };
}

void line_reader_feed(LineReader *reader, const char *bytes, size_t count)
{
    if (reader->start && reader->end + count > reader->capacity) {
        memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (reader->end + count > reader->capacity) {
        reader->capacity = (reader->end + count) * 2;
        reader->bytes = x_realloc(reader->bytes, reader->capacity, 1);
    }
    memcpy(reader->bytes + reader->end, bytes, count);
    reader->end += count;
}

int line_reader_next(LineReader *reader, const char **ret_line, size_t *ret_length, Error *err)
{
    if (reader->start == reader->end)
        return 0;
    char *line = reader->bytes + reader->start;
    size_t have = reader->end - reader->start;
    char *newline = memchr(line + reader->scanned, '\n', have - reader->scanned);
    size_t length = newline ? (size_t)(newline - line) : have;
    if (length > reader->max) {
        AUTO_FREE char *limit = x_printf("%zu", reader->max);
        return error_set(err, ERR_TOO_LARGE, limit, NULL);
    }
    reader->scanned = newline ? 0 : have;
    if (!newline)
        return 0;
    reader->start += length + 1;
    *ret_line = line;
    *ret_length = length;
    return 1;
}

size_t line_reader_rest(const LineReader *reader, const char **ret_bytes)
{
    *ret_bytes = reader->bytes + reader->start;
    return reader->end - reader->start;
}
