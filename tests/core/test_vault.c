/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encrypted file of secrets: right and wrong passwords, every byte changed, every length cut, parameters out of bounds, new costs. */
#include "client/core/secret.h"
#include "client/core/vault.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <cmocka.h>

enum { HEADER_SIZE = 28, COST_AT = 8 };

static const VaultCost cheap = { .log2_n = 10, .r = 1, .p = 1 };
static const VaultCost dearer = { .log2_n = 11, .r = 2, .p = 1 };

static char *folder, *path;
static VaultKey *key;

/* What OpenSSL may have at once. */
static size_t memory_left = SIZE_MAX;

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return size <= memory_left ? malloc(size) : NULL;
}

static void *openssl_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return realloc(memory, size);
}

static void openssl_free(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

static int setup(void **state)
{
    (void)state;
    folder = scratch_folder();
    path = port_join(folder, "vault");
    key = vault_key_create("m\xc3\xa4ster", &cheap, NULL);
    return vault_create(path, key, NULL, NULL);
}

static int teardown(void **state)
{
    (void)state;
    vault_key_free(TAKE_PTR(key));
    free(TAKE_PTR(path));
    free(TAKE_PTR(folder));
    return 0;
}

static unsigned char *read_vault(size_t *ret_size)
{
    char *bytes = NULL;
    assert_int_equal(port_read_whole(path, 4 << 20, &bytes, ret_size, NULL), 0);
    return (unsigned char *)bytes;
}

static void assert_secret(const VaultKey *with, const char *name, const char *expected)
{
    AUTO_FREE char *secret = NULL;
    int code = vault_find(path, with, name, &secret, NULL);
    assert_int_equal(code, expected ? 0 : 1);
    if (expected)
        assert_string_equal(secret, expected);
}

static int unlock_code(const char *master, const VaultCost *cost)
{
    VaultKey *opened = NULL;
    AUTO(error_clear) Error why = { 0 };
    int code = vault_unlock(path, master, cost, &opened, &why);
    assert_int_equal(code, why.code);
    assert_int_equal(opened != NULL, code == 0);
    vault_key_free(opened);
    return code;
}

static void test_vault__keeps_replaces_and_removes_secrets(void **state)
{
    (void)state;
    assert_secret(key, "a", NULL);
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    assert_int_equal(vault_put(path, key, "b", "gr\xc3\xbc\xc3\x9f" "e", NULL), 0);
    assert_int_equal(vault_put(path, key, "c", "three", NULL), 0);
    assert_int_equal(vault_put(path, key, "a", "uno", NULL), 0);
    assert_secret(key, "a", "uno");
    assert_secret(key, "b", "gr\xc3\xbc\xc3\x9f" "e");
    assert_secret(key, "c", "three");
    assert_int_equal(vault_put(path, key, "b", NULL, NULL), 0);
    assert_int_equal(vault_put(path, key, "b", NULL, NULL), 0);
    assert_secret(key, "b", NULL);
    assert_secret(key, "c", "three");
    assert_secret(key, "uno", NULL); /* a secret is not a name */
}

static void test_vault__opens_with_the_master_password_only(void **state)
{
    (void)state;
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    VaultKey *opened = NULL;
    assert_int_equal(vault_unlock(path, "m\xc3\xa4ster", &cheap, &opened, NULL), 0);
    assert_secret(opened, "a", "one");
    vault_key_free(opened);
    assert_int_equal(unlock_code("M\xc3\xa4ster", &cheap), ERR_VAULT_PASSWORD);
    assert_int_equal(unlock_code("", &cheap), ERR_VAULT_PASSWORD);
    assert_int_equal(unlock_code("m\xc3\xa4ster ", &cheap), ERR_VAULT_PASSWORD);
}

static void test_vault__file_shows_nothing_and_differs_each_time(void **state)
{
    (void)state;
    size_t size = 0, again_size = 0;
    assert_int_equal(vault_put(path, key, "PoolCenter/root@host:22", "correct horse", NULL), 0);
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    assert_int_equal(vault_put(path, key, "PoolCenter/root@host:22", "correct horse", NULL), 0);
    AUTO_FREE unsigned char *again = read_vault(&again_size);
    assert_int_equal(size, again_size); /* padded: neither number nor length of secrets shows */
    assert_memory_not_equal(bytes + HEADER_SIZE, again + HEADER_SIZE, 12);
    for (size_t i = 0; i + 5 < size; i++)
        assert_false(memcmp(bytes + i, "corre", 5) == 0 || memcmp(bytes + i, "host:", 5) == 0);
}

static void test_vault__notices_every_changed_byte(void **state)
{
    (void)state;
    size_t size = 0;
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    for (size_t i = 0; i < size; i++) {
        AUTO_FREE char *secret = NULL;
        AUTO(error_clear) Error why = { 0 };
        bytes[i] ^= 0x10;
        write_file(path, bytes, size);
        bytes[i] ^= 0x10;
        int code = vault_find(path, key, "a", &secret, &why);
        assert_true(code == ERR_VAULT_DAMAGED || (code == ERR_VAULT_LOCKED && i < HEADER_SIZE));
        assert_null(secret);
    }
    write_file(path, bytes, size);
    assert_secret(key, "a", "one");
}

static void test_vault__cannot_be_opened_with_any_byte_changed(void **state)
{
    (void)state;
    size_t size = 0;
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    for (size_t i = 0; i < size; i += i < 80 ? 1 : 97) {
        if (i >= COST_AT && i < COST_AT + 3)
            continue; /* the cost has a test of its own */
        bytes[i] ^= 1;
        write_file(path, bytes, size);
        bytes[i] ^= 1;
        int code = unlock_code("m\xc3\xa4ster", &cheap);
        assert_true(code == ERR_VAULT_DAMAGED || code == ERR_VAULT_PASSWORD);
    }
}

static void test_vault__notices_every_cut(void **state)
{
    (void)state;
    size_t size = 0;
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    for (size_t i = 0; i < size; i += i < 64 || i + 2 > size ? 1 : 61) {
        AUTO_FREE char *secret = NULL;
        write_file(path, bytes, i);
        assert_int_equal(vault_find(path, key, "a", &secret, NULL), ERR_VAULT_DAMAGED);
        assert_int_equal(unlock_code("m\xc3\xa4ster", &cheap), ERR_VAULT_DAMAGED);
    }
    AUTO_FREE unsigned char *longer = x_calloc(size + 1024, 1);
    memcpy(longer, bytes, size);
    for (size_t more = 1; more <= 1024; more += 1023) {
        AUTO_FREE char *secret = NULL;
        write_file(path, longer, size + more);
        assert_int_equal(vault_find(path, key, "a", &secret, NULL), ERR_VAULT_DAMAGED);
    }
    AUTO_FREE unsigned char *huge = x_calloc(2 << 20, 1);
    memcpy(huge, bytes, size);
    write_file(path, huge, 2 << 20);
    assert_int_equal(unlock_code("m\xc3\xa4ster", &cheap), ERR_VAULT_DAMAGED);
}

static void test_vault__refuses_parameters_that_would_eat_the_machine(void **state)
{
    (void)state;
    static const unsigned char bad[][3] = { { 0, 1, 1 }, { 9, 1, 1 }, { 21, 1, 1 }, { 63, 1, 1 }, { 64, 8, 1 }, { 255, 255, 255 }, { 10, 0, 1 }, { 10, 33, 1 },
                                            { 10, 1, 0 }, { 10, 1, 17 }, { 20, 32, 1 }, { 19, 16, 1 } };
    size_t size = 0;
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        memcpy(bytes + COST_AT, bad[i], 3);
        write_file(path, bytes, size);
        int64_t start = port_monotonic_ms();
        assert_int_equal(unlock_code("m\xc3\xa4ster", &cheap), ERR_VAULT_DAMAGED);
        assert_true(port_monotonic_ms() - start < 1000);
    }
}

/* Who can write the file cannot make guessing cheaper for the next thief: another cost is another key. */
static void test_vault__another_cost_does_not_open_it(void **state)
{
    (void)state;
    size_t size = 0;
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    bytes[COST_AT] = 11;
    write_file(path, bytes, size);
    assert_int_equal(unlock_code("m\xc3\xa4ster", &cheap), ERR_VAULT_PASSWORD);
}

static void test_vault__is_written_anew_when_it_has_become_too_cheap(void **state)
{
    (void)state;
    size_t size = 0;
    VaultKey *opened = NULL;
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    assert_int_equal(vault_unlock(path, "m\xc3\xa4ster", &dearer, &opened, NULL), 0);
    assert_secret(opened, "a", "one");
    vault_key_free(opened);
    AUTO_FREE unsigned char *bytes = read_vault(&size);
    assert_int_equal(bytes[COST_AT], 11);
    assert_int_equal(bytes[COST_AT + 1], 2);
    assert_int_equal(unlock_code("m\xc3\xa4ster", &dearer), 0);
    assert_int_equal(unlock_code("other", &dearer), ERR_VAULT_PASSWORD);
    /* A key from before does not fit any more, and says so instead of calling the file damaged. */
    AUTO_FREE char *secret = NULL;
    assert_int_equal(vault_find(path, key, "a", &secret, NULL), ERR_VAULT_LOCKED);
    assert_int_equal(vault_put(path, key, "a", "two", NULL), ERR_VAULT_LOCKED);
}

static void test_vault__opens_where_it_cannot_be_written_anew(void **state)
{
    (void)state;
    size_t size = 0;
    VaultKey *opened = NULL;
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    AUTO_FREE unsigned char *before = read_vault(&size);
    AUTO_FREE char *in_the_way = x_printf("%s.new", path); /* where the new content is written first; permissions do not stop root */
    assert_int_equal(port_make_folder(in_the_way, NULL), 0);
    assert_true(vault_put(path, key, "b", "two", NULL) < 0);
    assert_int_equal(vault_unlock(path, "m\xc3\xa4ster", &dearer, &opened, NULL), 0);
    assert_secret(opened, "a", "one");
    vault_key_free(opened);
    AUTO_FREE unsigned char *after = read_vault(&size);
    assert_memory_equal(before, after, size);
}

static void test_vault__too_little_memory_is_no_wrong_password(void **state)
{
    (void)state;
    VaultKey *opened = NULL;
    AUTO(error_clear) Error why = { 0 };
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    memory_left = 64 << 10; /* the cheap cost takes twice as much */
    int code = unlock_code("m\xc3\xa4ster", &cheap);
    VaultKey *none = vault_key_create("new", &cheap, &why);
    memory_left = 200 << 10; /* enough to open it, too little for the dearer cost */
    int dearer_code = vault_unlock(path, "m\xc3\xa4ster", &dearer, &opened, NULL);
    memory_left = SIZE_MAX;
    assert_int_equal(code, ERR_OUT_OF_MEMORY);
    assert_null(none);
    assert_int_equal(why.code, ERR_OUT_OF_MEMORY);
    assert_int_equal(dearer_code, 0);
    assert_secret(opened, "a", "one");
    vault_key_free(opened);
}

static void test_vault__has_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *large = x_calloc((1 << 20) + 1, 1);
    memset(large, 'x', 1 << 20);
    AUTO(error_clear) Error why = { 0 };
    assert_int_equal(vault_put(path, key, "a", "one", NULL), 0);
    assert_int_equal(vault_put(path, key, "b", large, &why), ERR_TOO_LARGE);
    assert_secret(key, "a", "one");
    large[500000] = 0;
    assert_int_equal(vault_put(path, key, "b", large, NULL), 0);
    assert_secret(key, "b", large);
}

static void test_vault__missing_file(void **state)
{
    (void)state;
    AUTO_FREE char *secret = NULL;
    port_remove(path);
    assert_int_equal(unlock_code("m\xc3\xa4ster", &cheap), ERR_FILE_OPEN);
    assert_true(vault_find(path, key, "a", &secret, NULL) < 0);
}

static void test_secret__is_a_copy(void **state)
{
    (void)state;
    char text[] = "secret";
    char *copy = secret_dup(text);
    text[0] = 'x';
    assert_string_equal(copy, "secret");
    secret_free(copy);
    assert_null(secret_dup(NULL));
    secret_free(NULL);
    char *large = secret_alloc(100000);
    memset(large, 1, 100000);
    secret_free(large);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    if (!CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free))
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(test_vault__keeps_replaces_and_removes_secrets),
        TEST(test_vault__opens_with_the_master_password_only),
        TEST(test_vault__file_shows_nothing_and_differs_each_time),
        TEST(test_vault__notices_every_changed_byte),
        TEST(test_vault__cannot_be_opened_with_any_byte_changed),
        TEST(test_vault__notices_every_cut),
        TEST(test_vault__refuses_parameters_that_would_eat_the_machine),
        TEST(test_vault__another_cost_does_not_open_it),
        TEST(test_vault__is_written_anew_when_it_has_become_too_cheap),
        TEST(test_vault__opens_where_it_cannot_be_written_anew),
        TEST(test_vault__too_little_memory_is_no_wrong_password),
        TEST(test_vault__has_a_limit),
        TEST(test_vault__missing_file),
        TEST(test_secret__is_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
