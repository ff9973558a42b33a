/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows' scan codes and virtual keys to QEMU's key numbers and X11's keysyms, for the console control. See key_codes.h. */
#include "client/core/key_codes.h"

#include <stddef.h>

enum { VK_SHIFT_ = 0x10, VK_PAUSE_ = 0x13, VK_CANCEL_ = 0x03, VK_SNAPSHOT_ = 0x2c, VK_NUMLOCK_ = 0x90, VK_SCROLL_ = 0x91 };

bool key_code_is_wine_altgr(uint32_t scan, bool extended)
{
    return !extended && (scan == 0x60 || scan == 0x61);
}

uint32_t key_code_from_windows(uint32_t scan, bool extended, uint32_t vk)
{
    /* Keys whose scan codes Windows changes with the modifiers that are down. */
    switch (vk) {
    case VK_PAUSE_:
    case VK_CANCEL_:
        return SCAN_PAUSE;
    case VK_NUMLOCK_:
        return SCAN_NUM_LOCK;
    case VK_SNAPSHOT_:
        return SCAN_PRINT;
    case VK_SHIFT_:
        /* The right one is marked as extended by some keyboard drivers; a left one so marked is made up. */
        if ((scan & 0x7f) == SCAN_RIGHT_SHIFT)
            return SCAN_RIGHT_SHIFT;
        return extended ? 0 : SCAN_LEFT_SHIFT;
    case VK_SCROLL_:
        return 0x46;
    default:
        break;
    }
    /* With the bit of a release these would be prefixes, so no keyboard has them; Wine gives them to keys that its layout tables lack, AltGr first. */
    if (key_code_is_wine_altgr(scan, extended))
        return SCAN_RIGHT_ALT;
    if ((scan & 0x7f) == 0 || (extended && (scan & 0x7f) == SCAN_LEFT_SHIFT))
        return 0;
    return (scan & 0x7f) | (extended ? 0x80u : 0u);
}

typedef struct KeyName {
    uint8_t vk;
    uint16_t plain, extended; /* keysyms; 0: as the other */
} KeyName;

uint32_t keysym_from_key(uint32_t vk, bool extended)
{
    static const KeyName names[] = {
        {0x08, 0xff08, 0}, {0x09, 0xff09, 0}, {0x0d, 0xff0d, 0xff8d}, {0x13, 0xff13, 0}, {0x03, 0xff6b, 0}, {0x14, 0xffe5, 0}, {0x1b, 0xff1b, 0},
        {0x10, 0xffe1, 0}, {0xa0, 0xffe1, 0}, {0xa1, 0xffe2, 0}, {0x11, 0xffe3, 0xffe4}, {0xa2, 0xffe3, 0}, {0xa3, 0xffe4, 0},
        {0x12, 0xffe9, 0xffea}, {0xa4, 0xffe9, 0}, {0xa5, 0xffea, 0},
        /* Number pad without Num Lock, and the keys between it and the letters. */
        {0x21, 0xff9a, 0xff55}, {0x22, 0xff9b, 0xff56}, {0x23, 0xff9c, 0xff57}, {0x24, 0xff95, 0xff50}, {0x25, 0xff96, 0xff51}, {0x26, 0xff97, 0xff52},
        {0x27, 0xff98, 0xff53}, {0x28, 0xff99, 0xff54}, {0x0c, 0xff9d, 0}, {0x2d, 0xff9e, 0xff63}, {0x2e, 0xff9f, 0xffff},
        {0x2c, 0xff61, 0}, {0x90, 0xff7f, 0}, {0x91, 0xff14, 0}, {0x5b, 0xffeb, 0}, {0x5c, 0xffec, 0}, {0x5d, 0xff67, 0},
        {0x6a, 0xffaa, 0}, {0x6b, 0xffab, 0}, {0x6c, 0xffac, 0}, {0x6d, 0xffad, 0}, {0x6e, 0xffae, 0}, {0x6f, 0xffaf, 0},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].vk == vk)
            return extended && names[i].extended ? names[i].extended : names[i].plain;
    if (vk >= 0x60 && vk <= 0x69)
        return 0xffb0 + (vk - 0x60); /* number pad with Num Lock */
    if (vk >= 0x70 && vk <= 0x87)
        return 0xffbe + (vk - 0x70); /* F1 to F24 */
    return 0;
}

static uint32_t dead_keysym(uint32_t accent)
{
    static const struct { uint16_t accent, keysym; } accents[] = {
        {'`', 0xfe50}, {0xb4, 0xfe51}, {'\'', 0xfe51}, {'^', 0xfe52}, {'~', 0xfe53}, {0xaf, 0xfe54}, {0x2d8, 0xfe55}, {0x2d9, 0xfe56}, {0xa8, 0xfe57},
        {0xb0, 0xfe58}, {0x2dd, 0xfe59}, {0x2c7, 0xfe5a}, {0xb8, 0xfe5b}, {0x2db, 0xfe5c},
    };
    for (size_t i = 0; i < sizeof(accents) / sizeof(accents[0]); i++)
        if (accents[i].accent == accent)
            return accents[i].keysym;
    return 0;
}

uint32_t keysym_from_character(uint32_t character, bool dead)
{
    if (dead && dead_keysym(character))
        return dead_keysym(character);
    if (character < 0x20 || character == 0x7f)
        return 0;
    return character < 0x100 ? character : 0x01000000 | character;
}
