/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of status bars and toolbars, for the layout check, too. */
#ifndef UIDRIVE_BARS_H
#define UIDRIVE_BARS_H

#include <windows.h>
#include <commctrl.h>

#include "answer.h"

int status_parts(HWND status);

/* `ret_text` has TARGET_TEXT_MAX characters. */
bool status_text(HWND status, int part, wchar_t *ret_text, Answer *answer);

/* A button and where it is in the toolbar. */
bool toolbar_button(HWND toolbar, int index, TBBUTTON *ret_button, RECT *ret_rect, Answer *answer);

#endif
