/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search box and tree; see navigation.h. UI thread. */
#include "client/ui/navigation.h"

#include "client/ui/frame.h"
#include "client/ui/tree.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/panel.h"
#include "client/win/subclass.h"
#include "client/win/utf.h"

enum { SEARCH_ID = 10, CLEAR_ID, SEARCH_PADDING = 10, MARGIN = 6 };

static struct {
    HWND window, search, clear, tree;
    RECT box; /* around the search field */
} nav;

static void layout(void)
{
    RECT client;
    int dpi = dpi_of(nav.window), margin = dpi_scale(dpi, MARGIN), height = dpi_text_height(dpi, FONT_TEXT) + dpi_scale(dpi, SEARCH_PADDING), top = 2 * margin + height;
    int inner = dpi_scale(dpi, SEARCH_PADDING) / 2, icon = dpi_scale(dpi, 26);
    bool clear = GetWindowTextLengthW(nav.search) > 0;

    GetClientRect(nav.window, &client);
    nav.box = (RECT){margin, margin, client.right - margin, margin + height};
    MoveWindow(nav.search, nav.box.left + icon, nav.box.top + inner, nav.box.right - nav.box.left - icon - (clear ? height : inner), height - 2 * inner, TRUE);
    MoveWindow(nav.clear, nav.box.right - height + 1, nav.box.top + 1, height - 2, height - 2, TRUE);
    ShowWindow(nav.clear, clear ? SW_SHOWNA : SW_HIDE);
    MoveWindow(nav.tree, 0, top, client.right, client.bottom - top, TRUE);
    InvalidateRect(nav.window, &nav.box, FALSE);
}

/* The field's frame, with a magnifier in it. */
static void paint(void)
{
    PAINTSTRUCT paint_struct;
    HDC dc = BeginPaint(nav.window, &paint_struct);
    int dpi = dpi_of(nav.window), size = dpi_scale(dpi, 16);

    paint_fill(dc, &nav.box, theme_color(THEME_WINDOW));
    paint_frame(dc, &nav.box, theme_color(GetFocus() == nav.search ? THEME_ACCENT : THEME_BORDER));
    icons_draw(dc, ICON_SEARCH, nav.box.left + dpi_scale(dpi, 5), (nav.box.top + nav.box.bottom - size) / 2, dpi, 16, true);
    EndPaint(nav.window, &paint_struct);
}

static void filter_changed(void)
{
    AUTO_FREE char *words = utf_window_text(nav.search);

    layout();
    if (!tree_set_filter(words) && *words) {
        AUTO_FREE char *hint = text_format(TEXT_SEARCH_NOTHING, words, NULL);
        frame_status(hint);
    } else {
        frame_status(NULL);
    }
}

static void clear_search(void)
{
    SetWindowTextW(nav.search, L"");
    SetFocus(nav.search);
}

static LRESULT CALLBACK search_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    (void)id;
    (void)data;
    if (message == WM_KEYDOWN && wparam == VK_ESCAPE) {
        if (GetWindowTextLengthW(window))
            clear_search();
        else
            SetFocus(nav.tree);
        return 0;
    }
    if (message == WM_KEYDOWN && (wparam == VK_RETURN || wparam == VK_DOWN)) {
        SetFocus(nav.tree);
        tree_select_first_match();
        return 0;
    }
    /* The beep of a single-line field. */
    if (message == WM_CHAR && (wparam == VK_ESCAPE || wparam == VK_RETURN))
        return 0;
    return subclass_next(window, message, wparam, lparam);
}

static bool on_command(WPARAM wparam)
{
    if (LOWORD(wparam) == SEARCH_ID && HIWORD(wparam) == EN_CHANGE)
        filter_changed();
    else if (LOWORD(wparam) == SEARCH_ID && (HIWORD(wparam) == EN_SETFOCUS || HIWORD(wparam) == EN_KILLFOCUS))
        InvalidateRect(nav.window, &nav.box, FALSE);
    else if (LOWORD(wparam) == CLEAR_ID)
        clear_search();
    else
        return false;
    return true;
}

static bool handler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    (void)context;
    (void)window;
    (void)lparam;
    *ret = 0;
    switch (message) {
    case WM_SIZE: layout(); return true;
    case WM_PAINT: paint(); return true;
    case WM_COMMAND: return on_command(wparam);
    default: return false;
    }
}

void navigation_restyle(void)
{
    AUTO_FREE wchar_t *cue = utf_text(TEXT_SEARCH_CUE);
    int dpi = dpi_of(nav.window);

    SendMessageW(nav.search, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    SendMessageW(nav.search, EM_SETCUEBANNER, TRUE, (LPARAM)cue);
    accessible_name(nav.window, text(TEXT_ACCESSIBLE_NAVIGATION));
    accessible_name(nav.search, text(TEXT_SEARCH_CUE));
    accessible_name(nav.clear, text(TEXT_ACCESSIBLE_SEARCH_CLEAR));
    SendMessageW(nav.clear, BM_SETIMAGE, IMAGE_ICON, (LPARAM)icons_get(ICON_CLEAR, dpi, 16));
    tree_restyle();
    layout();
}

HWND navigation_create(HWND parent)
{
    nav.window = panel_create(parent, L"navigation", THEME_WINDOW, handler, NULL);
    nav.search = CreateWindowExW(0, WC_EDITW, L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | ES_AUTOHSCROLL, 0, 0, 0, 0, nav.window, (HMENU)(INT_PTR)SEARCH_ID,
        GetModuleHandleW(NULL), NULL);
    nav.clear = CreateWindowExW(0, WC_BUTTONW, L"", WS_CHILD | BS_ICON, 0, 0, 0, 0, nav.window, (HMENU)(INT_PTR)CLEAR_ID, GetModuleHandleW(NULL), NULL);
    subclass_attach(nav.search, search_proc, 1, 0);
    nav.tree = tree_create(nav.window);
    navigation_restyle();
    return nav.window;
}

void navigation_focus_search(void)
{
    SetFocus(nav.search);
    SendMessageW(nav.search, EM_SETSEL, 0, -1);
}

void navigation_focus_tree(void) { SetFocus(nav.tree); }

bool navigation_is_searching(void) { return GetFocus() == nav.search && GetWindowTextLengthW(nav.search) > 0; }

char *navigation_search(void) { return utf_window_text(nav.search); }

void navigation_set_search(const char *words)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(words);

    SetWindowTextW(nav.search, wide);
    navigation_focus_search();
}
