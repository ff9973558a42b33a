/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people read them, in both languages. */
#include "client/core/format.h"
#include "client/core/text.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    int64_t number;
    const char *english;
    const char *german;
} Case;

static void expect(char *(*format)(int64_t), const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_set_language(LANGUAGE_ENGLISH);
        AUTO_FREE char *english = format(cases[i].number);
        text_set_language(LANGUAGE_GERMAN);
        AUTO_FREE char *german = format(cases[i].number);
        assert_string_equal(english, cases[i].english);
        assert_string_equal(german, cases[i].german);
    }
    text_set_language(LANGUAGE_ENGLISH);
}

static void test_format__sizes(void **state)
{
    (void)state;
    static const Case cases[] = {
        { 0, "0 bytes", "0 Bytes" },
        { 1, "1 byte", "1 Byte" },
        { 1023, "1,023 bytes", "1.023 Bytes" },
        { 1024, "1.0 KB", "1,0 KB" },
        { 1536, "1.5 KB", "1,5 KB" },
        { 1000 * 1024, "1.0 MB", "1,0 MB" },
        { 150LL << 20, "150 MB", "150 MB" },
        { (3LL << 30) + (410LL << 20), "3.4 GB", "3,4 GB" },
        { 5LL << 40, "5.0 TB", "5,0 TB" },
        { INT64_MAX, "8,388,608 TB", "8.388.608 TB" },
        { -5, "0 bytes", "0 Bytes" },
    };
    expect(format_size, cases, ARRAY_SIZE(cases));
}

static void test_format__rates(void **state)
{
    (void)state;
    static const Case cases[] = { { 0, "0 bytes/s", "0 Bytes/s" }, { 210LL << 20, "210 MB/s", "210 MB/s" } };
    expect(format_rate, cases, ARRAY_SIZE(cases));
}

static void test_format__durations(void **state)
{
    (void)state;
    static const Case cases[] = {
        { 0, "0 s", "0 s" },
        { 12300, "12 s", "12 s" },
        { 59499, "59 s", "59 s" },
        { 59500, "1 min 0 s", "1 min 0 s" },
        { 125 * 60000, "2 h 5 min", "2 Std. 5 min" },
        { 76 * 3600000LL, "3 d 4 h", "3 T. 4 Std." },
    };
    expect(format_duration, cases, ARRAY_SIZE(cases));
}

static void test_format__logins(void **state)
{
    (void)state;
    static const struct {
        const char *user, *host;
        int port;
        const char *expected;
    } cases[] = { { "root", "web01", 0, "root@web01" }, { "root", "web01", 22, "root@web01" }, { "root", "web01", 2222, "root@web01:2222" },
                  { "root", "2001:db8::1", 0, "root@2001:db8::1" }, { "root", "2001:db8::1", 2222, "root@[2001:db8::1]:2222" }, { NULL, NULL, 0, "@" } };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *words = format_login(cases[i].user, cases[i].host, cases[i].port);
        assert_string_equal(words, cases[i].expected);
    }
}

static void test_format__numbers(void **state)
{
    (void)state;
    static const Case cases[] = {
        { 0, "0", "0" },
        { 999, "999", "999" },
        { 10000, "10,000", "10.000" },
        { -1234567, "-1,234,567", "-1.234.567" },
        { INT64_MIN, "-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808" },
    };
    expect(format_number, cases, ARRAY_SIZE(cases));
}

/* Marks of several bytes, groups of different sizes: India, Switzerland, one group only, none. */
static void test_format__regional_marks(void **state)
{
    (void)state;
    static const struct {
        PortNumberMarks marks;
        const char *number, *size;
    } cases[] = {
        {{.decimal = ".", .group = ",", .groups = {3, 2}}, "-12,34,56,789", "3.4 GB"},
        {{.decimal = "\xd9\xab", .group = "\xe2\x80\xaf", .groups = {3}}, "-123\xe2\x80\xaf" "456\xe2\x80\xaf" "789", "3\xd9\xab" "4 GB"},
        {{.decimal = ",", .group = "'", .groups = {3}, .no_repeat = true}, "-123456'789", "3,4 GB"},
        {{.decimal = ".", .group = "", .groups = {0}, .no_repeat = true}, "-123456789", "3.4 GB"},
        {{.decimal = ".", .group = "", .groups = {3}}, "-123456789", "3.4 GB"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        format_use_marks(&cases[i].marks);
        AUTO_FREE char *number = format_number(-123456789);
        AUTO_FREE char *size = format_size((3LL << 30) + (410LL << 20));
        AUTO_FREE char *longest = format_number(INT64_MIN);
        assert_string_equal(number, cases[i].number);
        assert_string_equal(size, cases[i].size);
        assert_true(strlen(longest) >= 20);
    }
    format_use_marks(NULL);
}

/* What the system says cannot be known here, only that it is used whole and let go of again. */
static void test_format__follows_the_system(void **state)
{
    (void)state;
    PortNumberMarks marks = {0};
    format_follow_system(true);
    AUTO_FREE char *regional = format_size((3LL << 30) + (410LL << 20));
    AUTO_FREE char *date = format_time(1700000000000);
    AUTO_FREE char *expected = x_printf("3%s4 GB", port_number_marks(&marks) ? marks.decimal : ".");
    AUTO_FREE char *system_date = port_date_time_text(1700000000000);
    assert_string_equal(regional, expected);
    assert_non_null(strstr(date, "11"));
    if (system_date)
        assert_string_equal(date, system_date);
    format_follow_system(false);
    AUTO_FREE char *own = format_size((3LL << 30) + (410LL << 20));
    AUTO_FREE char *own_date = format_time(1700000000000);
    assert_string_equal(own, "3.4 GB");
    assert_memory_equal(own_date, "2023-11-1", 9);
}

static void test_format__times(void **state)
{
    (void)state;
    /* The zone is the machine's: only the form can be known. */
    AUTO_FREE char *english = format_time(1700000000000);
    assert_int_equal(strlen(english), strlen("2023-11-14 22:13:20"));
    assert_memory_equal(english, "2023-11-1", 9);
    text_set_language(LANGUAGE_GERMAN);
    AUTO_FREE char *german = format_time(1700000000000);
    text_set_language(LANGUAGE_ENGLISH);
    assert_non_null(strstr(german, ".11.2023 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format__sizes),   cmocka_unit_test(test_format__rates), cmocka_unit_test(test_format__durations),
        cmocka_unit_test(test_format__logins),
        cmocka_unit_test(test_format__numbers), cmocka_unit_test(test_format__times),
        cmocka_unit_test(test_format__regional_marks), cmocka_unit_test(test_format__follows_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
