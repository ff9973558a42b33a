/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One RFB session: the one module that meets libvncclient. It runs on the thread that calls rfb_session_run and survives whatever the server
 * sends. Wire format: https://github.com/rfbproto/rfbproto/blob/master/rfbproto.rst
 */
#ifndef POOLCENTER_RFB_SESSION_H
#define POOLCENTER_RFB_SESSION_H

#include "client/core/rfb_input.h"
#include "client/core/rfb_screen.h"
#include "client/core/rfb_transport.h"

typedef struct RfbSession RfbSession;

/* Called on the session's thread. */
typedef struct RfbListener {
    void (*connected)(void *context); /* the first picture is on its way */
    void (*news)(void *context);      /* something waits in the screen; not called again before it was taken */
} RfbListener;

/* name: the VM's, for errors. The session owns the transport. */
RfbSession *rfb_session_create(const char *name, RfbTransport transport, const RfbListener *listener, void *context);
void rfb_session_free(RfbSession *session);

/* Until the session ends: a negative code with err set, always. ERR_CANCELLED, ERR_CONSOLE, or what the transport says. */
int rfb_session_run(RfbSession *session, Error *err);

/* Any thread. */
void rfb_session_cancel(RfbSession *session);
void rfb_session_show(RfbSession *session, bool visible); /* hidden: asks for no updates */
void rfb_session_take_news(RfbSession *session, RfbNews *ret);
RfbScreen *rfb_session_screen(RfbSession *session);
void rfb_session_pointer(RfbSession *session, int x, int y, int buttons);
void rfb_session_key(RfbSession *session, uint32_t keysym, uint32_t scan_code, bool down);
void rfb_session_release_keys(RfbSession *session);
void rfb_session_clipboard(RfbSession *session, const char *text);

#endif
