/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report about a crashed process, made from outside: a text for people, a minidump, the end of the log. The minidump holds the stacks' addresses, registers and
 * modules, not the heap and not what lies on the stacks, so that no secret is in it. See crash_report.h. UI thread.
 */
#include "client/ui/crash_report.h"

#include "client/core/port.h"
#include "client/core/zip.h"
#include "client/win/utf.h"

#include <dbghelp.h>
#include <psapi.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_END = 256 << 10, REPORTS_KEPT = 5, REPORTS_MAX = 64, MODULES_MAX = 512, PART_MAX = 256 << 20 };

static const char *const parts[] = {CRASH_REPORT_TEXT, CRASH_REPORT_DUMP, CRASH_REPORT_LOG};

typedef BOOL(WINAPI *WriteDump)(HANDLE, DWORD, HANDLE, MINIDUMP_TYPE, MINIDUMP_EXCEPTION_INFORMATION *, MINIDUMP_USER_STREAM_INFORMATION *, MINIDUMP_CALLBACK_INFORMATION *);

/* ---------------------------------------------------------------- minidump */

static WriteDump dump_function(void)
{
    HMODULE library = LoadLibraryExW(L"dbghelp.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    FARPROC address = library ? GetProcAddress(library, "MiniDumpWriteDump") : NULL;
    WriteDump function = NULL;
    memcpy(&function, &address, sizeof function);
    return function;
}

static void write_dump(HANDLE process, const CrashedProcess *crashed, const char *path)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(path);
    WriteDump function = dump_function();
    HANDLE file = function ? CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL) : INVALID_HANDLE_VALUE;
    if (file == INVALID_HANDLE_VALUE)
        return;
    MINIDUMP_EXCEPTION_INFORMATION exception = {.ThreadId = crashed->thread, .ExceptionPointers = (EXCEPTION_POINTERS *)crashed->exception, .ClientPointers = TRUE};
    MINIDUMP_TYPE type = (MINIDUMP_TYPE)(MiniDumpNormal | MiniDumpFilterMemory | MiniDumpFilterModulePaths);
    function(process, crashed->process, file, type, &exception, NULL, NULL);
    CloseHandle(file);
}

/* ---------------------------------------------------------------- text */

typedef struct CrashFacts {
    DWORD code;
    uintptr_t address;
} CrashFacts;

static CrashFacts read_facts(HANDLE process, uintptr_t exception)
{
    EXCEPTION_POINTERS pointers = {0};
    EXCEPTION_RECORD record = {0};
    CrashFacts facts = {0};
    if (ReadProcessMemory(process, (const void *)exception, &pointers, sizeof pointers, NULL) && ReadProcessMemory(process, pointers.ExceptionRecord, &record, sizeof record, NULL))
        facts = (CrashFacts){.code = record.ExceptionCode, .address = (uintptr_t)record.ExceptionAddress};
    return facts;
}

/* "poolcenter.exe+0x1234"; the names of files only: folders tell about the user. */
static char *place_text(HANDLE process, uintptr_t address)
{
    HMODULE modules[MODULES_MAX];
    DWORD size = 0;
    if (!K32EnumProcessModules(process, modules, sizeof modules, &size))
        return x_printf("%#llx", (unsigned long long)address);
    for (size_t i = 0; i < size / sizeof *modules && i < MODULES_MAX; i++) {
        MODULEINFO info = {0};
        wchar_t name[MAX_PATH] = L"";
        if (!K32GetModuleInformation(process, modules[i], &info, sizeof info) || address < (uintptr_t)info.lpBaseOfDll ||
            address >= (uintptr_t)info.lpBaseOfDll + info.SizeOfImage)
            continue;
        K32GetModuleBaseNameW(process, modules[i], name, ARRAYSIZE(name));
        AUTO_FREE char *utf8 = utf_from_wide(name);
        return x_printf("%s+%#llx", utf8, (unsigned long long)(address - (uintptr_t)info.lpBaseOfDll));
    }
    return x_printf("%#llx (no module)", (unsigned long long)address);
}

/* As text, or as a name of a folder, which must not hold colons. */
static char *time_text(int64_t ms, bool as_name)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    port_local_time(ms, &year, &month, &day, &hour, &minute, &second);
    return x_printf(as_name ? "%04d-%02d-%02d_%02d-%02d-%02d" : "%04d-%02d-%02d %02d:%02d:%02d", year, month, day, hour, minute, second);
}

static int64_t seconds_run(HANDLE process)
{
    FILETIME started, ended, kernel, user, now;
    if (!GetProcessTimes(process, &started, &ended, &kernel, &user))
        return 0;
    GetSystemTimeAsFileTime(&now);
    uint64_t from = (uint64_t)started.dwHighDateTime << 32 | started.dwLowDateTime, to = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return (int64_t)((to - from) / 10000000);
}

static char *windows_text(void)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    LONG(WINAPI * get)(OSVERSIONINFOW *) = NULL;
    FARPROC address = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
    memcpy(&get, &address, sizeof get);
    if (!get || get(&version) != 0)
        return x_strdup("unknown");
    return x_printf("%lu.%lu.%lu", version.dwMajorVersion, version.dwMinorVersion, version.dwBuildNumber);
}

/* English: it is for those who mend the program. */
static void write_text(HANDLE process, const CrashedProcess *crashed, const char *path)
{
    CrashFacts facts = read_facts(process, crashed->exception);
    AUTO_FREE char *place = place_text(process, facts.address);
    AUTO_FREE char *time = time_text(port_now_ms(), false);
    AUTO_FREE char *windows = windows_text();
    AUTO_FREE char *words = x_printf(
        "PoolCenter ended unexpectedly.\r\n\r\nVersion: %s\r\nTime: %s\r\nRan for: %lld s\r\nException: 0x%08lx\r\nAt: %s\r\nThread: %lu\r\nWindows: %s\r\n",
        POOLCENTER_VERSION, time, (long long)seconds_run(process), facts.code, place, crashed->thread, windows);
    port_write_whole(path, words, strlen(words), NULL);
}

/* ---------------------------------------------------------------- log */

static void copy_log(const char *config, const char *path)
{
    AUTO_FREE char *from = port_join(config, "poolcenter.log");
    PortFile *file = NULL;
    int64_t size = 0, modified = 0;
    if (port_file_open(from, &file, NULL) < 0)
        return;
    AUTO_FREE char *bytes = x_calloc(LOG_END, 1);
    size_t got = 0;
    if (port_file_stat(file, &size, &modified, NULL) == 0 && port_file_read(file, size > LOG_END ? size - LOG_END : 0, bytes, LOG_END, &got, NULL) == 0)
        port_write_whole(path, bytes, got, NULL);
    port_file_close(file);
}

/* ---------------------------------------------------------------- folders */

static char *part_path(const char *folder, const char *name) { return port_join(folder, name); }

void crash_report_delete(const char *folder)
{
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        AUTO_FREE char *path = part_path(folder, parts[i]);
        port_remove(path);
    }
    AUTO_FREE wchar_t *wide = utf_to_wide(folder);
    RemoveDirectoryW(wide);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Names are times: the first ones in order are the oldest. */
static void delete_old(const char *crashes)
{
    AUTO_FREE char *pattern = port_join(crashes, "*-*-*_*");
    AUTO_FREE wchar_t *wide = utf_to_wide(pattern);
    char *names[REPORTS_MAX];
    size_t count = 0;
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(wide, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        names[count++] = utf_from_wide(found.cFileName);
    } while (count < REPORTS_MAX && FindNextFileW(search, &found));
    FindClose(search);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *folder = port_join(crashes, names[i]);
        if (i + REPORTS_KEPT < count)
            crash_report_delete(folder);
        free(names[i]);
    }
}

static char *make_folder(const char *config)
{
    AUTO_FREE char *crashes = port_join(config, "crashes");
    AUTO_FREE char *name = time_text(port_now_ms(), true);
    char *folder = port_join(crashes, name);
    if (port_make_folder(folder, NULL) < 0) {
        free(folder);
        return NULL;
    }
    delete_old(crashes);
    return folder;
}

char *crash_report_write(const CrashedProcess *crashed, const char *config)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ | PROCESS_DUP_HANDLE, FALSE, crashed->process);
    char *folder = process ? make_folder(config) : NULL;
    if (folder) {
        AUTO_FREE char *text_path = part_path(folder, CRASH_REPORT_TEXT);
        AUTO_FREE char *dump_path = part_path(folder, CRASH_REPORT_DUMP);
        AUTO_FREE char *log_copy = part_path(folder, CRASH_REPORT_LOG);
        write_text(process, crashed, text_path);
        copy_log(config, log_copy);
        write_dump(process, crashed, dump_path);
    }
    if (process)
        CloseHandle(process);
    crash_release(crashed);
    return folder;
}

int crash_report_zip(const char *folder, const char *path, Error *err)
{
    ZipFile files[ARRAY_SIZE(parts)];
    char *bytes[ARRAY_SIZE(parts)] = {0};
    size_t count = 0;
    AUTO_FREE char *whole = NULL;
    size_t whole_size = 0;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        AUTO_FREE char *part = part_path(folder, parts[i]);
        size_t size = 0;
        if (!port_file_exists(part) || port_read_whole(part, PART_MAX, &bytes[i], &size, NULL) < 0)
            continue;
        files[count++] = (ZipFile){.name = parts[i], .bytes = bytes[i], .size = size};
    }
    int code = zip_make(files, count, port_now_ms(), &whole, &whole_size, err);
    if (code == 0)
        code = port_write_whole(path, whole, whole_size, err);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        free(bytes[i]);
    return code;
}
