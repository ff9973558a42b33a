/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading ahead and hashing: every byte once and in order, the digests of prefix and whole, and files that change. */
#include "client/core/upload_reader.h"
#include "tests/core/scratch.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

enum { SIZE = (9 << 20) + 77 };

static char *folder, *path;
static unsigned char *content;

static int setup(void **state)
{
    (void)state;
    folder = scratch_folder();
    path = port_join(folder, "größe.iso");
    content = x_calloc(SIZE, 1);
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (unsigned char)(i * 2654435761U >> 24);
    write_file(path, content, SIZE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    port_remove(path);
    free(content);
    free(path);
    free(folder);
    return 0;
}

static void hex_of(const void *bytes, size_t size, char ret[UPLOAD_SHA256_HEX + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < UPLOAD_SHA256_HEX / 2; i++) {
        AUTO_FREE char *two = x_printf("%02x", digest[i]);
        memcpy(ret + 2 * i, two, 3);
    }
}

static void woke(void *context) { port_wake_set(context); }

static UploadReader *start(PortWake *wake, int64_t offset)
{
    PortFile *file = NULL;
    int64_t size = 0, modified = 0;
    assert_int_equal(port_file_open(path, &file, NULL), 0);
    assert_int_equal(port_file_stat(file, &size, &modified, NULL), 0);
    port_file_close(file);
    return upload_reader_start(path, size, modified, offset, woke, wake);
}

/* Everything from at on, compared with the content. Returns 0, or the reader's error. */
static int read_all(UploadReader *reader, PortWake *wake, size_t at, Error *err)
{
    for (;;) {
        const void *bytes = NULL;
        size_t size = 0;
        int rc = upload_reader_block(reader, &bytes, &size, err);
        if (rc < 0)
            return rc;
        if (rc == 0) {
            port_socket_wait(PORT_NO_SOCKET, 0, wake, 5000);
            continue;
        }
        if (!size)
            return at == SIZE ? 0 : 1;
        assert_memory_equal(bytes, content + at, size);
        at += size;
        upload_reader_release(reader);
    }
}

static void check_from(int64_t offset)
{
    char expected[UPLOAD_SHA256_HEX + 1], found[UPLOAD_SHA256_HEX + 1] = "";
    PortWake *wake = port_wake_create();
    UploadReader *reader = start(wake, offset);
    while (upload_reader_prefix(reader, found, NULL) == 0)
        port_socket_wait(PORT_NO_SOCKET, 0, wake, 5000);
    hex_of(content, (size_t)offset, expected);
    assert_string_equal(found, expected);
    assert_int_equal(upload_reader_checked(reader), offset);
    assert_int_equal(read_all(reader, wake, (size_t)offset, NULL), 0);
    hex_of(content, SIZE, expected);
    upload_reader_digest(reader, found);
    assert_string_equal(found, expected);
    upload_reader_free(reader);
    port_wake_free(wake);
}

static void test_upload_reader__reads_from_any_offset(void **state)
{
    (void)state;
    static const int64_t offsets[] = { 0, 1, 1 << 20, (3 << 20) + 5, SIZE - 1, SIZE };
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
        check_from(offsets[i]);
}

static void test_upload_reader__an_empty_file_has_a_digest(void **state)
{
    (void)state;
    write_file(path, "", 0);
    PortWake *wake = port_wake_create();
    UploadReader *reader = start(wake, 0);
    const void *bytes = NULL;
    size_t size = 1;
    while (upload_reader_block(reader, &bytes, &size, NULL) == 0)
        port_socket_wait(PORT_NO_SOCKET, 0, wake, 5000);
    char found[UPLOAD_SHA256_HEX + 1] = "";
    upload_reader_digest(reader, found);
    assert_int_equal(size, 0);
    assert_string_equal(found, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    upload_reader_free(reader);
    port_wake_free(wake);
}

static void expect_changed(int64_t size, int64_t modified)
{
    AUTO(error_clear) Error error = { 0 };
    PortWake *wake = port_wake_create();
    UploadReader *reader = upload_reader_start(path, size, modified, 0, woke, wake);
    assert_int_equal(read_all(reader, wake, 0, &error), ERR_FILE_CHANGED);
    assert_string_equal(error.object, "größe.iso");
    upload_reader_free(reader);
    port_wake_free(wake);
}

static void test_upload_reader__notices_another_file(void **state)
{
    (void)state;
    PortFile *file = NULL;
    int64_t size = 0, modified = 0;
    assert_int_equal(port_file_open(path, &file, NULL), 0);
    assert_int_equal(port_file_stat(file, &size, &modified, NULL), 0);
    port_file_close(file);
    expect_changed(size - 1, modified);
    expect_changed(size + 1, modified);
    expect_changed(size, modified - 2000);
}

static void test_upload_reader__notices_a_file_that_is_gone(void **state)
{
    (void)state;
    AUTO(error_clear) Error error = { 0 };
    AUTO_FREE char *missing = port_join(folder, "missing.iso");
    PortWake *wake = port_wake_create();
    UploadReader *reader = upload_reader_start(missing, 5, 0, 0, woke, wake);
    assert_int_equal(read_all(reader, wake, 0, &error), ERR_FILE_OPEN);
    upload_reader_free(reader);
    port_wake_free(wake);
}

static void test_upload_reader__stops_at_once_while_full(void **state)
{
    (void)state;
    PortWake *wake = port_wake_create();
    UploadReader *reader = start(wake, 0);
    port_sleep_ms(50); /* nobody takes blocks: it waits for room */
    int64_t began = port_monotonic_ms();
    upload_reader_free(reader);
    assert_true(port_monotonic_ms() - began < 1000);
    port_wake_free(wake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_upload_reader__reads_from_any_offset),     TEST(test_upload_reader__an_empty_file_has_a_digest),
        TEST(test_upload_reader__notices_another_file),      TEST(test_upload_reader__notices_a_file_that_is_gone),
        TEST(test_upload_reader__stops_at_once_while_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
