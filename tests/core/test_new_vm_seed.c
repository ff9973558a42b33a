/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First starts of new VMs: what is checked, and what becomes of it. */
#include "client/core/new_vm_seed.h"
#include "protocol/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJt0RdTnGJBa4pS8MKCIlvd1sLHr3tUHGfDpIhvLnQ4M me@here"

static NewVmSeed seed;

static int setup(void **state)
{
    (void)state;
    new_vm_seed_init(&seed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    new_vm_seed_clear(&seed);
    return 0;
}

static void set(char **field, const char *value)
{
    free(*field);
    *field = x_strdup(value);
}

static void expect(char *why, const char *part)
{
    if (!part && why)
        fail_msg("refused: %s", why);
    if (part && (!why || !strstr(why, part)))
        fail_msg("'%s' does not say '%s'", str_or_empty(why), part);
    free(why);
}

static void test_new_vm_seed__checks_users_and_keys(void **state)
{
    (void)state;
    expect(new_vm_seed_check_cloud(&seed), NULL); /* not wanted */
    seed.cloud = true;
    expect(new_vm_seed_check_cloud(&seed), "name of the user");
    static const char *const wrong[] = { "Admin", "1st", "-x", "a b", "a:b", "abcdefghijklmnopqrstuvwxyzabcdefg" };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        set(&seed.user, wrong[i]);
        expect(new_vm_seed_check_cloud(&seed), "small letters");
    }
    set(&seed.user, "_admin-1");
    expect(new_vm_seed_check_cloud(&seed), "nobody could log in");
    set(&seed.keys, "nonsense");
    expect(new_vm_seed_check_cloud(&seed), "no public SSH key: nonsense");
    set(&seed.keys, KEY "\r\n\r\n");
    expect(new_vm_seed_check_cloud(&seed), NULL);
    set(&seed.keys, NULL);
    set(&seed.password, "secret");
    set(&seed.host, "web_1");
    expect(new_vm_seed_check_cloud(&seed), "host name");
    set(&seed.host, "web-1.example.org");
    expect(new_vm_seed_check_cloud(&seed), NULL);
    set(&seed.user, NULL);
    set(&seed.user_data, "#cloud-config");
    expect(new_vm_seed_check_cloud(&seed), NULL);
}

static void test_new_vm_seed__checks_addresses(void **state)
{
    (void)state;
    static const struct { const char *addresses, *gateway, *part; } cases[] = {
        { "", "", "Type an address" },       { "10.0.0.5", "", "prefix" },          { "10.0.0.5/24", "", NULL },      { "10.0.0.5/24, fd00::5/64", "", NULL },
        { "10.0.0.5/x", "", "prefix" },      { "host/24", "", "prefix" },           { "10.0.0.5/2400", "", "prefix" }, { "10.0.0.5/24", "router", "no IP" },
        { "10.0.0.5/24", "10.0.0.1 fd00::1", NULL },
    };
    seed.cloud = seed.fixed_address = true;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        set(&seed.addresses, cases[i].addresses);
        set(&seed.gateway, cases[i].gateway);
        expect(new_vm_seed_check_network(&seed), cases[i].part);
    }
    seed.fixed_address = false;
    set(&seed.addresses, "nonsense");
    expect(new_vm_seed_check_network(&seed), NULL);
}

static void test_new_vm_seed__checks_windows(void **state)
{
    (void)state;
    static const char *const accounts[] = { "a/b", "twenty-one-letters-xx", ".anna", " anna", "anna@home", "a\\b" };
    seed.windows = true;
    expect(new_vm_seed_check_windows(&seed), "Administrator");
    set(&seed.administrator, "secret");
    expect(new_vm_seed_check_windows(&seed), NULL);
    set(&seed.computer, "sixteen-letters1");
    expect(new_vm_seed_check_windows(&seed), "15");
    set(&seed.computer, "PC-1");
    expect(new_vm_seed_check_windows(&seed), NULL);
    set(&seed.keyboard, "de DE");
    expect(new_vm_seed_check_windows(&seed), "keyboard");
    set(&seed.keyboard, "0407:00000407");
    expect(new_vm_seed_check_windows(&seed), NULL);
    set(&seed.everyday_password, "secret");
    expect(new_vm_seed_check_windows(&seed), "name of the user");
    for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
        set(&seed.everyday, accounts[i]);
        expect(new_vm_seed_check_windows(&seed), "20 characters");
    }
    set(&seed.everyday, "Anna Müller");
    expect(new_vm_seed_check_windows(&seed), NULL);
    set(&seed.everyday_password, NULL);
    expect(new_vm_seed_check_windows(&seed), "everyday user");
}

static void test_new_vm_seed__keyboards_follow_the_language(void **state)
{
    (void)state;
    new_vm_seed_set_language(&seed, "de-DE");
    assert_string_equal(seed.keyboard, "de-DE");
    set(&seed.keyboard, "de-CH");
    new_vm_seed_set_language(&seed, "fr-FR");
    assert_string_equal(seed.keyboard, "de-CH");
    set(&seed.keyboard, NULL);
    new_vm_seed_set_language(&seed, "it-IT");
    assert_string_equal(seed.keyboard, "it-IT");
}

static void test_new_vm_seed__adds_keys_once(void **state)
{
    (void)state;
    assert_int_equal(new_vm_seed_add_keys(&seed, "no key\n"), -1);
    assert_int_equal(new_vm_seed_add_keys(&seed, "# mine\n" KEY "\n"), 1);
    assert_int_equal(new_vm_seed_add_keys(&seed, KEY), 0);
    assert_string_equal(seed.keys, KEY);
}

static void test_new_vm_seed__becomes_a_request(void **state)
{
    (void)state;
    assert_null(new_vm_seed_make(&seed, true, true));
    seed.cloud = seed.fixed_address = true;
    set(&seed.user, "admin");
    set(&seed.password, "secret");
    set(&seed.packages, "nginx, vim");
    set(&seed.addresses, "10.0.0.5/24");
    set(&seed.gateway, "10.0.0.1 fd00::1");
    assert_null(new_vm_seed_make(&seed, false, true)); /* the guest takes none */
    VmSeed *made = new_vm_seed_make(&seed, true, false);
    assert_string_equal(made->cloud_init->user, "admin");
    assert_true(made->cloud_init->ssh_password);
    assert_int_equal(made->cloud_init->packages.count, 2);
    assert_string_equal(made->cloud_init->network->gateway6, "fd00::1");
    assert_true(made->remove);
    assert_null(made->windows);
    VmSeed_clear(made);
    free(made);
    set(&seed.user_data, "#!/bin/sh\n");
    made = new_vm_seed_make(&seed, true, false);
    assert_null(made->cloud_init->user);
    assert_string_equal(made->cloud_init->user_data, "#!/bin/sh\n");
    VmSeed_clear(made);
    free(made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_vm_seed__checks_users_and_keys),
        TEST(test_new_vm_seed__checks_addresses),
        TEST(test_new_vm_seed__checks_windows),
        TEST(test_new_vm_seed__keyboards_follow_the_language),
        TEST(test_new_vm_seed__adds_keys_once),
        TEST(test_new_vm_seed__becomes_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
