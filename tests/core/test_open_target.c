/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links from outside and saved searches: what is taken, and above all what is not. */
#include "client/core/open_target.h"
#include "client/core/port.h"
#include "client/core/saved_search.h"
#include "protocol/limits.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_opens(const char *link, const char *host, int port, const char *vm)
{
    AUTO(open_target_clear) OpenTarget target = {0};
    TextId why;
    assert_true(open_target_parse(link, &target, &why));
    assert_string_equal(target.host, host);
    assert_int_equal(target.port, port);
    if (vm)
        assert_string_equal(target.vm, vm);
    else
        assert_null(target.vm);
}

static void test_open_target__links(void **state)
{
    (void)state;
    assert_opens("poolcenter://kvm1", "kvm1", 22, NULL);
    assert_opens("poolcenter://kvm1/", "kvm1", 22, NULL);
    assert_opens("POOLCENTER://kvm1.example.org:2222/web01", "kvm1.example.org", 2222, "web01");
    assert_opens("poolcenter://10.0.0.1/web%2001", "10.0.0.1", 22, "web 01");
    assert_opens("poolcenter://10.0.0.1/web 01", "10.0.0.1", 22, "web 01");
    assert_opens("poolcenter://[fe80::1]:65535/%C3%BCbung", "fe80::1", 65535, "übung");
    assert_opens("poolcenter://h/a%2Fb%22", "h", 22, "a/b\"");
}

static void assert_refused(const char *link, TextId expected)
{
    OpenTarget target = {0};
    TextId why = TEXT_COUNT;
    assert_false(open_target_parse(link, &target, &why));
    assert_int_equal(why, expected);
    assert_null(target.host);
}

static void test_open_target__hostile_links(void **state)
{
    char longest[OPEN_LINK_MAX + 2] = "poolcenter://h/";
    char long_name[LIMIT_NAME + 64] = "poolcenter://h/";
    (void)state;
    assert_refused("poolcenter:kvm1", TEXT_LINK_FORM);
    assert_refused("https://kvm1", TEXT_LINK_FORM);
    assert_refused("poolcenter://", TEXT_LINK_HOST);
    assert_refused("poolcenter:///web01", TEXT_LINK_HOST);
    assert_refused("poolcenter://root@kvm1/web01", TEXT_LINK_USER);
    assert_refused("poolcenter://root:secret@kvm1", TEXT_LINK_USER);
    assert_refused("poolcenter://-oProxyCommand=calc/x", TEXT_LINK_HOST);
    assert_refused("poolcenter://kvm1\" --config evil", TEXT_LINK_FORM);
    assert_refused("poolcenter://kvm 1/x", TEXT_LINK_FORM);
    assert_refused("poolcenter://kvm%31/x", TEXT_LINK_FORM);
    assert_refused("poolcenter://[::1/x", TEXT_LINK_HOST);
    assert_refused("poolcenter://[gg]/x", TEXT_LINK_HOST);
    assert_refused("poolcenter://h:/x", TEXT_LINK_PORT);
    assert_refused("poolcenter://h:0/x", TEXT_LINK_PORT);
    assert_refused("poolcenter://h:65536/x", TEXT_LINK_PORT);
    assert_refused("poolcenter://h:999999/x", TEXT_LINK_PORT);
    assert_refused("poolcenter://h:-1/x", TEXT_LINK_PORT);
    assert_refused("poolcenter://h?start=1", TEXT_LINK_FORM);
    assert_refused("poolcenter://h/x/start", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/x?start=1", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/x#y", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/%", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/%4", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/%00", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/a%0Ab", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/a\nb", TEXT_LINK_NAME);
    assert_refused("poolcenter://h/%FF", TEXT_LINK_NAME);
    memset(longest + strlen(longest), 'a', sizeof longest - 1 - strlen(longest));
    assert_refused(longest, TEXT_LINK_FORM);
    memset(long_name + strlen(long_name), 'a', LIMIT_NAME + 1);
    assert_refused(long_name, TEXT_LINK_NAME);
}

static void test_open_target__kinds(void **state)
{
    (void)state;
    assert_int_equal(open_target_kind("poolcenter://x"), OPEN_LINK);
    assert_int_equal(open_target_kind("C:\\a b\\Web.PoolSearch"), OPEN_SEARCH);
    assert_int_equal(open_target_kind(".poolsearch"), OPEN_NOTHING);
    assert_int_equal(open_target_kind("--quit"), OPEN_NOTHING);
    assert_int_equal(open_target_kind(""), OPEN_NOTHING);
}

static void test_saved_search__comes_back(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *path = port_join(folder, "web.poolsearch");
    AUTO_FREE char *words = NULL;
    assert_int_equal(saved_search_write(path, "Büro \"web\" 01", NULL), 0);
    assert_int_equal(saved_search_read(path, &words, NULL), 0);
    assert_string_equal(words, "Büro \"web\" 01");
}

static void assert_not_a_search(const char *path, const char *bytes, size_t size)
{
    AUTO(error_clear) Error error = {0};
    char *words = NULL;
    write_file(path, bytes, size);
    assert_int_equal(saved_search_read(path, &words, &error), ERR_FILE_READ);
    assert_null(words);
    assert_string_equal(error.object, "x.poolsearch");
}

static void test_saved_search__refuses_other_files(void **state)
{
    (void)state;
    static const char *const files[] = {"", "{}", "[]", "web", "{\"text\":\"web\"}", "{\"poolcenter_search\":2,\"text\":\"web\"}",
        "{\"poolcenter_search\":1,\"text\":7}", "{\"poolcenter_search\":1,\"text\":\"a\\nb\"}", "{\"poolcenter_search\":1,\"text\":\"a\\u0000b\"}",
        "{\"poolcenter_search\":1,\"text\":\"\xFF\"}", "{\"poolcenter_search\":1,\"text\":\"a\",\"text\":\"b\"}"};
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *path = port_join(folder, "x.poolsearch");
    AUTO_FREE char *huge = x_calloc(1, 1 << 20);
    AUTO(error_clear) Error error = {0};
    char *words = NULL;
    char too_long[SAVED_SEARCH_TEXT_MAX + 2] = "";
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        assert_not_a_search(path, files[i], strlen(files[i]));
    memset(huge, '[', 1 << 20);
    assert_not_a_search(path, huge, 1 << 20);
    memset(too_long, 'a', sizeof too_long - 1);
    assert_int_equal(saved_search_write(path, too_long, &error), ERR_IO);
    port_remove(path);
    assert_int_equal(saved_search_read(path, &words, &error), ERR_FILE_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_target__links),
        cmocka_unit_test(test_open_target__hostile_links),
        cmocka_unit_test(test_open_target__kinds),
        cmocka_unit_test(test_saved_search__comes_back),
        cmocka_unit_test(test_saved_search__refuses_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
