/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines out of a stream, however it is cut. */
#include "tests/protocol/cmocka_all.h"

#include "protocol/line_reader.h"
#include "protocol/limits.h"

#include <string.h>

static const char stream[] = "one\n\ntwo\nthree\nrest";
static const char *const lines[] = { "one", "", "two", "three" };

/* Feeds the stream in pieces of that size and compares the lines. */
static void read_in_pieces(size_t piece)
{
    LineReader reader;
    size_t found = 0;
    line_reader_init(&reader, 100);
    for (size_t at = 0; at < strlen(stream); at += piece) {
        size_t left = strlen(stream) - at;
        const char *line = NULL;
        size_t length = 0;
        line_reader_feed(&reader, stream + at, left < piece ? left : piece);
        while (line_reader_next(&reader, &line, &length, NULL) == 1) {
            assert_true(found < ARRAY_SIZE(lines));
            assert_int_equal(length, strlen(lines[found]));
            assert_memory_equal(line, lines[found], length);
            found++;
        }
    }
    assert_int_equal(found, ARRAY_SIZE(lines));
    const char *rest = NULL;
    assert_int_equal(line_reader_rest(&reader, &rest), 4);
    assert_memory_equal(rest, "rest", 4);
    line_reader_clear(&reader);
}

static void test_line_reader__pieces_of_any_size_give_the_same_lines(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof stream; piece++)
        read_in_pieces(piece);
}

static void test_line_reader__the_limit_is_the_longest_line(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    LineReader reader;
    const char *line = NULL;
    size_t length = 0;
    line_reader_init(&reader, 4);
    line_reader_feed(&reader, "1234\n12345", 10);
    assert_int_equal(line_reader_next(&reader, &line, &length, &err), 1);
    assert_int_equal(line_reader_next(&reader, &line, &length, &err), ERR_TOO_LARGE);
    line_reader_clear(&reader);
}

static void test_line_reader__an_endless_line_takes_bounded_memory(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    LineReader reader;
    char piece[4096];
    const char *line = NULL;
    size_t length = 0;
    size_t fed = 0;
    memset(piece, 'x', sizeof piece);
    line_reader_init(&reader, LIMIT_REQUEST_LINE);
    while (line_reader_next(&reader, &line, &length, &err) == 0) {
        line_reader_feed(&reader, piece, sizeof piece);
        fed += sizeof piece;
        assert_true(fed <= LIMIT_REQUEST_LINE + sizeof piece);
    }
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_true(reader.capacity <= 4 * (size_t)LIMIT_REQUEST_LINE);
    line_reader_clear(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_reader__pieces_of_any_size_give_the_same_lines),
        cmocka_unit_test(test_line_reader__the_limit_is_the_longest_line),
        cmocka_unit_test(test_line_reader__an_endless_line_takes_bounded_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
