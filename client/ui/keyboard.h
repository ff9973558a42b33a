/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Windows' key messages as the guest's keys, for a window that has a guest behind it: scan codes, with Windows' own additions taken out (the Ctrl that
 * belongs to AltGr, the Shifts around the number pad), the keys that only come up, the modifiers Windows forgets. UI thread.
 */
#ifndef POOLCENTER_KEYBOARD_H
#define POOLCENTER_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

typedef enum KeyboardCommand {
    KEYBOARD_LEAVE,       /* right Ctrl alone: give the keyboard back to the window */
    KEYBOARD_FULL_SCREEN, /* Ctrl+Alt+Enter */
} KeyboardCommand;

typedef struct KeyboardEvents {
    void (*key)(void *context, uint32_t keysym, uint32_t scan_code, bool down);
    void (*release_all)(void *context);
    void (*command)(void *context, KeyboardCommand command);
} KeyboardEvents;

typedef struct Keyboard Keyboard;

Keyboard *keyboard_create(HWND window, const KeyboardEvents *events, void *context);
void keyboard_free(Keyboard *keyboard);
/* True: it was a key message and is handled; it must not reach DefWindowProc. */
bool keyboard_message(Keyboard *keyboard, UINT message, WPARAM wparam, LPARAM lparam);
void keyboard_set_focus(Keyboard *keyboard, bool focused);
/* Also takes the keys Windows keeps for itself (Windows key, Alt+Tab, Alt+Esc, Ctrl+Esc, Print) while it has the focus. */
void keyboard_set_grab(Keyboard *keyboard, bool grab);

#endif
