/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest's screen as a control; see console_view.h. UI thread. */
#include "client/ui/console_view.h"

#include "client/ui/console_note.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/theme.h"

#include <stdlib.h>
#include <windowsx.h>

enum {
    BUTTON_ID = 1,
    POINTER_TIMER = 1,
    POINTER_INTERVAL_MS = 10,
    EDGE = 2,            /* how near to the top edge calls the full screen's bar */
    WHEEL_LEFT = 32, WHEEL_RIGHT = 64,
    BACKGROUND = RGB(0x18, 0x18, 0x18), /* the same in every theme: a screen's frame */
};

typedef struct ConsoleView {
    HWND window;
    const ConsoleViewEvents *events;
    void *context;
    Console *console;
    Keyboard *keyboard;
    ConsoleNote *note;
    bool scale;
    int width, height;        /* of the picture; 0: none */
    int scroll_x, scroll_y;
    int buttons;              /* that are down */
    POINT pointer;            /* last place, in the guest */
    bool pointer_waits;       /* the timer sends it */
    DWORD pointer_sent;
    int wheel, wheel_sideways;/* parts of a step */
    HCURSOR cursor;           /* the guest's shape; NULL: none */
} ConsoleView;

static const wchar_t class_name[] = L"PoolCenterConsole";

static ConsoleView *view_of(HWND window)
{
    return (ConsoleView *)GetWindowLongPtrW(window, GWLP_USERDATA);
}

static bool shows_picture(const ConsoleView *view)
{
    return view->console && view->width > 0 && !console_note_shown(view->note);
}

/* ---------------------------------------------------------------- where the picture is */

static RECT picture_rect(const ConsoleView *view)
{
    RECT client;
    GetClientRect(view->window, &client);
    int width = view->width, height = view->height;
    if (view->scale && width > 0 && client.right > 0 && client.bottom > 0) {
        if ((int64_t)client.right * height < (int64_t)client.bottom * width) {
            height = MulDiv(height, client.right, width);
            width = client.right;
        } else {
            width = MulDiv(width, client.bottom, height);
            height = client.bottom;
        }
    }
    int left = width < client.right ? (client.right - width) / 2 : -view->scroll_x;
    int top = height < client.bottom ? (client.bottom - height) / 2 : -view->scroll_y;
    return (RECT){left, top, left + width, top + height};
}

static int clamp(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

static void set_scroll_bar(ConsoleView *view, int bar, int size, int page, int *position)
{
    int most = view->scale || size <= page ? 0 : size - page;
    *position = clamp(*position, most);
    SCROLLINFO info = {.cbSize = sizeof(info), .fMask = SIF_RANGE | SIF_PAGE | SIF_POS, .nMax = most ? size - 1 : 0, .nPage = (UINT)page, .nPos = *position};
    SetScrollInfo(view->window, bar, &info, TRUE);
}

/* A bar takes room from the other direction, so it is asked twice. */
static void update_scroll_bars(ConsoleView *view)
{
    for (int i = 0; i < 2; i++) {
        RECT client;
        GetClientRect(view->window, &client);
        bool picture = shows_picture(view);
        set_scroll_bar(view, SB_HORZ, picture ? view->width : 0, client.right, &view->scroll_x);
        set_scroll_bar(view, SB_VERT, picture ? view->height : 0, client.bottom, &view->scroll_y);
    }
}

static void on_scroll(ConsoleView *view, int bar, int code)
{
    SCROLLINFO info = {.cbSize = sizeof(info), .fMask = SIF_ALL};
    int *position = bar == SB_HORZ ? &view->scroll_x : &view->scroll_y;
    GetScrollInfo(view->window, bar, &info);
    int line = dpi_scale(dpi_of(view->window), 32), page = (int)info.nPage, most = clamp(info.nMax + 1 - page, info.nMax);
    int next = *position;
    switch (code) {
    case SB_LINEUP:        next -= line; break;
    case SB_LINEDOWN:      next += line; break;
    case SB_PAGEUP:        next -= page; break;
    case SB_PAGEDOWN:      next += page; break;
    case SB_THUMBTRACK:
    case SB_THUMBPOSITION: next = info.nTrackPos; break;
    case SB_TOP:           next = 0; break;
    case SB_BOTTOM:        next = most; break;
    default:               return;
    }
    *position = clamp(next, most);
    SetScrollPos(view->window, bar, *position, TRUE);
    InvalidateRect(view->window, NULL, FALSE);
}

/* ---------------------------------------------------------------- painting */

static void draw_pixels(HDC dc, const RECT *rect, const uint32_t *pixels, int width, int height)
{
    BITMAPINFO info = {.bmiHeader = {.biSize = sizeof(BITMAPINFOHEADER), .biWidth = width, .biHeight = -height, .biPlanes = 1, .biBitCount = 32, .biCompression = BI_RGB}};
    int to_width = rect->right - rect->left, to_height = rect->bottom - rect->top;
    if (to_width == width && to_height == height) {
        SetDIBitsToDevice(dc, rect->left, rect->top, (DWORD)width, (DWORD)height, 0, 0, 0, (UINT)height, pixels, &info, DIB_RGB_COLORS);
        return;
    }
    SetStretchBltMode(dc, HALFTONE);
    SetBrushOrgEx(dc, 0, 0, NULL);
    StretchDIBits(dc, rect->left, rect->top, to_width, to_height, 0, 0, width, height, pixels, &info, DIB_RGB_COLORS, SRCCOPY);
}

/* At 1:1 only the rows that changed are handed over. */
static void draw_picture(ConsoleView *view, HDC dc, const RECT *dirty, const RECT *rect, const uint32_t *pixels, int width, int height)
{
    RECT part = *rect;
    if (rect->right - rect->left == width && rect->bottom - rect->top == height) {
        part.top = rect->top + clamp(dirty->top - rect->top, height);
        part.bottom = rect->top + clamp(dirty->bottom - rect->top, height);
        if (part.bottom <= part.top)
            return;
        draw_pixels(dc, &part, pixels + (size_t)(part.top - rect->top) * (size_t)width, width, part.bottom - part.top);
        return;
    }
    (void)view;
    draw_pixels(dc, &part, pixels, width, height);
}

static void fill_background(HDC dc, const RECT *rect)
{
    SetDCBrushColor(dc, BACKGROUND);
    FillRect(dc, rect, GetStockObject(DC_BRUSH));
}

static void on_paint(ConsoleView *view)
{
    PAINTSTRUCT paint;
    HDC dc = BeginPaint(view->window, &paint);
    RECT client, rect = picture_rect(view);
    int width, height;
    size_t stride;
    GetClientRect(view->window, &client);
    const uint32_t *pixels = shows_picture(view) ? console_lock_picture(view->console, &width, &height, &stride) : NULL;
    /* A size that is news to us is drawn when the news arrive. */
    bool fits = pixels && width == view->width && height == view->height;
    if (fits)
        draw_picture(view, dc, &paint.rcPaint, &rect, pixels, width, height);
    if (pixels)
        console_unlock_picture(view->console);
    if (fits)
        ExcludeClipRect(dc, rect.left, rect.top, rect.right, rect.bottom);
    fill_background(dc, &client);
    console_note_paint(view->note, dc, &client);
    EndPaint(view->window, &paint);
}

static void invalidate_all(ConsoleView *view)
{
    update_scroll_bars(view);
    console_note_layout(view->note);
    InvalidateRect(view->window, NULL, FALSE);
}

void console_view_updated(HWND window, int x, int y, int width, int height)
{
    ConsoleView *view = view_of(window);
    RECT rect = picture_rect(view);
    if (!shows_picture(view))
        return;
    RECT changed = {
        rect.left + MulDiv(x, rect.right - rect.left, view->width),
        rect.top + MulDiv(y, rect.bottom - rect.top, view->height),
        rect.left + MulDiv(x + width, rect.right - rect.left, view->width),
        rect.top + MulDiv(y + height, rect.bottom - rect.top, view->height),
    };
    if (view->scale)
        InflateRect(&changed, 2, 2); /* neighbours are mixed in */
    InvalidateRect(window, &changed, FALSE);
}

void console_view_resized(HWND window)
{
    ConsoleView *view = view_of(window);
    int width, height;
    size_t stride;
    view->width = view->height = 0;
    if (view->console && console_lock_picture(view->console, &width, &height, &stride)) {
        view->width = width;
        view->height = height;
        console_unlock_picture(view->console);
    }
    invalidate_all(view);
}

/* ---------------------------------------------------------------- the pointer */

static HCURSOR make_cursor(const ConsoleCursor *shape)
{
    BITMAPV5HEADER header = {.bV5Size = sizeof(header), .bV5Width = shape->width, .bV5Height = -shape->height, .bV5Planes = 1, .bV5BitCount = 32,
        .bV5Compression = BI_BITFIELDS, .bV5RedMask = 0xff0000, .bV5GreenMask = 0xff00, .bV5BlueMask = 0xff, .bV5AlphaMask = 0xff000000};
    void *bits = NULL;
    HDC dc = GetDC(NULL);
    HBITMAP color = CreateDIBSection(dc, (BITMAPINFO *)&header, DIB_RGB_COLORS, &bits, NULL, 0);
    ReleaseDC(NULL, dc);
    if (!color)
        return NULL;
    memcpy(bits, shape->pixels, (size_t)shape->width * (size_t)shape->height * 4);
    HBITMAP mask = CreateBitmap(shape->width, shape->height, 1, 1, NULL);
    ICONINFO icon = {FALSE, (DWORD)clamp(shape->hot_x, shape->width - 1), (DWORD)clamp(shape->hot_y, shape->height - 1), mask, color};
    HCURSOR cursor = CreateIconIndirect(&icon);
    DeleteObject(mask);
    DeleteObject(color);
    return cursor;
}

void console_view_cursor_changed(HWND window)
{
    ConsoleView *view = view_of(window);
    const ConsoleCursor *shape = view->console ? console_cursor(view->console) : NULL;
    HCURSOR old = view->cursor;
    view->cursor = shape ? make_cursor(shape) : NULL;
    POINT at;
    if (GetCursorPos(&at) && WindowFromPoint(at) == window)
        SendMessageW(window, WM_SETCURSOR, (WPARAM)window, MAKELPARAM(HTCLIENT, WM_MOUSEMOVE));
    if (old)
        DestroyCursor(old);
}

static void send_pointer(ConsoleView *view)
{
    view->pointer_waits = false;
    view->pointer_sent = GetTickCount();
    console_pointer(view->console, view->pointer.x, view->pointer.y, view->buttons);
}

static void take_place(ConsoleView *view, LPARAM lparam)
{
    RECT rect = picture_rect(view);
    int x = GET_X_LPARAM(lparam) - rect.left, y = GET_Y_LPARAM(lparam) - rect.top;
    if (rect.right > rect.left && rect.bottom > rect.top) {
        x = MulDiv(x, view->width, rect.right - rect.left);
        y = MulDiv(y, view->height, rect.bottom - rect.top);
    }
    view->pointer = (POINT){clamp(x, view->width - 1), clamp(y, view->height - 1)};
}

static void on_move(ConsoleView *view, LPARAM lparam)
{
    if (GET_Y_LPARAM(lparam) <= EDGE && view->events->pointer_at_top)
        view->events->pointer_at_top(view->context);
    if (!shows_picture(view))
        return;
    POINT before = view->pointer;
    take_place(view, lparam);
    if (before.x == view->pointer.x && before.y == view->pointer.y)
        return;
    if (GetTickCount() - view->pointer_sent >= POINTER_INTERVAL_MS) {
        send_pointer(view);
    } else if (!view->pointer_waits) {
        view->pointer_waits = true;
        SetTimer(view->window, POINTER_TIMER, POINTER_INTERVAL_MS, NULL);
    }
}

static void on_timer(ConsoleView *view)
{
    KillTimer(view->window, POINTER_TIMER);
    if (view->pointer_waits && shows_picture(view))
        send_pointer(view);
}

static void on_button(ConsoleView *view, int button, bool down, LPARAM lparam)
{
    if (down)
        SetFocus(view->window);
    if (!shows_picture(view))
        return;
    take_place(view, lparam);
    view->buttons = down ? view->buttons | button : view->buttons & ~button;
    if (view->buttons && GetCapture() != view->window)
        SetCapture(view->window);
    else if (!view->buttons && GetCapture() == view->window)
        ReleaseCapture();
    send_pointer(view);
}

static void release_buttons(ConsoleView *view)
{
    if (!view->buttons)
        return;
    view->buttons = 0;
    if (shows_picture(view))
        send_pointer(view);
}

static void on_wheel(ConsoleView *view, int *rest, int delta, int button_up, int button_down)
{
    if (!shows_picture(view))
        return;
    *rest += delta;
    for (; *rest >= WHEEL_DELTA || *rest <= -WHEEL_DELTA; *rest += *rest > 0 ? -WHEEL_DELTA : WHEEL_DELTA) {
        int button = *rest > 0 ? button_up : button_down;
        console_pointer(view->console, view->pointer.x, view->pointer.y, view->buttons | button);
        console_pointer(view->console, view->pointer.x, view->pointer.y, view->buttons);
    }
}

static bool on_set_cursor(ConsoleView *view, LPARAM lparam)
{
    if (LOWORD(lparam) != HTCLIENT)
        return false;
    SetCursor(shows_picture(view) && view->cursor ? view->cursor : LoadCursorW(NULL, (LPCWSTR)IDC_ARROW));
    return true;
}

/* ---------------------------------------------------------------- the keyboard */

static void on_key(void *context, uint32_t keysym, uint32_t scan_code, bool down)
{
    ConsoleView *view = context;
    if (view->console)
        console_key(view->console, keysym, scan_code, down);
}

static void on_release_all(void *context)
{
    ConsoleView *view = context;
    if (view->console)
        console_release_keys(view->console);
}

static void on_keyboard_command(void *context, KeyboardCommand command)
{
    ConsoleView *view = context;
    view->events->command(view->context, command);
}

static const KeyboardEvents keyboard_events = {on_key, on_release_all, on_keyboard_command};

static void on_focus(ConsoleView *view, bool focused)
{
    keyboard_set_focus(view->keyboard, focused && shows_picture(view));
    if (!focused)
        release_buttons(view);
    if (view->events->focus)
        view->events->focus(view->context, focused);
}

/* Without a picture the keyboard belongs to the button in its place. */
static void focus_button(ConsoleView *view)
{
    HWND button = console_note_button(view->note);
    if (!shows_picture(view) && button)
        SetFocus(button);
}

/* ---------------------------------------------------------------- for the owner */

void console_view_set_console(HWND window, Console *console)
{
    ConsoleView *view = view_of(window);
    view->console = console;
    view->buttons = 0;
    view->pointer_waits = false;
    view->scroll_x = view->scroll_y = 0;
    console_view_cursor_changed(window);
    console_view_resized(window);
}

/* Instead of the window's text, which names the guest's screen. */
static void tell_note(HWND window, const char *title, const char *sentence)
{
    AUTO_FREE char *words = title ? x_printf("%s. %s", title, str_or_empty(sentence)) : NULL;

    accessible_name(window, words);
    accessible_event(window, EVENT_OBJECT_NAMECHANGE, 0);
}

void console_view_set_note(HWND window, int icon_id, const char *title, const char *sentence, const char *button, bool button_enabled)
{
    ConsoleView *view = view_of(window);
    bool had_picture = shows_picture(view);
    HWND focus = GetFocus();
    if (!console_note_set(view->note, icon_id, title, sentence, button, button_enabled))
        return;
    tell_note(window, title, sentence);
    console_view_resized(window);
    if (focus == window || (focus && IsChild(window, focus)))
        SetFocus(window);
    if (had_picture != shows_picture(view) && GetFocus() == window)
        keyboard_set_focus(view->keyboard, shows_picture(view));
}

void console_view_set_scale(HWND window, bool scale)
{
    view_of(window)->scale = scale;
    invalidate_all(view_of(window));
}

void console_view_set_grab(HWND window, bool grab)
{
    keyboard_set_grab(view_of(window)->keyboard, grab);
}

void console_view_restyle(HWND window)
{
    ConsoleView *view = view_of(window);
    console_note_restyle(view->note);
    invalidate_all(view);
}

bool console_view_is(HWND window)
{
    wchar_t name[ARRAYSIZE(class_name) + 1];
    return GetClassNameW(window, name, ARRAYSIZE(name)) && wcscmp(name, class_name) == 0;
}

bool console_view_wants_keys(HWND window)
{
    return shows_picture(view_of(window));
}

/* ---------------------------------------------------------------- the window */

static bool handle_pointer(ConsoleView *view, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case WM_MOUSEMOVE:     on_move(view, lparam); return true;
    case WM_LBUTTONDOWN:
    case WM_LBUTTONDBLCLK: on_button(view, CONSOLE_BUTTON_LEFT, true, lparam); return true;
    case WM_LBUTTONUP:     on_button(view, CONSOLE_BUTTON_LEFT, false, lparam); return true;
    case WM_MBUTTONDOWN:
    case WM_MBUTTONDBLCLK: on_button(view, CONSOLE_BUTTON_MIDDLE, true, lparam); return true;
    case WM_MBUTTONUP:     on_button(view, CONSOLE_BUTTON_MIDDLE, false, lparam); return true;
    case WM_RBUTTONDOWN:
    case WM_RBUTTONDBLCLK: on_button(view, CONSOLE_BUTTON_RIGHT, true, lparam); return true;
    case WM_RBUTTONUP:     on_button(view, CONSOLE_BUTTON_RIGHT, false, lparam); return true;
    case WM_MOUSEWHEEL:    on_wheel(view, &view->wheel, GET_WHEEL_DELTA_WPARAM(wparam), CONSOLE_WHEEL_UP, CONSOLE_WHEEL_DOWN); return true;
    case WM_MOUSEHWHEEL:   on_wheel(view, &view->wheel_sideways, GET_WHEEL_DELTA_WPARAM(wparam), WHEEL_RIGHT, WHEEL_LEFT); return true;
    default:               return false;
    }
}

static LRESULT handle(ConsoleView *view, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (handle_pointer(view, message, wparam, lparam))
        return 0;
    if (shows_picture(view) && keyboard_message(view->keyboard, message, wparam, lparam))
        return 0;
    switch (message) {
    case WM_PAINT:          on_paint(view); return 0;
    case WM_ERASEBKGND:     return 1;
    case WM_SIZE:           invalidate_all(view); return 0;
    case WM_HSCROLL:        on_scroll(view, SB_HORZ, LOWORD(wparam)); return 0;
    case WM_VSCROLL:        on_scroll(view, SB_VERT, LOWORD(wparam)); return 0;
    case WM_TIMER:          on_timer(view); return 0;
    case WM_SETFOCUS:       on_focus(view, true); focus_button(view); return 0;
    case WM_KILLFOCUS:      on_focus(view, false); return 0;
    case WM_CAPTURECHANGED: release_buttons(view); return 0;
    case WM_GETDLGCODE:     return shows_picture(view) ? DLGC_WANTALLKEYS | DLGC_WANTARROWS | DLGC_WANTTAB | DLGC_WANTCHARS : 0;
    case WM_COMMAND:
        if (HIWORD(wparam) == BN_CLICKED)
            view->events->button(view->context);
        return 0;
    case WM_SETCURSOR:
        if ((HWND)wparam == view->window && on_set_cursor(view, lparam))
            return TRUE;
        break;
    default:
        break;
    }
    return DefWindowProcW(view->window, message, wparam, lparam);
}

static void destroy(ConsoleView *view)
{
    SetWindowLongPtrW(view->window, GWLP_USERDATA, 0);
    keyboard_free(view->keyboard);
    if (view->note)
        console_note_free(view->note);
    if (view->cursor)
        DestroyCursor(view->cursor);
    free(view);
}

static LRESULT CALLBACK window_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    ConsoleView *view = view_of(window);
    if (message == WM_NCCREATE) {
        view = ((const CREATESTRUCTW *)lparam)->lpCreateParams;
        view->window = window;
        SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)view);
        view->keyboard = keyboard_create(window, &keyboard_events, view);
    }
    /* Not before: the theme looks at children when the window is there. */
    if (message == WM_CREATE)
        view->note = console_note_create(window, BUTTON_ID);
    if (!view || !view->note)
        return DefWindowProcW(window, message, wparam, lparam);
    if (message == WM_NCDESTROY) {
        destroy(view);
        return 0;
    }
    return handle(view, message, wparam, lparam);
}

HWND console_view_create(HWND parent, const ConsoleViewEvents *events, void *context)
{
    static ATOM class_atom;
    static const AccessibleClass facts = {.role = ROLE_SYSTEM_GRAPHIC};
    if (!class_atom) {
        WNDCLASSEXW class = {.cbSize = sizeof(class), .style = CS_DBLCLKS, .lpfnWndProc = window_proc, .hInstance = GetModuleHandleW(NULL), .lpszClassName = class_name};
        class_atom = RegisterClassExW(&class);
    }
    ConsoleView *view = calloc(1, sizeof(*view));
    if (!view)
        return NULL;
    view->events = events;
    view->context = context;
    HWND window = CreateWindowExW(0, class_name, L"", WS_CHILD | WS_CLIPCHILDREN | WS_TABSTOP | WS_HSCROLL | WS_VSCROLL, 0, 0, 0, 0, parent, NULL, GetModuleHandleW(NULL), view);
    if (window) {
        ImmAssociateContext(window, NULL); /* the guest has input methods of its own */
        accessible_class(window, &facts);
    }
    return window;
}
