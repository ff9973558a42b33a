/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A control that shows a picture, as large as fits with its proportions kept; PNG by Windows' imaging component, PPM. UI thread; COM is initialized. */
#ifndef POOLCENTER_WIN_PICTURE_H
#define POOLCENTER_WIN_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* An empty frame. */
HWND picture_create(HWND parent, int id);
/* Bytes of a file; NULL: none, then the words (UTF-8) stand there. False: it is no picture. name: what screen readers say. */
bool picture_set(HWND picture, const void *bytes, size_t size, const char *name);
void picture_set_words(HWND picture, const char *words);

#endif
