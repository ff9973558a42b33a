/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control that shows a guest's screen and takes its keys and pointer. Sharp at 1:1, centred, with scroll bars when it is larger than the
 * window; scaled on request. What stands in its place while there is no picture is the owner's to say. UI thread.
 */
#ifndef POOLCENTER_CONSOLE_VIEW_H
#define POOLCENTER_CONSOLE_VIEW_H

#include "client/core/console.h"
#include "client/ui/keyboard.h"

#include <windows.h>

typedef struct ConsoleViewEvents {
    void (*command)(void *context, KeyboardCommand command);
    void (*button)(void *context);                  /* the button of console_view_set_note */
    void (*focus)(void *context, bool focused);
    void (*pointer_at_top)(void *context);          /* for a bar that hides in full screen */
} ConsoleViewEvents;

HWND console_view_create(HWND parent, const ConsoleViewEvents *events, void *context);

/* NULL: none. The view only borrows it. */
void console_view_set_console(HWND view, Console *console);
/* The console's news. */
void console_view_updated(HWND view, int x, int y, int width, int height);
void console_view_resized(HWND view);
void console_view_cursor_changed(HWND view);

/* Instead of a picture (UTF-8; title NULL: none, the picture shows); button NULL: none. icon_id 0: none. */
void console_view_set_note(HWND view, int icon_id, const char *title, const char *sentence, const char *button, bool button_enabled);
void console_view_set_scale(HWND view, bool scale);
void console_view_set_grab(HWND view, bool grab);
/* dpi, theme or language changed. */
void console_view_restyle(HWND view);
bool console_view_is(HWND window);
/* Has it the keyboard for a guest that listens? */
bool console_view_wants_keys(HWND view);

#endif
