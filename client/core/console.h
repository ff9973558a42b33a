/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A VM's screen: an RFB session (libvncclient, on a thread of its own) over a data channel of the server's SSH connection.
 * Connects again by itself when the guest restarts or the server comes back. UI thread, except where it says otherwise.
 */
#ifndef POOLCENTER_CONSOLE_H
#define POOLCENTER_CONSOLE_H

#include "client/core/server.h"

typedef struct Console Console;

typedef enum ConsoleState {
    CONSOLE_CONNECTING,
    CONSOLE_CONNECTED,
    CONSOLE_VM_OFF,   /* waits until the VM runs */
    CONSOLE_OFFLINE,  /* waits until the server is online */
    CONSOLE_FAILED,   /* console_error; tried again with back-off */
} ConsoleState;

enum { CONSOLE_SIZE_MAX = 16384 }; /* pixels in width or height that a server may ask for; larger is an error */

/* Called on the UI thread; each may be NULL. */
typedef struct ConsoleListener {
    void (*state_changed)(void *context, Console *console);
    void (*resized)(void *context, Console *console, int width, int height);
    void (*updated)(void *context, Console *console, int x, int y, int width, int height); /* union of what changed since the last call */
    void (*bell)(void *context, Console *console);
    void (*clipboard)(void *context, Console *console, const char *text);                  /* UTF-8 from the guest */
    void (*cursor)(void *context, Console *console);                                       /* the pointer's shape changed: console_cursor */
} ConsoleListener;

/* The pointer as the guest wants it drawn by the viewer. */
typedef struct ConsoleCursor {
    int width, height, hot_x, hot_y;
    uint32_t *pixels; /* 0xAARRGGBB, alpha 0 or 255, rows without padding, top row first */
} ConsoleCursor;

Console *console_open(Server *server, const char *vm, const ConsoleListener *listener, void *context);
void console_close(Console *console); /* returns at once; no callbacks afterwards */

ConsoleState console_state(const Console *console);
const Error *console_error(const Console *console);
void console_reconnect(Console *console); /* now instead of after the back-off */
void console_show(Console *console, bool visible); /* hidden: no updates are asked for; visible at first */
const ConsoleCursor *console_cursor(const Console *console); /* NULL: the guest draws it itself. Borrowed until the next core_drain */

/* Locks the picture against changes: 32 bits a pixel, 0x00RRGGBB (a Windows 32-bit DIB), rows of stride bytes, top row first. NULL while there is none
 * (then there is nothing to unlock). Hold it only for a BitBlt. */
const uint32_t *console_lock_picture(Console *console, int *ret_width, int *ret_height, size_t *ret_stride);
void console_unlock_picture(Console *console);

enum { CONSOLE_BUTTON_LEFT = 1, CONSOLE_BUTTON_MIDDLE = 2, CONSOLE_BUTTON_RIGHT = 4, CONSOLE_WHEEL_UP = 8, CONSOLE_WHEEL_DOWN = 16 };
void console_pointer(Console *console, int x, int y, int buttons);
/* scan_code: PC/XT set 1 as Windows gives it, with 0xE0 keys as 0x80 | code (QEMU's "qnum"); keysym: X11, used when the server has no extended key
 * events. Sent as a QEMU extended key event where the server can. */
void console_key(Console *console, uint32_t keysym, uint32_t scan_code, bool down);
void console_send_ctrl_alt_del(Console *console);
void console_release_keys(Console *console); /* when the window loses the focus */
void console_set_clipboard(Console *console, const char *text);

#endif
