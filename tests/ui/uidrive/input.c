/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands of real input and of things the system delivers: keys, focus, foreground, dropped files. */
#include <windows.h>
#include <shlobj.h>

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "target.h"
#include "windows.h"

#define CHORD_MAX 8

typedef struct KeyName {
    const char *name;
    WORD key;
} KeyName;

static const KeyName key_names[] = {
    {"ctrl", VK_CONTROL}, {"shift", VK_SHIFT}, {"alt", VK_MENU}, {"win", VK_LWIN}, {"enter", VK_RETURN},
    {"esc", VK_ESCAPE}, {"tab", VK_TAB}, {"space", VK_SPACE}, {"backspace", VK_BACK}, {"delete", VK_DELETE},
    {"insert", VK_INSERT}, {"home", VK_HOME}, {"end", VK_END}, {"pageup", VK_PRIOR}, {"pagedown", VK_NEXT},
    {"left", VK_LEFT}, {"right", VK_RIGHT}, {"up", VK_UP}, {"down", VK_DOWN}, {"apps", VK_APPS}, {"menu", VK_F10},
    {"f1", VK_F1}, {"f2", VK_F2}, {"f3", VK_F3}, {"f4", VK_F4}, {"f5", VK_F5}, {"f6", VK_F6}, {"f7", VK_F7},
    {"f8", VK_F8}, {"f9", VK_F9}, {"f10", VK_F10}, {"f11", VK_F11}, {"f12", VK_F12},
};

/* Keys the scan code alone would take for those of the numeric pad. */
static bool is_extended(WORD key)
{
    return (key >= VK_PRIOR && key <= VK_DOWN) || key == VK_INSERT || key == VK_DELETE || key == VK_LWIN || key == VK_APPS;
}

static WORD key_of(const char *name)
{
    for (size_t i = 0; i < ARRAYSIZE(key_names); i++)
        if (_stricmp(name, key_names[i].name) == 0)
            return key_names[i].key;
    if (name[0] != '\0' && name[1] == '\0')
        return (WORD)(VkKeyScanW((wchar_t)(unsigned char)name[0]) & 0xff);
    return 0;
}

static void send_key(WORD key, bool up)
{
    INPUT input = {.type = INPUT_KEYBOARD};

    input.ki.wVk = key;
    input.ki.wScan = (WORD)MapVirtualKeyW(key, MAPVK_VK_TO_VSC);
    input.ki.dwFlags = (up ? KEYEVENTF_KEYUP : 0u) | (is_extended(key) ? KEYEVENTF_EXTENDEDKEY : 0u);
    SendInput(1, &input, sizeof(input));
}

/* One chord such as ctrl+shift+a: all down in order, all up backwards. */
static bool press_chord(char *chord, Answer *answer)
{
    WORD keys[CHORD_MAX];
    int count = 0;

    for (char *name = strtok(chord, "+"); name != NULL; name = strtok(NULL, "+")) {
        if (count == CHORD_MAX || key_of(name) == 0)
            return answer_fail(answer, "unknown key '%s'", name);
        keys[count++] = key_of(name);
    }
    for (int i = 0; i < count; i++)
        send_key(keys[i], false);
    for (int i = count; i-- > 0;)
        send_key(keys[i], true);
    return true;
}

static bool run_keys(Command *command, Answer *answer)
{
    for (int i = 1; i < command->count; i++)
        if (!press_chord(command->words[i], answer))
            return false;
    return true;
}

static bool run_type(Command *command, Answer *answer)
{
    (void)answer;
    for (const wchar_t *at = command_text(command, 1); *at != L'\0'; at++) {
        INPUT input[2] = {{.type = INPUT_KEYBOARD}, {.type = INPUT_KEYBOARD}};

        input[0].ki.wScan = *at;
        input[0].ki.dwFlags = KEYEVENTF_UNICODE;
        input[1].ki.wScan = *at;
        input[1].ki.dwFlags = KEYEVENTF_UNICODE | KEYEVENTF_KEYUP;
        SendInput(2, input, sizeof(input[0]));
    }
    return true;
}

static bool run_foreground(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!IsWindow(window))
        return answer_fail(answer, "there is no window %s", command_word(command, 1));
    if (IsIconic(window))
        ShowWindowAsync(window, SW_RESTORE);
    SetForegroundWindow(window);
    json_bool(answer, GetForegroundWindow() == window);
    return true;
}

/* Which control of the window's thread has the keyboard, or (word 2 is "mouse") holds the mouse. */
static bool run_focused(Command *command, Answer *answer)
{
    bool mouse = strcmp(command_word(command, 2), "mouse") == 0;
    DWORD thread = GetWindowThreadProcessId(command_window(command, 1), NULL);
    GUITHREADINFO info = {.cbSize = sizeof(info)};

    if (thread == 0 || !GetGUIThreadInfo(thread, &info))
        return answer_fail(answer, "there is no window %s", command_word(command, 1));
    HWND found = mouse ? info.hwndCapture : info.hwndFocus;
    if (found != NULL)
        window_describe(found, answer);
    return true;
}

/* Focus is a thread's own affair: join its input for the moment. */
static bool run_focus(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    DWORD thread = GetWindowThreadProcessId(window, NULL);

    if (thread == 0)
        return answer_fail(answer, "there is no window %s", command_word(command, 1));
    AttachThreadInput(GetCurrentThreadId(), thread, TRUE);
    SetForegroundWindow(GetAncestor(window, GA_ROOT));
    SetFocus(window);
    AttachThreadInput(GetCurrentThreadId(), thread, FALSE);
    return true;
}

/* A DROPFILES block with the names of words 4 and up, ending in an empty one. The caller frees it. */
static DROPFILES *make_drop(Command *command, POINT point, size_t *ret_size)
{
    size_t size = sizeof(DROPFILES) + sizeof(wchar_t);
    DROPFILES *drop;
    wchar_t *at;

    for (int i = 4; i < command->count; i++)
        size += (wcslen(command_text(command, i)) + 1) * sizeof(wchar_t);
    drop = calloc(1, size);
    if (drop == NULL)
        abort();
    *drop = (DROPFILES){.pFiles = sizeof(DROPFILES), .pt = point, .fWide = TRUE};
    at = (wchar_t *)(drop + 1);
    for (int i = 4; i < command->count; i++) {
        wcscpy(at, command_text(command, i));
        at += wcslen(at) + 1;
    }
    *ret_size = size;
    return drop;
}

/*
 * The receiver frees the block with GlobalFree, so it must come from its own heap: allocate it there,
 * fill it from here, and post from inside, where the handle means something.
 */
static bool post_drop(Target *target, HWND window, const DROPFILES *drop, size_t size, Answer *answer)
{
    ULONG_PTR handle, address, ignored;
    ULONG_PTR allocate[] = {GMEM_MOVEABLE | GMEM_ZEROINIT, size};

    if (!target_call(target, L"kernel32.dll", "GlobalAlloc", 2, allocate, &handle, answer)
        || !target_call(target, L"kernel32.dll", "GlobalLock", 1, &handle, &address, answer))
        return false;
    if (!WriteProcessMemory(target->process, (void *)address, drop, size, NULL))
        return answer_fail(answer, "cannot fill the block of dropped files: error %lu", GetLastError());
    ULONG_PTR post[] = {(ULONG_PTR)window, WM_DROPFILES, handle, 0};
    return target_call(target, L"kernel32.dll", "GlobalUnlock", 1, &handle, &ignored, answer)
        && target_call(target, L"user32.dll", "PostMessageW", 4, post, &ignored, answer);
}

static bool run_drop(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    Target *target = target_open(window, answer);
    POINT point = {(LONG)command_int(command, 2), (LONG)command_int(command, 3)};
    DROPFILES *drop;
    size_t size;
    bool done;

    if (target == NULL)
        return false;
    if (!(GetWindowLongW(window, GWL_EXSTYLE) & WS_EX_ACCEPTFILES))
        return answer_fail(answer, "window %s accepts no files", command_word(command, 1));
    drop = make_drop(command, point, &size);
    done = post_drop(target, window, drop, size, answer);
    free(drop);
    return done;
}

const CommandEntry input_commands[] = {
    {"keys", 1, run_keys, "CHORD...: real key presses, such as ctrl+shift+a enter"},
    {"type", 1, run_type, "TEXT: real characters"},
    {"foreground", 1, run_foreground, "HWND"},
    {"focus", 1, run_focus, "HWND"},
    {"focused", 1, run_focused, "HWND: the control of its thread that has the focus"},
    {"drop", 4, run_drop, "HWND X Y FILE...: drop files (client coordinates) as WM_DROPFILES"},
    {0},
};
