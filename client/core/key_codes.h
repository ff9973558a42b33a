/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys as Windows names them, as the RFB protocol names them. Pure functions. Windows' numbers are spelled here so that they are tested on Linux too. */
#ifndef POOLCENTER_KEY_CODES_H
#define POOLCENTER_KEY_CODES_H

#include <stdbool.h>
#include <stdint.h>

/* Scan codes as console_key takes them. */
enum {
    SCAN_ESCAPE = 0x01, SCAN_ENTER = 0x1c, SCAN_LEFT_CTRL = 0x1d, SCAN_LEFT_SHIFT = 0x2a, SCAN_RIGHT_SHIFT = 0x36, SCAN_LEFT_ALT = 0x38, SCAN_NUM_LOCK = 0x45,
    SCAN_KEYPAD_ENTER = 0x9c, SCAN_RIGHT_CTRL = 0x9d, SCAN_PRINT = 0xb7, SCAN_RIGHT_ALT = 0xb8, SCAN_PAUSE = 0xc6, SCAN_INSERT = 0xd2, SCAN_DELETE = 0xd3,
    SCAN_LEFT_WINDOWS = 0xdb, SCAN_RIGHT_WINDOWS = 0xdc,
};

/* The scan code of a Windows key message: scan and extended out of lParam, vk its virtual key. 0: not a real key (Windows makes up Shift events around
 * the number pad). */
uint32_t key_code_from_windows(uint32_t scan, bool extended, uint32_t vk);

/* Is it AltGr as Wine names it, whose state Windows' functions do not know? */
bool key_code_is_wine_altgr(uint32_t scan, bool extended);

/* The X11 keysym of a key that makes no character, else 0. */
uint32_t keysym_from_key(uint32_t vk, bool extended);
/* Of a character; dead: it is an accent waiting for its letter. */
uint32_t keysym_from_character(uint32_t character, bool dead);

#endif
