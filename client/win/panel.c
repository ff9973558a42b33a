/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plain child window; see panel.h. UI thread. */
#include "client/win/panel.h"

#include "client/win/accessible.h"
#include "client/win/paint.h"
#include "protocol/util.h"

#include <stdlib.h>

#define PANEL_CLASS L"PoolCenterPanel"

typedef struct Panel {
    ThemeColor background;
    PanelHandler *handler;
    void *context;
    bool built; /* the handler hears nothing before: what it lays out is not there yet */
} Panel;

static LRESULT fill(const Panel *panel, HWND window, HDC dc)
{
    RECT client;

    GetClientRect(window, &client);
    paint_fill(dc, &client, theme_color(panel->background));
    return 1;
}

static LRESULT CALLBACK panel_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Panel *panel = (Panel *)GetWindowLongPtrW(window, GWLP_USERDATA);
    LRESULT result = 0;

    if (message == WM_NCCREATE) {
        panel = ((CREATESTRUCTW *)lparam)->lpCreateParams;
        SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)panel);
        theme_set_background(window, panel->background);
    }
    if (panel && panel->built && panel->handler(panel->context, window, message, wparam, lparam, &result))
        return result;
    if (message == WM_ERASEBKGND)
        return fill(panel, window, (HDC)wparam);
    if (message == WM_NCDESTROY) {
        SetWindowLongPtrW(window, GWLP_USERDATA, 0);
        free(panel);
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

HWND panel_create(HWND parent, const wchar_t *name, ThemeColor background, PanelHandler *handler, void *context)
{
    static ATOM registered;
    static const AccessibleClass facts = {.role = ROLE_SYSTEM_PANE};
    Panel *panel = x_calloc(1, sizeof *panel);
    HWND window;

    if (!registered) {
        WNDCLASSW class = {.lpfnWndProc = panel_proc, .hInstance = GetModuleHandleW(NULL), .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW), .lpszClassName = PANEL_CLASS};
        registered = RegisterClassW(&class);
    }
    panel->background = background;
    panel->handler = handler;
    panel->context = context;
    window = CreateWindowExW(WS_EX_CONTROLPARENT, PANEL_CLASS, name, WS_CHILD | WS_VISIBLE | WS_CLIPCHILDREN | WS_CLIPSIBLINGS, 0, 0, 0, 0, parent, NULL, GetModuleHandleW(NULL), panel);
    accessible_class(window, &facts);
    panel->built = true;
    return window;
}
