/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See log_view.h. */
#include "client/core/log_view.h"

#include "client/core/log.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 16 << 10, DROPPED_AT_ONCE = LOG_VIEW_LINES / 10, TIME_LENGTH = 23 };

struct LogView {
    LogLine *lines;
    size_t count, room;
    size_t *shown; /* indexes of lines */
    size_t shown_count, shown_room;
    char part[LINE_MAX_BYTES]; /* of a line whose end has not come yet */
    size_t part_length;
    bool only_errors;
    char *words;   /* lower case */
};

LogView *log_view_create(void)
{
    LogView *view = x_calloc(1, sizeof *view);
    view->words = x_strdup("");
    return view;
}

void log_view_free(LogView *view)
{
    if (!view)
        return;
    for (size_t i = 0; i < view->count; i++)
        free(view->lines[i].text);
    free(view->lines);
    free(view->shown);
    free(view->words);
    free(view);
}

/* ---------------------------------------------------------------- filter */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

/* needle is lower case. */
static bool contains(const char *text, const char *needle)
{
    if (!*needle)
        return true;
    for (; *text; text++) {
        size_t same = 0;
        while (needle[same] && lower(text[same]) == needle[same])
            same++;
        if (!needle[same])
            return true;
    }
    return false;
}

static bool matches(const LogView *view, const LogLine *line)
{
    return (line->is_error || !view->only_errors) && (contains(line->time, view->words) || contains(line->message, view->words));
}

static void show(LogView *view, size_t index)
{
    if (!matches(view, &view->lines[index]))
        return;
    if (view->shown_count == view->shown_room) {
        view->shown_room = view->shown_room ? 2 * view->shown_room : 256;
        view->shown = x_realloc(view->shown, view->shown_room, sizeof *view->shown);
    }
    view->shown[view->shown_count++] = index;
}

static void filter_again(LogView *view)
{
    view->shown_count = 0;
    for (size_t i = 0; i < view->count; i++)
        show(view, i);
}

void log_view_filter(LogView *view, bool only_errors, const char *words)
{
    free(view->words);
    view->words = x_strdup(words);
    for (char *c = view->words; *c; c++)
        *c = lower(*c);
    view->only_errors = only_errors;
    filter_again(view);
}

/* ---------------------------------------------------------------- lines */

static bool has_time(const char *text)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd.ddd";
    for (size_t i = 0; i < TIME_LENGTH; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return text[TIME_LENGTH] == ' ';
}

static LogLine cut(char *text)
{
    LogLine line = {.text = text, .time = "", .message = text};
    if (!has_time(text))
        return line;
    text[TIME_LENGTH] = '\0';
    line.time = text;
    line.message = text + TIME_LENGTH + 1;
    for (int level = 0; level < LOG_LEVELS; level++) {
        size_t length = strlen(log_level_words[level]);
        if (strncmp(line.message, log_level_words[level], length) != 0 || line.message[length] != ' ')
            continue;
        line.is_error = level == LOG_LEVEL_ERROR;
        line.message += length + 1;
        break;
    }
    return line;
}

static void drop_oldest(LogView *view)
{
    for (size_t i = 0; i < DROPPED_AT_ONCE; i++)
        free(view->lines[i].text);
    view->count -= DROPPED_AT_ONCE;
    memmove(view->lines, view->lines + DROPPED_AT_ONCE, view->count * sizeof *view->lines);
    filter_again(view);
}

static void add_line(LogView *view, const char *bytes, size_t length)
{
    while (length && (bytes[length - 1] == '\r'))
        length--;
    if (!length)
        return;
    if (view->count == LOG_VIEW_LINES)
        drop_oldest(view);
    if (view->count == view->room) {
        view->room = view->room ? 2 * view->room : 256;
        view->lines = x_realloc(view->lines, view->room, sizeof *view->lines);
    }
    char *text = x_strndup(bytes, length);
    for (size_t i = 0; i < length; i++)
        text[i] = text[i] ? text[i] : ' ';
    view->lines[view->count] = cut(text);
    show(view, view->count++);
}

/* Of a line that is too long, the beginning. */
static void keep_part(LogView *view, const char *bytes, size_t size)
{
    size_t room = sizeof view->part - view->part_length, kept = size < room ? size : room;
    memcpy(view->part + view->part_length, bytes, kept);
    view->part_length += kept;
}

void log_view_add(LogView *view, const char *bytes, size_t size)
{
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;
        keep_part(view, bytes, length);
        if (!end)
            return;
        add_line(view, view->part, view->part_length);
        view->part_length = 0;
        bytes += length + 1;
        size -= length + 1;
    }
}

size_t log_view_count(const LogView *view) { return view->shown_count; }

const LogLine *log_view_at(const LogView *view, size_t index) { return &view->lines[view->shown[index]]; }

/* ---------------------------------------------------------------- text */

static size_t put(char *to, const char *text)
{
    size_t length = strlen(text);
    if (to)
        memcpy(to, text, length);
    return length;
}

static size_t put_line(char *to, const LogLine *line)
{
    size_t at = put(to, line->time);
    if (at)
        at += put(to ? to + at : NULL, line->is_error ? " ERROR " : " INFO ");
    at += put(to ? to + at : NULL, line->message);
    return at + put(to ? to + at : NULL, "\r\n");
}

char *log_view_text(const LogView *view)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < view->shown_count; i++)
        size += put_line(NULL, log_view_at(view, i));
    char *text = x_calloc(size + 1, 1);
    for (size_t i = 0; i < view->shown_count; i++)
        at += put_line(text + at, log_view_at(view, i));
    return text;
}
