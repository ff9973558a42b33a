/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is different between two texts, line by line, with a few lines around each change. Pure; any thread. */
#ifndef POOLCENTER_TEXT_DIFF_H
#define POOLCENTER_TEXT_DIFF_H

#include <stddef.h>

typedef enum DiffKind { DIFF_SAME, DIFF_REMOVED, DIFF_ADDED, DIFF_GAP } DiffKind; /* GAP: lines that are the same were left out */

typedef struct DiffLine {
    DiffKind kind;
    char *text; /* without its end of line */
} DiffLine;

typedef struct TextDiff {
    DiffLine *lines;
    size_t count;
    size_t removed, added; /* how many of these */
} TextDiff;

/* context: lines shown around each change. Texts that are too different to be compared line by line come out as all removed, all added. */
void text_diff(const char *before, const char *after, size_t context, TextDiff *ret);
void text_diff_clear(TextDiff *diff);

#endif
