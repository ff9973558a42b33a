/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Visible texts in the user's language. The words stand in resources/strings/<area>.def as T(ID, "English", "German"), both side by
 * side, so that a missing translation does not compile; those that count something as P(ID, "one", "more", "eins", "mehr"). The language can change at run time. text() is safe on any thread.
 */
#ifndef POOLCENTER_TEXT_H
#define POOLCENTER_TEXT_H

#include "protocol/error.h"

typedef enum TextId {
#define T(id, ...) TEXT_##id,
#define P(...)
#include "strings_all.def"
#undef T
#undef P
    TEXT_COUNT
} TextId;

typedef enum PluralId {
#define T(...)
#define P(id, ...) PLURAL_##id,
#include "strings_all.def"
#undef T
#undef P
    PLURAL_COUNT
} PluralId;

typedef enum Language {
#define LANGUAGE(id, ...) LANGUAGE_##id,
#include "client/core/languages.def"
#undef LANGUAGE
    LANGUAGE_COUNT
} Language;

void text_set_language(Language language);
Language text_language(void);
/* The language for a BCP 47 tag or locale name ("de-AT", "de_DE.UTF-8"); English when there is none. */
Language text_language_from_tag(const char *tag);
const char *text_language_tag(Language language);  /* "de" */
const char *text_language_name(Language language); /* as its speakers call it */

/* UTF-8, static. With the '&' of access keys where the .def has them. */
const char *text(TextId id);
/* In a given language, for tests. */
const char *text_in(Language language, TextId id);
/* The text with {1} {2} ... replaced by the strings that follow; the last argument is NULL. The caller frees. */
char *text_format(TextId id, ...) __attribute__((sentinel));
/* The form of a counting text for this number, by the language's rule; {1} is the number, {2} ... are the strings that follow; the last is NULL. The caller frees. */
char *text_plural(PluralId id, int64_t count, ...) __attribute__((sentinel));
/* The mark before decimals and between thousands that this language uses by itself. */
const char *text_decimal_mark(Language language);
const char *text_group_mark(Language language);
/* An error as a whole sentence in the user's language: the translation for its code (area error.def, id ERROR_<NAME>) with object
 * and cause put in, or its own message where there is none. The caller frees. */
char *text_error(const Error *error);
/* The anchor of the manual about this code (error_topics.def); "trouble" for one that is not known. */
const char *text_error_topic(int code);

#endif
