/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory and strings, used by every part. Allocation never returns NULL: out of memory ends the process (all sizes are bounded before). */
#ifndef POOLCENTER_UTIL_H
#define POOLCENTER_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __MINGW32__
#define PRINTF_LIKE(at, first) __attribute__((format(gnu_printf, at, first)))
#else
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))
#endif

void *x_calloc(size_t count, size_t size);
void *x_realloc(void *memory, size_t count, size_t size);
void *x_memdup(const void *memory, size_t count, size_t size); /* count 0 gives NULL */
char *x_strdup(const char *text);                 /* NULL gives NULL */
char *x_strndup(const char *text, size_t length); /* copies exactly length bytes, adds the NUL */
char *x_printf(const char *format, ...) PRINTF_LIKE(1, 2);
char *x_vprintf(const char *format, va_list args) PRINTF_LIKE(1, 0);

/* Overwrites memory so that the compiler cannot leave it out; for secrets. */
void x_wipe(void *memory, size_t size);
/* Wipes and frees a string; NULL is fine. */
void x_free_secret(char *secret);

static inline bool str_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return __builtin_strcmp(a, b) == 0;
}

static inline bool str_empty(const char *text) { return !text || !*text; }
/* text, or "" for NULL: for printing. */
static inline const char *str_or_empty(const char *text) { return text ? text : ""; }

/* Puts first and second (NULL: empty) in place of each {1} and {2}; the caller frees. */
char *str_substitute(const char *sentence, const char *first, const char *second);

void auto_free_cleanup(void *pointer_to_pointer);
#define AUTO_FREE __attribute__((cleanup(auto_free_cleanup)))
/* Runs function(&variable) at the end of its block: AUTO(Error_clear) Error e = {0}; */
#define AUTO(function) __attribute__((cleanup(function)))

/* Hands a pointer's value over and leaves NULL behind. */
#define TAKE_PTR(pointer) \
    __extension__({ __typeof__(pointer) taken_ = (pointer); (pointer) = NULL; taken_; })

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
