/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors: see error.h. */
#include "error.h"

#include <stdlib.h>

typedef struct Entry {
    int code;
    const char *name;
    const char *sentence;
} Entry;

static const Entry entries[] = {
#define ERROR_CODE(name, number, sentence) { number, #name, sentence },
#include "def_read.h"
};

static const Entry *find(int code)
{
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
        if (entries[i].code == code)
            return &entries[i];
    return NULL;
}

const char *error_sentence(int code)
{
    const Entry *entry = find(code);
    return entry ? entry->sentence : NULL;
}

const char *error_name(int code)
{
    const Entry *entry = find(code);
    return entry ? entry->name : NULL;
}

int error_set(Error *err, int code, const char *object, const char *cause_format, ...)
{
    if (!err)
        return code;
    AUTO_FREE char *cause = NULL;
    if (cause_format) {
        va_list args;
        va_start(args, cause_format);
        cause = x_vprintf(cause_format, args);
        va_end(args);
    }
    const char *sentence = error_sentence(code);
    AUTO_FREE char *message = str_substitute(sentence ? sentence : "{1}: {2}.", object, cause);
    return error_set_foreign(err, code, message, object, cause);
}

int error_set_foreign(Error *err, int code, const char *message, const char *object, const char *cause)
{
    if (!err)
        return code;
    Error made = { code, x_strdup(message), x_strdup(object), x_strdup(cause) };
    return error_move(err, &made);
}

void error_clear(Error *err)
{
    free(err->message);
    free(err->object);
    free(err->cause);
    *err = (Error){ 0 };
}

int error_move(Error *to, Error *from)
{
    int code = from->code;
    if (to)
        error_clear(to);
    if (to)
        *to = *from;
    else
        error_clear(from);
    *from = (Error){ 0 };
    return code;
}

void error_copy(Error *to, const Error *from)
{
    Error copy = { from->code, x_strdup(from->message), x_strdup(from->object), x_strdup(from->cause) };
    error_move(to, &copy);
}
