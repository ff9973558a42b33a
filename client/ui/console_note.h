/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a console shows while there is no picture: an icon, a title, a sentence and a button in the middle of a dark window. UI thread. */
#ifndef POOLCENTER_CONSOLE_NOTE_H
#define POOLCENTER_CONSOLE_NOTE_H

#include <stdbool.h>
#include <windows.h>

typedef struct ConsoleNote ConsoleNote;

/* In this window; its button gets the id. Not shown at first. */
ConsoleNote *console_note_create(HWND window, int button_id);
void console_note_free(ConsoleNote *note);
/* UTF-8; title NULL: not shown; button NULL: none; icon_id 0: none. True: something changed. */
bool console_note_set(ConsoleNote *note, int icon_id, const char *title, const char *sentence, const char *button, bool button_enabled);
bool console_note_shown(const ConsoleNote *note);
HWND console_note_button(const ConsoleNote *note); /* NULL: there is none that can be pressed */
void console_note_layout(ConsoleNote *note);
void console_note_restyle(ConsoleNote *note);
void console_note_paint(const ConsoleNote *note, HDC dc, const RECT *client);

#endif
