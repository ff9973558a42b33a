/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON writer for answers; see answer.h. Running out of memory ends the helper: a test tool has
 * nothing better to do.
 */
#include "answer.h"

#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(Answer *answer, const char *text, size_t length)
{
    if (answer->size + length + 1 > answer->capacity) {
        answer->capacity = (answer->size + length + 1) * 2;
        answer->data = realloc(answer->data, answer->capacity);
        if (answer->data == NULL)
            abort();
    }
    memcpy(answer->data + answer->size, text, length);
    answer->size += length;
    answer->data[answer->size] = '\0';
}

static void append_string(Answer *answer, const char *text)
{
    append(answer, text, strlen(text));
}

static void separate(Answer *answer)
{
    char last = answer->size > 0 ? answer->data[answer->size - 1] : '[';

    if (last != '[' && last != '{' && last != ':')
        append(answer, ",", 1);
}

/* A string in quotes. Input is UTF-8. */
static void append_quoted(Answer *answer, const char *text)
{
    append(answer, "\"", 1);
    for (const char *at = text; *at != '\0'; at++) {
        char escaped[8];

        if (*at == '"' || *at == '\\') {
            escaped[0] = '\\';
            escaped[1] = *at;
            append(answer, escaped, 2);
        } else if ((unsigned char)*at < 0x20) {
            snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)(unsigned char)*at);
            append(answer, escaped, 6);
        } else {
            append(answer, at, 1);
        }
    }
    append(answer, "\"", 1);
}

void answer_reset(Answer *answer)
{
    answer->size = 0;
    answer->depth = 0;
    answer->failed = false;
    answer->error[0] = '\0';
}

void answer_free(Answer *answer)
{
    free(answer->data);
    memset(answer, 0, sizeof(*answer));
}

bool answer_fail(Answer *answer, const char *format, ...)
{
    va_list arguments;

    if (answer->failed)
        return false;
    answer->failed = true;
    va_start(arguments, format);
    vsnprintf(answer->error, sizeof(answer->error), format, arguments);
    va_end(arguments);
    return false;
}

char *answer_line(const Answer *answer)
{
    Answer line = {0};
    const char *value = answer->size > 0 ? answer->data : "null";

    append_string(&line, answer->failed ? "{\"ok\":false,\"error\":" : "{\"ok\":true");
    if (answer->failed)
        append_quoted(&line, answer->error);
    append_string(&line, answer->failed ? ",\"seen\":" : ",\"value\":");
    /* A command that fails half-way leaves half a value, which would not be JSON. */
    if (answer->depth != 0)
        value = "null";
    append_string(&line, value);
    append_string(&line, "}\n");
    return line.data;
}

void json_open(Answer *answer, char bracket)
{
    separate(answer);
    append(answer, &bracket, 1);
    answer->depth++;
}

void json_close(Answer *answer, char bracket)
{
    answer->depth--;
    append(answer, &bracket, 1);
}

void json_key(Answer *answer, const char *key)
{
    separate(answer);
    append_quoted(answer, key);
    append(answer, ":", 1);
}

void json_int(Answer *answer, long long value)
{
    char digits[32];

    separate(answer);
    snprintf(digits, sizeof(digits), "%lld", value);
    append_string(answer, digits);
}

void json_bool(Answer *answer, bool value)
{
    separate(answer);
    append_string(answer, value ? "true" : "false");
}

void json_text(Answer *answer, const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *utf8 = malloc((size_t)size + 1);

    if (utf8 == NULL)
        abort();
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, size, NULL, NULL);
    utf8[size] = '\0';
    separate(answer);
    append_quoted(answer, utf8);
    free(utf8);
}

void json_field_int(Answer *answer, const char *key, long long value)
{
    json_key(answer, key);
    json_int(answer, value);
}

void json_field_bool(Answer *answer, const char *key, bool value)
{
    json_key(answer, key);
    json_bool(answer, value);
}

void json_field_text(Answer *answer, const char *key, const wchar_t *text)
{
    json_key(answer, key);
    json_text(answer, text);
}
