/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture between an RFB session's thread (rfb_session.c) and the UI thread (console.c). See rfb_screen.h. */
#include "client/core/rfb_screen.h"

#include <stdlib.h>
#include <string.h>

void rfb_rect_add(RfbRect *rect, int x, int y, int width, int height)
{
    if (width <= 0 || height <= 0)
        return;
    RfbRect more = {x, y, x + width, y + height};
    if (rfb_rect_empty(rect)) {
        *rect = more;
        return;
    }
    if (more.left < rect->left)
        rect->left = more.left;
    if (more.top < rect->top)
        rect->top = more.top;
    if (more.right > rect->right)
        rect->right = more.right;
    if (more.bottom > rect->bottom)
        rect->bottom = more.bottom;
}

void rfb_screen_init(RfbScreen *screen)
{
    *screen = (RfbScreen){0};
    port_mutex_init(&screen->lock);
}

void rfb_screen_clear(RfbScreen *screen)
{
    free(screen->pixels);
    free(screen->cursor.pixels);
    free(screen->news.clipboard);
    port_mutex_clear(&screen->lock);
}

/* With the lock held, after something was added to the news. */
static bool announce(RfbScreen *screen)
{
    bool first = !screen->announced;
    screen->announced = true;
    return first;
}

bool rfb_screen_resize(RfbScreen *screen, int width, int height)
{
    uint32_t *pixels = x_calloc((size_t)width * (size_t)height, sizeof(*pixels));
    port_mutex_lock(&screen->lock);
    uint32_t *old = screen->pixels;
    screen->pixels = pixels;
    screen->width = screen->news.width = width;
    screen->height = screen->news.height = height;
    screen->news.resized = true;
    screen->news.changed = (RfbRect){0, 0, width, height};
    bool first = announce(screen);
    port_mutex_unlock(&screen->lock);
    free(old);
    return first;
}

static RfbRect clip(const RfbRect *rect, int width, int height)
{
    RfbRect clipped = {
        rect->left < 0 ? 0 : rect->left,
        rect->top < 0 ? 0 : rect->top,
        rect->right > width ? width : rect->right,
        rect->bottom > height ? height : rect->bottom,
    };
    return clipped;
}

bool rfb_screen_copy(RfbScreen *screen, const uint32_t *frame, const RfbRect *rect)
{
    bool first = false;
    port_mutex_lock(&screen->lock);
    RfbRect part = clip(rect, screen->width, screen->height);
    if (!rfb_rect_empty(&part)) {
        size_t stride = (size_t)screen->width;
        size_t columns = (size_t)(part.right - part.left);
        for (size_t y = (size_t)part.top; y < (size_t)part.bottom; y++) {
            const uint32_t *from = frame + y * stride + part.left;
            uint32_t *to = screen->pixels + y * stride + part.left;
            /* Some encodings leave garbage in the unused byte. */
            for (size_t x = 0; x < columns; x++)
                to[x] = from[x] & 0x00ffffff;
        }
        rfb_rect_add(&screen->news.changed, part.left, part.top, part.right - part.left, part.bottom - part.top);
        first = announce(screen);
    }
    port_mutex_unlock(&screen->lock);
    return first;
}

bool rfb_screen_set_cursor(RfbScreen *screen, ConsoleCursor *cursor)
{
    port_mutex_lock(&screen->lock);
    free(screen->cursor.pixels);
    screen->cursor = *cursor;
    *cursor = (ConsoleCursor){0};
    screen->news.cursor = true;
    bool first = announce(screen);
    port_mutex_unlock(&screen->lock);
    return first;
}

bool rfb_screen_add_clipboard(RfbScreen *screen, char *text)
{
    port_mutex_lock(&screen->lock);
    free(screen->news.clipboard);
    screen->news.clipboard = text;
    bool first = announce(screen);
    port_mutex_unlock(&screen->lock);
    return first;
}

bool rfb_screen_add_bell(RfbScreen *screen)
{
    port_mutex_lock(&screen->lock);
    screen->news.bell = true;
    bool first = announce(screen);
    port_mutex_unlock(&screen->lock);
    return first;
}

bool rfb_screen_announced(RfbScreen *screen)
{
    port_mutex_lock(&screen->lock);
    bool announced = screen->announced;
    port_mutex_unlock(&screen->lock);
    return announced;
}

void rfb_screen_take(RfbScreen *screen, RfbNews *ret)
{
    port_mutex_lock(&screen->lock);
    screen->announced = false;
    *ret = screen->news;
    screen->news = (RfbNews){0};
    port_mutex_unlock(&screen->lock);
}

const uint32_t *rfb_screen_lock(RfbScreen *screen, int *ret_width, int *ret_height, size_t *ret_stride)
{
    port_mutex_lock(&screen->lock);
    if (!screen->pixels) {
        port_mutex_unlock(&screen->lock);
        return NULL;
    }
    *ret_width = screen->width;
    *ret_height = screen->height;
    *ret_stride = (size_t)screen->width * sizeof(*screen->pixels);
    return screen->pixels;
}

void rfb_screen_unlock(RfbScreen *screen)
{
    port_mutex_unlock(&screen->lock);
}

bool rfb_screen_cursor(RfbScreen *screen, ConsoleCursor *ret)
{
    port_mutex_lock(&screen->lock);
    bool there = screen->cursor.pixels != NULL;
    if (there) {
        size_t count = (size_t)screen->cursor.width * (size_t)screen->cursor.height;
        *ret = screen->cursor;
        ret->pixels = x_calloc(count, sizeof(*ret->pixels));
        memcpy(ret->pixels, screen->cursor.pixels, count * sizeof(*ret->pixels));
    }
    port_mutex_unlock(&screen->lock);
    return there;
}
