/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The console page's CD selector: which drive, which ISO of all datastores is in it, eject. UI thread. */
#ifndef POOLCENTER_CONSOLE_MEDIA_H
#define POOLCENTER_CONSOLE_MEDIA_H

#include "client/core/server.h"

#include <windows.h>

enum { CONSOLE_MEDIA_LABEL = 201, CONSOLE_MEDIA_DRIVE, CONSOLE_MEDIA_DISC, CONSOLE_MEDIA_EJECT };

typedef struct ConsoleMedia ConsoleMedia;

typedef struct ConsoleMediaEvents {
    void (*busy)(void *context, bool busy);
    void (*failed)(void *context, const Error *error);
    void (*layout)(void *context); /* a control appeared or went away */
} ConsoleMediaEvents;

/* Controls with the ids above, as children of parent. */
ConsoleMedia *console_media_create(HWND parent, const ConsoleMediaEvents *events, void *context);
void console_media_free(ConsoleMedia *media);
void console_media_set(ConsoleMedia *media, Server *server, const char *vm); /* server NULL: none */
void console_media_refresh(ConsoleMedia *media); /* inventory or server state changed */
void console_media_retext(ConsoleMedia *media);  /* language changed */
bool console_media_command(ConsoleMedia *media, int id, int code); /* true: it was ours */

#endif
