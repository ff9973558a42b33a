/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One window per settings folder; see instance.h. UI thread. */
#include "client/ui/instance.h"

#include "client/core/open_target.h"
#include "client/core/port.h"
#include "client/win/utf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PROPERTY L"PoolCenterFolder"

enum { MAGIC = 0x504F4F4C, WAIT_STEP_MS = 50, WAIT_MS = 10000, ANSWER_MS = 5000, QUIT_MS = 20000, WINDOWS_MAX = 32, PATH_MAX_UNITS = 1 << 15 };

static uintptr_t folder_number;

/* FNV-1a: it only has to differ for different folders of one user. */
static uintptr_t number_of(const wchar_t *folder)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (; *folder; folder++)
        hash = (hash ^ *folder) * 0x100000001B3u;
    return (uintptr_t)(hash | 1);
}

/* The folder's full name in lower case: two spellings are one folder. */
static uintptr_t folder_hash(const char *folder)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(folder);
    AUTO_FREE wchar_t *full = x_calloc(PATH_MAX_UNITS, sizeof *full);

    if (!GetFullPathNameW(wide, PATH_MAX_UNITS, full, NULL))
        wcsncpy(full, wide, PATH_MAX_UNITS - 1);
    for (wchar_t *at = full; *at; at++)
        if (*at == L'/')
            *at = L'\\';
    CharLowerW(full);
    for (size_t length = wcslen(full); length > 3 && full[length - 1] == L'\\'; length--)
        full[length - 1] = L'\0';
    return number_of(full);
}

static HWND find_window(uintptr_t number)
{
    HWND window = NULL;

    while ((window = FindWindowExW(NULL, window, FRAME_CLASS, NULL)) != NULL)
        if ((uintptr_t)GetPropW(window, PROPERTY) == number)
            return window;
    return NULL;
}

static bool hand_over(HWND window, const char *argument)
{
    COPYDATASTRUCT data = {.dwData = MAGIC, .cbData = (DWORD)strlen(argument) + 1, .lpData = (void *)argument};
    DWORD process = 0;
    DWORD_PTR answer = 0;

    GetWindowThreadProcessId(window, &process);
    AllowSetForegroundWindow(process);
    return SendMessageTimeoutW(window, WM_COPYDATA, 0, (LPARAM)&data, SMTO_ABORTIFHUNG, ANSWER_MS, &answer) && answer;
}

InstanceRole instance_claim(const char *folder, const char *argument)
{
    wchar_t name[64];
    HANDLE mutex;
    int64_t end = port_monotonic_ms() + WAIT_MS;

    folder_number = folder_hash(folder);
    swprintf(name, ARRAY_SIZE(name), L"Local\\PoolCenter-%016llx", (unsigned long long)folder_number);
    mutex = CreateMutexW(NULL, FALSE, name);
    if (!mutex)
        return INSTANCE_FIRST;
    /* Never closed: the system lets go of it when the process has ended, with its settings saved. */
    do {
        DWORD waited = WaitForSingleObject(mutex, 0);
        HWND window = waited == WAIT_TIMEOUT ? find_window(folder_number) : NULL;
        if (waited == WAIT_OBJECT_0 || waited == WAIT_ABANDONED)
            return INSTANCE_FIRST;
        if (window && hand_over(window, argument))
            return INSTANCE_SECOND;
        Sleep(WAIT_STEP_MS);
    } while (port_monotonic_ms() < end);
    return INSTANCE_HUNG;
}

void instance_announce(HWND frame) { SetPropW(frame, PROPERTY, (HANDLE)folder_number); }

char *instance_receive(const COPYDATASTRUCT *data)
{
    const char *words = data->lpData;

    /* Any program may send this: only one short line is taken. A path may be longer than a link. */
    if (data->dwData != MAGIC || !words || data->cbData < 1 || data->cbData > PATH_MAX_UNITS || words[data->cbData - 1] != '\0' || strlen(words) + 1 != data->cbData)
        return NULL;
    for (const char *at = words; *at; at++)
        if ((unsigned char)*at < ' ')
            return NULL;
    return x_strdup(words);
}

void instance_show(HWND frame)
{
    if (IsIconic(frame))
        ShowWindow(frame, SW_RESTORE);
    SetForegroundWindow(GetLastActivePopup(frame));
}

/* ---------------------------------------------------------------- --quit */

static bool is_our_program(HANDLE process)
{
    AUTO_FREE wchar_t *ours = x_calloc(PATH_MAX_UNITS, sizeof *ours);
    AUTO_FREE wchar_t *theirs = x_calloc(PATH_MAX_UNITS, sizeof *theirs);
    DWORD our_length = PATH_MAX_UNITS, their_length = PATH_MAX_UNITS;

    return QueryFullProcessImageNameW(GetCurrentProcess(), 0, ours, &our_length) && QueryFullProcessImageNameW(process, 0, theirs, &their_length)
        && CompareStringOrdinal(ours, (int)our_length, theirs, (int)their_length, TRUE) == CSTR_EQUAL;
}

/* Opens the processes whose windows are asked to close; returns how many. */
static DWORD close_windows(HANDLE processes[WINDOWS_MAX])
{
    HWND window = NULL;
    DWORD count = 0;

    while (count < WINDOWS_MAX && (window = FindWindowExW(NULL, window, FRAME_CLASS, NULL)) != NULL) {
        DWORD id = 0;
        HANDLE process;
        GetWindowThreadProcessId(window, &id);
        process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
        if (process && is_our_program(process)) {
            processes[count++] = process;
            PostMessageW(window, WM_CLOSE, 0, 0);
        } else if (process) {
            CloseHandle(process);
        }
    }
    return count;
}

int instance_quit(void)
{
    HANDLE processes[WINDOWS_MAX];
    DWORD count = close_windows(processes);
    int result = count && WaitForMultipleObjects(count, processes, TRUE, QUIT_MS) >= WAIT_OBJECT_0 + count ? 1 : 0;

    for (DWORD i = 0; i < count; i++)
        CloseHandle(processes[i]);
    return result;
}
