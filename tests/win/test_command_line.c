/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our words of a command line, read by Windows' own reader. */
#include "client/win/command_line.h"

#include "client/win/utf.h"

#include <setjmp.h>
#include <shellapi.h>
#include <stdlib.h>

#include <cmocka.h>

/* The word number `which` of a command line with these arguments, as a program sees it. */
static char *word_of(const char *arguments, int which, int expected_count)
{
    AUTO_FREE char *line = x_printf("program.exe %s", arguments);
    AUTO_FREE wchar_t *wide = utf_to_wide(line);
    int count = 0;
    wchar_t **words = CommandLineToArgvW(wide, &count);
    assert_int_equal(count, expected_count);
    char *word = utf_from_wide(words[which]);
    LocalFree(words);
    return word;
}

static void test_command_line__windows_reads_a_quoted_word_unchanged(void **state)
{
    (void)state;
    static const char *const words[] = { "", "plain", "two words", "D:\\", "D:\\a folder\\", "\\\\server\\share\\\\", "a\"b", "a\\\"b", "\\\\\"", "\"", "tab\there", "Übergröße €" };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        AUTO_FREE char *quoted = command_line_quote(words[i]);
        AUTO_FREE char *arguments = x_printf("%s --next", quoted);
        AUTO_FREE char *read = word_of(arguments, 1, 3);
        assert_string_equal(read, words[i]);
    }
}

static void test_command_line__settings_folder_is_named_in_full(void **state)
{
    (void)state;
    AUTO_FREE char *root = command_line_config("C:\\");
    AUTO_FREE char *root_read = word_of(root, 2, 3);
    assert_string_equal(root_read, "C:\\");
    AUTO_FREE char *relative = command_line_config("some folder");
    AUTO_FREE char *relative_read = word_of(relative, 2, 3);
    assert_true(strlen(relative_read) > strlen("some folder") + 2);
    assert_int_equal(relative_read[1], ':');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_line__windows_reads_a_quoted_word_unchanged),
        cmocka_unit_test(test_command_line__settings_folder_is_named_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
