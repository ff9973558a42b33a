/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of a log file as the viewer shows them: cut, filtered, kept in number, whatever arrives in whatever pieces. */
#include "client/core/log_view.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char log_text[] =
    "2026-11-22 03:13:37.123 INFO program starts\n"
    "2026-11-22 03:13:38.001 ERROR action: Reading '\xc3\xbc.iso' failed. (IO)\r\n"
    "\n"
    "a line of an older version\n"
    "2026-11-22 03:13:39.500 INFORMATION is no level\n"
    "2026-11-22 03:13:40.000 INFO half";

static void free_view(LogView **view) { log_view_free(*view); }

static void expect_line(const LogView *view, size_t index, const char *time, bool is_error, const char *message)
{
    const LogLine *line = log_view_at(view, index);
    assert_string_equal(line->time, time);
    assert_string_equal(line->message, message);
    assert_int_equal(line->is_error, is_error);
}

static void expect_all(const LogView *view)
{
    assert_int_equal(log_view_count(view), 4);
    expect_line(view, 0, "2026-11-22 03:13:37.123", false, "program starts");
    expect_line(view, 1, "2026-11-22 03:13:38.001", true, "action: Reading '\xc3\xbc.iso' failed. (IO)");
    expect_line(view, 2, "", false, "a line of an older version");
    expect_line(view, 3, "2026-11-22 03:13:39.500", false, "INFORMATION is no level");
}

static void test_log_view__cuts_lines_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof log_text; piece++) {
        AUTO(free_view) LogView *view = log_view_create();
        for (size_t at = 0; at < sizeof log_text - 1; at += piece)
            log_view_add(view, log_text + at, at + piece < sizeof log_text ? piece : sizeof log_text - 1 - at);
        expect_all(view);
        log_view_add(view, " done\n", 6);
        expect_line(view, 4, "2026-11-22 03:13:40.000", false, "half done");
    }
}

static void test_log_view__filters(void **state)
{
    (void)state;
    AUTO(free_view) LogView *view = log_view_create();
    log_view_add(view, log_text, sizeof log_text - 1);
    log_view_filter(view, true, "");
    assert_int_equal(log_view_count(view), 1);
    log_view_add(view, " x\n2026-11-22 03:13:41.000 ERROR new\n", 38);
    assert_int_equal(log_view_count(view), 2);
    log_view_filter(view, false, "STARTS");
    assert_int_equal(log_view_count(view), 1);
    expect_line(view, 0, "2026-11-22 03:13:37.123", false, "program starts");
    log_view_filter(view, false, "03:13:38");
    assert_int_equal(log_view_count(view), 1);
    AUTO_FREE char *text = log_view_text(view);
    assert_string_equal(text, "2026-11-22 03:13:38.001 ERROR action: Reading '\xc3\xbc.iso' failed. (IO)\r\n");
    log_view_filter(view, true, "nothing like this");
    assert_int_equal(log_view_count(view), 0);
    log_view_filter(view, false, "");
    assert_int_equal(log_view_count(view), 6);
}

static void test_log_view__survives_lines_without_end_and_zeros(void **state)
{
    (void)state;
    AUTO(free_view) LogView *view = log_view_create();
    char block[4096];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 100; i++)
        log_view_add(view, block, sizeof block);
    log_view_add(view, "\na\0b\n", 5);
    assert_int_equal(log_view_count(view), 2);
    assert_in_range(strlen(log_view_at(view, 0)->message), 4096, 64 << 10);
    assert_string_equal(log_view_at(view, 1)->message, "a b");
}

static void test_log_view__keeps_the_newest(void **state)
{
    (void)state;
    AUTO(free_view) LogView *view = log_view_create();
    for (int i = 0; i < LOG_VIEW_LINES + 10; i++) {
        AUTO_FREE char *line = x_printf("line %d\n", i);
        log_view_add(view, line, strlen(line));
    }
    size_t count = log_view_count(view);
    AUTO_FREE char *last = x_printf("line %d", LOG_VIEW_LINES + 9);
    assert_in_range(count, LOG_VIEW_LINES / 2, LOG_VIEW_LINES);
    assert_string_equal(log_view_at(view, count - 1)->message, last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_view__cuts_lines_in_pieces_of_any_size), cmocka_unit_test(test_log_view__filters),
        cmocka_unit_test(test_log_view__survives_lines_without_end_and_zeros), cmocka_unit_test(test_log_view__keeps_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
