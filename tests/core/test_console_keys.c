/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows' scan codes and virtual keys as the guest's keys. */
#include "client/core/key_codes.h"
#include "client/core/rfb_input.h"
#include "client/core/rfb_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VK_CANCEL = 0x03, VK_RETURN = 0x0d, VK_SHIFT = 0x10, VK_CONTROL = 0x11, VK_MENU = 0x12, VK_PAUSE = 0x13, VK_SNAPSHOT = 0x2c, VK_NUMLOCK = 0x90, VK_F1 = 0x70 };

static void test_keys__plain_and_extended(void **state)
{
    (void)state;
    assert_int_equal(key_code_from_windows(0x1e, false, 'A'), 0x1e);
    assert_int_equal(key_code_from_windows(0x1c, false, VK_RETURN), SCAN_ENTER);
    assert_int_equal(key_code_from_windows(0x1c, true, VK_RETURN), SCAN_KEYPAD_ENTER);
    assert_int_equal(key_code_from_windows(0x1d, true, VK_CONTROL), SCAN_RIGHT_CTRL);
    assert_int_equal(key_code_from_windows(0x38, true, VK_MENU), SCAN_RIGHT_ALT);
    assert_int_equal(key_code_from_windows(0, false, 0xff), 0);
}

/* Ctrl+Pause, Alt+Print and Num Lock have other codes on the wire than in Windows' messages. */
static void test_keys__specials_whatever_modifiers_do_to_them(void **state)
{
    (void)state;
    assert_int_equal(key_code_from_windows(0x45, false, VK_PAUSE), SCAN_PAUSE);
    assert_int_equal(key_code_from_windows(0x46, true, VK_CANCEL), SCAN_PAUSE);
    assert_int_equal(key_code_from_windows(0x45, true, VK_NUMLOCK), SCAN_NUM_LOCK);
    assert_int_equal(key_code_from_windows(0x37, true, VK_SNAPSHOT), SCAN_PRINT);
    assert_int_equal(key_code_from_windows(0x54, false, VK_SNAPSHOT), SCAN_PRINT);
}

static void test_keys__made_up_shifts_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(key_code_from_windows(0x2a, false, VK_SHIFT), SCAN_LEFT_SHIFT);
    assert_int_equal(key_code_from_windows(0x36, false, VK_SHIFT), SCAN_RIGHT_SHIFT);
    assert_int_equal(key_code_from_windows(0x36, true, VK_SHIFT), SCAN_RIGHT_SHIFT);
    assert_int_equal(key_code_from_windows(0x2a, true, VK_SHIFT), 0);
}

static void test_keys__altgr_of_wine(void **state)
{
    (void)state;
    assert_int_equal(key_code_from_windows(0x60, false, 0xe4), SCAN_RIGHT_ALT);
    assert_int_equal(key_code_from_windows(0x61, false, 0xe5), SCAN_RIGHT_ALT);
}

static void test_keys__keysyms(void **state)
{
    (void)state;
    assert_int_equal(keysym_from_key(VK_F1 + 11, false), 0xffc9);
    assert_int_equal(keysym_from_key(VK_RETURN, true), 0xff8d);
    assert_int_equal(keysym_from_key(0x24, true), 0xff50);  /* Home */
    assert_int_equal(keysym_from_key(0x24, false), 0xff95); /* on the number pad */
    assert_int_equal(keysym_from_key('A', false), 0);
    assert_int_equal(keysym_from_character(0xe4, false), 0xe4);
    assert_int_equal(keysym_from_character(0x20ac, false), 0x010020ac);
    assert_int_equal(keysym_from_character('^', true), 0xfe52);
    assert_int_equal(keysym_from_character(1, false), 0);
}

static void test_keys__a_slow_server_drops_moves_but_no_release(void **state)
{
    (void)state;
    static RfbInput input;
    RfbEvent event;
    int downs = 0, ups = 0;
    rfb_input_init(&input);
    for (int i = 0; i < 5000; i++)
        rfb_input_pointer(&input, i, i, 0);
    assert_true(rfb_input_take(&input, &event));
    assert_int_equal(event.x, 4999); /* moves replace each other */
    assert_false(rfb_input_take(&input, &event));
    for (uint32_t i = 0; i < 5000; i++) {
        rfb_input_key(&input, 'a', 1 + i % 80, true);
        rfb_input_pointer(&input, (int)i, 0, (int)i & 1);
    }
    rfb_input_release_keys(&input);
    while (rfb_input_take(&input, &event)) {
        downs += event.kind == RFB_EVENT_KEY && event.down;
        ups += event.kind == RFB_EVENT_KEY && !event.down;
    }
    assert_true(downs > 0);
    assert_true(ups > 0 && ups <= downs);
    for (uint32_t i = 0; i < RFB_SCAN_CODES; i++)
        assert_false(input.keys[i].down);
    assert_false(rfb_input_key(&input, 'a', 0, true));
    assert_false(rfb_input_key(&input, 'a', 256, true));
    rfb_input_clear(&input);
}

static void test_keys__clipboards(void **state)
{
    (void)state;
    AUTO_FREE char *broken = rfb_text_from_utf8("a\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80z\0hidden", 20);
    AUTO_FREE char *latin1 = rfb_text_to_latin1("ä€\r\nß");
    AUTO_FREE char *utf8 = rfb_text_from_latin1("\xe4\r\n\xff", 4);
    assert_string_equal(broken, "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
    assert_string_equal(latin1, "\xe4?\n\xdf");
    assert_string_equal(utf8, "ä\nÿ");
    char line[12];
    rfb_text_clean("  b\xc3\xa4" "d\nline. \n", line, sizeof(line));
    assert_string_equal(line, "  bd line");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys__plain_and_extended),
        cmocka_unit_test(test_keys__specials_whatever_modifiers_do_to_them),
        cmocka_unit_test(test_keys__made_up_shifts_are_left_out),
        cmocka_unit_test(test_keys__altgr_of_wine),
        cmocka_unit_test(test_keys__keysyms),
        cmocka_unit_test(test_keys__a_slow_server_drops_moves_but_no_release),
        cmocka_unit_test(test_keys__clipboards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
