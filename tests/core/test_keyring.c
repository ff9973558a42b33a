/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembered secrets between a scripted login and the user: what is asked, what is not, what is kept, and what a locked vault holds up. */
#include "client/core/core_private.h"
#include "client/core/port_secrets.h"
#include "client/core/secret.h"
#include "client/core/server_private.h"
#include "client/core/vault.h"
#include "tests/core/scratch.h"
#include "tests/core/script.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

#define MASTER "correct horse"

static char *folder;
static Core *core;
static Server *server;

/* What the user was asked last. */
static int asked, withdrawn;
static PromptKind kind;
static bool again, refused, can_remember, remember;

/* The scripted host: its password, how often it was tried, how often a wrong one. */
static const char *right;
static _Atomic int tries, wrongs;

static void on_prompt(void *context, Server *which, const Prompt *prompt)
{
    (void)context;
    (void)which;
    asked++;
    kind = prompt->kind;
    again = prompt->again;
    refused = prompt->remembered_refused;
    can_remember = prompt->can_remember;
    remember = prompt->remember;
}

static void on_withdrawn(void *context, Server *which)
{
    (void)context;
    (void)which;
    withdrawn++;
}

static int login(const LinkSetup *link, LinkTransport **ret, Error *err)
{
    const SshPeer peer = { .host = link->config->host, .port = 22, .user = link->config->user };
    for (int i = 0; i < 3; i++) {
        char *password = NULL;
        if (!link->ask->password(link->ask->context, &peer, i > 0, &password))
            return error_set(err, ERR_CANCELLED, "script", NULL);
        bool good = str_equal(password, right);
        x_free_secret(password);
        atomic_fetch_add(&tries, 1);
        if (good)
            return script_transport.connect(link, ret, err);
        atomic_fetch_add(&wrongs, 1);
    }
    return error_set(err, ERR_AUTH_FAILED, "script", "the password is wrong");
}

static LinkTransportOps transport;

static void open_core(void)
{
    static const CoreListener listener = { .prompt = on_prompt, .prompt_withdrawn = on_withdrawn };
    core = core_create(folder, NULL, NULL, NULL);
    assert_non_null(core);
    transport = script_transport;
    transport.connect = login;
    core_set_transport(core, &transport);
    core_set_listener(core, &listener, NULL);
    ServerConfig config = { .host = (char *)"keyring.example", .user = (char *)"root" };
    server = core_add_server(core, &config);
}

/* ---- helpers */

static void wait_for(const int *number, int least)
{
    for (int64_t end = port_monotonic_ms() + 20000; *number < least && port_monotonic_ms() < end;)
        core_wait(core, 50);
    assert_true(*number >= least);
}

static void wait_state(ServerState state)
{
    for (int64_t end = port_monotonic_ms() + 20000; server_state(server) != state && port_monotonic_ms() < end;)
        core_wait(core, 50);
    assert_int_equal(server_state(server), state);
}

static int done_code = 1; /* 1: not yet */

static void done(void *context, const Error *error)
{
    (void)context;
    done_code = error ? error->code : 0;
}

static int wait_done(void)
{
    for (int64_t end = port_monotonic_ms() + 60000; done_code == 1 && port_monotonic_ms() < end;)
        core_wait(core, 50);
    int code = done_code;
    done_code = 1;
    return code;
}

static void set_master(const char *old, const char *fresh)
{
    keyring_set_master(core, old, fresh, done, core, NULL);
    assert_int_equal(wait_done(), 0);
}

static int setup(void **state)
{
    (void)state;
    script_reset();
    folder = scratch_folder();
    right = "right";
    asked = withdrawn = tries = wrongs = 0;
    open_core();
    set_master(NULL, MASTER); /* so that it is the same on every system */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keyring_forget(server);
    core_free(core);
    free(TAKE_PTR(folder));
    return 0;
}

static void restart(void)
{
    core_free(core);
    script_reset();
    open_core();
    asked = 0;
}

static void answer(const char *words, PromptRemember what)
{
    const char *answers[] = { words };
    asked = 0;
    prompt_accept_and(server, answers, 1, what);
}

/* Logs in with the password typed and remembered. */
static void remember_right(void)
{
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    answer("right", PROMPT_REMEMBER);
    wait_state(SERVER_OPENING_AGENT);
    server_disconnect(server);
}

static char *stored(void)
{
    char *secret = NULL;
    AUTO(error_clear) Error why = { 0 };
    keyring_find(server, SECRET_PASSWORD, &secret, &why);
    return secret;
}

/* ---- tests */

static void test_keyring__asks_once_then_never(void **state)
{
    (void)state;
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    assert_int_equal(kind, PROMPT_PASSWORD);
    assert_true(can_remember);
    assert_false(remember);
    answer("right", PROMPT_REMEMBER);
    wait_state(SERVER_OPENING_AGENT);
    assert_true(server_config(server)->remember);
    asked = 0;
    server_disconnect(server);
    server_connect(server, NULL, NULL);
    wait_state(SERVER_OPENING_AGENT);
    assert_int_equal(asked, 0);
    assert_int_equal(wrongs, 0);
}

static void test_keyring__wrong_and_unwanted_are_not_kept(void **state)
{
    (void)state;
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    answer("wrong", PROMPT_REMEMBER);
    wait_for(&asked, 1);
    assert_true(again);
    assert_false(refused);
    AUTO_FREE char *nothing = stored();
    assert_null(nothing);
    answer("right", PROMPT_REMEMBER_UNSAID);
    wait_state(SERVER_OPENING_AGENT);
    AUTO_FREE char *still_nothing = stored();
    assert_null(still_nothing);
    assert_false(server_config(server)->remember);
}

static void test_keyring__failed_login_keeps_nothing(void **state)
{
    (void)state;
    server_connect(server, NULL, NULL);
    keyring_put_after_login(server, SECRET_PASSWORD, "wrong");
    wait_for(&asked, 1);
    asked = 0;
    prompt_reject(server);
    wait_state(SERVER_OFFLINE);
    assert_false(server_config(server)->remember);
}

static void test_keyring__refused_secret_is_tried_once_and_replaced(void **state)
{
    (void)state;
    remember_right();
    right = "new";
    atomic_store(&tries, 0);
    asked = 0;
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    assert_true(again && refused && remember);
    assert_int_equal(tries, 1);
    prompt_reject(server);
    wait_state(SERVER_OFFLINE);
    asked = 0;
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    assert_int_equal(tries, 1); /* not given to the host again */
    assert_false(again);
    answer("new", PROMPT_REMEMBER);
    wait_state(SERVER_OPENING_AGENT);
    AUTO_FREE char *secret = stored();
    assert_string_equal(secret, "new");
    asked = 0;
    server_disconnect(server);
    server_connect(server, NULL, NULL);
    wait_state(SERVER_OPENING_AGENT);
    assert_int_equal(asked, 0);
}

static void ask_sudo(bool once_more)
{
    Prompt prompt = { .kind = PROMPT_SUDO, .host = x_strdup("keyring.example"), .port = 22, .user = x_strdup("root"), .again = once_more };
    asked = 0;
    keyring_take_prompt(server, &prompt);
    prompt_clear(&prompt);
}

static void assert_sudo(const char *expected)
{
    AUTO_FREE char *secret = NULL;
    AUTO(error_clear) Error why = { 0 };
    assert_int_equal(keyring_find(server, SECRET_SUDO, &secret, &why), expected ? 0 : 1);
    if (expected)
        assert_string_equal(secret, expected);
}

static void connect_right(void)
{
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    answer("right", PROMPT_REMEMBER_UNSAID);
    wait_state(SERVER_OPENING_AGENT);
}

/* Whether the login has worked says nothing about it: only sudo does. */
static void test_keyring__sudo_password_is_kept_once_sudo_took_it(void **state)
{
    (void)state;
    connect_right();
    ask_sudo(false);
    assert_int_equal(asked, 1);
    assert_int_equal(kind, PROMPT_SUDO);
    assert_true(can_remember);
    answer("wrong", PROMPT_REMEMBER);
    assert_sudo(NULL);
    ask_sudo(true);
    assert_int_equal(asked, 1);
    assert_false(refused);
    answer("become", PROMPT_REMEMBER);
    keyring_unlock(core, MASTER, done, core, NULL); /* what is right is stored then, and this is not yet known to be */
    assert_int_equal(wait_done(), 0);
    assert_sudo(NULL);
    keyring_sudo_over(server, true);
    assert_sudo("become");
    AUTO_FREE char *password = stored();
    assert_null(password);
    ask_sudo(false);
    assert_int_equal(asked, 0);
}

static void test_keyring__sudo_password_that_was_refused_is_forgotten(void **state)
{
    (void)state;
    connect_right();
    ask_sudo(false);
    answer("wrong", PROMPT_REMEMBER);
    keyring_sudo_over(server, false); /* sudo gave up without asking again */
    keyring_sudo_over(server, true);
    assert_false(server_config(server)->remember);
    assert_int_equal(keyring_put(server, SECRET_SUDO, "old", NULL), 0);
    ask_sudo(false);
    assert_int_equal(asked, 0);
    ask_sudo(true);
    assert_int_equal(asked, 1);
    assert_true(refused);
    assert_sudo(NULL);
}

static void test_keyring__forgets_when_the_box_is_unchecked(void **state)
{
    (void)state;
    remember_right();
    right = "new";
    asked = 0;
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    answer("new", PROMPT_FORGET);
    wait_state(SERVER_OPENING_AGENT);
    assert_false(server_config(server)->remember);
    AUTO_FREE char *secret = stored();
    assert_null(secret);
}

static void test_keyring__locked_vault_asks_for_the_master_password(void **state)
{
    (void)state;
    remember_right();
    restart();
    assert_int_equal(keyring_state(core), KEYRING_LOCKED);
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    assert_int_equal(kind, PROMPT_MASTER);
    assert_int_equal(tries, 1); /* nothing was sent to the host since */
    answer("no", PROMPT_REMEMBER_UNSAID);
    wait_for(&asked, 1);
    assert_int_equal(kind, PROMPT_MASTER);
    assert_true(again);
    answer(MASTER, PROMPT_REMEMBER_UNSAID);
    wait_state(SERVER_OPENING_AGENT);
    assert_int_equal(asked, 0);
    assert_int_equal(wrongs, 0);
}

static void test_keyring__without_the_master_password_the_host_asks(void **state)
{
    (void)state;
    remember_right();
    restart();
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    asked = 0;
    prompt_reject(server);
    wait_for(&asked, 1);
    assert_int_equal(kind, PROMPT_PASSWORD);
    answer("right", PROMPT_REMEMBER_UNSAID);
    wait_state(SERVER_OPENING_AGENT);
}

static void test_keyring__disconnecting_withdraws_the_master_question(void **state)
{
    (void)state;
    remember_right();
    restart();
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    server_disconnect(server);
    assert_int_equal(withdrawn, 1);
    server_connect(server, NULL, NULL);
    wait_for(&asked, 2);
    assert_int_equal(kind, PROMPT_MASTER);
    keyring_unlock(core, MASTER, done, core, NULL); /* by another way: the question goes */
    assert_int_equal(wait_done(), 0);
    assert_int_equal(withdrawn, 2);
    wait_state(SERVER_OPENING_AGENT);
}

static void test_keyring__forgotten_while_locked_is_gone_after_unlocking(void **state)
{
    (void)state;
    remember_right();
    restart();
    keyring_forget(server);
    assert_false(server_config(server)->remember);
    keyring_unlock(core, MASTER, done, core, NULL);
    assert_int_equal(wait_done(), 0);
    server_set_remember(server, true); /* as if it never had been forgotten */
    AUTO_FREE char *secret = stored();
    assert_null(secret);
}

static void test_keyring__locked_program_holds_every_question(void **state)
{
    (void)state;
    remember_right();
    server_connect(server, NULL, NULL);
    wait_state(SERVER_OPENING_AGENT);
    keyring_lock(core);
    assert_true(keyring_held(core));
    AUTO(secrets_clear) Secrets left = { 0 };
    link_copy_secrets(server_link(server), &left);
    assert_int_equal(left.count, 0); /* out of memory */
    asked = 0;
    server_connect(server, NULL, NULL);
    for (int i = 0; i < 10; i++)
        core_wait(core, 20);
    assert_int_equal(asked, 0);
    keyring_unlock(core, "no", done, core, NULL);
    assert_int_equal(wait_done(), ERR_VAULT_PASSWORD);
    assert_true(keyring_held(core));
    keyring_unlock(core, MASTER, done, core, NULL);
    assert_int_equal(wait_done(), 0);
    assert_false(keyring_held(core));
    wait_state(SERVER_OPENING_AGENT);
    assert_int_equal(asked, 0);
    AUTO(secrets_clear) Secrets found = { 0 };
    server_copy_secrets(server, &found);
    assert_string_equal(secrets_find(&found, SECRET_PASSWORD, "root@keyring.example:22"), "right");
}

static void test_keyring__locking_while_the_master_password_is_checked_stays_locked(void **state)
{
    (void)state;
    remember_right();
    restart();
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    answer(MASTER, PROMPT_REMEMBER_UNSAID);
    keyring_lock(core);
    keyring_unlock(core, "no", done, core, NULL); /* comes back after the one that is under way */
    assert_int_equal(wait_done(), ERR_VAULT_PASSWORD);
    assert_true(keyring_held(core));
    assert_int_equal(keyring_state(core), KEYRING_LOCKED);
    keyring_set_master(core, MASTER, "other", done, core, NULL);
    assert_int_equal(wait_done(), 0);
    assert_true(keyring_held(core));
    assert_int_equal(keyring_state(core), KEYRING_LOCKED);
    keyring_unlock(core, "other", done, core, NULL);
    assert_int_equal(wait_done(), 0);
    wait_state(SERVER_OPENING_AGENT);
}

static void test_keyring__master_password_changes_with_its_secrets(void **state)
{
    (void)state;
    remember_right();
    keyring_set_master(core, "no", "other", done, core, NULL);
    assert_int_equal(wait_done(), ERR_VAULT_PASSWORD);
    assert_int_equal(keyring_state(core), KEYRING_OPEN);
    set_master(MASTER, "other");
    AUTO_FREE char *secret = stored();
    assert_string_equal(secret, "right");
    restart();
    keyring_unlock(core, MASTER, done, core, NULL);
    assert_int_equal(wait_done(), ERR_VAULT_PASSWORD);
    keyring_unlock(core, "other", done, core, NULL);
    assert_int_equal(wait_done(), 0);
    AUTO_FREE char *again_secret = stored();
    assert_string_equal(again_secret, "right");
}

/* The file goes; where the system has a store the secret is there now, elsewhere it is forgotten. */
static void test_keyring__without_master_password(void **state)
{
    (void)state;
    remember_right();
    set_master(MASTER, NULL);
    assert_false(keyring_has_master(core));
    AUTO_FREE char *secret = stored();
    if (keyring_state(core) == KEYRING_NOWHERE)
        assert_null(secret);
    else
        assert_string_equal(secret, "right");
}

static void put_hop(const char *key_file)
{
    ServerConfig config;
    server_config_copy(&config, server_config(server));
    free(config.jump);
    free(config.key_file);
    config.jump = x_strdup("hop@gate.example:2222");
    config.key_file = x_strdup(key_file);
    core_change_server(core, server, &config);
    server_set_remember(server, true);
    server_config_clear(&config);
}

/* The server's key logs in to the hosts on the way, too, and the first of them asks for its passphrase. */
static void test_keyring__passphrase_asked_by_a_jump_host_is_found_again(void **state)
{
    (void)state;
    put_hop("/keys/mine");
    AUTO_FREE char *path = port_join(folder, "vault");
    VaultKey *key = NULL;
    assert_int_equal(vault_unlock(path, MASTER, &vault_cost, &key, NULL), 0);
    assert_int_equal(vault_put(path, key, "PoolCenter/hop@gate.example:2222#passphrase", "open it", NULL), 0);
    vault_key_free(key);
    AUTO(secrets_clear) Secrets found = { 0 };
    keyring_add_missing(server, &found);
    assert_string_equal(secrets_find(&found, SECRET_PASSPHRASE, "/keys/mine"), "open it");
}

/* What the system's store held for the server and for the host on the way to it is in the vault alone when a master password is set. */
static void test_keyring__secrets_of_jump_hosts_move_into_the_vault(void **state)
{
    static const char *const accounts[] = { "root@keyring.example:22", "hop@gate.example:2222" };
    (void)state;
    set_master(MASTER, NULL);
    if (!port_store_exists())
        skip();
    put_hop(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
        AUTO_FREE char *name = x_printf("PoolCenter/%s", accounts[i]);
        assert_int_equal(port_store_put(name, "", "moved", NULL), 0);
    }
    set_master(NULL, MASTER);
    AUTO(secrets_clear) Secrets found = { 0 };
    keyring_add_missing(server, &found);
    for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
        AUTO_FREE char *name = x_printf("PoolCenter/%s", accounts[i]);
        AUTO_FREE char *left = NULL;
        assert_int_equal(port_store_find(name, &left, NULL), 1);
        assert_string_equal(secrets_find(&found, SECRET_PASSWORD, accounts[i]), "moved");
    }
}

static void test_keyring__changed_address_and_removed_server_leave_nothing(void **state)
{
    (void)state;
    VaultKey *key = NULL;
    AUTO_FREE char *path = port_join(folder, "vault");
    assert_int_equal(vault_unlock(path, MASTER, &vault_cost, &key, NULL), 0);
    remember_right();
    ServerConfig moved;
    server_config_copy(&moved, server_config(server));
    free(moved.host);
    moved.host = x_strdup("elsewhere.example");
    core_change_server(core, server, &moved);
    server_config_clear(&moved);
    char *pairs = NULL;
    assert_int_equal(vault_entries(path, key, &pairs, NULL), 0);
    assert_string_equal(pairs, "");
    secret_free(pairs);
    assert_int_equal(keyring_put(server, SECRET_SUDO, "sudo", NULL), 0);
    assert_int_equal(vault_entries(path, key, &pairs, NULL), 0);
    assert_string_equal(pairs, "PoolCenter/root@elsewhere.example:22#sudo");
    secret_free(pairs);
    core_remove_server(core, server);
    assert_int_equal(vault_entries(path, key, &pairs, NULL), 0);
    assert_string_equal(pairs, "");
    secret_free(pairs);
    vault_key_free(key);
    ServerConfig config = { .host = (char *)"keyring.example", .user = (char *)"root" };
    server = core_add_server(core, &config);
}

/* A wizard may go before its answer comes, and the program may end in the middle. */
static void test_keyring__owner_that_goes_gets_no_answer(void **state)
{
    (void)state;
    keyring_unlock(core, MASTER, done, &asked, NULL);
    core_forget(core, &asked);
    keyring_unlock(core, MASTER, done, core, NULL);
    assert_int_equal(wait_done(), 0);
    keyring_unlock(core, MASTER, done, core, NULL);
}

static void test_keyring__settings_and_log_hold_no_secret(void **state)
{
    static const char *const names[] = { "settings.json", "poolcenter.log", "vault" };
    (void)state;
    right = "s3cret-in-no-file";
    server_connect(server, NULL, NULL);
    wait_for(&asked, 1);
    answer(right, PROMPT_REMEMBER);
    wait_state(SERVER_OPENING_AGENT);
    restart();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t size = 0;
        AUTO_FREE char *bytes = NULL;
        AUTO_FREE char *path = port_join(folder, names[i]);
        assert_int_equal(port_read_whole(path, 4 << 20, &bytes, &size, NULL), 0);
        for (size_t at = 0; at + 6 <= size; at++)
            assert_memory_not_equal(bytes + at, "s3cret", 6);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keyring__asks_once_then_never),
        TEST(test_keyring__wrong_and_unwanted_are_not_kept),
        TEST(test_keyring__failed_login_keeps_nothing),
        TEST(test_keyring__refused_secret_is_tried_once_and_replaced),
        TEST(test_keyring__sudo_password_is_kept_once_sudo_took_it),
        TEST(test_keyring__sudo_password_that_was_refused_is_forgotten),
        TEST(test_keyring__forgets_when_the_box_is_unchecked),
        TEST(test_keyring__locked_vault_asks_for_the_master_password),
        TEST(test_keyring__without_the_master_password_the_host_asks),
        TEST(test_keyring__disconnecting_withdraws_the_master_question),
        TEST(test_keyring__forgotten_while_locked_is_gone_after_unlocking),
        TEST(test_keyring__locked_program_holds_every_question),
        TEST(test_keyring__locking_while_the_master_password_is_checked_stays_locked),
        TEST(test_keyring__master_password_changes_with_its_secrets),
        TEST(test_keyring__without_master_password),
        TEST(test_keyring__passphrase_asked_by_a_jump_host_is_found_again),
        TEST(test_keyring__secrets_of_jump_hosts_move_into_the_vault),
        TEST(test_keyring__changed_address_and_removed_server_leave_nothing),
        TEST(test_keyring__owner_that_goes_gets_no_answer),
        TEST(test_keyring__settings_and_log_hold_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
