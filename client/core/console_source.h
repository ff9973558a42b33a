/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a console needs of the world around it: a VM of a server in the program (console_server.c), a script in tests. UI thread only. */
#ifndef POOLCENTER_CONSOLE_SOURCE_H
#define POOLCENTER_CONSOLE_SOURCE_H

#include "client/core/console.h"
#include "client/core/mailbox.h"
#include "client/core/rfb_transport.h"

typedef struct ConsoleSource ConsoleSource;

struct ConsoleSource {
    Mailbox *mailbox;
    const char *(*name)(ConsoleSource *source);
    bool (*online)(ConsoleSource *source);
    bool (*running)(ConsoleSource *source);
    /* Begins to open a channel to the VM's VNC server; ends in console_opened, unless the source is closed before. */
    void (*open)(ConsoleSource *source, Console *console);
    /* Calls console_tick about every interval_ms; 0: no more. */
    void (*every)(ConsoleSource *source, int interval_ms, Console *console);
    /* Runs work(item) on some other thread, some time. */
    void (*aside)(ConsoleSource *source, void (*work)(void *item), void *item);
    void (*close)(ConsoleSource *source); /* the last call: nothing of the console may be called afterwards */
};

/* The console owns the source. */
Console *console_create(ConsoleSource *source, const ConsoleListener *listener, void *context);
/* transport NULL: it failed with error. */
void console_opened(Console *console, const RfbTransport *transport, const Error *error);
void console_tick(Console *console);
/* online or running may have changed. */
void console_look_again(Console *console);

#endif
