/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows' key messages as the guest's keys; see keyboard.h. UI thread (the low-level hook is called on it too). */
#include "client/ui/keyboard.h"

#include "client/core/key_codes.h"
#include "protocol/util.h"

#include <stdlib.h>

enum { SCAN_CODES = 256, FAKE_CTRL_SCAN = 0x21d, TO_UNICODE_KEEP_STATE = 4 };

struct Keyboard {
    HWND window;
    const KeyboardEvents *events;
    void *context;
    bool focused, grab;
    bool down[SCAN_CODES];     /* what the guest believes */
    bool leaving;              /* right Ctrl is down and nothing else was pressed */
    bool wine_altgr;           /* down, and Windows' functions do not know */
    uint32_t swallowed;        /* scan code whose release is ours too; 0: none */
    HHOOK hook;
};

/* A low-level hook carries no context; only the window with the focus has one. */
static Keyboard *hooked;

/* ---------------------------------------------------------------- keysyms */

/* The character the key makes with the modifiers that are down; Ctrl and Alt only count together (AltGr). */
static uint32_t character_keysym(UINT vk, UINT scan)
{
    BYTE state[256];
    wchar_t text[8];
    HKL layout = GetKeyboardLayout(0);
    if (!GetKeyboardState(state))
        return 0;
    if (!((state[VK_CONTROL] & 0x80) && (state[VK_MENU] & 0x80)))
        state[VK_CONTROL] = state[VK_LCONTROL] = state[VK_RCONTROL] = state[VK_MENU] = state[VK_LMENU] = state[VK_RMENU] = 0;
    int count = ToUnicodeEx(vk, scan, state, text, (int)ARRAY_SIZE(text), TO_UNICODE_KEEP_STATE, layout);
    if (count == 0)
        return 0;
    if (count < 0)
        ToUnicodeEx(vk, scan, state, text, (int)ARRAY_SIZE(text), TO_UNICODE_KEEP_STATE, layout); /* older Windows kept the accent */
    return keysym_from_character(text[0], count < 0);
}

static uint32_t keysym_of(UINT vk, UINT scan, bool extended)
{
    if (vk == VK_SHIFT && (scan & 0x7f) == SCAN_RIGHT_SHIFT)
        vk = VK_RSHIFT;
    uint32_t keysym = keysym_from_key(vk, extended);
    return keysym ? keysym : character_keysym(vk, scan);
}

/* ---------------------------------------------------------------- keys */

static void send_key(Keyboard *keyboard, uint32_t keysym, uint32_t scan_code, bool down)
{
    keyboard->down[scan_code] = down;
    keyboard->events->key(keyboard->context, keysym, scan_code, down);
}

static void release_all(Keyboard *keyboard)
{
    for (size_t i = 0; i < SCAN_CODES; i++)
        keyboard->down[i] = false;
    keyboard->leaving = keyboard->wine_altgr = false;
    keyboard->swallowed = 0;
    keyboard->events->release_all(keyboard->context);
}

static bool ctrl_alt_down(const Keyboard *keyboard)
{
    return (keyboard->down[SCAN_LEFT_CTRL] || keyboard->down[SCAN_RIGHT_CTRL]) && keyboard->down[SCAN_LEFT_ALT];
}

/* Windows tells of no release when both Shifts were down, or when a key came up in another window. */
static void repair_modifiers(Keyboard *keyboard)
{
    static const struct { int vk; uint8_t scan_code; } modifiers[] = {
        {VK_LSHIFT, SCAN_LEFT_SHIFT}, {VK_RSHIFT, SCAN_RIGHT_SHIFT}, {VK_LMENU, SCAN_LEFT_ALT}, {VK_RMENU, SCAN_RIGHT_ALT},
        {VK_LCONTROL, SCAN_LEFT_CTRL}, {VK_RCONTROL, SCAN_RIGHT_CTRL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(modifiers); i++)
        if (keyboard->down[modifiers[i].scan_code] && !(GetKeyState(modifiers[i].vk) & 0x8000) && !(keyboard->wine_altgr && modifiers[i].vk == VK_RMENU))
            send_key(keyboard, 0, modifiers[i].scan_code, false);
}

/* Right Ctrl reaches the guest only when it is used with another key: alone it leaves the console. */
static bool handle_leave_key(Keyboard *keyboard, uint32_t scan_code, bool down)
{
    if (scan_code != SCAN_RIGHT_CTRL) {
        if (down && keyboard->leaving) {
            keyboard->leaving = false;
            send_key(keyboard, 0xffe4, SCAN_RIGHT_CTRL, true);
        }
        return false;
    }
    if (down) {
        if (!keyboard->down[SCAN_RIGHT_CTRL])
            keyboard->leaving = true;
        return !keyboard->down[SCAN_RIGHT_CTRL];
    }
    if (!keyboard->leaving)
        return false;
    release_all(keyboard);
    keyboard->events->command(keyboard->context, KEYBOARD_LEAVE);
    return true;
}

static bool handle_command_key(Keyboard *keyboard, uint32_t scan_code, bool down)
{
    if (!down && keyboard->swallowed == scan_code) {
        keyboard->swallowed = 0;
        return true;
    }
    if (keyboard->swallowed == scan_code)
        return true;
    if (!down || !ctrl_alt_down(keyboard))
        return false;
    if (scan_code == SCAN_ENTER || scan_code == SCAN_KEYPAD_ENTER) {
        release_all(keyboard);
        keyboard->swallowed = scan_code;
        keyboard->events->command(keyboard->context, KEYBOARD_FULL_SCREEN);
        return true;
    }
    if (scan_code == SCAN_INSERT) { /* Windows keeps Ctrl+Alt+Del; the custom is Insert */
        send_key(keyboard, 0xffff, SCAN_DELETE, true);
        send_key(keyboard, 0xffff, SCAN_DELETE, false);
        keyboard->swallowed = scan_code;
        return true;
    }
    return false;
}

static void handle_key(Keyboard *keyboard, UINT vk, UINT scan, bool extended, bool down)
{
    uint32_t scan_code = key_code_from_windows(scan, extended, vk);
    if (key_code_is_wine_altgr(scan, extended))
        keyboard->wine_altgr = down;
    if (!scan_code || handle_leave_key(keyboard, scan_code, down) || handle_command_key(keyboard, scan_code, down))
        return;
    uint32_t keysym = down || scan_code == SCAN_PRINT ? keysym_of(vk, scan, extended) : 0;
    if (scan_code == SCAN_PRINT && !down && !keyboard->down[scan_code])
        send_key(keyboard, keysym, scan_code, true); /* Windows tells of its release only */
    send_key(keyboard, keysym, scan_code, down);
}

/* The Ctrl that Windows makes up before AltGr: the right Alt follows in the same moment. */
static bool is_fake_ctrl(WPARAM vk, LPARAM lparam)
{
    MSG next;
    if (vk != VK_CONTROL || (lparam & (1 << 24)))
        return false;
    if (!PeekMessageW(&next, NULL, WM_KEYFIRST, WM_KEYLAST, PM_NOREMOVE))
        return false;
    bool is_key = next.message == WM_KEYDOWN || next.message == WM_SYSKEYDOWN || next.message == WM_KEYUP || next.message == WM_SYSKEYUP;
    return is_key && next.wParam == VK_MENU && (next.lParam & (1 << 24)) && next.time == (DWORD)GetMessageTime();
}

bool keyboard_message(Keyboard *keyboard, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case WM_CHAR:
    case WM_SYSCHAR:
    case WM_DEADCHAR:
    case WM_SYSDEADCHAR:
        return true;
    case WM_KEYDOWN:
    case WM_SYSKEYDOWN:
    case WM_KEYUP:
    case WM_SYSKEYUP:
        break;
    default:
        return false;
    }
    if (wparam == VK_LWIN || wparam == VK_RWIN)
        return false; /* Windows' own; when they are grabbed the hook takes them */
    bool down = message == WM_KEYDOWN || message == WM_SYSKEYDOWN;
    UINT scan = (UINT)(lparam >> 16) & 0xff;
    if (is_fake_ctrl(wparam, lparam))
        return true;
    if (scan == 0)
        scan = MapVirtualKeyW((UINT)wparam, MAPVK_VK_TO_VSC);
    repair_modifiers(keyboard);
    handle_key(keyboard, (UINT)wparam, scan, (lparam & (1 << 24)) != 0, down);
    return true;
}

/* ---------------------------------------------------------------- what Windows keeps for itself */

static bool is_system_key(const Keyboard *keyboard, const KBDLLHOOKSTRUCT *key)
{
    bool alt = (key->flags & LLKHF_ALTDOWN) != 0;
    bool ctrl = keyboard->down[SCAN_LEFT_CTRL] || keyboard->down[SCAN_RIGHT_CTRL];
    switch (key->vkCode) {
    case VK_LWIN:
    case VK_RWIN:
    case VK_SNAPSHOT:
        return true;
    case VK_TAB:
        return alt || keyboard->down[0x0f];
    case VK_ESCAPE:
        return alt || ctrl || keyboard->down[SCAN_ESCAPE];
    default:
        return false;
    }
}

static LRESULT CALLBACK on_hook(int code, WPARAM wparam, LPARAM lparam)
{
    const KBDLLHOOKSTRUCT *key = (const KBDLLHOOKSTRUCT *)lparam;
    bool ours = code == HC_ACTION && hooked && GetForegroundWindow() == GetAncestor(hooked->window, GA_ROOT);
    if (ours && key->scanCode != FAKE_CTRL_SCAN && is_system_key(hooked, key)) {
        handle_key(hooked, key->vkCode, key->scanCode, (key->flags & LLKHF_EXTENDED) != 0, wparam == WM_KEYDOWN || wparam == WM_SYSKEYDOWN);
        return 1;
    }
    return CallNextHookEx(NULL, code, wparam, lparam);
}

static void update_hook(Keyboard *keyboard)
{
    bool wanted = keyboard->focused && keyboard->grab;
    if (wanted && !keyboard->hook) {
        hooked = keyboard;
        keyboard->hook = SetWindowsHookExW(WH_KEYBOARD_LL, on_hook, GetModuleHandleW(NULL), 0);
    } else if (!wanted && keyboard->hook) {
        UnhookWindowsHookEx(keyboard->hook);
        keyboard->hook = NULL;
        if (hooked == keyboard)
            hooked = NULL;
    }
}

void keyboard_set_focus(Keyboard *keyboard, bool focused)
{
    keyboard->focused = focused;
    release_all(keyboard);
    update_hook(keyboard);
}

void keyboard_set_grab(Keyboard *keyboard, bool grab)
{
    keyboard->grab = grab;
    update_hook(keyboard);
}

Keyboard *keyboard_create(HWND window, const KeyboardEvents *events, void *context)
{
    Keyboard *keyboard = x_calloc(1, sizeof(*keyboard));
    keyboard->window = window;
    keyboard->events = events;
    keyboard->context = context;
    return keyboard;
}

void keyboard_free(Keyboard *keyboard)
{
    if (!keyboard)
        return;
    keyboard->focused = false;
    update_hook(keyboard);
    free(keyboard);
}
