/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes are written for 96 dpi and scaled here; fonts are made per dpi. UI thread. */
#ifndef POOLCENTER_DPI_H
#define POOLCENTER_DPI_H

#include <windows.h>

int dpi_of(HWND window);                      /* works before Windows 10 1607 too */
int dpi_scale(int dpi, int size_at_96);
int dpi_system_metric(int dpi, int metric);   /* GetSystemMetricsForDpi or a fallback */

typedef enum FontKind { FONT_TEXT, FONT_BOLD, FONT_TITLE, FONT_HEADING, FONT_FIXED, FONT_KIND_COUNT } FontKind;
/* Shared, cached by kind and dpi, from the system's message font; do not delete. */
HFONT dpi_font(int dpi, FontKind kind);
void dpi_fonts_changed(void);                 /* WM_SETTINGCHANGE: makes them anew */
int dpi_text_width(int dpi, FontKind kind, const wchar_t *text);
int dpi_text_height(int dpi, FontKind kind);

#endif
