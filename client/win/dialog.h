/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A dialog window: a form and a row of buttons, or (for wizards) content of its own. Modal ones disable their owner and run a message loop of
 * their own, in which the core goes on; modeless ones live in the program's loop through dialog_translate. Esc and the close box
 * are FORM_CLICKED with IDCANCEL. UI thread.
 */
#ifndef POOLCENTER_DIALOG_H
#define POOLCENTER_DIALOG_H

#include "client/win/form.h"

typedef struct Dialog Dialog;

/* Content instead of a form; see wizard.c. */
typedef struct DialogContent {
    void *context;
    SIZE (*measure)(void *context, int dpi);                 /* wanted size */
    void (*layout)(void *context, int dpi, const RECT *area);
    void (*restyle)(void *context, int dpi);                 /* fonts */
    void (*show_focus)(void *context, HWND focus);
    void (*command)(void *context, int id, HWND control);    /* of a button inside the content */
} DialogContent;

Dialog *dialog_create(HWND owner, const char *title, FormHandler *handler, void *context);
Dialog *dialog_create_with(HWND owner, const char *title, const DialogContent *content, FormHandler *handler, void *context); /* can be sized */
HWND dialog_window(const Dialog *dialog);
Form *dialog_form(const Dialog *dialog);
/* From left to right, at the right end. The first one made default stays it. */
void dialog_button(Dialog *dialog, int id, const char *text, bool is_default);
void dialog_set_button(Dialog *dialog, int id, const char *text);
void dialog_set_default(Dialog *dialog, int id);
void dialog_enable(Dialog *dialog, int id, bool enabled);
void dialog_show_button(Dialog *dialog, int id, bool shown);
/* Least width at 96 dpi. */
void dialog_set_width(Dialog *dialog, int width);
void dialog_set_size(Dialog *dialog, int width, int height); /* at 96 dpi, of the inside; both 0: measured */
SIZE dialog_size(const Dialog *dialog);                      /* at 96 dpi */
/* Grows when its content has become larger. */
void dialog_fit(Dialog *dialog);
void dialog_set_timer(Dialog *dialog, int ms);               /* 0: none */
void dialog_set_focus(Dialog *dialog, int id);               /* when it appears */
/* What F1 opens; a word that lives as long as the program. NULL: the table of contents. */
void dialog_set_topic(Dialog *dialog, const char *topic);
/* Once, before the first dialog: who opens topics. */
void dialog_set_help(void (*open)(HWND owner, const char *topic));
bool dialog_has_help(void);
void dialog_help(HWND owner, const char *topic); /* opens it */

/* Modal: shows it, returns what dialog_close was given; the dialog and its controls are gone then. */
int dialog_run(Dialog *dialog);
/* Modeless. The window is destroyed in dialog_close. */
void dialog_show(Dialog *dialog);
void dialog_close(Dialog *dialog, int result);

/* Tells every open dialog of this thread that the language changed: FORM_LANGUAGE. */
void dialog_language_changed(void);

/* For message loops: true when a dialog has handled it. */
bool dialog_translate(MSG *message);

#endif
