/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Visible texts: see text.h. The table is made from all of resources/strings; any thread. */
#include "client/core/text.h"

#include "client/core/format.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PLACEHOLDER_MAX = 9 };

static const char *const texts[TEXT_COUNT][LANGUAGE_COUNT] = {
#define T(id, english, german, ...) { english, german, __VA_ARGS__ },
#define P(...)
#include "strings_all.def"
#undef T
#undef P
};

enum {
#define LANGUAGE(id, tag, name, decimal, group, forms, form) + forms
    PLURAL_WORDS =
#include "client/core/languages.def"
#undef LANGUAGE
};

/* All forms of the first language, then those of the next. */
static const char *const plurals[PLURAL_COUNT][PLURAL_WORDS] = {
#define T(...)
#define P(id, english_one, english_other, german_one, german_other, ...) { english_one, english_other, german_one, german_other, __VA_ARGS__ },
#include "strings_all.def"
#undef T
#undef P
};

/* Plural rules: which form, from 0, a number takes. */
static int plural_one_and_other(int64_t count) { return count == 1 ? 0 : 1; }

static _Atomic int current_language = LANGUAGE_ENGLISH;

void text_set_language(Language language) { atomic_store(&current_language, (int)language); }
Language text_language(void) { return (Language)atomic_load(&current_language); }

static const struct {
    const char *tag, *name, *decimal, *group;
    int forms;
    int (*form)(int64_t count);
} languages[LANGUAGE_COUNT] = {
#define LANGUAGE(id, ...) {__VA_ARGS__},
#include "client/core/languages.def"
#undef LANGUAGE
};

const char *text_language_tag(Language language) { return languages[language].tag; }
const char *text_language_name(Language language) { return languages[language].name; }
const char *text_decimal_mark(Language language) { return languages[language].decimal; }
const char *text_group_mark(Language language) { return languages[language].group; }

static bool begins_with_tag(const char *name, const char *tag)
{
    for (; *tag; tag++, name++)
        if ((*name | 0x20) != *tag)
            return false;
    return !*name || strchr("-_.@", *name);
}

Language text_language_from_tag(const char *tag)
{
    for (int language = 0; tag && language < LANGUAGE_COUNT; language++)
        if (begins_with_tag(tag, languages[language].tag))
            return (Language)language;
    return LANGUAGE_ENGLISH;
}

/* A language that is still being translated shows English where it has nothing. */
const char *text_in(Language language, TextId id) { return texts[id][language] ? texts[id][language] : texts[id][LANGUAGE_ENGLISH]; }
const char *text(TextId id) { return text_in(text_language(), id); }

/* The value for a placeholder at p, NULL when there is none (then p is an ordinary character). */
static const char *value_at(const char *p, const char *const *values, size_t count)
{
    if (p[0] != '{' || p[1] < '1' || p[1] > '9' || p[2] != '}')
        return NULL;
    size_t index = (size_t)(p[1] - '1');
    return index < count ? values[index] : NULL;
}

static size_t fill_in(const char *sentence, const char *const *values, size_t count, char *to)
{
    size_t length = 0;
    for (const char *p = sentence; *p;) {
        const char *value = value_at(p, values, count);
        size_t bytes = value ? strlen(value) : 1;
        if (to)
            memcpy(to + length, value ? value : p, bytes);
        length += bytes;
        p += value ? 3 : 1;
    }
    return length;
}

typedef struct Values {
    const char *items[PLACEHOLDER_MAX];
    size_t count;
} Values;

static void take_values(Values *values, va_list args)
{
    for (const char *value; values->count < PLACEHOLDER_MAX && (value = va_arg(args, const char *)) != NULL;)
        values->items[values->count++] = value;
}

static char *filled(const char *sentence, const Values *values)
{
    char *made = x_calloc(fill_in(sentence, values->items, values->count, NULL) + 1, 1);
    fill_in(sentence, values->items, values->count, made);
    return made;
}

char *text_format(TextId id, ...)
{
    Values values = {0};
    va_list args;
    va_start(args, id);
    take_values(&values, args);
    va_end(args);
    return filled(text(id), &values);
}

static const char *plural_in(Language language, PluralId id, int64_t count)
{
    int first = 0;
    for (int before = 0; before < (int)language; before++)
        first += languages[before].forms;
    const char *words = plurals[id][first + languages[language].form(count)];
    return words ? words : plural_in(LANGUAGE_ENGLISH, id, count);
}

char *text_plural(PluralId id, int64_t count, ...)
{
    AUTO_FREE char *number = format_number(count);
    Values values = {.items = {number}, .count = 1};
    va_list args;
    va_start(args, count);
    take_values(&values, args);
    va_end(args);
    return filled(plural_in(text_language(), id, count), &values);
}

static const struct {
    int code;
    TextId id;
} error_texts[] = {
#define ERROR_CODE(name, number, sentence) { number, TEXT_ERROR_##name },
#include "protocol/def_read.h"
};

/* Without a cause the sentence must not say "...: ." */
static char *without_cause(const char *sentence)
{
    const char *part = strstr(sentence, ": {2}");
    return part ? x_printf("%.*s%s", (int)(part - sentence), sentence, part + strlen(": {2}")) : x_strdup(sentence);
}

/* Causes of other programs may be sentences with a full stop already. */
static char *trimmed_cause(const char *cause)
{
    size_t length = cause ? strlen(cause) : 0;
    while (length && strchr(". \r\n\t", cause[length - 1]))
        length--;
    return length ? x_strndup(cause, length) : NULL;
}

char *text_error(const Error *error)
{
    for (size_t i = 0; i < ARRAY_SIZE(error_texts); i++) {
        if (error_texts[i].code != error->code)
            continue;
        AUTO_FREE char *cause = trimmed_cause(error->cause);
        AUTO_FREE char *sentence = cause ? x_strdup(text(error_texts[i].id)) : without_cause(text(error_texts[i].id));
        return str_substitute(sentence, str_or_empty(error->object), str_or_empty(cause));
    }
    return x_strdup(str_or_empty(error->message));
}

const char *text_error_topic(int code)
{
    static const struct {
        int code;
        const char *topic;
    } topics[] = {
#define ERROR_TOPIC(name, topic) {ERR_##name, topic},
#include "client/core/error_topics.def"
#undef ERROR_TOPIC
    };
    for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
        if (topics[i].code == code)
            return topics[i].topic;
    return "trouble";
}
