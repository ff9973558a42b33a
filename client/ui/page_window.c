/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain child window a page lays its controls on. UI thread. */
#include "client/ui/page.h"

#include "client/win/theme.h"

static LRESULT CALLBACK page_window_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result;

    if (theme_ctl_color(window, message, wparam, lparam, &result))
        return result;
    if (message == WM_ERASEBKGND) {
        RECT rect;
        GetClientRect(window, &rect);
        FillRect((HDC)wparam, &rect, theme_brush(theme_background(window)));
        return 1;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

HWND page_window_create(HWND parent)
{
    static ATOM class_atom;

    if (!class_atom) {
        WNDCLASSEXW class = {.cbSize = sizeof class, .lpfnWndProc = page_window_proc, .hInstance = GetModuleHandleW(NULL),
            .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW), .lpszClassName = L"PoolCenterPage"};
        class_atom = RegisterClassExW(&class);
    }
    HWND window = CreateWindowExW(WS_EX_CONTROLPARENT, L"PoolCenterPage", L"", WS_CHILD | WS_CLIPCHILDREN, 0, 0, 0, 0, parent, NULL, GetModuleHandleW(NULL), NULL);
    theme_set_background(window, THEME_PANEL);
    return window;
}
