/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program remembers: values, servers, a broken file. */
#include "client/core/settings.h"
#include "client/core/text.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static char *folder;

static int setup(void **state)
{
    (void)state;
    folder = scratch_folder();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(TAKE_PTR(folder));
    return 0;
}

static Settings *open_settings(bool expect_broken)
{
    bool broken = !expect_broken;
    Settings *settings = settings_open(folder, &broken);
    assert_int_equal(broken, expect_broken);
    return settings;
}

static void write_settings(const char *text)
{
    AUTO_FREE char *path = port_join(folder, "settings.json");
    write_file(path, text, strlen(text));
}

static char *read_settings(const char *name)
{
    AUTO_FREE char *path = port_join(folder, name);
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(port_read_whole(path, 1 << 20, &bytes, &size, NULL), 0);
    return bytes;
}

static void test_settings__keeps_values(void **state)
{
    (void)state;
    Settings *settings = open_settings(false);
    settings_set_int(settings, "window.width", 1200);
    settings_set_str(settings, "language", "de");
    settings_set_str(settings, "gone", "x");
    settings_set_str(settings, "gone", NULL);
    settings_set_str(settings, "umlauts", "Größe");
    assert_int_equal(settings_save(settings, NULL), 0);
    settings_free(settings);

    settings = open_settings(false);
    assert_int_equal(settings_int(settings, "window.width", 7), 1200);
    assert_int_equal(settings_int(settings, "language", 7), 7);
    assert_string_equal(settings_str(settings, "language", ""), "de");
    assert_string_equal(settings_str(settings, "umlauts", ""), "Größe");
    assert_null(settings_str(settings, "gone", NULL));
    settings_free(settings);
}

static void test_settings__keeps_servers_in_order(void **state)
{
    (void)state;
    Settings *settings = open_settings(false);
    settings_put_server(settings, &(ServerConfig){ .id = "1", .host = "alpha", .user = "root", .auth = AUTH_KEY_FILE, .key_file = "C:\\key", .port = 2222 });
    settings_put_server(settings, &(ServerConfig){ .id = "2", .host = "beta", .user = "me", .connect_at_start = true });
    settings_put_server(settings, &(ServerConfig){ .id = "1", .host = "gamma", .user = "root", .auth = AUTH_SSH_AGENT });
    assert_int_equal(settings_save(settings, NULL), 0);
    settings_free(settings);

    settings = open_settings(false);
    ServerConfig first = { 0 };
    ServerConfig second = { 0 };
    assert_int_equal(settings_server_count(settings), 2);
    settings_server_at(settings, 0, &first);
    settings_server_at(settings, 1, &second);
    assert_string_equal(first.host, "gamma");
    assert_int_equal(first.auth, AUTH_SSH_AGENT);
    assert_int_equal(first.port, 0);
    assert_null(first.key_file);
    assert_string_equal(second.user, "me");
    assert_true(second.connect_at_start);
    settings_remove_server(settings, "1");
    settings_remove_server(settings, "none");
    assert_int_equal(settings_server_count(settings), 1);
    free(first.id), free(first.host), free(first.user);
    free(second.id), free(second.host), free(second.user);
    settings_free(settings);
}

static void test_settings__a_broken_file_is_kept_aside(void **state)
{
    (void)state;
    static const char *const broken[] = { "{ \"values\": ", "[]", "", "\xff\xfe{}", "null" };
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        write_settings(broken[i]);
        Settings *settings = open_settings(true);
        assert_int_equal(settings_int(settings, "x", 3), 3);
        AUTO_FREE char *kept = read_settings("settings.broken.json");
        assert_string_equal(kept, broken[i]);
        settings_set_int(settings, "x", 4);
        assert_int_equal(settings_save(settings, NULL), 0);
        settings_free(settings);
        settings_free(open_settings(false));
    }
}

static void test_settings__wrong_types_are_ignored(void **state)
{
    (void)state;
    write_settings("{\"values\": [1], \"servers\": [7, {}, {\"id\": \"1\"}, {\"id\": \"2\", \"host\": \"h\", \"port\": 99999, \"auth\": 5}], \"future\": {\"a\": 1}}");
    Settings *settings = open_settings(false);
    assert_int_equal(settings_server_count(settings), 1);
    ServerConfig config = { 0 };
    settings_server_at(settings, 0, &config);
    assert_int_equal(config.port, 0);
    assert_string_equal(config.user, "");
    settings_set_int(settings, "a", 1);
    assert_int_equal(settings_save(settings, NULL), 0);
    AUTO_FREE char *text = read_settings("settings.json");
    assert_non_null(strstr(text, "future")); /* of a newer version: kept */
    free(config.id), free(config.host), free(config.user);
    settings_free(settings);
}

static void test_settings__nothing_is_written_when_nothing_changed(void **state)
{
    (void)state;
    AUTO_FREE char *path = port_join(folder, "settings.json");
    Settings *settings = open_settings(false);
    assert_int_equal(settings_save(settings, NULL), 0);
    assert_false(port_file_exists(path));
    settings_set_int(settings, "a", 1);
    assert_int_equal(settings_save(settings, NULL), 0);
    port_remove(path);
    settings_set_int(settings, "a", 1);
    assert_int_equal(settings_save(settings, NULL), 0);
    assert_false(port_file_exists(path));
    settings_free(settings);
}

static void test_settings__saving_into_a_missing_folder_fails_with_a_sentence(void **state)
{
    (void)state;
    AUTO_FREE char *missing = port_join(folder, "not/there");
    Settings *settings = settings_open(missing, NULL);
    settings_set_int(settings, "a", 1);
    AUTO(error_clear) Error error = { 0 };
    assert_int_equal(settings_save(settings, &error), ERR_SETTINGS);
    AUTO_FREE char *sentence = text_error(&error);
    assert_non_null(strstr(sentence, "cannot be saved"));
    settings_free(settings);
}

static void test_settings__an_older_text_never_replaces_a_newer_one(void **state)
{
    (void)state;
    Settings *settings = open_settings(false);
    SettingsText older, newer, none;
    settings_set_int(settings, "a", 1);
    assert_true(settings_take_changes(settings, &older));
    settings_set_int(settings, "a", 2);
    assert_true(settings_take_changes(settings, &newer));
    assert_int_equal(settings_write(settings, &newer, NULL), 0);
    assert_int_equal(settings_write(settings, &older, NULL), 0);
    settings_written(settings, &newer);
    settings_written(settings, &older);
    assert_false(settings_take_changes(settings, &none));
    AUTO_FREE char *text = read_settings("settings.json");
    assert_string_equal(text, newer.text);
    settings_set_int(settings, "a", 3);
    assert_true(settings_take_changes(settings, &none));
    free(none.text), free(older.text), free(newer.text);
    settings_free(settings);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_settings__keeps_values),
        TEST(test_settings__keeps_servers_in_order),
        TEST(test_settings__a_broken_file_is_kept_aside),
        TEST(test_settings__wrong_types_are_ignored),
        TEST(test_settings__nothing_is_written_when_nothing_changed),
        TEST(test_settings__an_older_text_never_replaces_a_newer_one),
        TEST(test_settings__saving_into_a_missing_folder_fails_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
