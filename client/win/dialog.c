/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dialog windows made without templates: frame, buttons, modal loop, dpi and theme changes. See dialog.h. UI thread. */
#include "client/win/dialog.h"

#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <assert.h>
#include <commctrl.h>

enum { BUTTONS_MAX = 6, MARGIN = 14, GAP = 8, TIMER_ID = 1, WIDTH_DEFAULT = 420, REFITS_MAX = 3, WM_REFIT = WM_APP + 1 };

static const wchar_t dialog_prop[] = L"PoolCenterDialog";

struct Dialog {
    HWND window, owner;
    FormHandler *handler;
    void *context;
    Form *form;
    DialogContent content;
    bool has_content;
    HWND buttons[BUTTONS_MAX];
    size_t button_count;
    int dpi;
    int width, height; /* at 96 dpi; height 0: measured */
    unsigned letters, colors; /* see dpi_on_setting_change, theme_on_setting_change */
    int focus;
    const char *topic;
    int result;
    bool modal, done, shown;
    SIZE fitted; /* the window, in pixels */
    int refits;
};

static void (*open_help)(HWND owner, const char *topic);

static int scale(const Dialog *dialog, int size) { return dpi_scale(dialog->dpi, size); }

/* ---------------------------------------------------------------- sizes */

static int button_height(const Dialog *dialog) { return dpi_text_height(dialog->dpi, FONT_TEXT) + scale(dialog, 11); }

static bool visible(HWND window) { return GetWindowLongW(window, GWL_STYLE) & WS_VISIBLE; }

static int button_width(const Dialog *dialog, HWND button)
{
    wchar_t text[256];
    GetWindowTextW(button, text, ARRAYSIZE(text));
    return max(dpi_text_width(dialog->dpi, FONT_TEXT, text) + scale(dialog, 20), scale(dialog, 80));
}

static int buttons_width(const Dialog *dialog)
{
    int width = 0;
    for (size_t i = 0; i < dialog->button_count; i++)
        if (visible(dialog->buttons[i]))
            width += button_width(dialog, dialog->buttons[i]) + scale(dialog, GAP);
    return width - scale(dialog, GAP) + 2 * scale(dialog, MARGIN);
}

/* The strip with the buttons; the content above has its own margin. */
static int strip_height(const Dialog *dialog) { return dialog->button_count ? button_height(dialog) + scale(dialog, MARGIN) : 0; }

static SIZE wanted_size(const Dialog *dialog)
{
    SIZE size;
    if (dialog->has_content) {
        size = dialog->content.measure(dialog->content.context, dialog->dpi);
        if (dialog->height && !dialog->shown) {
            SIZE remembered = {max(size.cx, scale(dialog, dialog->width)), scale(dialog, dialog->height)};
            return remembered;
        }
    } else {
        size.cx = max(form_width(dialog->form), scale(dialog, dialog->width));
        size.cx = max(size.cx, buttons_width(dialog));
        size.cy = form_height(dialog->form, size.cx);
    }
    size.cy += strip_height(dialog);
    return size;
}

static SIZE frame_size(const Dialog *dialog)
{
    RECT inside, outside;
    GetClientRect(dialog->window, &inside);
    GetWindowRect(dialog->window, &outside);
    SIZE size = {outside.right - outside.left - inside.right, outside.bottom - outside.top - inside.bottom};
    return size;
}

static RECT work_area(HWND window)
{
    MONITORINFO info = {.cbSize = sizeof(info)};
    GetMonitorInfoW(MonitorFromWindow(window, MONITOR_DEFAULTTONEAREST), &info);
    return info.rcWork;
}

static void layout(Dialog *dialog)
{
    RECT area;
    GetClientRect(dialog->window, &area);
    int height = button_height(dialog), x = area.right - scale(dialog, MARGIN), y = area.bottom - scale(dialog, MARGIN) - height;
    for (size_t i = dialog->button_count; i-- > 0;) {
        if (!visible(dialog->buttons[i]))
            continue;
        int width = button_width(dialog, dialog->buttons[i]);
        x -= width;
        SetWindowPos(dialog->buttons[i], NULL, x, y, width, height, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
        x -= scale(dialog, GAP);
    }
    area.bottom -= strip_height(dialog);
    if (dialog->has_content)
        dialog->content.layout(dialog->content.context, dialog->dpi, &area);
    else
        SetWindowPos(form_window(dialog->form), NULL, 0, 0, area.right, area.bottom, SWP_NOZORDER | SWP_NOACTIVATE);
}

/* Keeps the window inside the screen it is on. */
static void move_inside(RECT *place, const RECT *work)
{
    int width = min(place->right - place->left, work->right - work->left), height = min(place->bottom - place->top, work->bottom - work->top);
    place->left = max(work->left, min(place->left, work->right - width));
    place->top = max(work->top, min(place->top, work->bottom - height));
    place->right = place->left + width;
    place->bottom = place->top + height;
}

/* The first time centered over the owner; later it only grows, so that nothing jumps. */
static void fit(Dialog *dialog)
{
    SIZE want = wanted_size(dialog), frame = frame_size(dialog);
    RECT place, over;
    GetWindowRect(dialog->window, &place);
    int width = want.cx + frame.cx, height = want.cy + frame.cy;
    if (dialog->shown) {
        width = max(width, place.right - place.left);
        height = max(height, place.bottom - place.top);
    } else {
        RECT work = work_area(dialog->owner ? dialog->owner : dialog->window);
        over = work;
        if (dialog->owner && !IsIconic(dialog->owner))
            GetWindowRect(dialog->owner, &over);
        place.left = (over.left + over.right - width) / 2;
        place.top = (over.top + over.bottom - height) / 2;
    }
    place.right = place.left + width;
    place.bottom = place.top + height;
    RECT work = work_area(dialog->shown || !dialog->owner ? dialog->window : dialog->owner);
    move_inside(&place, &work);
    dialog->fitted = (SIZE){place.right - place.left, place.bottom - place.top};
    SetWindowPos(dialog->window, NULL, place.left, place.top, dialog->fitted.cx, dialog->fitted.cy, SWP_NOZORDER | SWP_NOACTIVATE);
    layout(dialog);
}

void dialog_fit(Dialog *dialog)
{
    if (dialog->shown)
        fit(dialog);
}

static void form_resized(void *context) { dialog_fit(context); }

/*
 * Nobody but us sizes a dialog without a sizing frame, except window managers below Wine: one that is told of a new size while it puts the window
 * up gives the old size back. Wine then declares each size it hears of the only one allowed, the window manager obeys and tells of it, and with two
 * such news on their way the size goes to and fro for ever. So the dialog gets a sizing frame, since all sizes are allowed then, and its size again,
 * a few times at most, once the message that brought the news is done.
 */
static void on_size(Dialog *dialog)
{
    RECT place;

    if (!dialog->shown)
        return;
    layout(dialog);
    GetWindowRect(dialog->window, &place);
    bool smaller = place.right - place.left < dialog->fitted.cx || place.bottom - place.top < dialog->fitted.cy;
    if (!smaller || dialog->has_content || IsIconic(dialog->window) || dialog->refits++ >= REFITS_MAX)
        return;
    SetWindowLongPtrW(dialog->window, GWL_STYLE, GetWindowLongPtrW(dialog->window, GWL_STYLE) | WS_THICKFRAME);
    PostMessageW(dialog->window, WM_REFIT, 0, 0);
}

static void refit(Dialog *dialog)
{
    SetWindowPos(dialog->window, NULL, 0, 0, 0, 0, SWP_NOMOVE | SWP_NOSIZE | SWP_NOZORDER | SWP_NOACTIVATE | SWP_FRAMECHANGED);
    dialog_fit(dialog);
}

/* ---------------------------------------------------------------- window */

static void restyle(Dialog *dialog)
{
    for (size_t i = 0; i < dialog->button_count; i++)
        SendMessageW(dialog->buttons[i], WM_SETFONT, (WPARAM)dpi_font(dialog->dpi, FONT_TEXT), FALSE);
    if (dialog->has_content)
        dialog->content.restyle(dialog->content.context, dialog->dpi);
    else
        form_set_dpi(dialog->form, dialog->dpi);
}

static void on_dpi(Dialog *dialog, int dpi, const RECT *place)
{
    dpi_told(dialog->window, dpi);
    dialog->dpi = dpi_of(dialog->window);
    restyle(dialog);
    dialog->fitted = (SIZE){0}; /* the other monitor's size is none to come back to */
    SetWindowPos(dialog->window, NULL, place->left, place->top, place->right - place->left, place->bottom - place->top, SWP_NOZORDER | SWP_NOACTIVATE);
    fit(dialog);
    RedrawWindow(dialog->window, NULL, NULL, RDW_INVALIDATE | RDW_ERASE | RDW_ALLCHILDREN);
}

static void on_theme(Dialog *dialog, UINT message)
{
    bool letters = dpi_on_setting_change(&dialog->letters);
    bool colors = theme_on_setting_change(&dialog->colors);

    if (message == WM_SYSCOLORCHANGE)
        theme_tell_children(dialog->window);
    if (letters)
        dialog->dpi = dpi_of(dialog->window);
    if (letters || colors) {
        restyle(dialog);
        theme_apply(dialog->window);
    }
    if (letters)
        fit(dialog);
    RedrawWindow(dialog->window, NULL, NULL, RDW_INVALIDATE | RDW_ERASE | RDW_ALLCHILDREN);
}

static bool is_own_button(const Dialog *dialog, int id)
{
    for (size_t i = 0; i < dialog->button_count; i++)
        if (GetDlgCtrlID(dialog->buttons[i]) == id)
            return true;
    return id == IDCANCEL;
}

static void on_command(Dialog *dialog, int id, HWND control)
{
    HWND own = GetDlgItem(dialog->window, id);
    if (is_own_button(dialog, id)) {
        if (!own || IsWindowEnabled(own))
            dialog->handler(dialog->context, id, FORM_CLICKED);
    } else if (dialog->has_content) {
        dialog->content.command(dialog->content.context, id, control);
    } else {
        SendMessageW(form_window(dialog->form), WM_COMMAND, MAKEWPARAM(id, BN_CLICKED), (LPARAM)control);
    }
}

static void on_min_max(const Dialog *dialog, MINMAXINFO *info)
{
    if (!dialog->has_content)
        return;
    SIZE want = dialog->content.measure(dialog->content.context, dialog->dpi), frame = frame_size(dialog);
    RECT work = work_area(dialog->window);
    info->ptMinTrackSize.x = min(want.cx + frame.cx, work.right - work.left);
    info->ptMinTrackSize.y = min(want.cy * 3 / 4 + frame.cy, work.bottom - work.top);
}

static void on_destroyed(Dialog *dialog, HWND window)
{
    RemovePropW(window, dialog_prop);
    SetWindowLongPtrW(window, DWLP_USER, 0);
    dialog->window = NULL;
    if (dialog->modal) { /* dialog_run sees that its owner went away, and frees it */
        dialog->done = true;
        return;
    }
    if (!dialog->done)
        dialog->handler(dialog->context, 0, FORM_GONE);
    free(dialog);
}

static INT_PTR CALLBACK dialog_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Dialog *dialog = (Dialog *)GetWindowLongPtrW(window, DWLP_USER);
    if (!dialog)
        return FALSE;
    switch (message) {
    case WM_COMMAND:
        if (HIWORD(wparam) == BN_CLICKED)
            on_command(dialog, LOWORD(wparam), (HWND)lparam);
        return TRUE;
    case WM_SIZE: on_size(dialog); return TRUE;
    case WM_REFIT: refit(dialog); return TRUE;
    case WM_GETMINMAXINFO: on_min_max(dialog, (MINMAXINFO *)lparam); return TRUE;
    case WM_TIMER: dialog->handler(dialog->context, 0, FORM_TIMER); return TRUE;
    case WM_DPICHANGED: on_dpi(dialog, HIWORD(wparam), (const RECT *)lparam); return TRUE;
    case WM_SETTINGCHANGE:
    case WM_SYSCOLORCHANGE:
    case WM_THEMECHANGED: on_theme(dialog, message); return FALSE;
    case WM_NCDESTROY: on_destroyed(dialog, window); return FALSE;
    default: return FALSE;
    }
}

static HWND make_window(HWND owner, const char *title, bool sizable)
{
    DWORD style = WS_POPUP | WS_CAPTION | WS_SYSMENU | WS_CLIPCHILDREN | (sizable ? (DWORD)WS_THICKFRAME : (DWORD)DS_MODALFRAME);
    struct {
        DLGTEMPLATE head;
        WORD menu, class, title;
    } template = {.head = {.style = style, .dwExtendedStyle = WS_EX_CONTROLPARENT | (sizable ? 0U : (DWORD)WS_EX_DLGMODALFRAME)}};
    HWND window = CreateDialogIndirectParamW(GetModuleHandleW(NULL), &template.head, owner, dialog_proc, 0);
    AUTO_FREE wchar_t *wide = utf_to_wide(title);
    SetWindowTextW(window, wide);
    SendMessageW(window, WM_SETICON, ICON_SMALL, (LPARAM)icons_get(ICON_POOLCENTER, dpi_of(window), 16));
    return window;
}

static Dialog *create(HWND owner, const char *title, const DialogContent *content, FormHandler *handler, void *context)
{
    Dialog *dialog = x_calloc(1, sizeof(*dialog));
    dialog->owner = owner ? GetAncestor(owner, GA_ROOT) : NULL;
    dialog->window = make_window(dialog->owner, title, content != NULL);
    dialog->dpi = dpi_of(dialog->owner ? dialog->owner : dialog->window);
    dialog->handler = handler;
    dialog->context = context;
    dialog->width = WIDTH_DEFAULT;
    dpi_on_setting_change(&dialog->letters);
    theme_on_setting_change(&dialog->colors);
    SetWindowLongPtrW(dialog->window, DWLP_USER, (LONG_PTR)dialog);
    SetPropW(dialog->window, dialog_prop, dialog);
    if (content) {
        dialog->content = *content;
        dialog->has_content = true;
    } else {
        dialog->form = form_create(dialog->window, handler, context);
        form_set_resized(dialog->form, form_resized, dialog);
        ShowWindow(form_window(dialog->form), SW_SHOWNA);
    }
    return dialog;
}

Dialog *dialog_create(HWND owner, const char *title, FormHandler *handler, void *context) { return create(owner, title, NULL, handler, context); }

Dialog *dialog_create_with(HWND owner, const char *title, const DialogContent *content, FormHandler *handler, void *context)
{
    return create(owner, title, content, handler, context);
}

HWND dialog_window(const Dialog *dialog) { return dialog->window; }

Form *dialog_form(const Dialog *dialog) { return dialog->form; }

/* ---------------------------------------------------------------- buttons */

void dialog_button(Dialog *dialog, int id, const char *text, bool is_default)
{
    assert(dialog->button_count < BUTTONS_MAX);
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    HWND button = CreateWindowExW(0, WC_BUTTONW, wide, WS_CHILD | WS_VISIBLE | WS_TABSTOP | BS_PUSHBUTTON, 0, 0, 10, 10, dialog->window, (HMENU)(INT_PTR)id,
                                  GetModuleHandleW(NULL), NULL);
    dialog->buttons[dialog->button_count++] = button;
    if (is_default)
        dialog_set_default(dialog, id);
}

void dialog_set_button(Dialog *dialog, int id, const char *text)
{
    AUTO_FREE char *old = utf_window_text(GetDlgItem(dialog->window, id));
    if (str_equal(old, text))
        return;
    utf_set_window_text(GetDlgItem(dialog->window, id), text);
    layout(dialog);
}

void dialog_set_default(Dialog *dialog, int id)
{
    for (size_t i = 0; i < dialog->button_count; i++) {
        bool is_default = GetDlgCtrlID(dialog->buttons[i]) == id;
        SendMessageW(dialog->buttons[i], BM_SETSTYLE, is_default ? BS_DEFPUSHBUTTON : BS_PUSHBUTTON, TRUE);
    }
    SendMessageW(dialog->window, DM_SETDEFID, (WPARAM)id, 0);
}

void dialog_enable(Dialog *dialog, int id, bool enabled)
{
    HWND button = GetDlgItem(dialog->window, id);
    if ((bool)IsWindowEnabled(button) == enabled)
        return;
    if (!enabled && GetFocus() == button) /* a disabled control with the focus would swallow the keyboard */
        SendMessageW(dialog->window, WM_NEXTDLGCTL, 0, FALSE);
    EnableWindow(button, enabled);
}

void dialog_show_button(Dialog *dialog, int id, bool shown)
{
    HWND button = GetDlgItem(dialog->window, id);
    if (visible(button) == shown)
        return;
    ShowWindow(button, shown ? SW_SHOWNA : SW_HIDE);
    if (dialog->shown)
        layout(dialog);
}

void dialog_set_width(Dialog *dialog, int width) { dialog->width = width; }

void dialog_set_size(Dialog *dialog, int width, int height)
{
    dialog->width = width;
    dialog->height = height;
}

SIZE dialog_size(const Dialog *dialog)
{
    RECT area;
    GetClientRect(dialog->window, &area);
    SIZE size = {MulDiv(area.right, 96, dialog->dpi), MulDiv(area.bottom, 96, dialog->dpi)};
    return size;
}

void dialog_set_timer(Dialog *dialog, int ms)
{
    if (ms)
        SetTimer(dialog->window, TIMER_ID, (UINT)ms, NULL);
    else
        KillTimer(dialog->window, TIMER_ID);
}

void dialog_set_focus(Dialog *dialog, int id) { dialog->focus = id; }

void dialog_set_topic(Dialog *dialog, const char *topic) { dialog->topic = topic; }

void dialog_set_help(void (*open)(HWND owner, const char *topic)) { open_help = open; }

bool dialog_has_help(void) { return open_help != NULL; }

void dialog_help(HWND owner, const char *topic)
{
    if (open_help)
        open_help(owner, topic);
}

/* ---------------------------------------------------------------- life */

static void show(Dialog *dialog)
{
    restyle(dialog);
    theme_apply(dialog->window);
    fit(dialog);
    dialog->shown = true;
    ShowWindow(dialog->window, SW_SHOW);
    if (dialog->form)
        form_rewind(dialog->form);
    HWND focus = dialog->focus ? GetDlgItem(dialog->window, dialog->focus) : NULL;
    if (dialog->focus && !focus && dialog->form) {
        form_focus(dialog->form, dialog->focus);
        return;
    }
    SendMessageW(dialog->window, WM_NEXTDLGCTL, (WPARAM)(focus ? focus : GetNextDlgTabItem(dialog->window, NULL, FALSE)), TRUE);
}

static bool is_copy(const MSG *message)
{
    if (message->message != WM_KEYDOWN || message->wParam != 'C' || GetKeyState(VK_CONTROL) >= 0)
        return false;
    return !(SendMessageW(message->hwnd, WM_GETDLGCODE, 0, 0) & DLGC_HASSETSEL); /* fields copy by themselves */
}

/* FORM_GONE: no key that turns pages. */
static FormEvent turns(const MSG *message)
{
    if (message->message != WM_KEYDOWN || GetKeyState(VK_CONTROL) >= 0)
        return FORM_GONE;
    switch (message->wParam) {
    case VK_TAB: return GetKeyState(VK_SHIFT) < 0 ? FORM_PREVIOUS : FORM_NEXT;
    case VK_NEXT: return FORM_NEXT;
    case VK_PRIOR: return FORM_PREVIOUS;
    default: return FORM_GONE;
    }
}

bool dialog_translate(MSG *message)
{
    HWND root = message->hwnd ? GetAncestor(message->hwnd, GA_ROOT) : NULL;
    const Dialog *dialog = root ? (const Dialog *)GetPropW(root, dialog_prop) : NULL;
    if (!dialog)
        return false;
    if (is_copy(message)) {
        dialog->handler(dialog->context, 0, FORM_COPY);
        return true;
    }
    if (message->message == WM_KEYDOWN && message->wParam == VK_F1 && open_help) {
        open_help(root, dialog->topic);
        return true;
    }
    if (dialog->has_content && turns(message) != FORM_GONE) {
        dialog->handler(dialog->context, 0, turns(message));
        return true;
    }
    HWND before = GetFocus();
    if (!IsDialogMessageW(root, message))
        return false;
    if (!GetPropW(root, dialog_prop)) /* it closed itself */
        return true;
    HWND focus = GetFocus();
    if (focus != before && dialog->form)
        form_show_focus(dialog->form, focus);
    else if (focus != before && dialog->has_content)
        dialog->content.show_focus(dialog->content.context, focus);
    return true;
}

static BOOL CALLBACK tell_language(HWND window, LPARAM unused)
{
    const Dialog *dialog = (const Dialog *)GetPropW(window, dialog_prop);
    (void)unused;
    if (dialog)
        dialog->handler(dialog->context, 0, FORM_LANGUAGE);
    return TRUE;
}

void dialog_language_changed(void) { EnumThreadWindows(GetCurrentThreadId(), tell_language, 0); }

int dialog_run(Dialog *dialog)
{
    dialog->modal = true;
    dialog->result = IDCANCEL;
    HWND owner = dialog->owner;
    bool enable = owner && IsWindowEnabled(owner);
    if (enable)
        EnableWindow(owner, FALSE);
    show(dialog);
    MSG message;
    while (!dialog->done) {
        if (GetMessageW(&message, NULL, 0, 0) <= 0) {
            PostQuitMessage((int)message.wParam);
            break;
        }
        if (!dialog_translate(&message)) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
    if (enable) /* before the dialog goes: else Windows activates another program */
        EnableWindow(owner, TRUE);
    if (dialog->window)
        DestroyWindow(dialog->window);
    int result = dialog->result;
    free(dialog);
    return result;
}

void dialog_show(Dialog *dialog) { show(dialog); }

void dialog_close(Dialog *dialog, int result)
{
    dialog->result = result;
    dialog->done = true;
    if (!dialog->modal)
        DestroyWindow(dialog->window);
    else
        PostMessageW(dialog->window, WM_NULL, 0, 0); /* wakes the loop when this was called from a timer or a sent message */
}

