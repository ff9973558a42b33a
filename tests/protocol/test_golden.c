/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire contract changes only on purpose: its text is compared with the one in git. After a deliberate change: ninja update_protocol. */
#include "tests/protocol/cmocka_all.h"

#include "describe.h"
#include "protocol/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    enum { MAX = 1 << 20 };
    char *text = x_calloc(MAX + 1, 1);
    size_t length = fread(text, 1, MAX, file);
    fclose(file);
    text[length] = 0;
    return text;
}

static void compare(const char *path, char *now)
{
    AUTO_FREE char *before = read_all(path);
    AUTO_FREE char *text = now;
    if (!before)
        fail_msg("%s cannot be read", path);
    size_t same = 0;
    while (text[same] && text[same] == before[same])
        same++;
    if (text[same] || before[same])
        fail_msg("%s differs from messages.def at byte %zu: \"%.60s\". If that is meant, run the target update_protocol.", path, same, text + same);
}

static void test_golden__contract_is_the_one_in_git(void **state)
{
    (void)state;
    compare(TEST_SOURCE_DIR "/../golden/protocol.txt", describe_golden());
}

static void test_golden__reference_is_up_to_date(void **state)
{
    (void)state;
    compare(TEST_SOURCE_DIR "/../../docs/protocol.md", describe_reference());
}

static void test_golden__wire_names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++)
        assert_int_equal(method_find(method_name((Method)i)), i);
    for (int i = 0; i < EVENT_COUNT; i++)
        assert_int_equal(event_find(event_name((Event)i)), i);
    assert_int_equal(method_find("no.such"), METHOD_COUNT);
    assert_int_equal(event_find("no.such"), EVENT_COUNT);
}

static void test_golden__errors_are_unique_and_have_sentences(void **state)
{
    (void)state;
    const int codes[] = {
#define ERROR_CODE(name, number, sentence) number,
#include "protocol/def_read.h"
    };
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        assert_non_null(error_sentence(codes[i]));
        assert_true(strlen(error_sentence(codes[i])) > 10);
        for (size_t k = i + 1; k < ARRAY_SIZE(codes); k++)
            assert_int_not_equal(codes[i], codes[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden__contract_is_the_one_in_git),
        cmocka_unit_test(test_golden__reference_is_up_to_date),
        cmocka_unit_test(test_golden__wire_names_are_unique),
        cmocka_unit_test(test_golden__errors_are_unique_and_have_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
