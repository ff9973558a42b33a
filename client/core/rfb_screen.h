/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an RFB session's thread shows to the UI thread: the finished picture, the pointer's shape and what is new. The session decodes into a frame of
 * its own and copies what changed under the lock, so that nobody ever sees half an update or a freed picture.
 */
#ifndef POOLCENTER_RFB_SCREEN_H
#define POOLCENTER_RFB_SCREEN_H

#include "client/core/console.h"
#include "client/core/port.h"

enum { RFB_PIXELS_MAX = 64 << 20 };

typedef struct RfbRect {
    int left, top, right, bottom; /* right and bottom are the first ones outside; empty: right <= left */
} RfbRect;

typedef struct RfbNews {
    bool resized;
    int width, height;
    RfbRect changed;
    bool bell;
    char *clipboard; /* UTF-8; NULL: no news. The taker frees */
    bool cursor;
} RfbNews;

typedef struct RfbScreen {
    PortMutex lock;
    uint32_t *pixels;
    int width, height;
    ConsoleCursor cursor; /* pixels NULL: none */
    RfbNews news;
    bool announced;       /* news were announced and not yet taken */
} RfbScreen;

static inline bool rfb_rect_empty(const RfbRect *rect) { return rect->right <= rect->left || rect->bottom <= rect->top; }
void rfb_rect_add(RfbRect *rect, int x, int y, int width, int height);

void rfb_screen_init(RfbScreen *screen);
void rfb_screen_clear(RfbScreen *screen);

/* Session thread. They return true when the news have to be announced: once until they are taken. */
bool rfb_screen_resize(RfbScreen *screen, int width, int height); /* a black picture */
/* Copies rect out of a frame of the same size; what is outside is left out. */
bool rfb_screen_copy(RfbScreen *screen, const uint32_t *frame, const RfbRect *rect);
bool rfb_screen_set_cursor(RfbScreen *screen, ConsoleCursor *cursor); /* takes the pixels */
bool rfb_screen_add_clipboard(RfbScreen *screen, char *text);         /* takes it */
bool rfb_screen_add_bell(RfbScreen *screen);
bool rfb_screen_announced(RfbScreen *screen);

/* UI thread. */
void rfb_screen_take(RfbScreen *screen, RfbNews *ret);
const uint32_t *rfb_screen_lock(RfbScreen *screen, int *ret_width, int *ret_height, size_t *ret_stride);
void rfb_screen_unlock(RfbScreen *screen);
/* A copy; false: there is none. */
bool rfb_screen_cursor(RfbScreen *screen, ConsoleCursor *ret);

#endif
