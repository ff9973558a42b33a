/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strip with a sentence; see hint.h. UI thread. */
#include "client/ui/hint.h"

#include "client/win/accessible.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/panel.h"
#include "client/win/utf.h"

#include <stdlib.h>

enum { CLOSE_ID = 1, HIDE_TIMER = 1, NOTE_MS = 8000, ERROR_MS = 30000, MARGIN = 8, BUTTON = 24 };

static struct {
    HWND window, close, tip;
    void (*changed)(void);
    wchar_t *words;
    bool error;
} hint;

static RECT text_place(int width)
{
    int dpi = dpi_of(hint.window), margin = dpi_scale(dpi, MARGIN);

    return (RECT){2 * margin + dpi_scale(dpi, 16), margin, width - 2 * margin - dpi_scale(dpi, BUTTON), 0};
}

int hint_height(int width)
{
    RECT place = text_place(width);
    int dpi = dpi_of(hint.window), least = dpi_scale(dpi, BUTTON + 8);
    HDC dc;
    HGDIOBJ old;

    if (!hint.words)
        return 0;
    dc = GetDC(hint.window);
    old = SelectObject(dc, dpi_font(dpi, FONT_TEXT));
    DrawTextW(dc, hint.words, -1, &place, DT_CALCRECT | DT_WORDBREAK | DT_NOPREFIX);
    SelectObject(dc, old);
    ReleaseDC(hint.window, dc);
    return place.bottom + dpi_scale(dpi, MARGIN) > least ? place.bottom + dpi_scale(dpi, MARGIN) : least;
}

static void paint(void)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, hint.window);
    int dpi = dpi_of(hint.window), size = dpi_scale(dpi, 16);
    RECT place = text_place(buffer.client.right), stripe = {0, 0, dpi_scale(dpi, 3), buffer.client.bottom};

    place.bottom = buffer.client.bottom;
    paint_fill(dc, &buffer.client, theme_color(THEME_CONTROL));
    paint_fill(dc, &stripe, theme_color(hint.error ? THEME_ERROR : THEME_ACCENT));
    DrawIconEx(dc, dpi_scale(dpi, MARGIN), place.top, icons_get(hint.error ? ICON_ERROR : ICON_INFO, dpi, 16), size, size, 0, NULL, DI_NORMAL);
    if (hint.words)
        paint_text(dc, &place, hint.words, dpi_font(dpi, FONT_TEXT), theme_color(THEME_TEXT), DT_WORDBREAK | DT_NOPREFIX);
    stripe = (RECT){0, buffer.client.bottom - 1, buffer.client.right, buffer.client.bottom};
    paint_fill(dc, &stripe, theme_color(THEME_BORDER));
    paint_end(&buffer);
}

static void layout(int width)
{
    int dpi = dpi_of(hint.window), size = dpi_scale(dpi, BUTTON), margin = dpi_scale(dpi, 4);

    MoveWindow(hint.close, width - size - margin, margin, size, size, TRUE);
    InvalidateRect(hint.window, NULL, FALSE);
}

static bool handler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    (void)context;
    (void)window;
    *ret = 0;
    switch (message) {
    case WM_PAINT: paint(); return true;
    case WM_ERASEBKGND: *ret = 1; return true;
    case WM_SIZE: layout(LOWORD(lparam)); return true;
    case WM_TIMER: hint_hide(); return true;
    case WM_COMMAND:
        if (LOWORD(wparam) == CLOSE_ID)
            hint_hide();
        return true;
    default: return false;
    }
}

void hint_show(const char *sentence, bool error)
{
    free(hint.words);
    hint.words = utf_to_wide(sentence);
    hint.error = error;
    SetWindowTextW(hint.window, hint.words);
    SetTimer(hint.window, HIDE_TIMER, error ? ERROR_MS : NOTE_MS, NULL);
    InvalidateRect(hint.window, NULL, FALSE);
    hint.changed();
    accessible_event(hint.window, EVENT_SYSTEM_ALERT, 0);
}

bool hint_shown(void) { return hint.words != NULL; }

void hint_hide(void)
{
    KillTimer(hint.window, HIDE_TIMER);
    if (!hint.words)
        return;
    free(hint.words);
    hint.words = NULL;
    SetWindowTextW(hint.window, L"");
    hint.changed();
}

void hint_restyle(void)
{
    AUTO_FREE wchar_t *words = utf_text(TEXT_HINT_CLOSE);

    SetWindowTextW(hint.close, words);
    SendMessageW(hint.close, BM_SETIMAGE, IMAGE_ICON, (LPARAM)icons_get(ICON_CLEAR, dpi_of(hint.window), 16));
    InvalidateRect(hint.window, NULL, FALSE);
}

HWND hint_create(HWND parent, void (*changed)(void))
{
    hint.changed = changed;
    static const AccessibleClass facts = {.role = ROLE_SYSTEM_ALERT};

    hint.window = panel_create(parent, L"", THEME_CONTROL, handler, NULL);
    accessible_class(hint.window, &facts);
    hint.close = CreateWindowExW(0, L"BUTTON", L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | BS_ICON, 0, 0, 0, 0, hint.window, (HMENU)(INT_PTR)CLOSE_ID, GetModuleHandleW(NULL), NULL);
    hint_restyle();
    return hint.window;
}
