/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of consoles: an RFB session on a thread of its own whose news the test collects, and transports that are a socket or a script. */
#ifndef POOLCENTER_TESTS_VNC_H
#define POOLCENTER_TESTS_VNC_H

#include "client/core/rfb_session.h"

/* A server that is a fixed sequence of bytes, given out in pieces of at most chunk bytes, and then closes. What it is sent is kept. */
typedef struct VncScript {
    const unsigned char *bytes;
    size_t size, position, chunk;
    unsigned char sent[4096];
    _Atomic size_t sent_size; /* may exceed what was kept */
    _Atomic bool hangs;         /* instead of closing: nothing more comes */
    _Atomic bool cancelled;
} VncScript;

RfbTransport vnc_script_transport(VncScript *script);
/* A connected socket; closed with the transport. */
RfbTransport vnc_socket_transport(PortSocket socket);
/* Connects to 127.0.0.1:port, waiting up to 20 s for a server to come up; fails the test otherwise. */
RfbTransport vnc_connect(int port);

/* A session whose news are collected as they come. */
typedef struct VncViewer {
    RfbSession *session;
    PortThread *thread;
    PortMutex lock;
    PortCond changed;
    bool connected, ended;
    Error error;
    int width, height, updates, bells, cursors;
    char *clipboard;
    bool keep_news; /* does not take them: like a window that does not paint */
} VncViewer;

void vnc_viewer_start(VncViewer *viewer, RfbTransport transport);
void vnc_viewer_stop(VncViewer *viewer); /* cancels, joins, frees */
/* Waits until test(viewer, context) holds, looked at after every piece of news; false after timeout_ms. */
bool vnc_viewer_wait(VncViewer *viewer, bool (*test)(VncViewer *viewer, void *context), void *context, int timeout_ms);
bool vnc_is_connected(VncViewer *viewer, void *context);
bool vnc_has_ended(VncViewer *viewer, void *context);
/* The pixel, 0x00RRGGBB; 0xffffffff outside. */
uint32_t vnc_pixel(VncViewer *viewer, int x, int y);

/* Builds what a server sends. */
typedef struct VncBytes {
    unsigned char bytes[1 << 16];
    size_t size;
} VncBytes;
void vnc_put(VncBytes *to, const void *bytes, size_t size);
void vnc_put8(VncBytes *to, unsigned value);
void vnc_put16(VncBytes *to, unsigned value);
void vnc_put32(VncBytes *to, uint32_t value);
void vnc_put_hello(VncBytes *to, unsigned width, unsigned height); /* RFB 3.8, no login, name "test" */
void vnc_put_update(VncBytes *to, unsigned rectangles);
void vnc_put_rect(VncBytes *to, unsigned x, unsigned y, unsigned width, unsigned height, uint32_t encoding);

#endif
