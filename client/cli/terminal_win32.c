/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h for Windows. */
#include "client/cli/terminal.h"

#include "protocol/util.h"

#include <windows.h>

#include <shellapi.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static char *narrow(const wchar_t *text)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *result = x_calloc((size_t)length + 1, 1);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, result, length, NULL, NULL);
    return result;
}

char **terminal_arguments(int *argc, char **argv)
{
    SetConsoleOutputCP(CP_UTF8);
    _setmode(_fileno(stdout), _O_BINARY);
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
    BOOL read = ReadConsoleW(input, line, ARRAY_SIZE(line) - 1, &length, NULL);
    SetConsoleMode(input, mode);
    if (!echo)
        fputc('\n', stderr);
    line[wcscspn(line, L"\r\n")] = 0;
    char *text = read ? narrow(line) : NULL;
    x_wipe(line, sizeof line);
    return text;
}
