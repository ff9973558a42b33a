/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The invitation; see empty_state.h. UI thread. */
#include "client/ui/empty_state.h"

#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/win/accessible.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/panel.h"
#include "client/win/utf.h"

enum { ADD_ID = 1, PICTURE = 64, TEXT_WIDTH = 440, GAP = 16, BUTTON_HEIGHT = 32 };

static HWND empty, button;

static bool first_run(void) { return core_server_count(app_get()->core) == 0; }

/* The parts stand below each other in the middle. */
typedef struct Places {
    RECT picture, title, words, button;
} Places;

static int words_height(int width, const wchar_t *words)
{
    HDC dc = GetDC(empty);
    HGDIOBJ old = SelectObject(dc, dpi_font(dpi_of(empty), FONT_TEXT));
    RECT rect = {0, 0, width, 0};

    DrawTextW(dc, words, -1, &rect, DT_CALCRECT | DT_WORDBREAK | DT_CENTER);
    SelectObject(dc, old);
    ReleaseDC(empty, dc);
    return rect.bottom;
}

static Places find_places(void)
{
    AUTO_FREE wchar_t *words = utf_text(TEXT_EMPTY_TEXT), *verb = utf_text(TEXT_EMPTY_BUTTON);
    int dpi = dpi_of(empty), gap = dpi_scale(dpi, GAP), picture = dpi_scale(dpi, PICTURE), title = dpi_text_height(dpi, FONT_HEADING);
    int button_height = dpi_scale(dpi, BUTTON_HEIGHT), button_width = dpi_text_width(dpi, FONT_TEXT, verb) + dpi_scale(dpi, 60);
    RECT client;
    Places places;

    GetClientRect(empty, &client);
    int width = client.right - 2 * gap < dpi_scale(dpi, TEXT_WIDTH) ? client.right - 2 * gap : dpi_scale(dpi, TEXT_WIDTH);
    int lines = words_height(width, words), middle = client.right / 2;
    int top = (client.bottom - picture - title - lines - button_height - 3 * gap) / 2;
    top = top > 0 ? top : 0;
    places.picture = (RECT){middle - picture / 2, top, middle + picture / 2, top + picture};
    places.title = (RECT){gap, places.picture.bottom + gap, client.right - gap, places.picture.bottom + gap + title};
    places.words = (RECT){middle - width / 2, places.title.bottom + gap / 2, middle + width / 2, places.title.bottom + gap / 2 + lines};
    places.button = (RECT){middle - button_width / 2, places.words.bottom + gap + gap / 2, middle + button_width / 2, places.words.bottom + gap + gap / 2 + button_height};
    return places;
}

static void paint(void)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, empty);
    AUTO_FREE wchar_t *title = utf_text(TEXT_EMPTY_TITLE), *words = utf_text(TEXT_EMPTY_TEXT), *select = utf_text(TEXT_NOTHING_SELECTED);
    Places places = find_places();
    int dpi = dpi_of(empty);

    paint_fill(dc, &buffer.client, theme_color(THEME_WINDOW));
    if (first_run()) {
        DrawIconEx(dc, places.picture.left, places.picture.top, icons_get(ICON_EMPTY_STATE, dpi, PICTURE), places.picture.right - places.picture.left,
            places.picture.bottom - places.picture.top, 0, NULL, DI_NORMAL);
        paint_text(dc, &places.title, title, dpi_font(dpi, FONT_HEADING), theme_color(THEME_TEXT), DT_CENTER | DT_SINGLELINE | DT_NOPREFIX | DT_END_ELLIPSIS);
        paint_text(dc, &places.words, words, dpi_font(dpi, FONT_TEXT), theme_color(THEME_TEXT_DIM), DT_CENTER | DT_WORDBREAK | DT_NOPREFIX);
    } else {
        paint_text(dc, &buffer.client, select, dpi_font(dpi, FONT_TEXT), theme_color(THEME_TEXT_DIM), DT_CENTER | DT_VCENTER | DT_SINGLELINE | DT_NOPREFIX | DT_END_ELLIPSIS);
    }
    paint_end(&buffer);
}

static void layout(void)
{
    Places places = find_places();

    MoveWindow(button, places.button.left, places.button.top, places.button.right - places.button.left, places.button.bottom - places.button.top, TRUE);
    InvalidateRect(empty, NULL, FALSE);
}

void empty_state_refresh(void)
{
    ShowWindow(button, first_run() ? SW_SHOWNA : SW_HIDE);
    if (IsWindowVisible(empty))
        InvalidateRect(empty, NULL, FALSE);
}

void empty_state_restyle(void)
{
    AUTO_FREE wchar_t *verb = utf_text(TEXT_EMPTY_BUTTON);

    SetWindowTextW(button, verb);
    accessible_name(empty, text(TEXT_ACCESSIBLE_START));
    SendMessageW(button, WM_SETFONT, (WPARAM)dpi_font(dpi_of(empty), FONT_TEXT), TRUE);
    layout();
}

static bool handler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    Selection nothing = {0};

    (void)context;
    (void)window;
    (void)lparam;
    *ret = 0;
    switch (message) {
    case WM_PAINT: paint(); return true;
    case WM_ERASEBKGND: *ret = 1; return true;
    case WM_SIZE: layout(); return true;
    case WM_COMMAND:
        if (LOWORD(wparam) == ADD_ID)
            command_run(COMMAND_ADD_SERVER, &nothing);
        return true;
    default: return false;
    }
}

HWND empty_state_create(HWND parent)
{
    empty = panel_create(parent, L"empty", THEME_WINDOW, handler, NULL);
    button = CreateWindowExW(0, L"BUTTON", L"", WS_CHILD | WS_TABSTOP | BS_PUSHBUTTON, 0, 0, 0, 0, empty, (HMENU)(INT_PTR)ADD_ID, GetModuleHandleW(NULL), NULL);
    empty_state_restyle();
    empty_state_refresh();
    return empty;
}
