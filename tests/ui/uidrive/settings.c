/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands that change Windows' settings under a program: the registry, colours, a monitor's dpi; and the clipboard, which belongs to all.
 * Wine's colours belong to a process, so they are changed inside of it; it tells the program like Windows would.
 */
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "target.h"

#define COLORS_MAX 12

static bool done(Answer *answer)
{
    json_bool(answer, true);
    return true;
}

static bool run_registry(Command *command, Answer *answer)
{
    const wchar_t *key = command_text(command, 1), *name = command_text(command, 2), *text = command_text(command, 4);
    DWORD number = (DWORD)command_int(command, 4);
    LSTATUS status;

    if (strcmp(command_word(command, 3), "dword") == 0)
        status = RegSetKeyValueW(HKEY_CURRENT_USER, key, name, REG_DWORD, &number, sizeof number);
    else
        status = RegSetKeyValueW(HKEY_CURRENT_USER, key, name, REG_SZ, text, (DWORD)((wcslen(text) + 1) * sizeof *text));
    return status == ERROR_SUCCESS ? done(answer) : answer_fail(answer, "the registry says %ld", (long)status);
}

static bool run_colors(Command *command, Answer *answer)
{
    Target *target = target_open(command_window(command, 1), answer);
    INT indices[COLORS_MAX];
    COLORREF colors[COLORS_MAX];
    int count = 0;

    for (int word = 2; word + 1 < command->count && count < COLORS_MAX; word += 2) {
        indices[count] = (INT)command_int(command, word);
        colors[count++] = (COLORREF)command_int(command, word + 1);
    }
    if (target == NULL || !target_write(target, TARGET_STRUCT, indices, sizeof indices, answer)
        || !target_write(target, TARGET_STRUCT + sizeof indices, colors, sizeof colors, answer))
        return false;
    ULONG_PTR arguments[] = {(ULONG_PTR)count, (ULONG_PTR)target_address(target, TARGET_STRUCT), (ULONG_PTR)target_address(target, TARGET_STRUCT + sizeof indices)};
    ULONG_PTR result;
    return target_call(target, L"user32.dll", "SetSysColors", 3, arguments, &result, answer) && done(answer);
}

/* The size Windows suggests: the window's own, grown by as much. */
static bool run_dpi(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    Target *target = target_open(window, answer);
    int now = (int)command_int(command, 2), dpi = (int)command_int(command, 3);
    LRESULT result;
    RECT rect;

    if (target == NULL || now <= 0 || !GetWindowRect(window, &rect))
        return answer_fail(answer, "there is no such window");
    rect.right = rect.left + MulDiv(rect.right - rect.left, dpi, now);
    rect.bottom = rect.top + MulDiv(rect.bottom - rect.top, dpi, now);
    if (!target_write(target, TARGET_STRUCT, &rect, sizeof rect, answer)
        || !target_send(window, WM_DPICHANGED, MAKEWPARAM(dpi, dpi), target_address(target, TARGET_STRUCT), &result, answer))
        return false;
    return done(answer);
}

/* No text, or a clipboard that somebody is just using: "". */
static bool run_clipboard(Command *command, Answer *answer)
{
    bool open = OpenClipboard(NULL);
    HANDLE handle = open ? GetClipboardData(CF_UNICODETEXT) : NULL;
    const wchar_t *text = handle != NULL ? GlobalLock(handle) : NULL;

    (void)command;
    json_text(answer, text != NULL ? text : L"");
    if (text != NULL)
        GlobalUnlock(handle);
    if (open)
        CloseClipboard();
    return true;
}

const CommandEntry setting_commands[] = {
    {"clipboard", 0, run_clipboard, "the text on the clipboard"},
    {"registry", 4, run_registry, "SUBKEY NAME dword|text VALUE: below HKEY_CURRENT_USER"},
    {"sys_colors", 3, run_colors, "HWND (COLOR_... VALUE)...: the system's colours as its program sees them; VALUE is 0xBBGGRR"},
    {"dpi_changed", 3, run_dpi, "HWND DPI-NOW DPI: as if the window had been moved to a monitor with that dpi"},
    {0},
};
