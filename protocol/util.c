/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory and strings: see util.h. Any thread. */
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void *x_calloc(size_t count, size_t size) { return or_die(calloc(count ? count : 1, size ? size : 1)); }

void *x_realloc(void *memory, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes))
        abort();
    return or_die(realloc(memory, bytes ? bytes : 1));
}

void *x_memdup(const void *memory, size_t count, size_t size)
{
    if (!count)
        return NULL;
    void *copy = x_realloc(NULL, count, size);
    memcpy(copy, memory, count * size);
    return copy;
}

char *x_strdup(const char *text) { return text ? x_strndup(text, strlen(text)) : NULL; }

char *x_strndup(const char *text, size_t length)
{
    char *copy = x_calloc(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *x_vprintf(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        abort();
    char *text = x_calloc((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *x_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = x_vprintf(format, args);
    va_end(args);
    return text;
}

void x_wipe(void *memory, size_t size)
{
    volatile unsigned char *byte = memory;
    while (size--)
        *byte++ = 0;
}

void x_free_secret(char *secret)
{
    if (secret)
        x_wipe(secret, strlen(secret));
    free(secret);
}

/* The text to put in place of a placeholder at p, or NULL if there is none. */
static const char *placeholder(const char *p, const char *first, const char *second)
{
    if (strncmp(p, "{1}", 3) == 0)
        return str_or_empty(first);
    if (strncmp(p, "{2}", 3) == 0)
        return str_or_empty(second);
    return NULL;
}

char *str_substitute(const char *sentence, const char *first, const char *second)
{
    size_t length = 0;
    for (const char *p = sentence; *p;) {
        const char *value = placeholder(p, first, second);
        length += value ? strlen(value) : 1;
        p += value ? 3 : 1;
    }
    char *text = x_calloc(length + 1, 1);
    char *end = text;
    for (const char *p = sentence; *p;) {
        const char *value = placeholder(p, first, second);
        size_t bytes = value ? strlen(value) : 1;
        memcpy(end, value ? value : p, bytes);
        end += bytes;
        p += value ? 3 : 1;
    }
    return text;
}

void auto_free_cleanup(void *pointer_to_pointer)
{
    void *memory = NULL;
    memcpy(&memory, pointer_to_pointer, sizeof memory);
    free(memory);
}
