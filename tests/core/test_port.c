/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The porting layer, the same promises on both systems: files, threads, time, wakes, connecting. */
#include "client/core/port.h"
#include "client/core/ring.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

static void test_whole_files_are_replaced_as_a_whole(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *deep = port_join(folder, "a/b \xc3\xa4\xe2\x82\xac");
    AUTO_FREE char *path = port_join(deep, "f\xc3\xbcr dich.json");
    AUTO_FREE char *temporary = x_printf("%s.new", path);
    AUTO(error_clear) Error why = { 0 };
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(port_make_folder(deep, &why), 0);
    assert_int_equal(port_make_folder(deep, &why), 0);
    assert_false(port_file_exists(path));
    assert_int_equal(port_read_whole(path, 100, &bytes, &size, &why), ERR_FILE_OPEN);
    assert_int_equal(port_write_whole(path, "first", 5, &why), 0);
    assert_int_equal(port_write_whole(path, "second one", 10, &why), 0);
    assert_false(port_file_exists(temporary));
    assert_int_equal(port_read_whole(path, 10, &bytes, &size, &why), 0);
    assert_string_equal(bytes, "second one");
    assert_int_equal(size, 10);
    free(bytes);
    assert_int_equal(port_read_whole(path, 9, &bytes, &size, &why), ERR_TOO_LARGE);
    assert_int_equal(port_write_whole(deep, "x", 1, &why), ERR_SETTINGS);
    assert_true(port_read_whole(deep, 9, &bytes, &size, &why) < 0);
    assert_non_null(why.cause);
    port_remove(path);
    assert_false(port_file_exists(path));
}

static void test_paths_may_be_longer_than_windows_likes(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    char *deep = x_strdup(folder);
    for (int i = 0; i < 8; i++) {
        char *deeper = port_join(deep, "a folder with a name of about fifty characters ...x");
        free(deep);
        deep = deeper;
    }
    AUTO_FREE char *path = port_join(deep, "file");
    AUTO_FREE char *moved = port_join(deep, "moved");
    assert_true(strlen(path) > 400);
    assert_int_equal(port_make_folder(deep, NULL), 0);
    assert_int_equal(port_write_whole(path, "deep", 4, NULL), 0);
    assert_int_equal(port_write_whole(moved, "old", 3, NULL), 0);
    assert_int_equal(port_rename(path, moved, NULL), 0);
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(port_read_whole(moved, 100, &bytes, &size, NULL), 0);
    assert_string_equal(bytes, "deep");
    free(bytes);
    free(deep);
}

static void test_files_read_at_offsets_and_append(void **state)
{
    (void)state;
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *path = port_join(folder, "log");
    PortFile *file = NULL;
    int64_t size = -1, modified = 0;
    assert_int_equal(port_file_append_open(path, &file, &size, NULL), 0);
    assert_int_equal(size, 0);
    assert_int_equal(port_file_append(file, "one", 3, NULL), 0);
    port_file_close(file);
    assert_int_equal(port_file_append_open(path, &file, &size, NULL), 0);
    assert_int_equal(size, 3);
    assert_int_equal(port_file_append(file, "two", 3, NULL), 0);
    port_file_close(file);
    assert_int_equal(port_file_open(path, &file, NULL), 0);
    assert_int_equal(port_file_stat(file, &size, &modified, NULL), 0);
    assert_int_equal(size, 6);
    assert_true(port_now_ms() - modified < 60000 && modified - port_now_ms() < 60000);
    char bytes[8] = "";
    size_t read = 0;
    assert_int_equal(port_file_read(file, 2, bytes, 3, &read, NULL), 0);
    assert_int_equal(read, 3);
    assert_memory_equal(bytes, "etw", 3);
    assert_int_equal(port_file_read(file, 6, bytes, 3, &read, NULL), 0);
    assert_int_equal(read, 0);
    port_file_close(file);
    assert_string_equal(port_base_name(path), "log");
}

static void test_ids_are_random_uuids(void **state)
{
    (void)state;
    char first[37], second[37];
    port_make_uuid(first);
    port_make_uuid(second);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), 36);
    assert_int_equal(strspn(first, "0123456789abcdef-"), 36);
    assert_int_equal(first[14], '4');
}

typedef struct Shared {
    PortMutex mutex;
    PortCond cond;
    int count;
    PortWake *wake;
} Shared;

static void count_up(void *context)
{
    Shared *shared = context;
    for (int i = 0; i < 1000; i++) {
        port_mutex_lock(&shared->mutex);
        shared->count++;
        port_cond_signal(&shared->cond);
        port_mutex_unlock(&shared->mutex);
    }
}

static void test_threads_share_under_a_mutex(void **state)
{
    (void)state;
    Shared shared = { .count = 0 };
    port_mutex_init(&shared.mutex);
    port_cond_init(&shared.cond);
    PortThread *threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = port_thread_start("count", count_up, &shared);
    port_mutex_lock(&shared.mutex);
    while (shared.count < 4000)
        assert_true(port_cond_wait(&shared.cond, &shared.mutex, 5000));
    int64_t start = port_monotonic_ms();
    assert_false(port_cond_wait(&shared.cond, &shared.mutex, 30));
    assert_true(port_monotonic_ms() - start >= 25);
    port_mutex_unlock(&shared.mutex);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        port_thread_join(threads[i]);
    port_cond_clear(&shared.cond);
    port_mutex_clear(&shared.mutex);
}

static void set_wake(void *context)
{
    port_sleep_ms(30);
    port_wake_set(context);
}

static void test_a_wake_is_sticky_and_crosses_threads(void **state)
{
    (void)state;
    PortWake *wake = port_wake_create();
    assert_int_equal(port_socket_wait(PORT_NO_SOCKET, 0, wake, 10), 0);
    port_wake_set(wake);
    port_wake_set(wake);
    assert_int_equal(port_socket_wait(PORT_NO_SOCKET, 0, wake, 1000), PORT_WAKE);
    assert_int_equal(port_socket_wait(PORT_NO_SOCKET, 0, wake, 10), 0);
    PortThread *thread = port_thread_start("wake", set_wake, wake);
    assert_int_equal(port_socket_wait(PORT_NO_SOCKET, 0, wake, 5000), PORT_WAKE);
    port_thread_join(thread);
    port_wake_free(wake);
}

static void test_connecting_to_nobody_says_why(void **state)
{
    (void)state;
    port_sockets_start();
    AUTO(error_clear) Error why = { 0 };
    PortSocket socket = PORT_NO_SOCKET;
    assert_int_equal(port_connect("127.0.0.1", 1, 5000, NULL, NULL, &socket, &why), ERR_CONNECT_FAILED);
    assert_string_equal(why.object, "127.0.0.1");
    assert_non_null(why.cause);
    assert_int_equal(port_connect("no such name.invalid", 22, 5000, NULL, NULL, &socket, &why), ERR_HOST_NOT_RESOLVED);
}

typedef struct Cancel {
    _Atomic bool flag;
    PortWake *wake;
} Cancel;

static void cancel_soon(void *context)
{
    Cancel *cancel = context;
    port_sleep_ms(50);
    atomic_store(&cancel->flag, true);
    port_wake_set(cancel->wake);
}

static void test_connecting_into_the_void_can_be_cancelled(void **state)
{
    (void)state;
    port_sockets_start();
    Cancel cancel = { .wake = port_wake_create() };
    PortSocket socket = PORT_NO_SOCKET;
    PortThread *thread = port_thread_start("cancel", cancel_soon, &cancel);
    int64_t start = port_monotonic_ms();
    /* A documentation address: nobody answers, or the machine knows no way there. */
    int code = port_connect("192.0.2.1", 22, 20000, &cancel.flag, cancel.wake, &socket, NULL);
    assert_true(code == ERR_CANCELLED || code == ERR_CONNECT_FAILED);
    assert_true(port_monotonic_ms() - start < 250);
    port_thread_join(thread);
    port_wake_free(cancel.wake);
}

static void test_ring_wraps_and_never_overflows(void **state)
{
    (void)state;
    Ring ring;
    ring_init(&ring, 7);
    char out[8] = "";
    assert_int_equal(ring_put(&ring, "abcde", 5), 5);
    assert_int_equal(ring_get(&ring, out, 3), 3);
    assert_int_equal(ring_put(&ring, "fghijk", 6), 5);
    assert_int_equal(ring_room(&ring), 0);
    assert_int_equal(ring_get(&ring, out, 8), 7);
    assert_memory_equal(out, "defghij", 7);
    char *room = NULL;
    ring_rewind(&ring);
    assert_int_equal(ring_reserve(&ring, &room), 7);
    ring_clear(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_files_are_replaced_as_a_whole),
        cmocka_unit_test(test_paths_may_be_longer_than_windows_likes),
        cmocka_unit_test(test_files_read_at_offsets_and_append),
        cmocka_unit_test(test_ids_are_random_uuids),
        cmocka_unit_test(test_threads_share_under_a_mutex),
        cmocka_unit_test(test_a_wake_is_sticky_and_crosses_threads),
        cmocka_unit_test(test_connecting_to_nobody_says_why),
        cmocka_unit_test(test_connecting_into_the_void_can_be_cancelled),
        cmocka_unit_test(test_ring_wraps_and_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
