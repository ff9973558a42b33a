/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h for Windows. */
#include "client/cli/terminal.h"

#include "protocol/util.h"

#include <windows.h>

#include <shellapi.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static _Atomic int interrupts;
static UINT code_page; /* as it was found; 0: no console */

static char *narrow(const wchar_t *text)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *result = x_calloc((size_t)length + 1, 1);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, result, length, NULL, NULL);
    return result;
}

/* On a thread of the system's own. */
static BOOL WINAPI on_control(DWORD event)
{
    (void)event;
    atomic_fetch_add(&interrupts, 1);
    return TRUE;
}

/* Also makes the console understand colours. */
static bool is_console(DWORD which)
{
    HANDLE handle = GetStdHandle(which);
    DWORD mode = 0;
    return GetConsoleMode(handle, &mode) && SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

char **terminal_start(int *argc, char **argv)
{
    code_page = GetConsoleOutputCP();
    SetConsoleOutputCP(CP_UTF8);
    SetConsoleCtrlHandler(on_control, TRUE);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    int count = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (!words)
        return argv;
    char **result = x_calloc((size_t)count + 1, sizeof *result);
    for (int i = 0; i < count; i++)
        result[i] = narrow(words[i]);
    LocalFree(words);
    *argc = count;
    return result;
}

void terminal_end(void)
{
    if (code_page)
        SetConsoleOutputCP(code_page);
}

bool terminal_interactive(void)
{
    DWORD mode = 0;
    return GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) != 0;
}

char *terminal_ask(const char *question, bool echo)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode = 0, length = 0;
    if (!GetConsoleMode(input, &mode))
        return NULL;
    wchar_t line[1024] = L"";
    fprintf(stderr, "%s ", question);
    SetConsoleMode(input, echo ? mode : mode & ~(DWORD)ENABLE_ECHO_INPUT);
    BOOL read = ReadConsoleW(input, line, ARRAY_SIZE(line) - 1, &length, NULL) && length;
    SetConsoleMode(input, mode);
    if (!echo)
        fputc('\n', stderr);
    line[wcscspn(line, L"\r\n")] = 0;
    char *text = read ? narrow(line) : NULL;
    x_wipe(line, sizeof line);
    return text;
}

bool terminal_is_output(void) { return is_console(STD_OUTPUT_HANDLE); }
bool terminal_shows_colour(void) { return str_empty(getenv("NO_COLOR")) && terminal_is_output(); }
bool terminal_shows_progress(void) { return is_console(STD_ERROR_HANDLE); }

int terminal_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    return GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &info) ? info.srWindow.Right - info.srWindow.Left + 1 : 80;
}

int terminal_interrupts(void) { return atomic_load(&interrupts); }
bool terminal_reader_gone(void) { return errno == EPIPE || errno == EINVAL; }
