/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of a log file as a viewer shows them: read piece by piece, cut into time, level and message, filtered by level and words. Holds the newest
 * LOG_VIEW_LINES lines. Knows no files and no windows. One thread at a time.
 */
#ifndef POOLCENTER_LOG_VIEW_H
#define POOLCENTER_LOG_VIEW_H

#include "protocol/util.h"

typedef struct LogView LogView;

enum { LOG_VIEW_LINES = 200000 };

typedef struct LogLine {
    char *text;          /* owned; the others point into it */
    const char *time;    /* "2026-11-22 03:13:37.123"; "" when the line has none */
    const char *message;
    bool is_error;
} LogLine;

LogView *log_view_create(void);
void log_view_free(LogView *view);
/* What follows in the file; a line without its end is kept until that comes. */
void log_view_add(LogView *view, const char *bytes, size_t size);
/* Shows only these from now on. words: anywhere in time or message, in any case; "" matches everything. */
void log_view_filter(LogView *view, bool only_errors, const char *words);
size_t log_view_count(const LogView *view); /* of lines shown */
const LogLine *log_view_at(const LogView *view, size_t index);
/* All lines shown, as in the file; the caller frees. */
char *log_view_text(const LogView *view);

#endif
