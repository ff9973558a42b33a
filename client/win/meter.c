/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paints the bar; see meter.h. UI thread. */
#include "client/win/meter.h"

#include "client/win/accessible.h"
#include "client/win/paint.h"
#include "client/win/utf.h"

enum { BAR_HEIGHT = 14, GAP = 4 };

static const wchar_t meter_class[] = L"PoolCenterMeter";

typedef struct Meter {
    int64_t total, used, added;
} Meter;

static int part(int64_t amount, int64_t total, int width) { return total > 0 ? (int)((double)amount * width / (double)total) : 0; }

static void paint_bar(HDC dc, const RECT *bar, const Meter *meter)
{
    RECT inside = *bar;
    paint_fill(dc, bar, theme_color(THEME_WINDOW));
    paint_frame(dc, bar, theme_color(THEME_BORDER));
    InflateRect(&inside, -1, -1);
    int width = inside.right - inside.left;
    int used = min(part(meter->used, meter->total, width), width);
    bool too_much = meter->used + meter->added > meter->total;
    int end = too_much ? width : used + part(meter->added, meter->total, width);
    if (meter->added > 0 && end == used)
        end = min(used + 2, width); /* a little is not nothing */
    RECT piece = {inside.left, inside.top, inside.left + used, inside.bottom};
    paint_fill(dc, &piece, theme_color(THEME_TEXT_DIM));
    piece.left = piece.right;
    piece.right = inside.left + end;
    paint_fill(dc, &piece, theme_color(too_much ? THEME_ERROR : THEME_ACCENT));
}

static void on_paint(HWND window, const Meter *meter)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, window);
    int dpi = dpi_of(window);
    paint_fill(dc, &buffer.client, theme_color(theme_background(GetParent(window))));
    RECT bar = buffer.client, words = buffer.client;
    bar.bottom = bar.top + dpi_scale(dpi, BAR_HEIGHT);
    words.top = bar.bottom + dpi_scale(dpi, GAP);
    paint_bar(dc, &bar, meter);
    wchar_t text[512];
    GetWindowTextW(window, text, ARRAYSIZE(text));
    paint_text(dc, &words, text, dpi_font(dpi, FONT_TEXT), theme_color(THEME_TEXT_DIM), DT_SINGLELINE | DT_NOPREFIX | DT_END_ELLIPSIS);
    paint_end(&buffer);
}

static LRESULT CALLBACK meter_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Meter *meter = (Meter *)GetWindowLongPtrW(window, GWLP_USERDATA);
    switch (message) {
    case WM_PAINT:
        if (meter)
            on_paint(window, meter);
        return 0;
    case WM_ERASEBKGND: return 1;
    case WM_GETDLGCODE: return DLGC_STATIC;
    case WM_SIZE: InvalidateRect(window, NULL, FALSE); return 0;
    case WM_NCDESTROY:
        SetWindowLongPtrW(window, GWLP_USERDATA, 0);
        free(meter);
        return 0;
    default: return DefWindowProcW(window, message, wparam, lparam);
    }
}

static wchar_t *meter_value(HWND window, int child)
{
    const Meter *meter = (const Meter *)GetWindowLongPtrW(window, GWLP_USERDATA);
    AUTO_FREE char *percent = NULL, *words = NULL;

    if (child || !meter || meter->total <= 0)
        return NULL;
    percent = x_printf("%d", part(meter->used + meter->added, meter->total, 100));
    words = text_format(TEXT_ACCESSIBLE_PERCENT, percent, NULL);
    return utf_to_wide(words);
}

static LONG meter_state(HWND window, int child)
{
    (void)window, (void)child;
    return STATE_SYSTEM_READONLY;
}

static const AccessibleClass meter_facts = {.role = ROLE_SYSTEM_PROGRESSBAR, .value = meter_value, .state = meter_state};

HWND meter_create(HWND parent, int id)
{
    static ATOM atom;
    if (!atom) {
        WNDCLASSEXW class = {.cbSize = sizeof(class), .lpfnWndProc = meter_proc, .hInstance = GetModuleHandleW(NULL), .lpszClassName = meter_class,
                             .hCursor = LoadCursorW(NULL, IDC_ARROW)};
        atom = RegisterClassExW(&class);
    }
    HWND window = CreateWindowExW(0, meter_class, L"", WS_CHILD | WS_VISIBLE, 0, 0, 0, 0, parent, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)x_calloc(1, sizeof(Meter)));
    accessible_class(window, &meter_facts);
    return window;
}

void meter_set(HWND window, int64_t total, int64_t used, int64_t added, const char *words)
{
    Meter *meter = (Meter *)GetWindowLongPtrW(window, GWLP_USERDATA);
    *meter = (Meter){total, used, added};
    utf_set_window_text(window, words);
    accessible_event(window, EVENT_OBJECT_VALUECHANGE, 0);
    InvalidateRect(window, NULL, FALSE);
}
