/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of servers: what is written and what is not, what comes back, duplicates, host keys, and files from strangers. */
#include "client/core/core.h"
#include "client/core/parts.h"
#include "client/core/server_list.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

/* Keys of ssh-keygen -t ed25519. */
#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAIH3FIblkNvjwrlB/p7jKDXZbbkpGqQY0ruUMQtqhpKyz"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIOlcRpGFWSsP01vOtS0Rdn43Jbd4UkUPVJ3FVBJGTXsN"
#define LINE(host, key) "[" host "]:22 ssh-ed25519 " key "\n"

static char *folder, *path;
static Core *core;

static int setup(void **state)
{
    (void)state;
    folder = scratch_folder();
    path = port_join(folder, "list.poolservers");
    core = core_create(folder, NULL, NULL, NULL);
    return core ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    core_free(core);
    free(TAKE_PTR(path));
    free(TAKE_PTR(folder));
    return 0;
}

static void add(const char *host, const char *user, const char *name)
{
    const ServerConfig config = { .host = (char *)host, .user = (char *)user, .name = (char *)name, .connect_at_start = true, .remember = true,
                                  .auth = AUTH_KEY_FILE, .key_file = (char *)"C:\\keys\\id" };
    core_add_server(core, &config);
}

static void write_text(const char *text) { write_file(path, text, strlen(text)); }

static char *read_text(const char *file)
{
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(port_read_whole(file, 4 << 20, &bytes, &size, NULL), 0);
    return bytes;
}

static void know(const char *lines)
{
    write_file(core_known_hosts(core), lines, strlen(lines));
}

static int read_code(const char *text)
{
    ServerList list = { 0 };
    AUTO(error_clear) Error why = { 0 };
    write_text(text);
    int code = server_list_read(path, &list, &why);
    assert_int_equal(code, why.code);
    if (code < 0)
        assert_int_equal(list.count, 0);
    server_list_clear(&list);
    return code;
}

static void test_server_list__writes_the_chosen_ones_without_secrets(void **state)
{
    (void)state;
    add("alpha", "root", "a");
    add("beta", "admin", "b");
    know(LINE("alpha", KEY_A) LINE("beta", KEY_B) LINE("gamma", KEY_B));
    ServerList list;
    server_list_collect(core, &list);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.host_keys.count, 2); /* gamma is not in the list */
    list.items[1].chosen = false;
    assert_int_equal(server_list_write(path, &list, true, NULL), 0);
    AUTO_FREE char *text = read_text(path);
    assert_non_null(strstr(text, "\"alpha\""));
    assert_non_null(strstr(text, KEY_A));
    assert_null(strstr(text, "beta"));
    assert_null(strstr(text, KEY_B));
    assert_null(strstr(text, "remember"));
    assert_null(strstr(text, "connect_at_start"));
    assert_null(strstr(text, server_config(core_server_at(core, 0))->id));
    assert_int_equal(server_list_write(path, &list, false, NULL), 0);
    AUTO_FREE char *without = read_text(path);
    assert_null(strstr(without, KEY_A));
    server_list_clear(&list);
}

static void test_server_list__comes_back_without_duplicates(void **state)
{
    (void)state;
    add("alpha", "root", "a");
    add("beta", "admin", "b");
    ServerList list;
    server_list_collect(core, &list);
    assert_int_equal(server_list_write(path, &list, true, NULL), 0);
    server_list_clear(&list);
    core_remove_server(core, core_server_at(core, 1));
    assert_int_equal(server_list_read(path, &list, NULL), 0);
    server_list_compare(core, &list);
    assert_true(list.items[0].known && !list.items[0].chosen);
    assert_true(!list.items[1].known && list.items[1].chosen);
    assert_int_equal(server_list_add(core, &list), 1);
    assert_int_equal(core_server_count(core), 2);
    const ServerConfig *config = server_config(core_server_at(core, 1));
    assert_string_equal(config->host, "beta");
    assert_string_equal(config->user, "admin");
    assert_string_equal(config->key_file, "C:\\keys\\id");
    assert_false(config->connect_at_start || config->remember);
    list.items[0].chosen = list.items[1].chosen = true;
    assert_int_equal(server_list_add(core, &list), 0);
    assert_int_equal(core_server_count(core), 2);
    server_list_clear(&list);
}

/* A list must not be able to replace the key of a host that is known. */
static void test_server_list__adds_host_keys_but_replaces_none(void **state)
{
    (void)state;
    ServerList list;
    size_t conflicts = 0;
    write_text("{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"alpha\",\"user\":\"root\"},{\"host\":\"beta\",\"user\":\"root\"}],\"host_keys\":["
               "\"[alpha]:22 ssh-ed25519 " KEY_B "\",\"[beta]:22 ssh-ed25519 " KEY_B "\",\"[gamma]:22 ssh-ed25519 " KEY_B "\","
               "\"[beta]:22 ssh-rsa " KEY_B "\",\"[beta]:22 ssh-ed25519 !!!!\",\"* ssh-ed25519 " KEY_B "\",\"[alpha]:22 ssh-ed25519 " KEY_B "\"]}");
    know(LINE("alpha", KEY_A));
    assert_int_equal(server_list_read(path, &list, NULL), 0);
    assert_int_equal(list.host_keys.count, 4); /* in their order, each once, of hosts in the list */
    assert_string_equal(list.host_keys.items[1], "[beta]:22 ssh-ed25519 " KEY_B);
    assert_int_equal(server_list_take_keys(&list, core_known_hosts(core), &conflicts, NULL), 0);
    assert_int_equal(conflicts, 1);
    AUTO_FREE char *known = read_text(core_known_hosts(core));
    assert_non_null(strstr(known, "[alpha]:22 ssh-ed25519 " KEY_A));
    assert_non_null(strstr(known, "[beta]:22 ssh-ed25519 " KEY_B));
    assert_null(strstr(known, "[alpha]:22 ssh-ed25519 " KEY_B));
    assert_null(strstr(known, "gamma"));
    assert_null(strstr(known, "*"));
    server_list_clear(&list);
}

/* What a stranger could send to keep a worker busy: as many servers and keys as fit, each key of the last server or of one that the list does not have.
 * One second with sanitizers; comparing each with each runs into the suite's time limit. */
static void test_server_list__many_servers_with_many_keys(void **state)
{
    enum { SERVERS = 10000, KEYS = 40000, SIZE_MAX_TEXT = 8 << 20 };
    (void)state;
    AUTO_FREE char *text = x_calloc(SIZE_MAX_TEXT, 1);
    char *at = text + sprintf(text, "{\"poolcenter_servers\":1,\"servers\":[");
    for (int i = 0; i < SERVERS; i++)
        at += sprintf(at, "%s{\"host\":\"h%d\",\"user\":\"u\"}", i ? "," : "", i);
    at += sprintf(at, "],\"host_keys\":[");
    for (int i = 0; i < KEYS; i++)
        at += sprintf(at, "%s\"[h%d]:22 ssh-ed25519 %s%d\"", i ? "," : "", i % 2 ? SERVERS - 1 : i, i % 3 ? "x" : KEY_A, i);
    sprintf(at, "]}");
    AUTO_FREE char *known = x_calloc(SIZE_MAX_TEXT, 1);
    at = known;
    for (int i = 0; i < SERVERS; i++)
        at += sprintf(at, LINE("h%d", KEY_B), i);
    know(known);
    ServerList list;
    size_t conflicts = 0;
    write_text(text);
    assert_int_equal(server_list_read(path, &list, NULL), 0);
    assert_int_equal(list.count, SERVERS);
    for (size_t i = 0; i < list.count; i++)
        list.items[i].chosen = true;
    assert_int_equal(server_list_take_keys(&list, core_known_hosts(core), &conflicts, NULL), 0);
    assert_true(conflicts > 0); /* the last server's: one key of the same kind is known */
    assert_int_equal(server_list_write(path, &list, true, NULL), 0);
    server_list_clear(&list);
}

static void test_server_list__refuses_what_is_none(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "null", "{\"poolcenter_servers\":2,\"servers\":[]}", "{\"poolcenter_servers\":1}", "{\"poolcenter_servers\":1,\"servers\":{}}",
        "{\"poolcenter_servers\":1,\"servers\":[1]}", "{\"poolcenter_servers\":1,\"servers\":[{}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a b\",\"user\":\"root\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"ro\\not\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"jump\":\"x y z\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"key_file\":\"\\\\\\\\evil\\\\share\\\\key\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"key_file\":\"//evil/share/key\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"key_file\":\"\\\\/evil/share/key\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"key_file\":\"/\\\\evil/share/key\"}]}",
        "{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"key_file\":\"\\\\??\\\\UNC\\\\evil\\\\share\\\\key\"}]}",
        "{\"poolcenter_servers\":1,\"poolcenter_servers\":1,\"servers\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(read_code(bad[i]), ERR_SERVER_LIST);
    assert_int_equal(read_code("{\"poolcenter_servers\":1,\"servers\":[{\"host\":\"a\",\"user\":\"root\",\"port\":99999,\"auth\":7}]}"), 0);
    port_remove(path);
    ServerList list;
    assert_int_equal(server_list_read(path, &list, NULL), ERR_FILE_OPEN);
    AUTO_FREE char *huge = x_calloc((4 << 20) + 2, 1);
    memset(huge, ' ', (4 << 20) + 1);
    assert_int_equal(read_code(huge), ERR_SERVER_LIST);
}

static void test_server_list__any_cut_or_changed_byte_is_survived(void **state)
{
    (void)state;
    add("alpha", "root", "a");
    know(LINE("alpha", KEY_A));
    ServerList list;
    server_list_collect(core, &list);
    assert_int_equal(server_list_write(path, &list, true, NULL), 0);
    server_list_clear(&list);
    AUTO_FREE char *text = read_text(path);
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        char kept = text[i];
        text[i] = (char)(kept ^ 0x15);
        if (text[i])
            read_code(text);
        text[i] = kept;
    }
    for (size_t i = 0; i + 1 < size; i += 3) {
        write_file(path, text, i);
        assert_int_equal(server_list_read(path, &list, NULL), ERR_SERVER_LIST);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_server_list__writes_the_chosen_ones_without_secrets),
        TEST(test_server_list__comes_back_without_duplicates),
        TEST(test_server_list__adds_host_keys_but_replaces_none),
        TEST(test_server_list__many_servers_with_many_keys),
        TEST(test_server_list__refuses_what_is_none),
        TEST(test_server_list__any_cut_or_changed_byte_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
