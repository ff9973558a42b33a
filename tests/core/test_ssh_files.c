/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readers of files around SSH: jump hosts, ~/.ssh/config, PuTTY's keys, an agent's answers. Logins with them are in test_login_ways.py. */
#include "client/core/jump.h"
#include "client/core/openssh_key.h"
#include "client/core/ppk.h"
#include "client/core/secrets.h"
#include "client/core/ssh_agent.h"
#include "client/core/ssh_config.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_jump(const char *text, size_t index, const char *user, const char *host, int port)
{
    JumpList list;
    assert_int_equal(jump_parse(text, &list, NULL), 0);
    assert_true(index < list.count);
    if (user)
        assert_string_equal(list.items[index].user, user);
    else
        assert_null(list.items[index].user);
    assert_string_equal(list.items[index].host, host);
    assert_int_equal(list.items[index].port, port);
    jump_clear(&list);
}

static void test_jump__parts(void **state)
{
    (void)state;
    assert_jump("bastion", 0, NULL, "bastion", 22);
    assert_jump("root@bastion:2222, second", 0, "root", "bastion", 2222);
    assert_jump("root@bastion:2222, second", 1, NULL, "second", 22);
    assert_jump("ssh://me@[2001:db8::1]:23/", 0, "me", "2001:db8::1", 23);
    assert_jump("2001:db8::1", 0, NULL, "2001:db8::1", 22);
    JumpList list;
    assert_int_equal(jump_parse(NULL, &list, NULL), 0);
    assert_int_equal(list.count, 0);
    assert_int_equal(jump_parse("none", &list, NULL), 0);
    assert_int_equal(list.count, 0);
}

static void test_jump__what_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = { "a,", ",", "a:0", "a:99999", "a:x", "@a", "a b", "-oProxyCommand=x", "[::1", "a;b", "a\"b", "1,2,3,4,5,6,7,8,9" };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        JumpList list;
        AUTO(error_clear) Error why = { 0 };
        assert_int_equal(jump_parse(bad[i], &list, &why), ERR_INVALID_PARAMS);
        assert_non_null(why.cause);
        assert_int_equal(list.count, 0);
    }
}

static const SshConfigPlace place = { "/home/me/.ssh", "/home/me", "me" };

static void test_config__first_value_wins_and_patterns_apply(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbfHost a\r\n  Hostname = %h.example\r\n  Port 99999\r\n  IdentityFile %d/keys/%n-%r\r\nHost * !b\r\n  User \"some one\"\r\nHost b\r\n  User late\r\n"
                               "Host b\r\n  User later\r\n  ProxyCommand none\r\n  ProxyJump a\r\nMatch all\r\n  Port 7\r\nMatch user x\r\n  Port 8\r\n";
    SshConfig config;
    ssh_config_parse(text, &place, &config);
    assert_int_equal(config.count, 2);
    assert_int_equal(config.match_blocks, 1);
    assert_string_equal(config.items[0].host, "a.example");
    assert_int_equal(config.items[0].port, 22);
    assert_string_equal(config.items[0].user, "some one");
    assert_null(config.items[0].jump);
    assert_string_equal(config.items[1].user, "late");
    assert_int_equal(config.items[1].port, 7);
    assert_null(config.items[1].jump); /* ProxyCommand came first */
    ssh_config_clear(&config);
}

static void test_config__jump_hosts_that_lead_in_circles(void **state)
{
    (void)state;
    SshConfig config;
    ssh_config_parse("Host a\nProxyJump b\nHost b\nProxyJump a\nHost c\nProxyJump c\n", &place, &config);
    assert_int_equal(config.count, 3);
    assert_true(config.items[0].proxy_command); /* cannot be taken over */
    assert_null(config.items[2].jump);
    ssh_config_clear(&config);
}

static void test_config__patterns(void **state)
{
    (void)state;
    assert_true(ssh_config_fits("*", ""));
    assert_true(ssh_config_fits("web*.example.?om", "WEB01.example.com"));
    assert_false(ssh_config_fits("web?", "web"));
    assert_false(ssh_config_fits("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* Made by puttygen 0.78: an Ed25519 key, unencrypted, version 3. */
static const char ppk_3[] =
    "PuTTY-User-Key-File-3: ssh-ed25519\n"
    "Encryption: none\n"
    "Comment: root@vm\n"
    "Public-Lines: 2\n"
    "AAAAC3NzaC1lZDI1NTE5AAAAIMk1kRC/IANbk0ccgpazLp9oqy/CVbIuZ9sPmjwO\n"
    "5jcr\n"
    "Private-Lines: 1\n"
    "AAAAIE2MIQTwbYNQl/JrdJVSSM4vUWccAhKIXZXRW7TjR0Y8\n"
    "Private-MAC: 646e35ef752beacabefb6116a218aa872bec75b8d0cd8027d3d6e3031405e19c\n";

static void test_ppk__becomes_an_openssh_key(void **state)
{
    (void)state;
    char *key = NULL;
    OpensshKey read;
    assert_true(ppk_is(ppk_3));
    assert_false(ppk_encrypted(ppk_3));
    assert_int_equal(ppk_convert(ppk_3, strlen(ppk_3), NULL, &key), PPK_OK);
    assert_true(openssh_key_read(key, &read));
    assert_false(read.encrypted);
    assert_string_equal(read.type, "ssh-ed25519");
    openssh_key_clear(&read);
    x_free_secret(key);
}

static void test_ppk__every_changed_byte_is_noticed(void **state)
{
    (void)state;
    AUTO_FREE char *text = x_strdup(ppk_3);
    for (size_t i = 0; i < strlen(ppk_3); i++) {
        char *key = NULL;
        text[i] ^= 1;
        PpkResult result = ppk_convert(text, strlen(text), NULL, &key);
        assert_int_not_equal(result, PPK_OK);
        x_free_secret(key);
        text[i] ^= 1;
    }
}

static void test_ppk__cut_anywhere(void **state)
{
    (void)state;
    for (size_t length = 0; length + 2 < strlen(ppk_3); length++) {
        AUTO_FREE char *text = x_strndup(ppk_3, length);
        char *key = NULL;
        assert_int_not_equal(ppk_convert(text, length, NULL, &key), PPK_OK);
    }
}

static void test_agent__hostile_lists(void **state)
{
    (void)state;
    WireWriter answer = { 0 };
    SshAgentKeys keys = { 0 };
    wire_put_byte(&answer, 12);
    wire_put_word(&answer, 0xffffffff);
    assert_false(ssh_agent_read_keys(answer.bytes, answer.size, 0, &keys));
    WireWriter blob = { 0 };
    wire_put_text(&blob, "ssh-ed25519");
    for (int i = 0; i < 3; i++) {
        wire_put_string(&answer, blob.bytes, blob.size);
        wire_put_text(&answer, "comment");
    }
    assert_false(ssh_agent_read_keys(answer.bytes, answer.size, 0, &keys)); /* fewer than it said */
    assert_int_equal(keys.count, 1); /* and the same one thrice */
    assert_string_equal(keys.items[0].type, "ssh-ed25519");
    ssh_agent_keys_clear(&keys);
    wire_free(&blob);
    wire_free(&answer);
}

static void test_agent__the_chosen_key_goes_first(void **state)
{
    (void)state;
    WireWriter answer = { 0 };
    SshAgentKeys keys = { 0 };
    static const char *const types[] = { "ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com" };
    wire_put_byte(&answer, 12);
    wire_put_word(&answer, ARRAY_SIZE(types));
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        WireWriter blob = { 0 };
        wire_put_text(&blob, types[i]);
        wire_put_string(&answer, blob.bytes, blob.size);
        wire_put_text(&answer, types[i]);
        wire_free(&blob);
    }
    assert_true(ssh_agent_read_keys(answer.bytes, answer.size, 3, &keys));
    assert_int_equal(keys.count, 3); /* no DSA */
    AUTO_FREE char *last = x_strdup(keys.items[2].fingerprint);
    ssh_agent_prefer(&keys, last);
    assert_string_equal(keys.items[0].fingerprint, last);
    assert_string_equal(keys.items[1].type, "ssh-rsa");
    ssh_agent_prefer(&keys, "SHA256:unknown");
    assert_string_equal(keys.items[0].fingerprint, last);
    ssh_agent_keys_clear(&keys);
    wire_free(&answer);
}

static void test_secrets__by_login_and_file(void **state)
{
    (void)state;
    Secrets secrets = { 0 }, copy = { 0 };
    AUTO_FREE char *name = secrets_login_name("root", "host", 0);
    assert_string_equal(name, "root@host:22");
    secrets_put(&secrets, SECRET_PASSWORD, name, "one");
    secrets_put(&secrets, SECRET_PASSPHRASE, name, "two");
    secrets_put(&secrets, SECRET_PASSWORD, name, secrets_find(&secrets, SECRET_PASSWORD, name));
    secrets_copy(&copy, &secrets);
    secrets_put(&secrets, SECRET_PASSWORD, name, NULL);
    assert_null(secrets_find(&secrets, SECRET_PASSWORD, name));
    assert_string_equal(secrets_find(&copy, SECRET_PASSWORD, name), "one");
    assert_string_equal(secrets_find(&copy, SECRET_PASSPHRASE, name), "two");
    secrets_clear(&secrets);
    secrets_clear(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jump__parts),
        cmocka_unit_test(test_jump__what_is_none),
        cmocka_unit_test(test_config__first_value_wins_and_patterns_apply),
        cmocka_unit_test(test_config__jump_hosts_that_lead_in_circles),
        cmocka_unit_test(test_config__patterns),
        cmocka_unit_test(test_ppk__becomes_an_openssh_key),
        cmocka_unit_test(test_ppk__every_changed_byte_is_noticed),
        cmocka_unit_test(test_ppk__cut_anywhere),
        cmocka_unit_test(test_agent__hostile_lists),
        cmocka_unit_test(test_agent__the_chosen_key_goes_first),
        cmocka_unit_test(test_secrets__by_login_and_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
