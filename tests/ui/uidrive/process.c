/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that start, watch and end the programs under test. */
#include <windows.h>
#include <psapi.h>
#include <wincrypt.h>

#include <stdlib.h>

#include "command.h"

#define PROCESSES_MAX 32

/* Kept open, so that an exit code can be asked for after the end and an id is not given away again. */
static struct {
    DWORD pid;
    HANDLE handle;
} processes[PROCESSES_MAX];
static int process_count;

/* This process's token without administrator rights. Wine's "runas" does not give them back. */
static HANDLE limited_token(void)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(sid);
    SID_AND_ATTRIBUTES administrators = {.Sid = sid};
    HANDLE ours, limited = NULL;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &ours))
        return NULL;
    if (CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size))
        CreateRestrictedToken(ours, 0, 1, &administrators, 0, NULL, 0, NULL, &limited);
    CloseHandle(ours);
    return limited;
}

/* token NULL: this process's rights. */
static bool start(Command *command, HANDLE token, Answer *answer)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    wchar_t *line = _wcsdup(command_text(command, 1));
    const wchar_t *folder = command->count > 2 ? command_text(command, 2) : NULL;
    BOOL done;

    if (process_count == PROCESSES_MAX || line == NULL)
        return answer_fail(answer, "more than %d programs", PROCESSES_MAX);
    done = CreateProcessAsUserW(token, NULL, line, NULL, NULL, FALSE, CREATE_NEW_PROCESS_GROUP, NULL, folder, &startup, &process);
    free(line);
    if (!done)
        return answer_fail(answer, "cannot start '%s': error %lu", command_word(command, 1), GetLastError());
    CloseHandle(process.hThread);
    processes[process_count].pid = process.dwProcessId;
    processes[process_count++].handle = process.hProcess;
    json_int(answer, (long long)process.dwProcessId);
    return true;
}

static bool run_start(Command *command, Answer *answer) { return start(command, NULL, answer); }

static bool run_start_limited(Command *command, Answer *answer)
{
    HANDLE token = limited_token();
    bool done = token != NULL ? start(command, token, answer) : answer_fail(answer, "no token without administrator rights: error %lu", GetLastError());

    if (token != NULL)
        CloseHandle(token);
    return done;
}

static HANDLE started(Command *command, Answer *answer)
{
    for (int i = process_count; i-- > 0;)
        if (processes[i].pid == (DWORD)command_int(command, 1))
            return processes[i].handle;
    answer_fail(answer, "no program with id %s was started here", command_word(command, 1));
    return NULL;
}

/* The exit code, or null while it runs. Waits for word 2 milliseconds. */
static bool run_exit_code(Command *command, Answer *answer)
{
    HANDLE process = started(command, answer);
    DWORD code;

    if (process == NULL)
        return false;
    if (WaitForSingleObject(process, (DWORD)command_int(command, 2)) == WAIT_OBJECT_0
        && GetExitCodeProcess(process, &code))
        json_int(answer, (long long)code);
    return true;
}

/* Waits for at most word 2 milliseconds until a program with windows has begun and waits for input; its exit code, or null while it runs. */
static bool run_begun(Command *command, Answer *answer)
{
    HANDLE process = started(command, answer);
    DWORD code;

    if (process == NULL)
        return false;
    WaitForInputIdle(process, (DWORD)command_int(command, 2));
    if (WaitForSingleObject(process, 0) == WAIT_OBJECT_0 && GetExitCodeProcess(process, &code))
        json_int(answer, (long long)code);
    return true;
}

static bool run_kill(Command *command, Answer *answer)
{
    HANDLE process = started(command, answer);

    if (process == NULL)
        return false;
    TerminateProcess(process, 1);
    WaitForSingleObject(process, 5000);
    return true;
}

/* A thread that begins where nothing is: an unhandled exception inside the program. */
static bool run_crash(Command *command, Answer *answer)
{
    HANDLE process = started(command, answer), thread;

    if (process == NULL)
        return false;
    thread = CreateRemoteThread(process, NULL, 0, (LPTHREAD_START_ROUTINE)(ULONG_PTR)0x10, NULL, 0, NULL);
    if (thread == NULL)
        return answer_fail(answer, "cannot start a thread there: error %lu", GetLastError());
    CloseHandle(thread);
    return true;
}

static bool run_memory(Command *command, Answer *answer)
{
    HANDLE process = started(command, answer);
    PROCESS_MEMORY_COUNTERS_EX counters = {.cb = sizeof(counters)};

    if (process == NULL)
        return false;
    if (!GetProcessMemoryInfo(process, (PROCESS_MEMORY_COUNTERS *)&counters, sizeof(counters)))
        return answer_fail(answer, "cannot ask for memory: error %lu", GetLastError());
    json_open(answer, '{');
    json_field_int(answer, "working_set", (long long)counters.WorkingSetSize);
    json_field_int(answer, "peak_working_set", (long long)counters.PeakWorkingSetSize);
    json_field_int(answer, "private", (long long)counters.PrivateUsage);
    json_close(answer, '}');
    return true;
}

/* A DER certificate whose signatures programs of this prefix believe from now on. */
static bool run_trust(Command *command, Answer *answer)
{
    HANDLE file = CreateFileW(command_text(command, 1), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    HCERTSTORE store = CertOpenSystemStoreW(0, L"Root");
    BYTE bytes[16384];
    DWORD size = 0;
    BOOL done = file != INVALID_HANDLE_VALUE && ReadFile(file, bytes, sizeof(bytes), &size, NULL) && store != NULL
        && CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, bytes, size, CERT_STORE_ADD_REPLACE_EXISTING, NULL);

    if (!done)
        answer_fail(answer, "cannot trust '%s': error %lu", command_word(command, 1), GetLastError());
    if (store != NULL)
        CertCloseStore(store, 0);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return done;
}

static bool run_environment(Command *command, Answer *answer)
{
    if (!SetEnvironmentVariableW(command_text(command, 1), command->count > 2 ? command_text(command, 2) : NULL))
        return answer_fail(answer, "cannot set '%s'", command_word(command, 1));
    return true;
}

const CommandEntry process_commands[] = {
    {"start", 1, run_start, "COMMANDLINE [FOLDER]: start a program; its process id"},
    {"start_limited", 1, run_start_limited, "COMMANDLINE [FOLDER]: the same, without administrator rights"},
    {"exit_code", 1, run_exit_code, "PID [MS]: null while it runs"},
    {"begun", 2, run_begun, "PID MS: wait until it waits for input; its exit code, null while it runs"},
    {"kill", 1, run_kill, "PID"},
    {"crash", 1, run_crash, "PID: make one of its threads run into an invalid address"},
    {"memory", 1, run_memory, "PID: working set and private bytes"},
    {"trust", 1, run_trust, "FILE: a DER certificate of an authority that programs believe from now on"},
    {"environment", 1, run_environment, "NAME [VALUE]: for programs started later"},
    {0},
};
