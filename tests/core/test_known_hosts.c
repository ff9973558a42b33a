/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accepted host keys: found by host and port, changed ones noticed, other people's lines left alone. */
#include "client/core/known_hosts.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

/* The shape of ed25519 keys. */
static const char key[] = "\0\0\0\x0bssh-ed25519\0\0\0\x20"
                          "0123456789abcdef0123456789abcdef";
static const char other[] = "\0\0\0\x0bssh-ed25519\0\0\0\x20"
                            "0123456789abcdef0123456789abcdeX";
enum { KEY_SIZE = 4 + 11 + 4 + 32 };

static char *folder;
static char *path;
static LIBSSH2_SESSION *session;

static int setup(void **state)
{
    (void)state;
    libssh2_init(0);
    session = libssh2_session_init();
    folder = scratch_folder();
    path = port_join(folder, "known_hosts");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    libssh2_session_free(session);
    free(TAKE_PTR(folder));
    free(TAKE_PTR(path));
    return 0;
}

static KnownHost check(const char *host, int port, const char *bytes)
{
    char *old = NULL;
    KnownHost result = known_hosts_check(session, path, host, port, bytes, KEY_SIZE, &old);
    assert_int_equal(old != NULL, result == KNOWN_HOST_CHANGED);
    if (old) {
        AUTO_FREE char *expected = known_hosts_fingerprint(key, KEY_SIZE);
        assert_string_equal(old, expected);
    }
    free(old);
    return result;
}

static void test_a_key_is_known_by_host_and_port(void **state)
{
    (void)state;
    assert_int_equal(check("alpha", 22, key), KNOWN_HOST_UNKNOWN);
    assert_int_equal(known_hosts_add(path, "alpha", 22, key, KEY_SIZE, NULL), 0);
    assert_int_equal(check("alpha", 22, key), KNOWN_HOST_MATCH);
    assert_int_equal(check("alpha", 2222, key), KNOWN_HOST_UNKNOWN);
    assert_int_equal(check("alph", 22, key), KNOWN_HOST_UNKNOWN);
    assert_int_equal(check("alpha", 22, other), KNOWN_HOST_CHANGED);
    assert_int_equal(known_hosts_add(path, "fe80::1", 22, other, KEY_SIZE, NULL), 0);
    assert_int_equal(check("fe80::1", 22, other), KNOWN_HOST_MATCH);
}

static void test_removing_leaves_everything_else(void **state)
{
    (void)state;
    static const char lines[] = "# comment\n@revoked [beta]:22 ssh-ed25519 AAAA\n[alpha]:22,[beta]:22 nonsense\n[alpha]:220 ssh-rsa AAAA\nno newline at the end";
    write_file(path, lines, sizeof lines - 1);
    assert_int_equal(known_hosts_add(path, "alpha", 22, key, KEY_SIZE, NULL), 0);
    assert_int_equal(check("alpha", 22, key), KNOWN_HOST_MATCH);
    assert_int_equal(known_hosts_remove(path, "alpha", 22, NULL), 0);
    assert_int_equal(check("alpha", 22, other), KNOWN_HOST_UNKNOWN);
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(port_read_whole(path, 10000, &text, &size, NULL), 0);
    assert_string_equal(text, "# comment\n@revoked [beta]:22 ssh-ed25519 AAAA\n[alpha]:220 ssh-rsa AAAA\nno newline at the end\n");
    free(text);
}

static void test_algorithms_begin_with_what_is_known(void **state)
{
    (void)state;
    AUTO_FREE char *nothing = known_hosts_algorithms(session, path, "alpha", 22);
    assert_int_equal(strncmp(nothing, "ssh-ed25519,ecdsa", 17), 0);
    static const char line[] = "[alpha]:22 ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQ=\n";
    write_file(path, line, sizeof line - 1);
    AUTO_FREE char *known = known_hosts_algorithms(session, path, "alpha", 22);
    assert_int_equal(strncmp(known, "ecdsa-sha2-nistp384,ssh-ed25519", 31), 0);
    AUTO_FREE char *elsewhere = known_hosts_algorithms(session, path, "alpha", 23);
    assert_string_equal(elsewhere, nothing);
}

static void test_facts_of_a_key(void **state)
{
    (void)state;
    AUTO_FREE char *fingerprint = known_hosts_fingerprint("", 0);
    assert_string_equal(fingerprint, "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
    AUTO_FREE char *type = known_hosts_key_type(key, KEY_SIZE);
    assert_string_equal(type, "ssh-ed25519");
    AUTO_FREE char *broken = known_hosts_key_type("\0\0\xff\xffshort", 9);
    assert_string_equal(broken, "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_key_is_known_by_host_and_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removing_leaves_everything_else, setup, teardown),
        cmocka_unit_test_setup_teardown(test_algorithms_begin_with_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(test_facts_of_a_key, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
