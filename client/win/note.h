/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A control that shows a text, wrapped, in one of a few styles, some with an icon: titles, hints, warnings of dialogs. UI thread. */
#ifndef POOLCENTER_NOTE_H
#define POOLCENTER_NOTE_H

#include <windows.h>

typedef enum NoteKind { NOTE_TEXT, NOTE_DIM, NOTE_BOLD, NOTE_TITLE, NOTE_INFO, NOTE_WARNING, NOTE_ERROR, NOTE_FAILURE, NOTE_GOOD } NoteKind;

HWND note_create(HWND parent, int id, NoteKind kind, const char *text);
/* Sets kind and UTF-8 text; true when something changed (the caller lays out again). */
BOOL note_set(HWND note, NoteKind kind, const char *text);
/* Height in pixels at this width. */
int note_height(HWND note, int dpi, int width);

#endif
