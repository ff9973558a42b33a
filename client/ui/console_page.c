/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Console page of a VM: a row of controls (CD drive, Ctrl+Alt+Del, scale, ...) over the guest's screen. The row wraps when the window is
 * narrow. One console is open at a time; while the page is hidden it asks for no updates. UI thread.
 */
#include "client/ui/console_page.h"

#include "client/core/core.h"
#include "client/core/key_codes.h"
#include "client/core/log.h"
#include "client/core/rules.h"
#include "client/ui/console_full.h"
#include "client/ui/console_media.h"
#include "client/ui/console_picture.h"
#include "client/ui/console_view.h"
#include "client/ui/page.h"
#include "client/win/accessible.h"
#include "client/win/clipboard.h"
#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { ID_CTRL_ALT_DEL = 211, ID_SCALE, ID_GRAB, ID_FULL_SCREEN, ID_SCREENSHOT, ID_STATE };
enum { PADDING = 8, GAP = 8, ROW_HEIGHT = 28, CHECK_BOX = 22, BUTTON_PADDING = 12, DISC_WIDTH = 230, DRIVE_WIDTH = 70, DROP_LINES = 12 };
enum { CLIPBOARD_LIMIT = 256 << 10 }; /* characters */

typedef struct ConsolePage {
    Page *page;
    HWND window, view, tips, state_text;
    ConsoleMedia *media;
    ConsoleFull *full;  /* NULL: not on the whole screen */
    Console *console;
    char vm[LIMIT_UUID + 1];
    Server *server;     /* of the console */
    bool focused, starting;
    char *message;      /* news for the state text; NULL: what is usual */
    bool message_is_error;
    DWORD clipboard_number; /* of the text we exchanged last */
    char *clipboard;    /* of the guest, until the console has the focus; may be NULL */
} ConsolePage;

/* The row, from left to right, beside the media controls. */
static const struct BarItem {
    int id;
    const wchar_t *class;
    DWORD style;
    TextId title, tip;
} bar_items[] = {
    {ID_CTRL_ALT_DEL, L"BUTTON", WS_TABSTOP | BS_PUSHBUTTON, TEXT_CONSOLE_CTRL_ALT_DEL, TEXT_CONSOLE_TIP_CTRL_ALT_DEL},
    {ID_FULL_SCREEN, L"BUTTON", WS_TABSTOP | BS_PUSHBUTTON, TEXT_CONSOLE_FULL_SCREEN, TEXT_CONSOLE_TIP_FULL_SCREEN},
    {ID_SCREENSHOT, L"BUTTON", WS_TABSTOP | BS_PUSHBUTTON, TEXT_CONSOLE_SCREENSHOT, TEXT_CONSOLE_TIP_SCREENSHOT},
    {ID_SCALE, L"BUTTON", WS_TABSTOP | BS_AUTOCHECKBOX, TEXT_CONSOLE_SCALE, TEXT_CONSOLE_TIP_SCALE},
    {ID_GRAB, L"BUTTON", WS_TABSTOP | BS_AUTOCHECKBOX, TEXT_CONSOLE_GRAB, TEXT_CONSOLE_TIP_GRAB},
};

static const wchar_t class_name[] = L"PoolCenterConsolePage";

static HWND item(const ConsolePage *page, int id)
{
    return GetDlgItem(page->window, id);
}

/* ---------------------------------------------------------------- layout */

static bool is_shown(HWND control)
{
    return (GetWindowLongPtrW(control, GWL_STYLE) & WS_VISIBLE) != 0;
}

static int text_width_of(HWND control, int dpi)
{
    AUTO_FREE char *utf8 = utf_window_text(control);
    AUTO_FREE wchar_t *wide = utf_to_wide(utf8);
    return dpi_text_width(dpi, FONT_TEXT, wide);
}

static int item_width(const ConsolePage *page, int id, int dpi)
{
    switch (id) {
    case CONSOLE_MEDIA_LABEL:
        return text_width_of(item(page, id), dpi);
    case CONSOLE_MEDIA_DRIVE:
        return dpi_scale(dpi, DRIVE_WIDTH);
    case CONSOLE_MEDIA_DISC:
        return dpi_scale(dpi, DISC_WIDTH);
    case ID_SCALE:
    case ID_GRAB:
        return text_width_of(item(page, id), dpi) + dpi_scale(dpi, CHECK_BOX);
    default:
        return text_width_of(item(page, id), dpi) + 2 * dpi_scale(dpi, BUTTON_PADDING);
    }
}

static int combo_height(HWND combo)
{
    RECT rect;
    GetWindowRect(combo, &rect);
    return rect.bottom - rect.top;
}

static void place_item(const ConsolePage *page, int id, int x, int y, int width, int dpi)
{
    HWND control = item(page, id);
    int row = dpi_scale(dpi, ROW_HEIGHT);
    if (id == CONSOLE_MEDIA_DRIVE || id == CONSOLE_MEDIA_DISC) {
        /* The height given is that with the list open; its own comes from the font. */
        SetWindowPos(control, NULL, x, y, width, row * DROP_LINES, SWP_NOZORDER | SWP_NOACTIVATE);
        SetWindowPos(control, NULL, x, y + (row - combo_height(control)) / 2, 0, 0, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOSIZE);
        return;
    }
    SetWindowPos(control, NULL, x, y, width, row, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

/* Places the row's controls; the height they take. */
static int layout_bar(ConsolePage *page, int client_width, int dpi)
{
    static const int ids[] = {CONSOLE_MEDIA_LABEL, CONSOLE_MEDIA_DRIVE, CONSOLE_MEDIA_DISC, CONSOLE_MEDIA_EJECT, ID_CTRL_ALT_DEL, ID_FULL_SCREEN, ID_SCREENSHOT, ID_SCALE, ID_GRAB};
    int padding = dpi_scale(dpi, PADDING), gap = dpi_scale(dpi, GAP), row = dpi_scale(dpi, ROW_HEIGHT);
    int x = padding, y = padding;
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        if (!is_shown(item(page, ids[i])))
            continue;
        int width = item_width(page, ids[i], dpi);
        if (x > padding && x + width > client_width - padding) {
            x = padding;
            y += row + gap;
        }
        place_item(page, ids[i], x, y, width, dpi);
        x += width + gap;
    }
    /* By the longest usual text, so that the picture stays where it is when the text changes. */
    AUTO_FREE wchar_t *longest = utf_text(TEXT_CONSOLE_STATE_FOCUSED);
    if (x > padding && dpi_text_width(dpi, FONT_TEXT, longest) > client_width - padding - x) {
        x = padding;
        y += row;
    }
    SetWindowPos(page->state_text, NULL, x, y, client_width - padding - x, row, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
    return y + row + padding;
}

static void layout(ConsolePage *page)
{
    RECT client;
    GetClientRect(page->window, &client);
    int top = layout_bar(page, client.right, dpi_of(page->window));
    if (GetParent(page->view) == page->window) /* not on the whole screen */
        SetWindowPos(page->view, NULL, 0, top, client.right, client.bottom > top ? client.bottom - top : 0, SWP_NOZORDER | SWP_NOACTIVATE | SWP_SHOWWINDOW);
}

/* ---------------------------------------------------------------- states */

static const VmInfo *vm_of(const ConsolePage *page)
{
    return page->server ? model_vm(server_model(page->server), page->vm) : NULL;
}

static char *usual_state_text(const ConsolePage *page)
{
    int width, height;
    size_t stride;
    if (!page->console || console_state(page->console) != CONSOLE_CONNECTED)
        return x_strdup("");
    if (page->focused)
        return x_strdup(text(TEXT_CONSOLE_STATE_FOCUSED));
    if (!console_lock_picture(page->console, &width, &height, &stride))
        return x_strdup("");
    console_unlock_picture(page->console);
    AUTO_FREE char *columns = x_printf("%d", width), *rows = x_printf("%d", height);
    return text_format(TEXT_CONSOLE_STATE_CONNECTED, columns, rows, NULL);
}

static void update_state_text(ConsolePage *page)
{
    AUTO_FREE char *usual = usual_state_text(page);
    theme_set_text_color(page->state_text, page->message && page->message_is_error ? THEME_ERROR : THEME_TEXT_DIM);
    utf_set_window_text(page->state_text, page->message ? page->message : usual);
    InvalidateRect(page->state_text, NULL, TRUE);
    layout(page);
}

/* Takes the message; NULL: back to what is usual. */
static void set_message(ConsolePage *page, char *message, bool is_error)
{
    free(page->message);
    page->message = message;
    page->message_is_error = is_error;
    update_state_text(page);
}

static void show_error(ConsolePage *page, const Error *error)
{
    log_error("Console page", error);
    set_message(page, text_error(error), true);
}

static void note_off(ConsolePage *page)
{
    const VmInfo *vm = vm_of(page);
    AUTO_FREE char *why = NULL;
    bool possible = vm && !page->starting && rules_vm(page->server, vm, METHOD_vm_start, &why);
    const char *sentence = page->starting ? text(TEXT_CONSOLE_STARTING_TEXT) : possible || !why ? text(TEXT_CONSOLE_OFF_TEXT) : why;
    console_view_set_note(page->view, ICON_CONSOLE_OFF, text(TEXT_CONSOLE_OFF_TITLE), sentence, text(TEXT_CONSOLE_START), possible);
}

static void note_failed(ConsolePage *page)
{
    const Error *error = console_error(page->console);
    AUTO_FREE char *sentence = error ? text_error(error) : NULL;
    console_view_set_note(page->view, ICON_WARNING, text(TEXT_CONSOLE_FAILED_TITLE), sentence, text(TEXT_CONSOLE_RETRY), true);
}

/* The view's text: what screen readers call the guest's picture. */
static void name_view(const ConsolePage *page)
{
    const VmInfo *vm = vm_of(page);
    AUTO_FREE char *words = text_format(TEXT_ACCESSIBLE_CONSOLE, vm ? vm->name : "", NULL);
    utf_set_window_text(page->view, words);
}

static void update_note(ConsolePage *page)
{
    if (!page->console)
        return;
    name_view(page);
    switch (console_state(page->console)) {
    case CONSOLE_CONNECTED:
        console_view_set_note(page->view, 0, NULL, NULL, NULL, false);
        break;
    case CONSOLE_CONNECTING:
        console_view_set_note(page->view, ICON_CONSOLE, text(TEXT_CONSOLE_CONNECTING_TITLE), text(TEXT_CONSOLE_CONNECTING_TEXT), NULL, false);
        break;
    case CONSOLE_VM_OFF:
        note_off(page);
        break;
    case CONSOLE_OFFLINE:
        console_view_set_note(page->view, ICON_HOST_OFFLINE, text(TEXT_CONSOLE_OFFLINE_TITLE), text(TEXT_CONSOLE_OFFLINE_TEXT), NULL, false);
        break;
    case CONSOLE_FAILED:
        note_failed(page);
        break;
    }
}

static void update_controls(ConsolePage *page)
{
    bool connected = page->console && console_state(page->console) == CONSOLE_CONNECTED;
    EnableWindow(item(page, ID_CTRL_ALT_DEL), connected);
    EnableWindow(item(page, ID_SCREENSHOT), connected);
}

/* ---------------------------------------------------------------- clipboard */

/* Windows' text goes to the guest when the console gets the focus, and only if it is not the guest's own. */
static void send_clipboard(ConsolePage *page)
{
    DWORD number = GetClipboardSequenceNumber();
    if (!page->console || (number && number == page->clipboard_number) || !OpenClipboard(page->window))
        return;
    HANDLE handle = GetClipboardData(CF_UNICODETEXT);
    const wchar_t *wide = handle ? GlobalLock(handle) : NULL;
    if (wide && wcsnlen(wide, CLIPBOARD_LIMIT) < CLIPBOARD_LIMIT) {
        AUTO_FREE char *utf8 = utf_from_wide(wide);
        if (*utf8)
            console_set_clipboard(page->console, utf8);
    }
    if (wide)
        GlobalUnlock(handle);
    CloseClipboard();
    page->clipboard_number = number;
}

static void take_clipboard(ConsolePage *page)
{
    if (!page->clipboard || !page->focused)
        return;
    clipboard_put(page->window, page->clipboard);
    free(page->clipboard);
    page->clipboard = NULL;
    page->clipboard_number = GetClipboardSequenceNumber();
}

/* ---------------------------------------------------------------- the console's news */

static void on_state_changed(void *context, Console *console)
{
    ConsolePage *page = context;
    page->console = console; /* also while it is being opened */
    if (console_state(console) != CONSOLE_VM_OFF)
        page->starting = false;
    update_note(page);
    update_controls(page);
    set_message(page, NULL, false);
    if (console_state(console) == CONSOLE_CONNECTED && page->focused)
        send_clipboard(page);
}

static void on_resized(void *context, Console *console, int width, int height)
{
    ConsolePage *page = context;
    (void)console, (void)width, (void)height;
    console_view_resized(page->view);
    update_state_text(page);
}

static void on_updated(void *context, Console *console, int x, int y, int width, int height)
{
    (void)console;
    console_view_updated(((ConsolePage *)context)->view, x, y, width, height);
}

static void on_bell(void *context, Console *console)
{
    (void)context, (void)console;
    MessageBeep(MB_OK);
}

static void on_clipboard(void *context, Console *console, const char *utf8)
{
    ConsolePage *page = context;
    (void)console;
    free(page->clipboard);
    page->clipboard = x_strdup(utf8);
    take_clipboard(page);
}

static void on_cursor(void *context, Console *console)
{
    (void)console;
    console_view_cursor_changed(((ConsolePage *)context)->view);
}

static const ConsoleListener console_listener = {on_state_changed, on_resized, on_updated, on_bell, on_clipboard, on_cursor};

static void close_console(ConsolePage *page)
{
    console_view_set_console(page->view, NULL);
    console_close(page->console);
    page->console = NULL;
    page->server = NULL;
    page->vm[0] = 0;
    page->starting = false;
}

static void open_console(ConsolePage *page, Server *server, const char *vm)
{
    close_console(page);
    page->server = server;
    strncpy(page->vm, vm, LIMIT_UUID);
    page->console = console_open(server, vm, &console_listener, page);
    console_view_set_console(page->view, page->console);
    page->clipboard_number = 0;
    set_message(page, NULL, false);
}

/* ---------------------------------------------------------------- what the user does */

static void leave_full_screen(ConsolePage *page)
{
    ConsoleFull *full = TAKE_PTR(page->full);
    if (!full)
        return;
    console_full_leave(full, page->window);
    layout(page);
    console_view_restyle(page->view);
}

static void on_full_command(void *context, int id)
{
    ConsolePage *page = context;
    if (id == CONSOLE_FULL_LEAVE)
        leave_full_screen(page);
    else if (id == CONSOLE_FULL_CTRL_ALT_DEL && page->console)
        console_send_ctrl_alt_del(page->console);
}

static void toggle_full_screen(ConsolePage *page)
{
    const VmInfo *vm = vm_of(page);
    if (page->full)
        leave_full_screen(page);
    else
        page->full = console_full_enter(page->view, vm ? vm->name : "", on_full_command, page);
}

static void on_view_command(void *context, KeyboardCommand command)
{
    ConsolePage *page = context;
    if (command == KEYBOARD_FULL_SCREEN)
        toggle_full_screen(page);
    else if (page->full)
        console_full_show_bar(page->full);
    else
        SetFocus(item(page, ID_CTRL_ALT_DEL));
}

static void on_start_answer(void *context, TaskRef *result, const Error *error)
{
    ConsolePage *page = context;
    (void)result;
    if (!error)
        return; /* the inventory tells when it runs */
    page->starting = false;
    update_note(page);
    show_error(page, error);
}

static void on_view_button(void *context)
{
    ConsolePage *page = context;
    if (!page->console)
        return;
    if (console_state(page->console) == CONSOLE_FAILED) {
        console_reconnect(page->console);
    } else if (console_state(page->console) == CONSOLE_VM_OFF && vm_of(page)) {
        VmStartParams params = {.vm = page->vm};
        page->starting = true;
        update_note(page);
        call_vm_start(page->server, &params, on_start_answer, page, page);
    }
}

static void on_view_focus(void *context, bool focused)
{
    ConsolePage *page = context;
    page->focused = focused;
    if (focused) {
        take_clipboard(page);
        send_clipboard(page);
    }
    update_state_text(page);
}

static void on_pointer_at_top(void *context)
{
    ConsolePage *page = context;
    if (page->full)
        console_full_show_bar(page->full);
}

static const ConsoleViewEvents view_events = {on_view_command, on_view_button, on_view_focus, on_pointer_at_top};

static void on_media_busy(void *context, bool busy)
{
    set_message(context, busy ? x_strdup(text(TEXT_CONSOLE_STATE_INSERTING)) : NULL, false);
}

static void on_media_failed(void *context, const Error *error)
{
    show_error(context, error);
}

static void on_media_layout(void *context)
{
    layout(context);
}

static const ConsoleMediaEvents media_events = {on_media_busy, on_media_failed, on_media_layout};

static bool checked(const ConsolePage *page, int id)
{
    return SendMessageW(item(page, id), BM_GETCHECK, 0, 0) == BST_CHECKED;
}

static void save_picture(ConsolePage *page)
{
    const VmInfo *vm = vm_of(page);
    AUTO(error_clear) Error error = {0};
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *name = x_strdup(vm ? vm->name : "VM"); /* the dialog runs a message loop: the model may change */
    if (!page->console)
        return;
    if (console_picture_ask_and_save(GetAncestor(page->window, GA_ROOT), page->console, name, &path, &error) < 0)
        show_error(page, &error);
    else if (path)
        set_message(page, text_format(TEXT_CONSOLE_STATE_SAVED, path, NULL), false);
}

static void on_command(ConsolePage *page, int id, int code)
{
    Settings *settings = core_settings(app_get()->core);
    if (console_media_command(page->media, id, code) || code != BN_CLICKED)
        return;
    switch (id) {
    case ID_CTRL_ALT_DEL:
        if (page->console)
            console_send_ctrl_alt_del(page->console);
        SetFocus(page->view);
        break;
    case ID_SCALE:
        console_view_set_scale(page->view, checked(page, ID_SCALE));
        settings_set_int(settings, "console.scale", checked(page, ID_SCALE));
        break;
    case ID_GRAB:
        console_view_set_grab(page->view, checked(page, ID_GRAB));
        settings_set_int(settings, "console.grab_keys", checked(page, ID_GRAB));
        break;
    case ID_FULL_SCREEN:
        toggle_full_screen(page);
        break;
    case ID_SCREENSHOT:
        save_picture(page);
        break;
    default:
        break;
    }
}

bool console_page_wants_key(HWND focus, const MSG *message)
{
    return message->message >= WM_KEYFIRST && message->message <= WM_KEYLAST && focus && console_view_is(focus) && console_view_wants_keys(focus);
}

/* ---------------------------------------------------------------- making and dressing */

static void add_tip(ConsolePage *page, HWND control, TextId id, bool is_new)
{
    AUTO_FREE wchar_t *wide = utf_text(id);
    TTTOOLINFOW tool = {.cbSize = sizeof(TTTOOLINFOW), .uFlags = TTF_SUBCLASS | TTF_IDISHWND, .hwnd = page->window, .uId = (UINT_PTR)control, .lpszText = wide};
    SendMessageW(page->tips, is_new ? TTM_ADDTOOLW : TTM_UPDATETIPTEXTW, 0, (LPARAM)&tool);
}

static void add_tips(ConsolePage *page, bool is_new)
{
    add_tip(page, item(page, CONSOLE_MEDIA_DISC), TEXT_CONSOLE_TIP_CD, is_new);
    add_tip(page, item(page, CONSOLE_MEDIA_EJECT), TEXT_CONSOLE_TIP_EJECT, is_new);
    for (size_t i = 0; i < ARRAY_SIZE(bar_items); i++)
        add_tip(page, item(page, bar_items[i].id), bar_items[i].tip, is_new);
}

static void create_bar(ConsolePage *page)
{
    HINSTANCE instance = GetModuleHandleW(NULL);
    page->media = console_media_create(page->window, &media_events, page);
    for (size_t i = 0; i < ARRAY_SIZE(bar_items); i++)
        CreateWindowExW(0, bar_items[i].class, L"", WS_CHILD | WS_VISIBLE | bar_items[i].style, 0, 0, 0, 0, page->window, (HMENU)(intptr_t)bar_items[i].id, instance, NULL);
    page->state_text = CreateWindowExW(0, L"STATIC", L"", WS_CHILD | WS_VISIBLE | SS_LEFT | SS_CENTERIMAGE | SS_ENDELLIPSIS | SS_NOPREFIX, 0, 0, 0, 0, page->window, (HMENU)(intptr_t)ID_STATE, instance, NULL);
    page->tips = CreateWindowExW(0, TOOLTIPS_CLASSW, NULL, WS_POPUP | TTS_NOPREFIX | TTS_ALWAYSTIP, 0, 0, 0, 0, page->window, NULL, instance, NULL);
    add_tips(page, true);
}

static BOOL CALLBACK set_font(HWND control, LPARAM font)
{
    SendMessageW(control, WM_SETFONT, (WPARAM)font, TRUE);
    return TRUE;
}

static void dress(ConsolePage *page)
{
    int dpi = dpi_of(page->window);
    EnumChildWindows(page->window, set_font, (LPARAM)dpi_font(dpi, FONT_TEXT));
    for (size_t i = 0; i < ARRAY_SIZE(bar_items); i++)
        utf_set_window_text(item(page, bar_items[i].id), text(bar_items[i].title));
    add_tips(page, false);
    console_media_retext(page->media);
    console_view_restyle(page->view);
    update_note(page);
    update_state_text(page);
}

static void restore_choices(ConsolePage *page)
{
    const Settings *settings = core_settings(app_get()->core);
    bool scale = settings_int(settings, "console.scale", 0) != 0, grab = settings_int(settings, "console.grab_keys", 0) != 0;
    SendMessageW(item(page, ID_SCALE), BM_SETCHECK, scale ? BST_CHECKED : BST_UNCHECKED, 0);
    SendMessageW(item(page, ID_GRAB), BM_SETCHECK, grab ? BST_CHECKED : BST_UNCHECKED, 0);
    console_view_set_scale(page->view, scale);
    console_view_set_grab(page->view, grab);
}

static LRESULT CALLBACK window_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    ConsolePage *page = (ConsolePage *)GetWindowLongPtrW(window, GWLP_USERDATA);
    switch (page ? message : WM_NULL) {
    case WM_SIZE:
        layout(page);
        return 0;
    case WM_COMMAND:
        on_command(page, LOWORD(wparam), HIWORD(wparam));
        return 0;
    case WM_SETFOCUS:
        SetFocus(page->view);
        return 0;
    case WM_ERASEBKGND: {
        RECT rect;
        GetClientRect(window, &rect);
        FillRect((HDC)wparam, &rect, theme_brush(THEME_PANEL));
        return 1;
    }
    case WM_CTLCOLORSTATIC:
    case WM_CTLCOLORBTN: {
        LRESULT brush;
        if (theme_ctl_color(window, message, wparam, lparam, &brush))
            return brush;
        return DefWindowProcW(window, message, wparam, lparam);
    }
    default:
        return DefWindowProcW(window, message, wparam, lparam);
    }
}

static HWND create(Page *base, HWND parent)
{
    static ATOM class_atom;
    HINSTANCE instance = GetModuleHandleW(NULL);
    if (!class_atom) {
        WNDCLASSEXW class = {.cbSize = sizeof(class), .lpfnWndProc = window_proc, .hInstance = instance, .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW), .lpszClassName = class_name};
        class_atom = RegisterClassExW(&class);
    }
    ConsolePage *page = x_calloc(1, sizeof(*page));
    page->page = base;
    base->state = page;
    page->window = CreateWindowExW(WS_EX_CONTROLPARENT, class_name, L"", WS_CHILD | WS_CLIPCHILDREN, 0, 0, 0, 0, parent, NULL, instance, NULL);
    theme_set_background(page->window, THEME_PANEL);
    create_bar(page);
    page->view = console_view_create(page->window, &view_events, page);
    SetWindowLongPtrW(page->window, GWLP_USERDATA, (LONG_PTR)page);
    dress(page);
    restore_choices(page);
    update_controls(page);
    return page->window;
}

/* ---------------------------------------------------------------- the page */

static bool applies(const Selection *selection)
{
    return selection->kind == OBJECT_VM;
}

static void show(Page *base, const Selection *selection)
{
    ConsolePage *page = base->state;
    base->selection = *selection;
    if (selection->server != page->server || !str_equal(selection->id, page->vm)) {
        leave_full_screen(page);
        open_console(page, selection->server, selection->id);
    }
    console_show(page->console, true);
    console_media_set(page->media, selection->server, selection->id);
    update_note(page);
    update_controls(page);
    layout(page);
}

static void hide(Page *base)
{
    ConsolePage *page = base->state;
    leave_full_screen(page);
    console_media_set(page->media, NULL, NULL);
    if (page->console)
        console_show(page->console, false);
}

static void refresh(Page *base, Server *server, const ChangeList *changes)
{
    ConsolePage *page = base->state;
    (void)changes;
    if (server != page->server)
        return;
    console_media_refresh(page->media);
    update_note(page);
}

static void restyle(Page *base)
{
    dress(base->state);
}

static void destroy(Page *base)
{
    ConsolePage *page = base->state;
    leave_full_screen(page);
    close_console(page);
    core_forget(app_get()->core, page);
    console_media_free(page->media);
    SetWindowLongPtrW(page->window, GWLP_USERDATA, 0);
    DestroyWindow(page->tips);
    DestroyWindow(page->window);
    free(page->message);
    free(page->clipboard);
    free(page);
}

const PageClass console_page_class = {"console", TEXT_PAGE_CONSOLE, "console", applies, create, show, hide, refresh, restyle, destroy};
