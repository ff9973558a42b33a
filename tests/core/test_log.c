/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log file: one line per message, rotated, silent before it is opened. */
#include "client/core/log.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static char *read_log(const char *folder, const char *name)
{
    AUTO_FREE char *path = port_join(folder, name);
    char *bytes = NULL;
    size_t size = 0;
    if (!port_file_exists(path))
        return x_strdup("");
    assert_int_equal(port_read_whole(path, 8 << 20, &bytes, &size, NULL), 0);
    return bytes;
}

static void test_log__writes_lines(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    AUTO(error_clear) Error error = { 0 };
    error_set(&error, ERR_IO, "x.iso", "broken");
    log_info("nobody listens");
    log_open(folder, "poolcenter");
    log_info("hello %d", 5);
    log_info("two\nlines");
    log_error("reading", &error);
    AUTO_FREE char *path = log_path();
    AUTO_FREE char *expected = port_join(folder, "poolcenter.log");
    assert_string_equal(path, expected);
    log_close();
    log_info("nobody listens");
    AUTO_FREE char *text = read_log(folder, "poolcenter.log");
    assert_non_null(strstr(text, " INFO hello 5\n"));
    assert_non_null(strstr(text, " INFO two lines\n"));
    assert_non_null(strstr(text, " ERROR reading: Reading or writing 'x.iso' failed: broken. (IO)\n"));
    assert_null(strstr(text, "nobody"));
    assert_null(log_path());
}

static void test_log__is_rotated(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *filler = x_calloc(3501, 1);
    memset(filler, 'x', 3500);
    log_open(folder, "poolcenter");
    log_info("the first line");
    for (int i = 0; i < 1600; i++)
        log_info("%s", filler);
    log_info("the last line");
    log_close();
    AUTO_FREE char *newest = read_log(folder, "poolcenter.log");
    AUTO_FREE char *older = read_log(folder, "poolcenter.log.1");
    assert_non_null(strstr(newest, "the last line"));
    assert_null(strstr(newest, "the first line"));
    assert_non_null(strstr(older, "the first line"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_log__writes_lines), cmocka_unit_test(test_log__is_rotated) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
