/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server says about a new version, honest and hostile; and CHANGELOG.md as plain text. */
#include "client/core/changelog.h"
#include "client/core/text.h"
#include "client/core/update_info.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void test_update_info__reads_an_honest_answer(void **state)
{
    (void)state;
    static const char answer[] = "{\"version\": \"1.20.3\", \"address\": \"https://example.org/pool?x=1#new\", \"sha256\": \"" HASH "\", \"notes\": \"One\\nTwo\\u0007!\", \"later\": [1]}";
    AUTO(update_info_clear) UpdateInfo info = {0};
    assert_int_equal(update_info_parse(answer, sizeof answer - 1, &info, NULL), 0);
    assert_string_equal(info.version, "1.20.3");
    assert_string_equal(info.address, "https://example.org/pool?x=1#new");
    assert_string_equal(info.notes, "One\nTwo !");
}

static void refused(const char *version, const char *address, const char *hash, const char *notes)
{
    AUTO_FREE char *answer = x_printf("{\"version\": %s, \"address\": %s, \"sha256\": %s, \"notes\": %s}", version, address, hash, notes);
    AUTO(error_clear) Error error = {0};
    UpdateInfo info = {0};
    if (update_info_parse(answer, strlen(answer), &info, &error) == 0)
        fail_msg("not refused: %s", answer);
    assert_int_equal(error.code, ERR_UPDATE_CHECK);
    assert_null(info.version);
}

static void test_update_info__refuses_everything_else(void **state)
{
    (void)state;
    static const char *const versions[] = {"\"1.2\"", "\"1.2.3.4\"", "\"1.2.x\"", "\"\"", "\"1234567.0.0\"", "\"-1.0.0\"", "1", "null", "\"1.2.3 \"", "\" 1.2.3\""};
    static const char *const addresses[] = {"\"http://example.org/x\"", "\"file:///C:/windows/system32/calc.exe\"", "\"https://\"", "\"https://example.org/a b\"", "\"https://example.org/\\\"x\"",
        "\"javascript:alert(1)\"", "\"https://example.org/\\u0000\"", "\"https://example.org/\\\\x\"", "[]", "\"calc.exe\"", "\"https://user@example.org/\""};
    static const char *const hashes[] = {"\"abc\"", "\"" HASH "0\"", "\"g123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef\"", "0"};
    static const char good_version[] = "\"1.2.3\"", good_address[] = "\"https://example.org/x\"", good_hash[] = "\"" HASH "\"";
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
        refused(versions[i], good_address, good_hash, "\"\"");
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
        refused(good_version, addresses[i], good_hash, "\"\"");
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++)
        refused(good_version, good_address, hashes[i], "\"\"");
    AUTO_FREE char *long_notes = x_calloc(8200, 1);
    memset(long_notes, 'x', 8150);
    long_notes[0] = long_notes[8149] = '"';
    refused(good_version, good_address, good_hash, long_notes);
    refused(good_version, good_address, good_hash, "{}");
    refused(good_version, good_address, good_hash, "\"\", \"notes\": \"twice\"");
}

static void test_update_info__refuses_what_is_no_json(void **state)
{
    (void)state;
    static const char *const answers[] = {"", "<html>", "[]", "null", "{", "{\"version\"", "\xff\xfe", "\"1.2.3\""};
    UpdateInfo info = {0};
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        assert_int_equal(update_info_parse(answers[i], strlen(answers[i]), &info, NULL), ERR_UPDATE_CHECK);
    AUTO_FREE char *deep = x_calloc(UPDATE_ANSWER_MAX + 2, 1);
    memset(deep, '[', UPDATE_ANSWER_MAX + 1);
    assert_int_equal(update_info_parse(deep, UPDATE_ANSWER_MAX, &info, NULL), ERR_UPDATE_CHECK);
    assert_int_equal(update_info_parse(deep, UPDATE_ANSWER_MAX + 1, &info, NULL), ERR_UPDATE_CHECK);
}

static void test_update_info__compares_versions(void **state)
{
    (void)state;
    assert_true(update_info_newer("0.2.0", "0.1.9"));
    assert_true(update_info_newer("0.10.0", "0.9.0"));
    assert_true(update_info_newer("1.0.0", "0.99.99"));
    assert_false(update_info_newer("0.1.0", "0.1.0"));
    assert_false(update_info_newer("0.1.0", "0.1.1"));
    assert_false(update_info_newer("new", "0.1.1"));
    assert_false(update_info_newer("0.1.1", ""));
}

static void expect_news(const char *since, const char *expected)
{
    static const char changelog[] = "# Changelog\n\nIntro.\n\n## 0.3.0 (unreleased)\nNew *road*.\r\n\n* **Add** `a*b` and [docs](docs/x.md).\n## 0.2.0\n* Two\n## 0.1.0\n* One\n";
    AUTO_FREE char *words = changelog_text(changelog, sizeof changelog - 1, since);
    assert_string_equal(words, expected);
}

#define NEWEST "0.3.0 (unreleased)\nNew road.\n\n\xe2\x80\xa2 Add ab and docs.\n"

static void test_changelog__shows_what_is_newer(void **state)
{
    (void)state;
    expect_news(NULL, NEWEST);
    expect_news("0.2.0", NEWEST);
    expect_news("0.1.0", NEWEST "0.2.0\n\xe2\x80\xa2 Two\n");
    expect_news("0.0.9", NEWEST "0.2.0\n\xe2\x80\xa2 Two\n0.1.0\n\xe2\x80\xa2 One\n");
    expect_news("9.0.0", NEWEST);
    AUTO_FREE char *nothing = changelog_text("no sections [", 13, NULL);
    assert_string_equal(nothing, "");
    AUTO_FREE char *broken = changelog_text("## 1.0.0\n[a](", 13, NULL);
    assert_string_equal(broken, "1.0.0\n[a](\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_info__reads_an_honest_answer), cmocka_unit_test(test_update_info__refuses_everything_else),
        cmocka_unit_test(test_update_info__refuses_what_is_no_json), cmocka_unit_test(test_update_info__compares_versions), cmocka_unit_test(test_changelog__shows_what_is_newer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
