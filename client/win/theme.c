/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which colours are in force and which window gets which look; see theme.h. Every window below a themed top-level window carries one subclass:
 * it answers WM_CTLCOLOR, paints what the system cannot paint dark, and themes children as they are created. UI thread.
 */
#include "client/win/theme_private.h"

#include "client/win/dpi.h"
#include "client/win/subclass.h"

#include <dwmapi.h>
#include <string.h>
#include <uxtheme.h>
#include <wchar.h>

enum { SUBCLASS_ID = 0x7e3a };

#define BACKGROUND_PROPERTY L"PoolCenter.Background"
#define TEXT_COLOR_PROPERTY L"PoolCenter.TextColor"

typedef struct ThemeState {
    ThemeChoice choice;
    bool dark, high_contrast;
    unsigned number; /* of the change */
    COLORREF colors[THEME_COLOR_COUNT];
    HBRUSH brushes[THEME_COLOR_COUNT];
} ThemeState;

static ThemeState state;

/* The system has dark scroll bars and menus itself. */
static bool native_dark;

static const COLORREF light_colors[THEME_COLOR_COUNT] = {
    [THEME_WINDOW] = RGB(255, 255, 255),         [THEME_PANEL] = RGB(243, 243, 243),       [THEME_TEXT] = RGB(26, 26, 26),
    [THEME_TEXT_DIM] = RGB(96, 96, 96),          [THEME_BORDER] = RGB(208, 208, 208),      [THEME_ACCENT] = RGB(15, 108, 189),
    [THEME_SELECTION] = RGB(204, 228, 247),      [THEME_SELECTION_TEXT] = RGB(0, 0, 0),    [THEME_ERROR] = RGB(188, 38, 26),
    [THEME_WARNING] = RGB(157, 93, 0),           [THEME_GOOD] = RGB(15, 123, 15),          [THEME_CONTROL] = RGB(251, 251, 251),
    [THEME_CONTROL_HOT] = RGB(229, 241, 251),    [THEME_CONTROL_DOWN] = RGB(204, 228, 247), [THEME_TEXT_OFF] = RGB(131, 131, 131),
    [THEME_ACCENT_TEXT] = RGB(255, 255, 255),
};

static const COLORREF dark_colors[THEME_COLOR_COUNT] = {
    [THEME_WINDOW] = RGB(30, 30, 30),            [THEME_PANEL] = RGB(43, 43, 43),          [THEME_TEXT] = RGB(240, 240, 240),
    [THEME_TEXT_DIM] = RGB(170, 170, 170),       [THEME_BORDER] = RGB(78, 78, 78),         [THEME_ACCENT] = RGB(76, 160, 232),
    [THEME_SELECTION] = RGB(38, 79, 120),        [THEME_SELECTION_TEXT] = RGB(255, 255, 255), [THEME_ERROR] = RGB(255, 138, 128),
    [THEME_WARNING] = RGB(255, 199, 102),        [THEME_GOOD] = RGB(108, 203, 122),        [THEME_CONTROL] = RGB(55, 55, 55),
    [THEME_CONTROL_HOT] = RGB(69, 69, 69),       [THEME_CONTROL_DOWN] = RGB(38, 79, 120),  [THEME_TEXT_OFF] = RGB(140, 140, 140),
    [THEME_ACCENT_TEXT] = RGB(0, 0, 0),
};

/* High Contrast promises three pairs: window and its text, highlight and its text, grey text on a window. So there is one background, and lines tell things apart. */
static const int system_colors[THEME_COLOR_COUNT] = {
    [THEME_WINDOW] = COLOR_WINDOW,           [THEME_PANEL] = COLOR_WINDOW,           [THEME_TEXT] = COLOR_WINDOWTEXT,     [THEME_TEXT_DIM] = COLOR_WINDOWTEXT,
    [THEME_BORDER] = COLOR_WINDOWTEXT,       [THEME_ACCENT] = COLOR_HIGHLIGHT,       [THEME_SELECTION] = COLOR_HIGHLIGHT, [THEME_SELECTION_TEXT] = COLOR_HIGHLIGHTTEXT,
    [THEME_ERROR] = COLOR_WINDOWTEXT,        [THEME_WARNING] = COLOR_WINDOWTEXT,     [THEME_GOOD] = COLOR_WINDOWTEXT,     [THEME_CONTROL] = COLOR_WINDOW,
    [THEME_CONTROL_HOT] = COLOR_WINDOW,      [THEME_CONTROL_DOWN] = COLOR_WINDOW,    [THEME_TEXT_OFF] = COLOR_GRAYTEXT,   [THEME_ACCENT_TEXT] = COLOR_HIGHLIGHTTEXT,
};

/* ---------------------------------------------------------------- colours */

static bool windows_is_dark(void)
{
    DWORD light = 1, size = sizeof light;

    RegGetValueW(HKEY_CURRENT_USER, L"Software\\Microsoft\\Windows\\CurrentVersion\\Themes\\Personalize", L"AppsUseLightTheme", RRF_RT_REG_DWORD, NULL, &light, &size);
    return light == 0;
}

/* Where Windows keeps the answer; Wine's SystemParametersInfo always says no. */
static bool registry_has_high_contrast(void)
{
    wchar_t flags[16] = L"";
    DWORD size = sizeof flags;

    return RegGetValueW(HKEY_CURRENT_USER, L"Control Panel\\Accessibility\\HighContrast", L"Flags", RRF_RT_REG_SZ, NULL, flags, &size) == ERROR_SUCCESS &&
           (wcstoul(flags, NULL, 10) & HCF_HIGHCONTRASTON);
}

static bool windows_has_high_contrast(void)
{
    HIGHCONTRASTW contrast = {.cbSize = sizeof contrast};

    return (SystemParametersInfoW(SPI_GETHIGHCONTRAST, sizeof contrast, &contrast, 0) && (contrast.dwFlags & HCF_HIGHCONTRASTON)) || registry_has_high_contrast();
}

static COLORREF find_color(ThemeColor color)
{
    if (state.high_contrast)
        return GetSysColor(system_colors[color]);
    return state.dark ? dark_colors[color] : light_colors[color];
}

/* True when at least one colour is another one. */
static bool load_colors(void)
{
    bool changed = false;

    state.high_contrast = windows_has_high_contrast();
    state.dark = !state.high_contrast && (state.choice == THEME_DARK || (state.choice == THEME_FOLLOW_WINDOWS && windows_is_dark()));
    for (int i = 0; i < THEME_COLOR_COUNT; i++) {
        COLORREF color = find_color((ThemeColor)i);

        if (state.brushes[i] && state.colors[i] == color)
            continue;
        changed = true;
        state.colors[i] = color;
        if (state.brushes[i])
            DeleteObject(state.brushes[i]);
        state.brushes[i] = CreateSolidBrush(color);
    }
    state.number += changed;
    return changed;
}

/* Lets Windows' own menus and scroll bars of this program follow: an unnamed function of uxtheme since Windows 10 1903. */
static void tell_uxtheme(void)
{
    enum { SET_PREFERRED_APP_MODE = 135, FLUSH_MENU_THEMES = 136, MODE_FORCE_DARK = 2, MODE_FORCE_LIGHT = 3 };
    int(WINAPI *set_mode)(int mode);
    void(WINAPI *flush)(void);
    HMODULE uxtheme = GetModuleHandleW(L"uxtheme.dll");
    FARPROC mode_function = uxtheme ? GetProcAddress(uxtheme, MAKEINTRESOURCEA(SET_PREFERRED_APP_MODE)) : NULL;
    FARPROC flush_function = uxtheme ? GetProcAddress(uxtheme, MAKEINTRESOURCEA(FLUSH_MENU_THEMES)) : NULL;

    native_dark = mode_function && flush_function;
    if (!native_dark)
        return;
    memcpy(&set_mode, &mode_function, sizeof set_mode);
    memcpy(&flush, &flush_function, sizeof flush);
    set_mode(state.dark ? MODE_FORCE_DARK : MODE_FORCE_LIGHT);
    flush();
}

void theme_start(ThemeChoice choice)
{
    state.choice = choice;
    load_colors();
    tell_uxtheme();
}

void theme_choose(ThemeChoice choice) { theme_start(choice); }

bool theme_is_dark(void) { return state.dark; }

bool theme_is_high_contrast(void) { return state.high_contrast; }

/* With High Contrast, too: the same few colours everywhere, and focus and default button marked as in the dark. */
bool theme_paints(void) { return state.dark || state.high_contrast; }

COLORREF theme_color(ThemeColor color) { return state.colors[color]; }

HBRUSH theme_brush(ThemeColor color) { return state.brushes[color]; }

bool theme_on_setting_change(unsigned *known)
{
    unsigned before = *known;

    if (load_colors())
        tell_uxtheme();
    *known = state.number;
    return before && before != state.number;
}

void theme_set_background(HWND window, ThemeColor color)
{
    SetPropW(window, BACKGROUND_PROPERTY, (HANDLE)(INT_PTR)(color + 1));
}

ThemeColor theme_background(HWND window)
{
    for (; window; window = GetAncestor(window, GA_PARENT)) {
        INT_PTR value = (INT_PTR)GetPropW(window, BACKGROUND_PROPERTY);

        if (value)
            return (ThemeColor)(value - 1);
        if (!(GetWindowLongPtrW(window, GWL_STYLE) & WS_CHILD))
            break;
    }
    return THEME_PANEL;
}

void theme_set_text_color(HWND control, ThemeColor color)
{
    if ((INT_PTR)GetPropW(control, TEXT_COLOR_PROPERTY) == (INT_PTR)(color + 1))
        return;
    SetPropW(control, TEXT_COLOR_PROPERTY, (HANDLE)(INT_PTR)(color + 1));
    InvalidateRect(control, NULL, TRUE);
}

static COLORREF control_text_color(HWND control)
{
    INT_PTR value = (INT_PTR)GetPropW(control, TEXT_COLOR_PROPERTY);

    if (!IsWindowEnabled(control))
        return theme_color(THEME_TEXT_OFF);
    return theme_color(value ? (ThemeColor)(value - 1) : THEME_TEXT);
}

bool theme_ctl_color(HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    HDC dc = (HDC)wparam;
    ThemeColor background;

    switch (message) {
    case WM_CTLCOLORSTATIC:
    case WM_CTLCOLORBTN:
    case WM_CTLCOLORDLG:
        background = theme_background(window);
        break;
    case WM_CTLCOLOREDIT:
    case WM_CTLCOLORLISTBOX:
        background = THEME_WINDOW;
        break;
    default:
        return false;
    }
    SetTextColor(dc, control_text_color((HWND)lparam));
    SetBkColor(dc, theme_color(background));
    *ret = (LRESULT)theme_brush(background);
    return true;
}

/* ---------------------------------------------------------------- windows */

typedef enum ControlKind {
    CONTROL_CONTAINER, CONTROL_TREE, CONTROL_LIST, CONTROL_HEADER, CONTROL_TAB, CONTROL_EDIT, CONTROL_BUTTON, CONTROL_COMBO, CONTROL_STATUS,
    CONTROL_TOOLBAR, CONTROL_PROGRESS, CONTROL_UPDOWN, CONTROL_TOOLTIP, CONTROL_OTHER,
} ControlKind;

static const struct {
    const wchar_t *class_name;
    ControlKind kind;
    ThemePainter *painter; /* while theme_paints() */
    bool always;           /* its own look in all colours */
} controls[] = {
    {WC_TREEVIEWW, CONTROL_TREE, theme_edit_painter, false},
    {WC_LISTVIEWW, CONTROL_LIST, theme_edit_painter, false},
    {WC_HEADERW, CONTROL_HEADER, theme_header_painter, true},
    {WC_TABCONTROLW, CONTROL_TAB, theme_tab_painter, false},
    {WC_EDITW, CONTROL_EDIT, theme_edit_painter, false},
    {WC_BUTTONW, CONTROL_BUTTON, theme_button_painter, false},
    {WC_COMBOBOXW, CONTROL_COMBO, theme_combo_painter, false},
    {STATUSCLASSNAMEW, CONTROL_STATUS, theme_status_painter, true},
    {TOOLBARCLASSNAMEW, CONTROL_TOOLBAR, NULL, false},
    {PROGRESS_CLASSW, CONTROL_PROGRESS, NULL, false},
    {UPDOWN_CLASSW, CONTROL_UPDOWN, theme_updown_painter, false},
    {TOOLTIPS_CLASSW, CONTROL_TOOLTIP, NULL, false},
    {WC_STATICW, CONTROL_OTHER, NULL, false},
    {WC_LISTBOXW, CONTROL_EDIT, theme_edit_painter, false},
    {L"ComboLBox", CONTROL_OTHER, NULL, false},
};

static size_t control_row(HWND window)
{
    wchar_t name[64] = L"";
    size_t i;

    GetClassNameW(window, name, (int)ARRAYSIZE(name));
    for (i = 0; i < ARRAYSIZE(controls); i++)
        if (_wcsicmp(name, controls[i].class_name) == 0)
            break;
    return i;
}

static void color_list(HWND list)
{
    SendMessageW(list, LVM_SETBKCOLOR, 0, (LPARAM)theme_color(THEME_WINDOW));
    SendMessageW(list, LVM_SETTEXTBKCOLOR, 0, (LPARAM)theme_color(THEME_WINDOW));
    SendMessageW(list, LVM_SETTEXTCOLOR, 0, (LPARAM)theme_color(THEME_TEXT));
}

static void color_tree(HWND tree)
{
    SendMessageW(tree, TVM_SETBKCOLOR, 0, (LPARAM)theme_color(THEME_WINDOW));
    SendMessageW(tree, TVM_SETTEXTCOLOR, 0, (LPARAM)theme_color(THEME_TEXT));
    SendMessageW(tree, TVM_SETLINECOLOR, 0, (LPARAM)theme_color(THEME_TEXT_DIM));
}

static void color_progress(HWND progress)
{
    bool plain = theme_paints();

    SetWindowTheme(progress, plain ? L"" : NULL, plain ? L"" : NULL);
    SendMessageW(progress, PBM_SETBKCOLOR, 0, plain ? (LPARAM)theme_color(THEME_CONTROL) : (LPARAM)CLR_DEFAULT);
    SendMessageW(progress, PBM_SETBARCOLOR, 0, plain ? (LPARAM)theme_color(THEME_ACCENT) : (LPARAM)CLR_DEFAULT);
}

void theme_tooltip(HWND tooltip)
{
    SetWindowTheme(tooltip, theme_paints() ? L"" : NULL, theme_paints() ? L"" : NULL);
    SendMessageW(tooltip, TTM_SETTIPBKCOLOR, theme_color(THEME_CONTROL), 0);
    SendMessageW(tooltip, TTM_SETTIPTEXTCOLOR, theme_color(THEME_TEXT), 0);
}

/* Tooltips are windows of their own: nobody's children. */
static void color_tips_of(HWND control, UINT question)
{
    HWND tips = (HWND)SendMessageW(control, question, 0, 0);

    if (tips)
        theme_tooltip(tips);
}

/* The controls' inner parts that Windows can paint dark itself (scroll bars above all); unknown names change nothing. Wine lets themed trees show what is
 * behind them, which is the dialog's grey: plain ones have their own background. */
static void name_theme(HWND window, ControlKind kind)
{
    const wchar_t *plain = kind == CONTROL_TREE && !native_dark ? L" " : kind == CONTROL_TREE || kind == CONTROL_LIST ? L"Explorer" : NULL;

    if (kind == CONTROL_TREE || kind == CONTROL_LIST || kind == CONTROL_EDIT || kind == CONTROL_OTHER || kind == CONTROL_CONTAINER)
        SetWindowTheme(window, state.dark && native_dark ? L"DarkMode_Explorer" : plain, NULL);
}

static void dress(HWND window, size_t row)
{
    ControlKind kind = row < ARRAYSIZE(controls) ? controls[row].kind : CONTROL_CONTAINER;

    name_theme(window, kind);
    switch (kind) {
    case CONTROL_TREE:
        color_tree(window);
        color_tips_of(window, TVM_GETTOOLTIPS);
        break;
    case CONTROL_LIST: color_list(window); break;
    case CONTROL_PROGRESS: color_progress(window); break;
    case CONTROL_TOOLTIP: theme_tooltip(window); break;
    default: break;
    }
}

static void attach_late(HWND window);

static bool is_toolbar(HWND window)
{
    size_t row = control_row(window);

    return row < ARRAYSIZE(controls) && controls[row].kind == CONTROL_TOOLBAR;
}

static LRESULT container_message(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    const NMHDR *header = (const NMHDR *)lparam;
    LRESULT result;

    if (theme_ctl_color(window, message, wparam, lparam, &result))
        return result;
    if (message == WM_NOTIFY && header->code == (UINT)NM_CUSTOMDRAW && is_toolbar(header->hwndFrom))
        return theme_toolbar_draw((NMTBCUSTOMDRAW *)lparam);
    /* Not earlier: to ask for a toolbar's tooltip is to make it. */
    if (message == WM_NOTIFY && header->code == TBN_GETINFOTIPW && is_toolbar(header->hwndFrom))
        color_tips_of(header->hwndFrom, TB_GETTOOLTIPS);
    return subclass_next(window, message, wparam, lparam);
}

static LRESULT dressed_message(HWND window, UINT message, WPARAM wparam, LPARAM lparam, size_t row)
{
    if (row < ARRAYSIZE(controls) && controls[row].painter && (theme_paints() || controls[row].always))
        return controls[row].painter(window, message, wparam, lparam);
    return container_message(window, message, wparam, lparam);
}

static LRESULT CALLBACK theme_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR row)
{
    LRESULT result;

    if (message == WM_PARENTNOTIFY && LOWORD(wparam) == WM_CREATE)
        attach_late((HWND)lparam);
    if (message == WM_NCDESTROY) {
        RemovePropW(window, BACKGROUND_PROPERTY);
        RemovePropW(window, TEXT_COLOR_PROPERTY);
        subclass_detach(window, theme_proc, id);
    }
    result = dressed_message(window, message, wparam, lparam, row);
    if (state.dark && !native_dark && theme_scroll_shows(message))
        theme_scroll_paint(window);
    return result;
}

static void attach(HWND window)
{
    size_t row = control_row(window);

    subclass_attach(window, theme_proc, SUBCLASS_ID, row);
    dress(window, row);
}

static BOOL CALLBACK attach_child(HWND window, LPARAM unused)
{
    (void)unused;
    attach(window);
    return TRUE;
}

/* A control made by now has its own parts already, a list its header: they were made before anybody watched. */
static void attach_late(HWND window)
{
    attach(window);
    EnumChildWindows(window, attach_child, 0);
}

static void dress_frame(HWND top)
{
    enum { USE_IMMERSIVE_DARK_MODE = 20 };
    BOOL dark = state.dark;

    DwmSetWindowAttribute(top, USE_IMMERSIVE_DARK_MODE, &dark, sizeof dark);
}

static BOOL CALLBACK tell_child(HWND window, LPARAM unused)
{
    (void)unused;
    SendMessageW(window, WM_SYSCOLORCHANGE, 0, 0);
    return TRUE;
}

void theme_tell_children(HWND top) { EnumChildWindows(top, tell_child, 0); }

void theme_apply(HWND top)
{
    attach(top);
    EnumChildWindows(top, attach_child, 0);
    dress_frame(top);
    RedrawWindow(top, NULL, NULL, RDW_INVALIDATE | RDW_ERASE | RDW_FRAME | RDW_ALLCHILDREN);
}
