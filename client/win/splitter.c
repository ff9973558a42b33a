/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bar between two panes; see splitter.h. UI thread. */
#include "client/win/splitter.h"

#include "client/win/accessible.h"
#include "client/win/paint.h"
#include "client/win/utf.h"
#include "protocol/util.h"

#include <stdlib.h>

#define SPLITTER_CLASS L"PoolCenterSplitter"

typedef struct Splitter {
    HWND window;
    bool vertical;
    int grip; /* where in the bar the mouse took it */
    void (*moved)(void *context, int position);
    void *context;
} Splitter;

static void drag(Splitter *splitter)
{
    POINT mouse;

    GetCursorPos(&mouse);
    ScreenToClient(GetParent(splitter->window), &mouse);
    splitter->moved(splitter->context, (splitter->vertical ? mouse.x : mouse.y) - splitter->grip);
}

static void paint(Splitter *splitter)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, splitter->window);
    RECT line = buffer.client;

    paint_fill(dc, &buffer.client, theme_color(THEME_PANEL));
    if (splitter->vertical)
        line.left = line.right - 1;
    else
        line.bottom = line.top + 1;
    paint_fill(dc, &line, theme_color(THEME_BORDER));
    paint_end(&buffer);
}

static LRESULT CALLBACK splitter_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Splitter *splitter = (Splitter *)GetWindowLongPtrW(window, GWLP_USERDATA);

    switch (message) {
    case WM_NCCREATE:
        splitter = ((CREATESTRUCTW *)lparam)->lpCreateParams;
        splitter->window = window;
        SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)splitter);
        break;
    case WM_LBUTTONDOWN:
        splitter->grip = splitter->vertical ? (short)LOWORD(lparam) : (short)HIWORD(lparam);
        SetCapture(window);
        return 0;
    case WM_MOUSEMOVE:
        if (GetCapture() == window)
            drag(splitter);
        return 0;
    case WM_LBUTTONUP:
        ReleaseCapture();
        return 0;
    case WM_SETCURSOR:
        SetCursor(LoadCursorW(NULL, splitter->vertical ? (LPCWSTR)IDC_SIZEWE : (LPCWSTR)IDC_SIZENS));
        return TRUE;
    case WM_PAINT:
        paint(splitter);
        return 0;
    case WM_ERASEBKGND:
        return 1;
    case WM_NCDESTROY:
        free(splitter);
        return 0;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

static wchar_t *splitter_name(HWND window, int child)
{
    (void)window, (void)child;
    return utf_text(TEXT_ACCESSIBLE_SPLITTER);
}

static const AccessibleClass splitter_facts = {.role = ROLE_SYSTEM_SEPARATOR, .name = splitter_name};

HWND splitter_create(HWND parent, bool vertical, void (*moved)(void *context, int position), void *context)
{
    static ATOM registered;
    Splitter *splitter = x_calloc(1, sizeof *splitter);

    if (!registered) {
        WNDCLASSW class = {.lpfnWndProc = splitter_proc, .hInstance = GetModuleHandleW(NULL), .lpszClassName = SPLITTER_CLASS};
        registered = RegisterClassW(&class);
    }
    splitter->vertical = vertical;
    splitter->moved = moved;
    splitter->context = context;
    CreateWindowExW(0, SPLITTER_CLASS, L"", WS_CHILD | WS_VISIBLE, 0, 0, 0, 0, parent, NULL, GetModuleHandleW(NULL), splitter);
    accessible_class(splitter->window, &splitter_facts);
    return splitter->window;
}
