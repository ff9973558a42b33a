/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes are written for 96 dpi and scaled here; fonts are made per dpi. UI thread. */
#ifndef POOLCENTER_DPI_H
#define POOLCENTER_DPI_H

#include <stdbool.h>
#include <windows.h>

/* Of the window's monitor, times Windows' text size (Settings > Accessibility): at 200 % everything is twice as large, not only letters. Works before Windows 10 1607, too. */
int dpi_of(HWND window);
/* WM_DPICHANGED said so; believed even where the system's functions do not know yet. */
void dpi_told(HWND top, int dpi);
/* WM_SETTINGCHANGE: true when text size or the system's font are others now; fonts are made anew then. Every window asks with a number of its own, 0 at first. */
bool dpi_on_setting_change(unsigned *known);
int dpi_scale(int dpi, int size_at_96);
int dpi_system_metric(int dpi, int metric);   /* GetSystemMetricsForDpi or a fallback */

typedef enum FontKind { FONT_TEXT, FONT_BOLD, FONT_TITLE, FONT_HEADING, FONT_FIXED, FONT_KIND_COUNT } FontKind;
/* Shared, cached by kind and dpi, from the system's message font; do not delete. */
HFONT dpi_font(int dpi, FontKind kind);
int dpi_text_width(int dpi, FontKind kind, const wchar_t *text);
int dpi_text_height(int dpi, FontKind kind);

#endif
