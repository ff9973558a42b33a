/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFB sessions for tests; see vnc.h. */
#include "tests/core/vnc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---------------------------------------------------------------- script */

static long script_read(void *self, void *bytes, size_t size, int timeout_ms, Error *err)
{
    VncScript *script = self;
    if (script->cancelled)
        return error_set(err, ERR_CANCELLED, "script", NULL), PORT_FAILED;
    size_t left = script->size - script->position;
    if (left == 0 && script->hangs) {
        port_sleep_ms(timeout_ms < 5 ? timeout_ms : 5);
        return PORT_AGAIN;
    }
    size_t part = left < size ? left : size;
    if (script->chunk && part > script->chunk)
        part = script->chunk;
    memcpy(bytes, script->bytes + script->position, part);
    script->position += part;
    return (long)part;
}

static int script_write(void *self, const void *bytes, size_t size, Error *err)
{
    VncScript *script = self;
    (void)err;
    size_t room = script->sent_size < sizeof(script->sent) ? sizeof(script->sent) - script->sent_size : 0;
    memcpy(script->sent + (sizeof(script->sent) - room), bytes, size < room ? size : room);
    script->sent_size += size;
    return 0;
}

static void script_wake(void *self)
{
    (void)self;
}

static void script_cancel(void *self)
{
    ((VncScript *)self)->cancelled = true;
}

RfbTransport vnc_script_transport(VncScript *script)
{
    return (RfbTransport){script, script_read, script_write, script_wake, script_cancel, script_wake};
}

/* ---------------------------------------------------------------- socket */

typedef struct SocketTransport {
    PortSocket socket;
    PortWake *wake;
    _Atomic bool cancelled;
} SocketTransport;

static long socket_read(void *self, void *bytes, size_t size, int timeout_ms, Error *err)
{
    SocketTransport *transport = self;
    if (transport->cancelled)
        return error_set(err, ERR_CANCELLED, "socket", NULL), PORT_FAILED;
    int events = port_socket_wait(transport->socket, PORT_READ, transport->wake, timeout_ms);
    if (!(events & PORT_READ))
        return PORT_AGAIN;
    long got = port_recv(transport->socket, bytes, size);
    if (got == PORT_FAILED)
        error_set(err, ERR_CONNECTION_LOST, "socket", NULL);
    return got;
}

static int socket_write(void *self, const void *bytes, size_t size, Error *err)
{
    SocketTransport *transport = self;
    for (size_t done = 0; done < size;) {
        long sent = transport->cancelled ? PORT_FAILED : port_send(transport->socket, (const char *)bytes + done, size - done);
        if (sent == PORT_FAILED)
            return error_set(err, ERR_CONNECTION_LOST, "socket", NULL);
        if (sent == PORT_AGAIN)
            port_socket_wait(transport->socket, PORT_WRITE, NULL, 100);
        else
            done += (size_t)sent;
    }
    return 0;
}

static void socket_wake(void *self)
{
    port_wake_set(((SocketTransport *)self)->wake);
}

static void socket_cancel(void *self)
{
    ((SocketTransport *)self)->cancelled = true;
    socket_wake(self);
}

static void socket_close(void *self)
{
    SocketTransport *transport = self;
    port_socket_close(transport->socket);
    port_wake_free(transport->wake);
    free(transport);
}

RfbTransport vnc_socket_transport(PortSocket socket)
{
    SocketTransport *transport = x_calloc(1, sizeof(*transport));
    transport->socket = socket;
    transport->wake = port_wake_create();
    return (RfbTransport){transport, socket_read, socket_write, socket_wake, socket_cancel, socket_close};
}

RfbTransport vnc_connect(int port)
{
    port_sockets_start();
    int64_t end = port_monotonic_ms() + 20000;
    for (;;) {
        PortSocket socket;
        AUTO(error_clear) Error error = {0};
        if (port_connect("127.0.0.1", port, 1000, NULL, NULL, &socket, &error) == 0)
            return vnc_socket_transport(socket);
        if (port_monotonic_ms() > end)
            fail_msg("nothing listens on port %d: %s", port, error.message);
        port_sleep_ms(100);
    }
}

/* ---------------------------------------------------------------- viewer */

static void tell(VncViewer *viewer)
{
    port_cond_broadcast(&viewer->changed);
    port_mutex_unlock(&viewer->lock);
}

static void on_connected(void *context)
{
    VncViewer *viewer = context;
    port_mutex_lock(&viewer->lock);
    viewer->connected = true;
    tell(viewer);
}

static void take_news(VncViewer *viewer)
{
    RfbNews news;
    rfb_session_take_news(viewer->session, &news);
    if (news.resized) {
        viewer->width = news.width;
        viewer->height = news.height;
    }
    viewer->updates += !rfb_rect_empty(&news.changed);
    viewer->bells += news.bell;
    viewer->cursors += news.cursor;
    if (news.clipboard) {
        free(viewer->clipboard);
        viewer->clipboard = news.clipboard;
    }
}

static void on_news(void *context)
{
    VncViewer *viewer = context;
    port_mutex_lock(&viewer->lock);
    if (!viewer->keep_news)
        take_news(viewer);
    tell(viewer);
}

static void run(void *context)
{
    VncViewer *viewer = context;
    Error error = {0};
    rfb_session_run(viewer->session, &error);
    port_mutex_lock(&viewer->lock);
    viewer->error = error;
    viewer->ended = true;
    tell(viewer);
}

void vnc_viewer_start(VncViewer *viewer, RfbTransport transport)
{
    static const RfbListener listener = {on_connected, on_news};
    port_mutex_init(&viewer->lock);
    port_cond_init(&viewer->changed);
    viewer->session = rfb_session_create("vm1", transport, &listener, viewer);
    viewer->thread = port_thread_start("viewer", run, viewer);
}

void vnc_viewer_stop(VncViewer *viewer)
{
    rfb_session_cancel(viewer->session);
    port_thread_join(viewer->thread);
    rfb_session_free(viewer->session);
    error_clear(&viewer->error);
    free(viewer->clipboard);
    port_cond_clear(&viewer->changed);
    port_mutex_clear(&viewer->lock);
    *viewer = (VncViewer){0};
}

bool vnc_viewer_wait(VncViewer *viewer, bool (*test)(VncViewer *viewer, void *context), void *context, int timeout_ms)
{
    int64_t end = port_monotonic_ms() + timeout_ms;
    port_mutex_lock(&viewer->lock);
    bool done;
    while (!(done = test(viewer, context)) && port_monotonic_ms() < end)
        port_cond_wait(&viewer->changed, &viewer->lock, 100);
    port_mutex_unlock(&viewer->lock);
    return done;
}

bool vnc_is_connected(VncViewer *viewer, void *context)
{
    (void)context;
    return viewer->connected;
}

bool vnc_has_ended(VncViewer *viewer, void *context)
{
    (void)context;
    return viewer->ended;
}

uint32_t vnc_pixel(VncViewer *viewer, int x, int y)
{
    int width, height;
    size_t stride;
    RfbScreen *screen = rfb_session_screen(viewer->session);
    const uint32_t *pixels = rfb_screen_lock(screen, &width, &height, &stride);
    if (!pixels)
        return UINT32_MAX;
    uint32_t pixel = x < width && y < height ? pixels[(size_t)y * (stride / 4) + (size_t)x] : UINT32_MAX;
    rfb_screen_unlock(screen);
    return pixel;
}

/* ---------------------------------------------------------------- bytes */

void vnc_put(VncBytes *to, const void *bytes, size_t size)
{
    assert_true(to->size + size <= sizeof(to->bytes));
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

void vnc_put8(VncBytes *to, unsigned value)
{
    unsigned char byte = (unsigned char)value;
    vnc_put(to, &byte, 1);
}

void vnc_put16(VncBytes *to, unsigned value)
{
    vnc_put8(to, value >> 8);
    vnc_put8(to, value);
}

void vnc_put32(VncBytes *to, uint32_t value)
{
    vnc_put16(to, value >> 16);
    vnc_put16(to, value & 0xffff);
}

void vnc_put_hello(VncBytes *to, unsigned width, unsigned height)
{
    static const unsigned char format[16] = {32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0};
    vnc_put(to, "RFB 003.008\n", 12);
    vnc_put(to, "\1\1", 2);          /* one security type: none */
    vnc_put32(to, 0);                /* accepted */
    vnc_put16(to, width);
    vnc_put16(to, height);
    vnc_put(to, format, sizeof(format));
    vnc_put32(to, 4);
    vnc_put(to, "test", 4);
}

void vnc_put_update(VncBytes *to, unsigned rectangles)
{
    vnc_put16(to, 0);
    vnc_put16(to, rectangles);
}

void vnc_put_rect(VncBytes *to, unsigned x, unsigned y, unsigned width, unsigned height, uint32_t encoding)
{
    vnc_put16(to, x);
    vnc_put16(to, y);
    vnc_put16(to, width);
    vnc_put16(to, height);
    vnc_put32(to, encoding);
}
