/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The note in the middle of an empty console; see console_note.h. UI thread. */
#include "client/ui/console_note.h"

#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/utf.h"
#include "protocol/util.h"

#include <stdlib.h>

enum { ICON_SIZE = 48, GAP = 12, MARGIN = 24, TEXT_WIDTH = 520, BUTTON_PADDING = 24, BUTTON_LEAST = 110, BUTTON_HEIGHT = 30 };

struct ConsoleNote {
    HWND window, button;
    int icon_id;
    char *title, *sentence, *label;
};

ConsoleNote *console_note_create(HWND window, int button_id)
{
    ConsoleNote *note = x_calloc(1, sizeof(*note));
    note->window = window;
    note->button = CreateWindowExW(0, L"BUTTON", L"", WS_CHILD | WS_TABSTOP | BS_PUSHBUTTON, 0, 0, 0, 0, window, (HMENU)(intptr_t)button_id, GetModuleHandleW(NULL), NULL);
    return note;
}

void console_note_free(ConsoleNote *note)
{
    free(note->title);
    free(note->sentence);
    free(note->label);
    free(note);
}

static bool take_text(char **to, const char *text)
{
    if (str_equal(*to, text))
        return false;
    free(*to);
    *to = x_strdup(text);
    return true;
}

bool console_note_set(ConsoleNote *note, int icon_id, const char *title, const char *sentence, const char *button, bool button_enabled)
{
    bool changed = note->icon_id != icon_id;
    note->icon_id = icon_id;
    changed |= take_text(&note->title, title);
    changed |= take_text(&note->sentence, sentence);
    changed |= take_text(&note->label, button);
    if (button)
        utf_set_window_text(note->button, button);
    EnableWindow(note->button, button && button_enabled);
    if (!title || !button)
        ShowWindow(note->button, SW_HIDE);
    return changed;
}

bool console_note_shown(const ConsoleNote *note)
{
    return note->title != NULL;
}

HWND console_note_button(const ConsoleNote *note)
{
    return note->title && note->label && IsWindowEnabled(note->button) ? note->button : NULL;
}

/* ---------------------------------------------------------------- places */

typedef struct Places {
    RECT icon, title, sentence, button;
} Places;

static int text_height(HDC dc, HFONT font, const char *utf8, int width)
{
    RECT rect = {0, 0, width, 0};
    if (str_empty(utf8))
        return 0;
    AUTO_FREE wchar_t *wide = utf_to_wide(utf8);
    HGDIOBJ old = SelectObject(dc, font);
    DrawTextW(dc, wide, -1, &rect, DT_CALCRECT | DT_WORDBREAK | DT_CENTER | DT_NOPREFIX);
    SelectObject(dc, old);
    return rect.bottom;
}

static RECT put_below(int *y, int left, int width, int height, int gap)
{
    RECT rect = {left, *y, left + width, *y + height};
    if (height > 0)
        *y += height + gap;
    return rect;
}

enum { PART_ICON, PART_TITLE, PART_SENTENCE, PART_BUTTON, PART_COUNT };

static int height_of_all(const int heights[PART_COUNT], int gap)
{
    int height = 0;
    for (int i = 0; i < PART_COUNT; i++)
        height += heights[i] ? heights[i] + (height ? gap : 0) : 0;
    return height;
}

/* In a small window the less important go first. */
static void drop_what_does_not_fit(int heights[PART_COUNT], int gap, int room)
{
    static const int order[] = {PART_ICON, PART_SENTENCE, PART_TITLE, PART_BUTTON};
    for (size_t i = 0; i < ARRAY_SIZE(order) && height_of_all(heights, gap) > room; i++)
        heights[order[i]] = 0;
}

static Places find_places(const ConsoleNote *note, HDC dc, const RECT *client)
{
    int dpi = dpi_of(note->window);
    int gap = dpi_scale(dpi, GAP), middle = client->right / 2;
    int width = client->right - 2 * dpi_scale(dpi, MARGIN);
    if (width > dpi_scale(dpi, TEXT_WIDTH))
        width = dpi_scale(dpi, TEXT_WIDTH);
    int heights[PART_COUNT] = {
        [PART_ICON] = note->icon_id ? dpi_scale(dpi, ICON_SIZE) : 0,
        [PART_TITLE] = text_height(dc, dpi_font(dpi, FONT_HEADING), note->title, width),
        [PART_SENTENCE] = text_height(dc, dpi_font(dpi, FONT_TEXT), note->sentence, width),
        [PART_BUTTON] = note->label ? dpi_scale(dpi, BUTTON_HEIGHT) : 0,
    };
    drop_what_does_not_fit(heights, gap, client->bottom);
    int icon = heights[PART_ICON], button_width = 0;
    if (heights[PART_BUTTON]) {
        AUTO_FREE wchar_t *label = utf_to_wide(note->label);
        button_width = dpi_text_width(dpi, FONT_TEXT, label) + 2 * dpi_scale(dpi, BUTTON_PADDING);
        button_width = button_width < dpi_scale(dpi, BUTTON_LEAST) ? dpi_scale(dpi, BUTTON_LEAST) : button_width;
    }
    int y = (client->bottom - height_of_all(heights, gap)) / 2;
    Places places;
    places.icon = put_below(&y, middle - icon / 2, icon, icon, gap);
    places.title = put_below(&y, middle - width / 2, width, heights[PART_TITLE], gap);
    places.sentence = put_below(&y, middle - width / 2, width, heights[PART_SENTENCE], gap);
    places.button = put_below(&y, middle - button_width / 2, button_width, heights[PART_BUTTON], 0);
    return places;
}

void console_note_layout(ConsoleNote *note)
{
    RECT client;
    if (!note->title)
        return;
    GetClientRect(note->window, &client);
    HDC dc = GetDC(note->window);
    Places places = find_places(note, dc, &client);
    ReleaseDC(note->window, dc);
    ShowWindow(note->button, IsRectEmpty(&places.button) ? SW_HIDE : SW_SHOWNA);
    MoveWindow(note->button, places.button.left, places.button.top, places.button.right - places.button.left, places.button.bottom - places.button.top, TRUE);
}

void console_note_restyle(ConsoleNote *note)
{
    SendMessageW(note->button, WM_SETFONT, (WPARAM)dpi_font(dpi_of(note->window), FONT_TEXT), TRUE);
    console_note_layout(note);
}

static void paint_line(HDC dc, const RECT *rect, const char *utf8, HFONT font, COLORREF color)
{
    if (str_empty(utf8))
        return;
    AUTO_FREE wchar_t *wide = utf_to_wide(utf8);
    paint_text(dc, rect, wide, font, color, DT_WORDBREAK | DT_CENTER | DT_NOPREFIX);
}

void console_note_paint(const ConsoleNote *note, HDC dc, const RECT *client)
{
    if (!note->title)
        return;
    int dpi = dpi_of(note->window);
    Places places = find_places(note, dc, client);
    if (!IsRectEmpty(&places.icon))
        DrawIconEx(dc, places.icon.left, places.icon.top, icons_get(note->icon_id, dpi, ICON_SIZE), places.icon.right - places.icon.left, places.icon.bottom - places.icon.top, 0, NULL, DI_NORMAL);
    paint_line(dc, &places.title, note->title, dpi_font(dpi, FONT_HEADING), RGB(0xf0, 0xf0, 0xf0));
    paint_line(dc, &places.sentence, note->sentence, dpi_font(dpi, FONT_TEXT), RGB(0xc0, 0xc0, 0xc0));
}

