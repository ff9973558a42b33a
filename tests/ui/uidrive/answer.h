/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answer to one command: JSON that grows as it is written, or a failure with its reason.
 * Commas come by themselves. Everything runs on uidrive's only thread.
 */
#ifndef UIDRIVE_ANSWER_H
#define UIDRIVE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

typedef struct Answer {
    char *data;
    size_t size;
    size_t capacity;
    int depth;                  /* open brackets */
    bool failed;
    char error[1024];
} Answer;

/* Empty it for the next command; the memory is kept. */
void answer_reset(Answer *answer);
void answer_free(Answer *answer);

/* Note why the command failed (UTF-8); the first reason stays. Returns false, for `return answer_fail(...)`. */
bool answer_fail(Answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text for standard output: one line `{"ok":...}`. The caller frees it. */
char *answer_line(const Answer *answer);

void json_open(Answer *answer, char bracket);
void json_close(Answer *answer, char bracket);
void json_key(Answer *answer, const char *key);
void json_int(Answer *answer, long long value);
void json_bool(Answer *answer, bool value);
void json_text(Answer *answer, const wchar_t *text);

void json_field_int(Answer *answer, const char *key, long long value);
void json_field_bool(Answer *answer, const char *key, bool value);
void json_field_text(Answer *answer, const char *key, const wchar_t *text);

#endif
