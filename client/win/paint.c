/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small drawing steps; see paint.h. UI thread. */
#include "client/win/paint.h"

void paint_fill(HDC dc, const RECT *rect, COLORREF color)
{
    COLORREF old = SetBkColor(dc, color);

    ExtTextOutW(dc, 0, 0, ETO_OPAQUE, rect, L"", 0, NULL);
    SetBkColor(dc, old);
}

void paint_frame(HDC dc, const RECT *rect, COLORREF color)
{
    RECT top = {rect->left, rect->top, rect->right, rect->top + 1};
    RECT bottom = {rect->left, rect->bottom - 1, rect->right, rect->bottom};
    RECT left = {rect->left, rect->top, rect->left + 1, rect->bottom};
    RECT right = {rect->right - 1, rect->top, rect->right, rect->bottom};

    paint_fill(dc, &top, color);
    paint_fill(dc, &bottom, color);
    paint_fill(dc, &left, color);
    paint_fill(dc, &right, color);
}

void paint_round(HDC dc, const RECT *rect, COLORREF face, COLORREF border, int radius)
{
    HPEN pen = CreatePen(PS_SOLID, 1, border);
    HBRUSH brush = CreateSolidBrush(face);
    HGDIOBJ old_pen = SelectObject(dc, pen), old_brush = SelectObject(dc, brush);

    RoundRect(dc, rect->left, rect->top, rect->right, rect->bottom, radius * 2, radius * 2);
    SelectObject(dc, old_pen);
    SelectObject(dc, old_brush);
    DeleteObject(pen);
    DeleteObject(brush);
}

void paint_text(HDC dc, const RECT *rect, const wchar_t *text, HFONT font, COLORREF color, UINT flags)
{
    RECT place = *rect;
    HGDIOBJ old = font ? SelectObject(dc, font) : NULL;
    int mode = SetBkMode(dc, TRANSPARENT);
    COLORREF before = SetTextColor(dc, color);

    DrawTextW(dc, text, -1, &place, flags);
    SetTextColor(dc, before);
    SetBkMode(dc, mode);
    if (old)
        SelectObject(dc, old);
}

void paint_level(HDC dc, const RECT *rect, int permille, int phase, COLORREF color)
{
    RECT inner = {rect->left + 1, rect->top + 1, rect->right - 1, rect->bottom - 1};
    int width = inner.right - inner.left;
    RECT part = inner;

    if (permille >= 0) {
        part.right = inner.left + MulDiv(width, permille > 1000 ? 1000 : permille, 1000);
    } else {
        part.left = inner.left + MulDiv(width * 3 / 4, phase, 1000);
        part.right = part.left + width / 4;
    }
    paint_fill(dc, &inner, theme_color(THEME_WINDOW));
    paint_fill(dc, &part, color);
    paint_frame(dc, rect, theme_color(THEME_BORDER));
}

static void paint_words_in(HDC dc, const RECT *rect, const RECT *part, const wchar_t *words, HFONT font, ThemeColor color)
{
    int saved = SaveDC(dc);

    IntersectClipRect(dc, part->left, part->top, part->right, part->bottom);
    paint_text(dc, rect, words, font, theme_color(color), DT_CENTER | DT_VCENTER | DT_SINGLELINE | DT_END_ELLIPSIS | DT_NOPREFIX);
    RestoreDC(dc, saved);
}

void paint_level_words(HDC dc, const RECT *rect, int permille, const wchar_t *words, HFONT font)
{
    RECT filled = *rect, empty = *rect;

    filled.right = empty.left = permille < 0 ? rect->left : rect->left + 1 + MulDiv(rect->right - rect->left - 2, permille > 1000 ? 1000 : permille, 1000);
    paint_words_in(dc, rect, &filled, words, font, THEME_ACCENT_TEXT);
    paint_words_in(dc, rect, &empty, words, font, THEME_TEXT);
}

COLORREF paint_fill_color(int permille)
{
    return theme_color(permille >= 950 ? THEME_ERROR : permille >= 800 ? THEME_WARNING : THEME_ACCENT);
}

HDC paint_begin(PaintBuffer *buffer, HWND window)
{
    HDC target = BeginPaint(window, &buffer->paint);

    buffer->window = window;
    GetClientRect(window, &buffer->client);
    buffer->dc = CreateCompatibleDC(target);
    buffer->bitmap = CreateCompatibleBitmap(target, buffer->client.right + 1, buffer->client.bottom + 1);
    buffer->old_bitmap = SelectObject(buffer->dc, buffer->bitmap);
    return buffer->dc;
}

void paint_end(PaintBuffer *buffer)
{
    const RECT *dirty = &buffer->paint.rcPaint;

    BitBlt(buffer->paint.hdc, dirty->left, dirty->top, dirty->right - dirty->left, dirty->bottom - dirty->top, buffer->dc, dirty->left, dirty->top, SRCCOPY);
    SelectObject(buffer->dc, buffer->old_bitmap);
    DeleteObject(buffer->bitmap);
    DeleteDC(buffer->dc);
    EndPaint(buffer->window, &buffer->paint);
}
