/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small drawing steps that several windows share. Colours are the theme's; sizes are pixels. UI thread. */
#ifndef POOLCENTER_PAINT_H
#define POOLCENTER_PAINT_H

#include "client/win/dpi.h"
#include "client/win/theme.h"

void paint_fill(HDC dc, const RECT *rect, COLORREF color);
void paint_frame(HDC dc, const RECT *rect, COLORREF color); /* one pixel, inside rect */
void paint_round(HDC dc, const RECT *rect, COLORREF face, COLORREF border, int radius);
/* flags: DT_...; font NULL: what is selected. Draws on what is there. */
void paint_text(HDC dc, const RECT *rect, const wchar_t *text, HFONT font, COLORREF color, UINT flags);
/* A level from 0 to 1000 (-1: busy, drawn as a moving piece by phase 0..1000) in a frame. */
void paint_level(HDC dc, const RECT *rect, int permille, int phase, COLORREF color);
/* Words in the middle of a level: where it is filled in the colour that can be read there. */
void paint_level_words(HDC dc, const RECT *rect, int permille, const wchar_t *words, HFONT font);
/* The colour of a capacity bar: accent, warning from 80 %, error from 95 %. */
COLORREF paint_fill_color(int permille);

/* Paints without flicker: a memory DC for WM_PAINT's rectangle. */
typedef struct PaintBuffer {
    PAINTSTRUCT paint;
    HWND window;
    HDC dc;
    RECT client;
    HBITMAP bitmap;
    HGDIOBJ old_bitmap;
} PaintBuffer;

HDC paint_begin(PaintBuffer *buffer, HWND window); /* white space is not filled */
void paint_end(PaintBuffer *buffer);

#endif
