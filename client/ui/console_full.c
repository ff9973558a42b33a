/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A console on the whole screen; see console_full.h. UI thread. */
#include "client/ui/console_full.h"

#include "client/win/dpi.h"
#include "client/win/paint.h"
#include "client/win/theme.h"
#include "client/win/utf.h"
#include "protocol/util.h"

#include <stdlib.h>

enum { BAR_TIMER = 1, BAR_TICK_MS = 250, BAR_TICKS = 12, PADDING = 8, BUTTON_HEIGHT = 28, BUTTON_PADDING = 14 };

struct ConsoleFull {
    HWND window, bar, view;
    HWND buttons[2];
    char *hint;
    int ticks; /* until the bar hides */
    void (*command)(void *context, int id);
    void *context;
};

static const wchar_t window_class[] = L"PoolCenterFullScreen", bar_class[] = L"PoolCenterFullScreenBar";

static ConsoleFull *full_of(HWND window)
{
    return (ConsoleFull *)GetWindowLongPtrW(window, GWLP_USERDATA);
}

/* ---------------------------------------------------------------- the bar */

static int button_width(HWND button, int dpi)
{
    AUTO_FREE char *utf8 = utf_window_text(button);
    AUTO_FREE wchar_t *wide = utf_to_wide(utf8);
    return dpi_text_width(dpi, FONT_TEXT, wide) + 2 * dpi_scale(dpi, BUTTON_PADDING);
}

static void layout_bar(ConsoleFull *full)
{
    int dpi = dpi_of(full->window), padding = dpi_scale(dpi, PADDING), height = dpi_scale(dpi, BUTTON_HEIGHT);
    AUTO_FREE wchar_t *hint = utf_to_wide(full->hint);
    RECT client;
    GetClientRect(full->window, &client);
    int x = 2 * padding + dpi_text_width(dpi, FONT_TEXT, hint);
    for (size_t i = 0; i < ARRAY_SIZE(full->buttons); i++) {
        int width = button_width(full->buttons[i], dpi);
        SendMessageW(full->buttons[i], WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), FALSE);
        MoveWindow(full->buttons[i], x, padding, width, height, TRUE);
        x += width + padding;
    }
    SetWindowPos(full->bar, HWND_TOP, (client.right - x) / 2, 0, x, height + 2 * padding, SWP_NOACTIVATE);
}

static void paint_bar(ConsoleFull *full)
{
    PAINTSTRUCT paint;
    HDC dc = BeginPaint(full->bar, &paint);
    int dpi = dpi_of(full->window);
    RECT rect;
    GetClientRect(full->bar, &rect);
    paint_fill(dc, &rect, theme_color(THEME_PANEL));
    paint_frame(dc, &rect, theme_color(THEME_BORDER));
    rect.left += dpi_scale(dpi, PADDING);
    AUTO_FREE wchar_t *hint = utf_to_wide(full->hint);
    paint_text(dc, &rect, hint, dpi_font(dpi, FONT_TEXT), theme_color(THEME_TEXT), DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX);
    EndPaint(full->bar, &paint);
}

static void on_tick(ConsoleFull *full)
{
    POINT at;
    HWND under = GetCursorPos(&at) ? WindowFromPoint(at) : NULL;
    if (under == full->bar || (under && IsChild(full->bar, under)))
        full->ticks = BAR_TICKS / 3;
    if (--full->ticks > 0)
        return;
    KillTimer(full->bar, BAR_TIMER);
    ShowWindow(full->bar, SW_HIDE);
}

void console_full_show_bar(ConsoleFull *full)
{
    full->ticks = BAR_TICKS;
    SetTimer(full->bar, BAR_TIMER, BAR_TICK_MS, NULL);
    ShowWindow(full->bar, SW_SHOWNA);
}

static LRESULT CALLBACK bar_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    ConsoleFull *full = full_of(window);
    switch (full ? message : WM_NULL) {
    case WM_PAINT:
        paint_bar(full);
        return 0;
    case WM_TIMER:
        on_tick(full);
        return 0;
    case WM_COMMAND:
        SetFocus(full->view);
        full->command(full->context, LOWORD(wparam)); /* may be the end of it */
        return 0;
    default:
        return DefWindowProcW(window, message, wparam, lparam);
    }
}

static HWND add_button(HWND bar, int id, TextId title)
{
    AUTO_FREE wchar_t *wide = utf_text(title);
    return CreateWindowExW(0, L"BUTTON", wide, WS_CHILD | WS_VISIBLE | BS_PUSHBUTTON, 0, 0, 0, 0, bar, (HMENU)(intptr_t)id, GetModuleHandleW(NULL), NULL);
}

/* ---------------------------------------------------------------- the window */

static void layout(ConsoleFull *full)
{
    RECT client;
    GetClientRect(full->window, &client);
    SetWindowPos(full->view, HWND_BOTTOM, 0, 0, client.right, client.bottom, SWP_NOACTIVATE | SWP_SHOWWINDOW);
    layout_bar(full);
}

static LRESULT CALLBACK full_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    ConsoleFull *full = full_of(window);
    switch (full ? message : WM_NULL) {
    case WM_SIZE:
    case WM_DPICHANGED:
        layout(full);
        return 0;
    case WM_SETFOCUS:
        SetFocus(full->view);
        return 0;
    case WM_CLOSE:
        full->command(full->context, CONSOLE_FULL_LEAVE);
        return 0;
    default:
        return DefWindowProcW(window, message, wparam, lparam);
    }
}

static void register_classes(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    WNDCLASSEXW class = {.cbSize = sizeof(class), .lpfnWndProc = full_proc, .hInstance = GetModuleHandleW(NULL), .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW),
        .hbrBackground = GetStockObject(BLACK_BRUSH), .lpszClassName = window_class};
    RegisterClassExW(&class);
    class.lpfnWndProc = bar_proc;
    class.hbrBackground = NULL;
    class.lpszClassName = bar_class;
    RegisterClassExW(&class);
}

ConsoleFull *console_full_enter(HWND view, const char *title, void (*command)(void *context, int id), void *context)
{
    ConsoleFull *full = x_calloc(1, sizeof(*full));
    MONITORINFO monitor = {.cbSize = sizeof(monitor)};
    HWND root = GetAncestor(view, GA_ROOT);
    AUTO_FREE wchar_t *wide = utf_to_wide(title);
    register_classes();
    GetMonitorInfoW(MonitorFromWindow(root, MONITOR_DEFAULTTONEAREST), &monitor);
    RECT place = monitor.rcMonitor;
    full->view = view;
    full->command = command;
    full->context = context;
    full->hint = text_format(TEXT_CONSOLE_FULL_SCREEN_HINT, title, NULL);
    full->window = CreateWindowExW(0, window_class, wide, WS_POPUP | WS_CLIPCHILDREN, place.left, place.top, place.right - place.left, place.bottom - place.top, root, NULL, GetModuleHandleW(NULL), NULL);
    full->bar = CreateWindowExW(0, bar_class, L"", WS_CHILD | WS_CLIPSIBLINGS | WS_CLIPCHILDREN, 0, 0, 0, 0, full->window, NULL, GetModuleHandleW(NULL), NULL);
    full->buttons[0] = add_button(full->bar, CONSOLE_FULL_CTRL_ALT_DEL, TEXT_CONSOLE_CTRL_ALT_DEL);
    full->buttons[1] = add_button(full->bar, CONSOLE_FULL_LEAVE, TEXT_CONSOLE_LEAVE_FULL_SCREEN);
    SetWindowLongPtrW(full->window, GWLP_USERDATA, (LONG_PTR)full);
    SetWindowLongPtrW(full->bar, GWLP_USERDATA, (LONG_PTR)full);
    SetParent(view, full->window);
    theme_apply(full->window);
    layout(full);
    ShowWindow(full->window, SW_SHOW);
    SetForegroundWindow(full->window);
    SetFocus(view);
    console_full_show_bar(full);
    return full;
}

void console_full_leave(ConsoleFull *full, HWND parent)
{
    HWND root = GetAncestor(parent, GA_ROOT);
    SetWindowLongPtrW(full->bar, GWLP_USERDATA, 0);
    SetWindowLongPtrW(full->window, GWLP_USERDATA, 0);
    SetParent(full->view, parent);
    SetForegroundWindow(root);
    SetFocus(full->view);
    DestroyWindow(full->window);
    free(full->hint);
    free(full);
}
