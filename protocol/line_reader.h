/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts a byte stream into lines of bounded length. One owner, any thread. */
#ifndef POOLCENTER_LINE_READER_H
#define POOLCENTER_LINE_READER_H

#include "error.h"

typedef struct LineReader {
    char *bytes;
    size_t start;    /* first byte not yet handed out */
    size_t end;
    size_t capacity;
    size_t scanned;  /* bytes from start on that hold no newline */
    size_t max;      /* longest line in bytes */
} LineReader;

void line_reader_init(LineReader *reader, size_t max);
void line_reader_clear(LineReader *reader);
/* Adds bytes that came in; call line_reader_next until it gives no line before adding more. */
void line_reader_feed(LineReader *reader, const char *bytes, size_t count);
/* 1: *ret_line is a line of *ret_length bytes without its newline, valid until the next call. 0: no whole line yet.
 * ERR_TOO_LARGE: the line is longer than max; the stream cannot be used any more. */
int line_reader_next(LineReader *reader, const char **ret_line, size_t *ret_length, Error *err);
/* The bytes that came after the last line: for a stream that turns raw. */
size_t line_reader_rest(const LineReader *reader, const char **ret_bytes);

#endif
