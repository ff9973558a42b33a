/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Colours and dark mode: follows Windows unless the user chose; High Contrast wins. UI thread. A missing uxtheme ordinal (Wine) is normal: then
 * the controls are coloured by WM_CTLCOLOR, custom draw and our own painting.
 */
#ifndef POOLCENTER_THEME_H
#define POOLCENTER_THEME_H

#include <stdbool.h>
#include <windows.h>

typedef enum ThemeChoice { THEME_FOLLOW_WINDOWS, THEME_LIGHT, THEME_DARK } ThemeChoice;
typedef enum ThemeColor {
    THEME_WINDOW, THEME_PANEL, THEME_TEXT, THEME_TEXT_DIM, THEME_BORDER, THEME_ACCENT, THEME_SELECTION, THEME_SELECTION_TEXT, THEME_ERROR, THEME_WARNING, THEME_GOOD,
    THEME_CONTROL, THEME_CONTROL_HOT, THEME_CONTROL_DOWN, /* faces of buttons, headers, tabs that we paint ourselves */
    THEME_TEXT_OFF,    /* of what cannot be used now */
    THEME_ACCENT_TEXT, /* on accent, warning, error and good as backgrounds */
    THEME_COLOR_COUNT
} ThemeColor;

void theme_start(ThemeChoice choice);
void theme_choose(ThemeChoice choice); /* the caller then calls theme_apply on its windows */
bool theme_is_dark(void);
bool theme_is_high_contrast(void);
COLORREF theme_color(ThemeColor color);
HBRUSH theme_brush(ThemeColor color); /* shared; do not delete */
/* Gives a top-level window and all its children, present and future, the theme: frame, scroll bars, tree, list, tab, edit, button, combo, static, status bar, toolbar, menu bar.
 * Once after creation, again after a change. */
void theme_apply(HWND top);
/* What a window of ours has behind its labels, check boxes and groups: THEME_WINDOW or THEME_PANEL (which it is without this call). Children without an own value inherit. */
void theme_set_background(HWND window, ThemeColor color);
ThemeColor theme_background(HWND window);
/* For WM_CTLCOLOR*: true when *ret is the brush to return. theme_apply's subclass calls it by itself. */
bool theme_ctl_color(HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret);
/* A text colour for a static control, kept until it is destroyed. */
void theme_set_text_color(HWND control, ThemeColor color);
/* Colours of a tooltip, which is nobody's child: theme_apply colours only those that controls have by then. */
void theme_tooltip(HWND tooltip);
/* WM_SETTINGCHANGE/WM_SYSCOLORCHANGE/WM_THEMECHANGED: true when colours are others now. Every window asks with a number of its own, 0 at first. */
bool theme_on_setting_change(unsigned *known);
/* WM_SYSCOLORCHANGE only reaches top-level windows; the system's controls below keep colours of their own. */
void theme_tell_children(HWND top);

#endif
