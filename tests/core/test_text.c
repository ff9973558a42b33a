/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts: every one there in both languages, with the same placeholders; errors as sentences. */
#include "client/core/text.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {
#define T(id, english, german) #id,
#define P(...)
#include "strings_all.def"
#undef T
#undef P
};

static const struct {
    const char *name, *words[2][2];
} plurals[] = {
#define T(...)
#define P(id, english_one, english_other, german_one, german_other) {#id, {{english_one, english_other}, {german_one, german_other}}},
#include "strings_all.def"
#undef T
#undef P
};

/* Bit n is set when {n} occurs; the rest of the text must not hold stray braces. */
static unsigned placeholders(const char *words)
{
    unsigned found = 0;
    for (const char *p = strchr(words, '{'); p; p = strchr(p + 1, '{'))
        if (p[1] >= '1' && p[1] <= '9' && p[2] == '}')
            found |= 1U << (p[1] - '0');
    return found;
}

static int access_keys(const char *words)
{
    int count = 0;
    for (const char *p = words; *p; p++) {
        if (p[0] == '&' && p[1] == '&')
            p++;
        else if (*p == '&')
            count++;
    }
    return count;
}

static void test_text__is_complete_in_both_languages(void **state)
{
    (void)state;
    for (TextId id = 0; id < TEXT_COUNT; id++) {
        const char *english = text_in(LANGUAGE_ENGLISH, id);
        const char *german = text_in(LANGUAGE_GERMAN, id);
        if (!english || !german || !*english || !*german)
            fail_msg("%s is empty", names[id]);
        if (placeholders(english) != placeholders(german))
            fail_msg("%s has different placeholders: '%s' and '%s'", names[id], english, german);
        if (access_keys(english) != access_keys(german) || access_keys(english) > 1)
            fail_msg("%s has different access keys: '%s' and '%s'", names[id], english, german);
    }
}

/* The form for one may say "one" instead of {1}. */
static void test_text__plurals_are_complete_in_both_languages(void **state)
{
    (void)state;
    const unsigned number = 1U << 1;
    for (size_t i = 0; i < ARRAY_SIZE(plurals); i++) {
        unsigned wanted = placeholders(plurals[i].words[0][1]) | number;
        for (size_t language = 0; language < 2; language++) {
            const char *one = plurals[i].words[language][0], *other = plurals[i].words[language][1];
            if (!*one || !*other)
                fail_msg("%s is empty", plurals[i].name);
            if (placeholders(other) != wanted || (placeholders(one) | number) != wanted)
                fail_msg("%s has different placeholders: '%s' and '%s'", plurals[i].name, one, other);
            if (access_keys(one) != access_keys(other) || access_keys(one) != access_keys(plurals[i].words[0][0]) || access_keys(one) > 1)
                fail_msg("%s has different access keys", plurals[i].name);
        }
    }
}

static void expect_plural(Language language, int64_t count, const char *expected)
{
    text_set_language(language);
    AUTO_FREE char *words = text_plural(PLURAL_DELETE_VM_SUM, count, "5 GB", NULL);
    text_set_language(LANGUAGE_ENGLISH);
    assert_string_equal(words, expected);
}

static void test_text__counts(void **state)
{
    (void)state;
    expect_plural(LANGUAGE_ENGLISH, 1, "One disk with all its data is deleted (5 GB).");
    expect_plural(LANGUAGE_ENGLISH, 0, "0 disks with all their data are deleted (5 GB).");
    expect_plural(LANGUAGE_ENGLISH, 1234, "1,234 disks with all their data are deleted (5 GB).");
    expect_plural(LANGUAGE_GERMAN, 1, "Eine Festplatte mit allen ihren Daten wird gelöscht (5 GB).");
    expect_plural(LANGUAGE_GERMAN, -1, "-1 Festplatten mit allen ihren Daten werden gelöscht (5 GB).");
}

static void test_text__errors_have_the_placeholders_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        TextId id;
        const char *sentence;
    } all[] = {
#define ERROR_CODE(name, number, sentence) { TEXT_ERROR_##name, sentence },
#include "protocol/def_read.h"
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        if (placeholders(text_in(LANGUAGE_ENGLISH, all[i].id)) != placeholders(all[i].sentence))
            fail_msg("%s differs from the contract's sentence", names[all[i].id]);
}

static void expect_error(Language language, int code, const char *object, const char *cause, const char *expected)
{
    AUTO(error_clear) Error error = { 0 };
    if (cause)
        error_set(&error, code, object, "%s", cause);
    else
        error_set(&error, code, object, NULL);
    text_set_language(language);
    AUTO_FREE char *sentence = text_error(&error);
    text_set_language(LANGUAGE_ENGLISH);
    assert_string_equal(sentence, expected);
}

static void test_text__says_errors_in_the_users_language(void **state)
{
    (void)state;
    expect_error(LANGUAGE_ENGLISH, ERR_VM_EXISTS, "web", NULL, "A VM named 'web' exists already. Choose another name.");
    expect_error(LANGUAGE_GERMAN, ERR_VM_EXISTS, "web", NULL, "Eine VM namens „web“ gibt es schon. Wählen Sie einen anderen Namen.");
    expect_error(LANGUAGE_ENGLISH, ERR_NO_SPACE, "iso", "5 GB are needed.", "There is not enough space in the datastore 'iso': 5 GB are needed.");
    expect_error(LANGUAGE_ENGLISH, ERR_IO, "x.iso", NULL, "Reading or writing 'x.iso' failed.");
    expect_error(LANGUAGE_ENGLISH, ERR_IO, "{2}", "{1}", "Reading or writing '{2}' failed: {1}.");
}

static void test_text__keeps_the_message_of_an_unknown_error(void **state)
{
    (void)state;
    AUTO(error_clear) Error error = { 0 };
    error_set_foreign(&error, -31999, "Something new.", NULL, NULL);
    AUTO_FREE char *sentence = text_error(&error);
    assert_string_equal(sentence, "Something new.");
}

static void test_text__fills_in_placeholders(void **state)
{
    (void)state;
    text_set_language(LANGUAGE_ENGLISH);
    AUTO_FREE char *filled = text_format(TEXT_UPLOAD_SENDING_RATE, "1", "{1}", "3", "4", NULL);
    assert_string_equal(filled, "1 of {1}, 3, 4 left");
    AUTO_FREE char *short_one = text_format(TEXT_UPLOAD_SENDING, "1", NULL);
    assert_string_equal(short_one, "1 of {2}");
}

static void test_text__finds_the_language_of_a_tag(void **state)
{
    (void)state;
    static const char *const german[] = { "de", "de-DE", "de_AT.UTF-8", "DE-ch" };
    static const char *const english[] = { "en", "C.UTF-8", "", "den", "fr-DE" };
    for (size_t i = 0; i < ARRAY_SIZE(german); i++)
        assert_int_equal(text_language_from_tag(german[i]), LANGUAGE_GERMAN);
    for (size_t i = 0; i < ARRAY_SIZE(english); i++)
        assert_int_equal(text_language_from_tag(english[i]), LANGUAGE_ENGLISH);
    assert_int_equal(text_language_from_tag(NULL), LANGUAGE_ENGLISH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__is_complete_in_both_languages),
        cmocka_unit_test(test_text__plurals_are_complete_in_both_languages),
        cmocka_unit_test(test_text__counts),
        cmocka_unit_test(test_text__errors_have_the_placeholders_of_the_contract),
        cmocka_unit_test(test_text__says_errors_in_the_users_language),
        cmocka_unit_test(test_text__keeps_the_message_of_an_unknown_error),
        cmocka_unit_test(test_text__fills_in_placeholders),
        cmocka_unit_test(test_text__finds_the_language_of_a_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
