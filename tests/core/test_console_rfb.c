/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFB sessions against servers that are broken, old or hostile: they end with a sentence, and never otherwise. */
#include "tests/core/vnc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RAW = 0, COPY_RECT = 1, RRE = 2, CORRE = 4, HEXTILE = 5, ZLIB = 6, TIGHT = 7, ULTRA = 9, TRLE = 15, ZRLE = 16, ZYWRLE = 17 };
#define NEW_SIZE 0xffffff21u
#define EXT_SIZE 0xfffffeccu
#define RICH_CURSOR 0xffffff11u
#define X_CURSOR 0xffffff10u
#define EXTENDED_KEY 0xfffffefeu
#define ULTRA_ZIP 0xffff0009u

typedef struct Played {
    RfbSession *session;
    VncScript script;
    VncViewer viewer;
    Error error;
} Played;

static void nothing(void *context)
{
    (void)context;
}

static void take(void *context)
{
    RfbNews news;
    Played *played = context;
    rfb_session_take_news(played->session, &news);
    played->viewer.bells += news.bell;
    played->viewer.cursors += news.cursor;
    if (news.clipboard) {
        free(played->viewer.clipboard);
        played->viewer.clipboard = news.clipboard;
    }
}

/* Runs a whole session on this thread; the server closes after the bytes. */
static void play(Played *played, const void *bytes, size_t size, size_t chunk)
{
    static const RfbListener listener = {nothing, take};
    *played = (Played){.script = {.bytes = bytes, .size = size, .chunk = chunk}};
    played->session = rfb_session_create("vm1", vnc_script_transport(&played->script), &listener, played);
    int code = rfb_session_run(played->session, &played->error);
    assert_int_equal(code, played->error.code);
    assert_true(code < 0);
    assert_non_null(played->error.message);
}

static void end(Played *played)
{
    rfb_session_free(played->session);
    error_clear(&played->error);
    free(played->viewer.clipboard);
}

static void assert_cause(const VncBytes *bytes, const char *words)
{
    Played played;
    play(&played, bytes->bytes, bytes->size, 0);
    assert_int_equal(played.error.code, ERR_CONSOLE);
    if (!strstr(played.error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", played.error.message, words);
    end(&played);
}

static uint32_t pixel(Played *played, int x, int y)
{
    VncViewer viewer = {.session = played->session};
    return vnc_pixel(&viewer, x, y);
}

/* ---------------------------------------------------------------- handshake */

static void test_console_rfb__tells_what_is_no_vnc_server(void **state)
{
    (void)state;
    static const char *const greetings[] = {"HTTP/1.1 40", "SSH-2.0-Open", "RFB 002.002\n", "RFB 3.8\n\n\n\n\n", "RFB -01.-01\n", "\0\0\0\0\0\0\0\0\0\0\0"};
    for (size_t i = 0; i < ARRAY_SIZE(greetings); i++) {
        VncBytes bytes = {0};
        vnc_put(&bytes, greetings[i], 12);
        assert_cause(&bytes, "not a VNC server");
    }
}

static void test_console_rfb__refuses_logins_it_does_not_know(void **state)
{
    (void)state;
    static const unsigned char types[] = {2, 5, 16, 18, 19, 30, 113, 129};
    VncBytes none = {0}, password = {0}, others = {0};
    vnc_put(&none, "RFB 003.008\n", 12);
    vnc_put8(&none, 0);
    vnc_put32(&none, 12);
    vnc_put(&none, "Too many\nxyz", 12);
    assert_cause(&none, "Too many xyz");

    vnc_put(&password, "RFB 003.008\n", 12);
    vnc_put8(&password, 1);
    vnc_put8(&password, 2);
    vnc_put(&password, "0123456789abcdef", 16);
    assert_cause(&password, "asks for a password");

    vnc_put(&others, "RFB 003.008\n", 12);
    vnc_put8(&others, sizeof(types) - 1);
    vnc_put(&others, types + 1, sizeof(types) - 1);
    assert_cause(&others, "Unknown authentication scheme");
}

/* RFB 3.3 lets the server choose: also what we would never accept, under numbers that look like newer versions. */
static void test_console_rfb__an_old_server_cannot_choose_the_login(void **state)
{
    (void)state;
    static const char *const versions[] = {"RFB 003.003\n", "RFB 003.005\n", "RFB 003.006\n", "RFB 003.014\n", "RFB 003.016\n"};
    static const uint32_t types[] = {5, 16, 17, 18, 19, 20, 30, 113, 0xfffffffa, 0x01000001};
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
            VncBytes bytes = {0};
            vnc_put(&bytes, versions[i], 12);
            vnc_put32(&bytes, types[k]);
            for (int j = 0; j < 100; j++)
                vnc_put32(&bytes, 0);
            assert_cause(&bytes, "a login that PoolCenter does not use");
        }
    }
}

static void test_console_rfb__an_old_server_works(void **state)
{
    (void)state;
    VncBytes hello = {0}, old = {0};
    Played played;
    vnc_put_hello(&hello, 8, 4);
    vnc_put(&old, "RFB 003.003\n", 12);
    vnc_put32(&old, 1);
    vnc_put(&old, hello.bytes + 18, hello.size - 18); /* from the server's size on */
    vnc_put_update(&old, 1);
    vnc_put_rect(&old, 0, 0, 1, 1, RAW);
    vnc_put(&old, "\x11\x22\x33\x44", 4);
    play(&played, old.bytes, old.size, 0);
    assert_int_equal(pixel(&played, 0, 0), 0x332211);
    assert_memory_equal(played.script.sent, "RFB 003.003\n", 12);
    end(&played);
}

static void test_console_rfb__refuses_absurd_sizes(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {{0, 0}, {0, 100}, {100, 0}, {65535, 65535}, {16385, 10}, {10, 16385}, {16384, 16384}};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        VncBytes first = {0}, later = {0}, extended = {0};
        vnc_put_hello(&first, sizes[i][0], sizes[i][1]);
        assert_cause(&first, "wants a screen of");
        vnc_put_hello(&later, 100, 100);
        vnc_put_update(&later, 1);
        vnc_put_rect(&later, 0, 0, sizes[i][0], sizes[i][1], NEW_SIZE);
        assert_cause(&later, "wants a screen of");
        vnc_put_hello(&extended, 100, 100);
        vnc_put_update(&extended, 1);
        vnc_put_rect(&extended, 0, 0, sizes[i][0], sizes[i][1], EXT_SIZE);
        vnc_put32(&extended, 0x01000000);
        vnc_put32(&extended, 7);
        vnc_put32(&extended, 0);
        vnc_put32(&extended, 0x00100010);
        vnc_put32(&extended, 0);
        assert_cause(&extended, "wants a screen of");
    }
}

static void test_console_rfb__refuses_an_endless_name(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0xffffffff, 0x80000000, (1 << 20) + 1};
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        VncBytes bytes = {0};
        vnc_put_hello(&bytes, 100, 100);
        bytes.size -= 8;
        vnc_put32(&bytes, lengths[i]);
        for (int k = 0; k < 2000; k++)
            vnc_put(&bytes, "nnnnnnnnnn", 10);
        assert_cause(&bytes, "Too big desktop name");
    }
}

/* ---------------------------------------------------------------- messages */

static void test_console_rfb__refuses_rectangles_out_of_range(void **state)
{
    (void)state;
    static const unsigned rects[][4] = {{1, 0, 100, 100}, {0, 1, 100, 100}, {65535, 65535, 65535, 65535}, {0, 0, 101, 1}, {0, 0, 1, 101}, {100, 100, 1, 1}};
    static const uint32_t encodings[] = {RAW, COPY_RECT, HEXTILE, ZLIB, TIGHT, ZRLE};
    for (size_t i = 0; i < ARRAY_SIZE(rects); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(encodings); k++) {
            VncBytes bytes = {0};
            vnc_put_hello(&bytes, 100, 100);
            vnc_put_update(&bytes, 1);
            vnc_put_rect(&bytes, rects[i][0], rects[i][1], rects[i][2], rects[i][3], encodings[k]);
            for (int j = 0; j < 4000; j++)
                vnc_put32(&bytes, 0x00010001);
            assert_cause(&bytes, "Rect too large");
        }
    }
}

/* A server with a screen of this size, and the beginning of an update with one rectangle, whose content follows. */
static VncBytes one_rectangle(unsigned screen_width, unsigned screen_height, unsigned width, unsigned height, uint32_t encoding)
{
    VncBytes bytes = {0};
    vnc_put_hello(&bytes, screen_width, screen_height);
    vnc_put_update(&bytes, 1);
    vnc_put_rect(&bytes, 0, 0, width, height, encoding);
    return bytes;
}

static void test_console_rfb__refuses_encodings_nobody_asked_for(void **state)
{
    (void)state;
    static const uint32_t encodings[] = {RRE, CORRE, ULTRA, ULTRA_ZIP, TRLE, ZYWRLE, 8, 1000, 0x574d5664};
    for (size_t i = 0; i < ARRAY_SIZE(encodings); i++) {
        VncBytes bytes = one_rectangle(100, 100, 64, 64, encodings[i]);
        for (int j = 0; j < 4000; j++)
            vnc_put32(&bytes, 0x00010001);
        assert_cause(&bytes, "broke the protocol");
    }
}

static void test_console_rfb__refuses_jpeg(void **state)
{
    (void)state;
    VncBytes bytes = one_rectangle(100, 100, 8, 8, TIGHT);
    vnc_put8(&bytes, 0x90);
    vnc_put8(&bytes, 4);
    vnc_put32(&bytes, 0xffd8ffe0);
    assert_cause(&bytes, "nobody asked for");
}

static void test_console_rfb__refuses_uncompressed_data_of_another_length(void **state)
{
    (void)state;
    VncBytes bytes = one_rectangle(16384, 2048, 16384, 2048, TIGHT);
    vnc_put8(&bytes, 0xa0); /* basic, not compressed */
    vnc_put8(&bytes, 12);
    vnc_put(&bytes, "abcdefghijkl", 12);
    assert_cause(&bytes, "uncompressed bytes");
}

static void test_console_rfb__refuses_huge_clipboards(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0x7fffffff, 0x80000000, 0x80000001, (1 << 20) + 1, 0xffefffff};
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        VncBytes bytes = {0};
        vnc_put_hello(&bytes, 100, 100);
        vnc_put32(&bytes, 0x03000000);
        vnc_put32(&bytes, lengths[i]);
        vnc_put(&bytes, "text", 4);
        assert_cause(&bytes, "cut text");
    }
}

static void test_console_rfb__takes_bell_and_latin1_clipboard(void **state)
{
    (void)state;
    VncBytes bytes = {0};
    Played played;
    vnc_put_hello(&bytes, 100, 100);
    vnc_put8(&bytes, 2);
    vnc_put32(&bytes, 0x03000000);
    vnc_put32(&bytes, 9);
    vnc_put(&bytes, "Gr\xfc\xdf" "e\r\n\r.", 9);
    play(&played, bytes.bytes, bytes.size, 1);
    assert_int_equal(played.viewer.bells, 1);
    assert_string_equal(played.viewer.clipboard, "Grüße\n\r.");
    assert_non_null(strstr(played.error.message, "the host closed it"));
    end(&played);
}

static void test_console_rfb__draws_raw_copies_and_hextile(void **state)
{
    (void)state;
    VncBytes bytes = {0};
    Played played;
    vnc_put_hello(&bytes, 20, 20);
    vnc_put_update(&bytes, 4);
    vnc_put_rect(&bytes, 1, 2, 2, 1, RAW);
    vnc_put(&bytes, "\x10\x20\x30\xff\x40\x50\x60\xff", 8); /* the fourth byte is garbage */
    vnc_put_rect(&bytes, 10, 10, 2, 1, COPY_RECT);
    vnc_put16(&bytes, 1);
    vnc_put16(&bytes, 2);
    vnc_put_rect(&bytes, 0, 16, 4, 4, HEXTILE);
    vnc_put8(&bytes, 2);            /* background only */
    vnc_put(&bytes, "\x01\x02\x03\x04", 4);
    vnc_put_rect(&bytes, 5, 5, 0, 0, RAW); /* TigerVNC sends empty ones */
    play(&played, bytes.bytes, bytes.size, 3);
    assert_int_equal(pixel(&played, 1, 2), 0x302010);
    assert_int_equal(pixel(&played, 2, 2), 0x605040);
    assert_int_equal(pixel(&played, 10, 10), 0x302010);
    assert_int_equal(pixel(&played, 3, 19), 0x030201);
    assert_int_equal(pixel(&played, 4, 19), 0);
    end(&played);
}

static uint32_t noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Whatever follows a rectangle's head: it must not be fatal. */
static void test_console_rfb__survives_noise_in_every_encoding(void **state)
{
    (void)state;
    static const uint32_t encodings[] = {RAW, COPY_RECT, HEXTILE, ZLIB, TIGHT, ZRLE, RICH_CURSOR, X_CURSOR, NEW_SIZE, EXT_SIZE, EXTENDED_KEY, 0xfffffefbu, 0xffff8000u, 0xffff8001u, 0xffff8002u};
    uint32_t seed = 1;
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(encodings); i++) {
            VncBytes bytes = {0};
            Played played;
            vnc_put_hello(&bytes, 100 + noise(&seed) % 3000, 1 + noise(&seed) % 200);
            vnc_put_update(&bytes, 1 + noise(&seed) % 3);
            vnc_put_rect(&bytes, 0, 0, noise(&seed) % 100, noise(&seed) % 100, encodings[i]);
            if (encodings[i] == TIGHT)
                vnc_put8(&bytes, (noise(&seed) % 16) << 4);
            if (encodings[i] == ZRLE || encodings[i] == ZLIB) {
                vnc_put32(&bytes, noise(&seed) % 3000);
                vnc_put16(&bytes, 0x789c); /* zlib's head */
            }
            for (uint32_t k = noise(&seed) % 600; k > 0; k--)
                vnc_put32(&bytes, noise(&seed) << 8 ^ noise(&seed));
            play(&played, bytes.bytes, bytes.size, 0);
            end(&played);
        }
    }
}

/* What real servers sent in short sessions with a screen of 96 x 64: TigerVNC 1.12 (tight.rfb with pointer shapes and clipboard, zrle.rfb, hextile.rfb) and
 * x11vnc 0.9.16 (zlib.rfb). */
static size_t load(const char *name, unsigned char *to, size_t size)
{
    AUTO_FREE char *path = x_printf("%s/../fuzz/corpus/fuzz_rfb/%s.rfb", TEST_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    size_t count = fread(to, 1, size, file);
    fclose(file);
    return count;
}

static void test_console_rfb__survives_sessions_cut_at_every_byte(void **state)
{
    (void)state;
    static const char *const names[] = {"tight", "zrle", "hextile", "zlib"};
    static unsigned char bytes[1 << 14];
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t size = load(names[i], bytes, sizeof(bytes));
        for (size_t cut = 0; cut <= size; cut++) {
            Played played;
            play(&played, bytes, cut, 0);
            assert_int_equal(played.error.code, ERR_CONSOLE);
            assert_non_null(strstr(played.error.message, "the host closed it"));
            end(&played);
        }
    }
}

static void test_console_rfb__survives_sessions_with_a_wrong_byte(void **state)
{
    (void)state;
    static const char *const names[] = {"tight", "zrle", "hextile", "zlib"};
    static unsigned char bytes[1 << 14];
    uint32_t seed = 7;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t size = load(names[i], bytes, sizeof(bytes));
        for (size_t at = 0; at < size; at++) {
            Played played;
            unsigned char kept = bytes[at];
            bytes[at] ^= (unsigned char)(1 + noise(&seed) % 255);
            play(&played, bytes, size, 0);
            end(&played);
            bytes[at] = kept;
        }
    }
}

/* ---------------------------------------------------------------- what we send */

static size_t count_requests(const VncScript *script)
{
    size_t count = 0;
    for (size_t i = 0; i + 10 <= script->sent_size && i + 10 <= sizeof(script->sent); i++)
        count += memcmp(script->sent + i, "\3\1\0\0\0\0\0\x10\0\x10", 10) == 0 || memcmp(script->sent + i, "\3\0\0\0\0\0\0\x10\0\x10", 10) == 0;
    return count;
}

static void test_console_rfb__asks_for_nothing_while_hidden_or_unread(void **state)
{
    (void)state;
    static VncViewer viewer;
    VncBytes bytes = {0};
    VncScript script = {.bytes = bytes.bytes, .hangs = true};
    vnc_put_hello(&bytes, 16, 16);
    script.size = bytes.size;
    viewer.keep_news = true;
    vnc_viewer_start(&viewer, vnc_script_transport(&script));
    assert_true(vnc_viewer_wait(&viewer, vnc_is_connected, NULL, 5000));
    port_sleep_ms(100);
    assert_int_equal(count_requests(&script), 0); /* the new size has not been taken */
    rfb_session_show(viewer.session, false);
    RfbNews news;
    rfb_session_take_news(viewer.session, &news);
    port_sleep_ms(100);
    assert_int_equal(count_requests(&script), 0);
    rfb_session_show(viewer.session, true);
    port_sleep_ms(100);
    assert_int_equal(count_requests(&script), 1);
    vnc_viewer_stop(&viewer);
}

static bool was_sent(const VncScript *script, const void *bytes, size_t size)
{
    for (size_t i = 0; i + size <= script->sent_size && i + size <= sizeof(script->sent); i++)
        if (memcmp(script->sent + i, bytes, size) == 0)
            return true;
    return false;
}

static void assert_sent(const VncScript *script, const void *bytes, size_t size)
{
    for (int i = 0; i < 100 && !was_sent(script, bytes, size); i++)
        port_sleep_ms(20);
    assert_true(was_sent(script, bytes, size));
}

/* Presses "ä" (scan code 0x28) and releases it as something else: the guest sees the same key. */
static void type_umlaut(VncViewer *viewer)
{
    rfb_session_key(viewer->session, 0xe4, 0x28, true);
    rfb_session_key(viewer->session, 0xc4, 0x28, false);
    rfb_session_key(viewer->session, 0xffe4, 0x9d, true);
    rfb_session_release_keys(viewer->session);
}

static void test_console_rfb__sends_keys_by_scan_code_where_it_can(void **state)
{
    (void)state;
    static VncViewer viewer;
    VncBytes bytes = {0};
    VncScript script = {.bytes = bytes.bytes, .hangs = true};
    vnc_put_hello(&bytes, 16, 16);
    vnc_put_update(&bytes, 1);
    vnc_put_rect(&bytes, 0, 0, 16, 16, EXTENDED_KEY);
    script.size = bytes.size;
    vnc_viewer_start(&viewer, vnc_script_transport(&script));
    assert_true(vnc_viewer_wait(&viewer, vnc_is_connected, NULL, 5000));
    port_sleep_ms(50);
    type_umlaut(&viewer);
    assert_sent(&script, "\xff\0\0\1\0\0\0\xe4\0\0\0\x28\xff\0\0\0\0\0\0\xe4\0\0\0\x28", 24);
    assert_sent(&script, "\xff\0\0\1\0\0\xff\xe4\0\0\0\x9d\xff\0\0\0\0\0\xff\xe4\0\0\0\x9d", 24);
    vnc_viewer_stop(&viewer);
}

static void test_console_rfb__sends_keysyms_and_latin1_to_simple_servers(void **state)
{
    (void)state;
    static VncViewer viewer;
    VncBytes bytes = {0};
    VncScript script = {.bytes = bytes.bytes, .hangs = true};
    vnc_put_hello(&bytes, 16, 16);
    script.size = bytes.size;
    vnc_viewer_start(&viewer, vnc_script_transport(&script));
    assert_true(vnc_viewer_wait(&viewer, vnc_is_connected, NULL, 5000));
    type_umlaut(&viewer);
    assert_sent(&script, "\4\1\0\0\0\0\0\xe4\4\0\0\0\0\0\0\xe4", 16);
    rfb_session_clipboard(viewer.session, "é€\r\n");
    assert_sent(&script, "\6\0\0\0\0\0\0\3\xe9?\n", 11);
    rfb_session_pointer(viewer.session, 300, 200, 5);
    assert_sent(&script, "\5\5\x01\x2c\0\xc8", 6);
    vnc_viewer_stop(&viewer);
}

static void test_console_rfb__ends_at_once_when_cancelled(void **state)
{
    (void)state;
    static VncViewer viewer;
    VncBytes bytes = {0};
    vnc_put_hello(&bytes, 16, 16);
    for (size_t size = 0; size <= bytes.size; size += 7) {
        VncScript script = {.bytes = bytes.bytes, .size = size, .hangs = true};
        vnc_viewer_start(&viewer, vnc_script_transport(&script));
        port_sleep_ms(5);
        int64_t start = port_monotonic_ms();
        rfb_session_cancel(viewer.session);
        assert_true(vnc_viewer_wait(&viewer, vnc_has_ended, NULL, 5000));
        assert_true(port_monotonic_ms() - start < 200);
        assert_int_equal(viewer.error.code, ERR_CANCELLED);
        vnc_viewer_stop(&viewer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_console_rfb__tells_what_is_no_vnc_server),
        cmocka_unit_test(test_console_rfb__refuses_logins_it_does_not_know),
        cmocka_unit_test(test_console_rfb__an_old_server_cannot_choose_the_login),
        cmocka_unit_test(test_console_rfb__an_old_server_works),
        cmocka_unit_test(test_console_rfb__refuses_absurd_sizes),
        cmocka_unit_test(test_console_rfb__refuses_an_endless_name),
        cmocka_unit_test(test_console_rfb__refuses_rectangles_out_of_range),
        cmocka_unit_test(test_console_rfb__refuses_encodings_nobody_asked_for),
        cmocka_unit_test(test_console_rfb__refuses_jpeg),
        cmocka_unit_test(test_console_rfb__refuses_uncompressed_data_of_another_length),
        cmocka_unit_test(test_console_rfb__refuses_huge_clipboards),
        cmocka_unit_test(test_console_rfb__takes_bell_and_latin1_clipboard),
        cmocka_unit_test(test_console_rfb__draws_raw_copies_and_hextile),
        cmocka_unit_test(test_console_rfb__survives_noise_in_every_encoding),
        cmocka_unit_test(test_console_rfb__survives_sessions_cut_at_every_byte),
        cmocka_unit_test(test_console_rfb__survives_sessions_with_a_wrong_byte),
        cmocka_unit_test(test_console_rfb__asks_for_nothing_while_hidden_or_unread),
        cmocka_unit_test(test_console_rfb__sends_keys_by_scan_code_where_it_can),
        cmocka_unit_test(test_console_rfb__sends_keysyms_and_latin1_to_simple_servers),
        cmocka_unit_test(test_console_rfb__ends_at_once_when_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
