/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages: whole sentences; the title is the object or the action. Modal to owner (NULL: none). UI thread. */
#ifndef POOLCENTER_MESSAGE_H
#define POOLCENTER_MESSAGE_H

#include "protocol/error.h"

#include <stdbool.h>
#include <windows.h>

/* With a Help button that opens the manual where it explains this error. */
void message_error(HWND owner, const char *title, const Error *error);
/* The same with a sentence made before; code: what it is about. */
void message_failure(HWND owner, const char *title, const char *sentence, int code);
void message_info(HWND owner, const char *title, const char *sentence);
/* True: the user pressed the button named verb ("Delete"); Cancel is the default button when dangerous. */
bool message_confirm(HWND owner, const char *title, const char *sentence, const char *verb, bool dangerous);
/* The same with two verbs: other ("Keep") is the default button and what Esc does. */
bool message_choose(HWND owner, const char *title, const char *sentence, const char *verb, const char *other);

#endif
