/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The filter of unhandled exceptions. It runs in a process whose memory may be damaged: everything it needs was made before, and it only starts another process
 * and waits until that has looked at this one. See crash.h. Any thread.
 */
#include "client/ui/crash.h"

#include "client/win/command_line.h"
#include "client/win/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { COMMAND_MAX = 4096, REPORT_TIMEOUT_MS = 60000, STACK_FOR_FILTER = 64 << 10 };

static wchar_t program[MAX_PATH], config_option[COMMAND_MAX / 2], command[COMMAND_MAX];
static HANDLE looked_at; /* set when the reporter has what it needs */
static LONG crashing;

static void event_name(DWORD process, wchar_t *ret, size_t size) { _snwprintf(ret, size, L"PoolCenterCrash-%lx", process); }

static void wait_for_report(EXCEPTION_POINTERS *exception)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;

    _snwprintf(command, COMMAND_MAX - 1, L"\"%ls\" " CRASH_OPTION L" %lx,%lx,%llx %ls", program, GetCurrentProcessId(), GetCurrentThreadId(),
        (unsigned long long)(uintptr_t)exception, config_option);
    if (!CreateProcessW(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return;
    HANDLE ends[] = {looked_at, process.hProcess};
    WaitForMultipleObjects(ARRAYSIZE(ends), ends, FALSE, REPORT_TIMEOUT_MS);
}

static LONG WINAPI on_crash(EXCEPTION_POINTERS *exception)
{
    if (InterlockedExchange(&crashing, 1)) /* a second thread: the first one's end takes it along */
        Sleep(INFINITE);
    wait_for_report(exception);
    return EXCEPTION_EXECUTE_HANDLER; /* the process ends, without Windows' own dialog */
}

void crash_start(const char *config)
{
    AUTO_FREE char *words = command_line_config(config);
    AUTO_FREE wchar_t *option = utf_to_wide(words);
    wchar_t name[64] = L"";
    ULONG stack = STACK_FOR_FILTER;

    if (!GetModuleFileNameW(NULL, program, ARRAYSIZE(program) - 1) || wcslen(option) >= ARRAYSIZE(config_option))
        return;
    wcscpy(config_option, option);
    event_name(GetCurrentProcessId(), name, ARRAYSIZE(name) - 1);
    looked_at = CreateEventW(NULL, TRUE, FALSE, name);
    SetThreadStackGuarantee(&stack); /* of the UI thread: a stack that overflowed must hold the filter */
    SetUnhandledExceptionFilter(on_crash);
}

bool crash_read(const wchar_t *words, CrashedProcess *ret)
{
    unsigned long process = 0, thread = 0;
    unsigned long long exception = 0;

    if (swscanf(words, L"%lx,%lx,%llx", &process, &thread, &exception) != 3)
        return false;
    *ret = (CrashedProcess){.process = process, .thread = thread, .exception = (uintptr_t)exception};
    return true;
}

void crash_release(const CrashedProcess *crashed)
{
    wchar_t name[64] = L"";

    event_name(crashed->process, name, ARRAYSIZE(name) - 1);
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);
    if (!event)
        return;
    SetEvent(event);
    CloseHandle(event);
}
