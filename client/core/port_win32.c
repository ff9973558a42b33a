/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port.h for Windows: see there. Paths become UTF-16 here; long ones get the \\?\ prefix. Also runs under Wine. */
#define _CRT_RAND_S
#include "client/core/port_private.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <process.h>
#include <shlobj.h>
#include <stdlib.h>
#include <string.h>

/* ---- UTF-16 */

/* The caller frees. */
static wchar_t *wide(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *result = x_calloc((size_t)length + 1, sizeof *result);
    MultiByteToWideChar(CP_UTF8, 0, text, -1, result, length);
    return result;
}

static char *narrow(const wchar_t *text)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *result = x_calloc((size_t)length + 1, 1);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, result, length, NULL, NULL);
    return result;
}

/* A path for the ...W functions: absolute with \\?\ when it is near the old limit of 260. */
static wchar_t *wide_path(const char *path)
{
    wchar_t *plain = wide(path);
    for (wchar_t *p = plain; *p; p++)
        if (*p == L'/')
            *p = L'\\';
    if (wcslen(plain) < MAX_PATH - 20 || wcsncmp(plain, L"\\\\?\\", 4) == 0)
        return plain;
    DWORD size = GetFullPathNameW(plain, 0, NULL, NULL);
    const size_t prefix_size = 8;
    wchar_t *full = x_calloc(size + prefix_size + 1, sizeof *full);
    bool share = wcsncmp(plain, L"\\\\", 2) == 0;
    wcscpy(full, share ? L"\\\\?\\UNC" : L"\\\\?\\");
    size_t used = wcslen(full);
    /* \\server\share becomes \\?\UNC\server\share: one of its two backslashes is overwritten. */
    wchar_t *at = full + used - (share ? 1 : 0);
    wchar_t kept = *at;
    GetFullPathNameW(plain, size, at, NULL);
    if (share)
        *at = kept;
    free(plain);
    return full;
}

static char *system_text(DWORD code)
{
    wchar_t buffer[512];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, buffer, ARRAY_SIZE(buffer) - 1, NULL);
    while (length && (buffer[length - 1] <= L' ' || buffer[length - 1] == L'.'))
        length--;
    buffer[length] = 0;
    return length ? narrow(buffer) : x_printf("error %lu", (unsigned long)code);
}

static int fail(Error *err, int code, const char *object)
{
    AUTO_FREE char *why = system_text(GetLastError());
    return error_set(err, code, object, "%s", why);
}

/* ---- threads */

struct PortThread {
    HANDLE handle;
};

typedef struct Start {
    void (*run)(void *context);
    void *context;
} Start;

static SRWLOCK *lock_of(PortMutex *mutex) { return (void *)mutex->handle; }
static CONDITION_VARIABLE *cond_of(PortCond *cond) { return (void *)cond->handle; }

/* Wine hands out stacks with a megabyte of touched pages: 100 MB for the I/O threads of 100 servers. They are given back here; on Windows, where
 * the unused part of a stack is not even committed, the call fails and does nothing. */
static void trim_stack(void)
{
    enum { KEPT = 16 << 10 };
    ULONG_PTR low = 0, high = 0;
    char here = 0;
    GetCurrentThreadStackLimits(&low, &high);
    ULONG_PTR end = ((ULONG_PTR)&here - KEPT) & ~(ULONG_PTR)4095;
    if (end > low)
        VirtualAlloc((void *)low, end - low, MEM_RESET, PAGE_NOACCESS);
}

static unsigned __stdcall run_thread(void *pointer)
{
    Start start = *(Start *)pointer;
    free(pointer);
    trim_stack();
    start.run(start.context);
    return 0;
}

PortThread *port_thread_start(const char *name, void (*run)(void *context), void *context)
{
    PortThread *thread = x_calloc(1, sizeof *thread);
    Start *start = x_calloc(1, sizeof *start);
    *start = (Start){ run, context };
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, run_thread, start, 0, NULL);
    if (!thread->handle)
        abort();
    /* Newer than the import libraries of MinGW; a name only helps in a debugger. */
    typedef HRESULT(WINAPI * SetDescription)(HANDLE, PCWSTR);
    SetDescription set_description = (SetDescription)(void (*)(void))GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "SetThreadDescription");
    AUTO_FREE wchar_t *wide_name = wide(name);
    if (set_description)
        set_description(thread->handle, wide_name);
    return thread;
}

void port_thread_join(PortThread *thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread->handle, INFINITE);
    port_thread_detach(thread);
}

void port_thread_detach(PortThread *thread)
{
    CloseHandle(thread->handle);
    free(thread);
}

void port_mutex_init(PortMutex *mutex) { InitializeSRWLock(lock_of(mutex)); }
void port_mutex_clear(PortMutex *mutex) { (void)mutex; }
void port_mutex_lock(PortMutex *mutex) { AcquireSRWLockExclusive(lock_of(mutex)); }
void port_mutex_unlock(PortMutex *mutex) { ReleaseSRWLockExclusive(lock_of(mutex)); }
void port_cond_init(PortCond *cond) { InitializeConditionVariable(cond_of(cond)); }
void port_cond_clear(PortCond *cond) { (void)cond; }
void port_cond_signal(PortCond *cond) { WakeConditionVariable(cond_of(cond)); }
void port_cond_broadcast(PortCond *cond) { WakeAllConditionVariable(cond_of(cond)); }

bool port_cond_wait(PortCond *cond, PortMutex *mutex, int timeout_ms)
{
    return SleepConditionVariableSRW(cond_of(cond), lock_of(mutex), timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms, 0);
}

/* ---- time */

enum { FILETIME_PER_MS = 10000 };

static int64_t ms_since_1970(FILETIME time)
{
    int64_t ticks = ((int64_t)time.dwHighDateTime << 32) | time.dwLowDateTime;
    return ticks / FILETIME_PER_MS - 11644473600000; /* Windows counts from 1601 */
}

int64_t port_now_ms(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return ms_since_1970(now);
}

int64_t port_monotonic_us(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return now.QuadPart / frequency.QuadPart * 1000000 + now.QuadPart % frequency.QuadPart * 1000000 / frequency.QuadPart;
}

int64_t port_monotonic_ms(void) { return port_monotonic_us() / 1000; }
void port_sleep_ms(int ms) { Sleep((DWORD)ms); }

static SYSTEMTIME local_time(int64_t ms)
{
    int64_t ticks = (ms + 11644473600000) * FILETIME_PER_MS;
    FILETIME file_time = { (DWORD)ticks, (DWORD)(ticks >> 32) };
    SYSTEMTIME utc = { 0 }, local = { 0 };
    FileTimeToSystemTime(&file_time, &utc);
    SystemTimeToTzSpecificLocalTime(NULL, &utc, &local);
    return local;
}

void port_local_time(int64_t ms, int *year, int *month, int *day, int *hour, int *minute, int *second)
{
    SYSTEMTIME local = local_time(ms);
    *year = local.wYear;
    *month = local.wMonth;
    *day = local.wDay;
    *hour = local.wHour;
    *minute = local.wMinute;
    *second = local.wSecond;
}

/* ---- regional settings */

static bool regional_text(LCTYPE what, char *ret, size_t size)
{
    wchar_t wide[16] = L"";
    if (!GetLocaleInfoEx(LOCALE_NAME_USER_DEFAULT, what, wide, (int)ARRAY_SIZE(wide)))
        return false;
    return WideCharToMultiByte(CP_UTF8, 0, wide, -1, ret, (int)size, NULL, NULL) > 0;
}

/* "3;0": threes; "3;2;0": three, then twos; "3": three, then the rest undivided; "0": undivided. */
static void read_grouping(const char *words, PortNumberMarks *ret)
{
    size_t count = 0;
    ret->no_repeat = true;
    for (const char *at = words; *at && count < ARRAY_SIZE(ret->groups); at++) {
        if (*at == '0')
            ret->no_repeat = count == 0;
        else if (*at > '0' && *at <= '9')
            ret->groups[count++] = *at - '0';
    }
}

bool port_number_marks(PortNumberMarks *ret)
{
    char grouping[32] = "";
    if (!regional_text(LOCALE_SDECIMAL, ret->decimal, sizeof(ret->decimal)) || !regional_text(LOCALE_STHOUSAND, ret->group, sizeof(ret->group)) ||
        !regional_text(LOCALE_SGROUPING, grouping, sizeof(grouping)))
        return false;
    read_grouping(grouping, ret);
    return true;
}

char *port_date_time_text(int64_t ms_since_1970)
{
    SYSTEMTIME local = local_time(ms_since_1970);
    wchar_t date[80] = L"", time[80] = L"";
    if (!GetDateFormatEx(LOCALE_NAME_USER_DEFAULT, DATE_SHORTDATE, &local, NULL, date, (int)ARRAY_SIZE(date), NULL) ||
        !GetTimeFormatEx(LOCALE_NAME_USER_DEFAULT, 0, &local, NULL, time, (int)ARRAY_SIZE(time)))
        return NULL;
    AUTO_FREE char *date_text = narrow(date);
    AUTO_FREE char *time_text = narrow(time);
    return x_printf("%s %s", date_text, time_text);
}

/* ---- sockets */

/*
 * One thread waits with a wake, so it also keeps the event that this thread's socket is watched with. While nobody waits for a socket, only lock and
 * condition variable are used: under Wine they cost nothing, but every use of an event is a round trip to the wineserver.
 */
struct PortWake {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    bool is_set;
    bool with_socket; /* the waiting thread looks at the events */
    HANDLE event;
    HANDLE socket_event;
};

void port_sockets_start(void)
{
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
}

PortWake *port_wake_create(void)
{
    PortWake *wake = x_calloc(1, sizeof *wake);
    InitializeSRWLock(&wake->lock);
    InitializeConditionVariable(&wake->changed);
    wake->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    wake->socket_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!wake->event || !wake->socket_event)
        abort();
    return wake;
}

void port_wake_free(PortWake *wake)
{
    if (!wake)
        return;
    CloseHandle(wake->event);
    CloseHandle(wake->socket_event);
    free(wake);
}

void port_wake_set(PortWake *wake)
{
    AcquireSRWLockExclusive(&wake->lock);
    bool was_set = wake->is_set;
    wake->is_set = true;
    if (!was_set && wake->with_socket)
        SetEvent(wake->event);
    ReleaseSRWLockExclusive(&wake->lock);
    if (!was_set)
        WakeConditionVariable(&wake->changed);
}

/* Without a socket. */
static int wait_for_wake(PortWake *wake, DWORD limit)
{
    AcquireSRWLockExclusive(&wake->lock);
    if (!wake->is_set)
        SleepConditionVariableSRW(&wake->changed, &wake->lock, limit, 0);
    bool was_set = wake->is_set;
    wake->is_set = false;
    ReleaseSRWLockExclusive(&wake->lock);
    return was_set ? PORT_WAKE : 0;
}

/* From now on (until it is false again) a wake also sets the event. Returns PORT_WAKE if it was set before or, at the end, meanwhile. */
static int watch_event(PortWake *wake, bool with_socket)
{
    AcquireSRWLockExclusive(&wake->lock);
    bool was_set = wake->is_set;
    wake->is_set = was_set && with_socket; /* the end of the wait sees it again */
    wake->with_socket = with_socket;
    if (!with_socket && was_set)
        ResetEvent(wake->event);
    ReleaseSRWLockExclusive(&wake->lock);
    return was_set ? PORT_WAKE : 0;
}

/* What the socket reported since WSAEventSelect, as PORT_ bits. */
static int socket_events(SOCKET socket, HANDLE ready, int events)
{
    WSANETWORKEVENTS found = { 0 };
    WSAEnumNetworkEvents(socket, ready, &found);
    int happened = 0;
    if (found.lNetworkEvents & (FD_READ | FD_CLOSE))
        happened |= events & PORT_READ;
    if (found.lNetworkEvents & (FD_WRITE | FD_CONNECT | FD_CLOSE))
        happened |= events & PORT_WRITE;
    if ((found.lNetworkEvents & FD_CONNECT) && found.iErrorCode[FD_CONNECT_BIT])
        WSASetLastError(found.iErrorCode[FD_CONNECT_BIT]);
    else
        WSASetLastError(0);
    return happened;
}

int port_socket_wait(PortSocket socket, int events, PortWake *wake, int timeout_ms)
{
    DWORD limit = timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms;
    if (socket == PORT_NO_SOCKET)
        return wait_for_wake(wake, limit);
    if (wake && watch_event(wake, true))
        limit = 0;
    HANDLE ready = wake ? wake->socket_event : CreateEventW(NULL, TRUE, FALSE, NULL);
    /* Selecting anew also reports what has happened already, so nothing is missed between two waits. */
    WSAEventSelect((SOCKET)socket, ready, FD_CLOSE | ((events & PORT_READ) ? FD_READ : 0) | ((events & PORT_WRITE) ? FD_WRITE | FD_CONNECT : 0));
    HANDLE handles[2] = { ready, wake ? wake->event : NULL };
    DWORD which = WaitForMultipleObjects(wake ? 2 : 1, handles, FALSE, limit);
    int happened = wake ? watch_event(wake, false) : 0;
    if (which != WAIT_TIMEOUT)
        happened |= socket_events((SOCKET)socket, ready, events);
    if (!wake)
        CloseHandle(ready);
    return happened;
}

size_t port_resolve(const char *host, int port, bool numeric, PortAddress ret[PORT_ADDRESSES_MAX], char **ret_why)
{
    ADDRINFOW hints = { .ai_socktype = SOCK_STREAM, .ai_flags = numeric ? AI_NUMERICHOST : AI_ADDRCONFIG };
    ADDRINFOW *found = NULL;
    AUTO_FREE wchar_t *name = wide(host);
    AUTO_FREE char *service = x_printf("%d", port);
    AUTO_FREE wchar_t *wide_service = wide(service);
    int failure = GetAddrInfoW(name, wide_service, &hints, &found);
    if (failure && ret_why)
        *ret_why = system_text((DWORD)failure);
    size_t count = 0;
    for (ADDRINFOW *a = failure ? NULL : found; a && count < PORT_ADDRESSES_MAX; a = a->ai_next)
        if (a->ai_addrlen <= sizeof ret->bytes) {
            memcpy(ret[count].bytes, a->ai_addr, a->ai_addrlen);
            ret[count++].size = (int)a->ai_addrlen;
        }
    if (!failure)
        FreeAddrInfoW(found);
    return count;
}

PortSocket port_connect_begin(const PortAddress *address, char **ret_why)
{
    SOCKADDR_STORAGE name = { 0 };
    memcpy(&name, address->bytes, (size_t)address->size);
    SOCKET s = WSASocketW(name.ss_family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    u_long non_blocking = 1;
    DWORD one = 1;
    if (s != INVALID_SOCKET) {
        ioctlsocket(s, (long)FIONBIO, &non_blocking);
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&one, sizeof one);
        if (connect(s, (struct sockaddr *)&name, address->size) == 0 || WSAGetLastError() == WSAEWOULDBLOCK)
            return (PortSocket)s;
    }
    *ret_why = system_text((DWORD)WSAGetLastError());
    if (s != INVALID_SOCKET)
        closesocket(s);
    return PORT_NO_SOCKET;
}

char *port_connect_failure(PortSocket socket)
{
    /* port_socket_wait left FD_CONNECT's error here; SO_ERROR has it in other cases. */
    int failure = WSAGetLastError();
    int size = sizeof failure;
    if (!failure)
        getsockopt((SOCKET)socket, SOL_SOCKET, SO_ERROR, (char *)&failure, &size);
    return failure ? system_text((DWORD)failure) : NULL;
}

void port_socket_close(PortSocket socket)
{
    if (socket != PORT_NO_SOCKET)
        closesocket((SOCKET)socket);
}

void port_socket_make_blocking(PortSocket socket)
{
    u_long non_blocking = 0;
    WSAEventSelect((SOCKET)socket, NULL, 0);
    ioctlsocket((SOCKET)socket, (long)FIONBIO, &non_blocking);
}

void port_socket_shutdown(PortSocket socket)
{
    shutdown((SOCKET)socket, SD_BOTH);
    /* A receive that waits already is not ended by shutdown() on every version. */
    CancelIoEx((HANDLE)socket, NULL);
}

static long moved(int count)
{
    if (count != SOCKET_ERROR)
        return count;
    return WSAGetLastError() == WSAEWOULDBLOCK ? PORT_AGAIN : PORT_FAILED;
}

static int int_size(size_t size) { return size > INT32_MAX ? INT32_MAX : (int)size; }

long port_recv(PortSocket socket, void *bytes, size_t size) { return moved(recv((SOCKET)socket, bytes, int_size(size), 0)); }
long port_send(PortSocket socket, const void *bytes, size_t size) { return moved(send((SOCKET)socket, bytes, int_size(size), 0)); }
char *port_socket_error_text(void) { return system_text((DWORD)WSAGetLastError()); }

/* ---- files */

struct PortFile {
    HANDLE handle;
    char *path;
};

static PortFile *file_of(HANDLE handle, const char *path)
{
    PortFile *file = x_calloc(1, sizeof *file);
    *file = (PortFile){ handle, x_strdup(path) };
    return file;
}

int port_file_open(const char *path, PortFile **ret, Error *err)
{
    AUTO_FREE wchar_t *name = wide_path(path);
    HANDLE handle = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return fail(err, ERR_FILE_OPEN, path);
    if (GetFileType(handle) != FILE_TYPE_DISK) {
        CloseHandle(handle);
        return error_set(err, ERR_FILE_OPEN, path, "it is not a file");
    }
    *ret = file_of(handle, path);
    return 0;
}

int port_file_stat(PortFile *file, int64_t *ret_size, int64_t *ret_modified_ms, Error *err)
{
    LARGE_INTEGER size;
    FILETIME modified;
    if (!GetFileSizeEx(file->handle, &size) || !GetFileTime(file->handle, NULL, NULL, &modified))
        return fail(err, ERR_FILE_READ, file->path);
    if (ret_size)
        *ret_size = size.QuadPart;
    if (ret_modified_ms)
        *ret_modified_ms = ms_since_1970(modified);
    return 0;
}

int port_file_read(PortFile *file, int64_t offset, void *bytes, size_t size, size_t *ret_read, Error *err)
{
    OVERLAPPED at = { .Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32) };
    DWORD count = 0;
    if (!ReadFile(file->handle, bytes, (DWORD)int_size(size), &count, &at) && GetLastError() != ERROR_HANDLE_EOF)
        return fail(err, ERR_FILE_READ, file->path);
    *ret_read = count;
    return 0;
}

void port_file_close(PortFile *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    free(file->path);
    free(file);
}

int port_file_append_open(const char *path, PortFile **ret, int64_t *ret_size, Error *err)
{
    AUTO_FREE wchar_t *name = wide_path(path);
    HANDLE handle = CreateFileW(name, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
                                FILE_ATTRIBUTE_NORMAL, NULL);
    LARGE_INTEGER size = { .QuadPart = 0 };
    if (handle == INVALID_HANDLE_VALUE)
        return fail(err, ERR_FILE_OPEN, path);
    GetFileSizeEx(handle, &size);
    *ret_size = size.QuadPart;
    *ret = file_of(handle, path);
    return 0;
}

static bool write_all(HANDLE handle, const char *bytes, size_t size)
{
    while (size) {
        DWORD count = 0;
        if (!WriteFile(handle, bytes, (DWORD)int_size(size), &count, NULL))
            return false;
        bytes += count;
        size -= count;
    }
    return true;
}

int port_file_append(PortFile *file, const void *bytes, size_t size, Error *err)
{
    return write_all(file->handle, bytes, size) ? 0 : fail(err, ERR_SETTINGS, file->path);
}

int port_write_whole(const char *path, const void *bytes, size_t size, Error *err)
{
    AUTO_FREE char *temporary = x_printf("%s.new", path);
    AUTO_FREE wchar_t *temporary_name = wide_path(temporary);
    AUTO_FREE wchar_t *name = wide_path(path);
    /* The user's profile folder already keeps others out. */
    HANDLE handle = CreateFileW(temporary_name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return fail(err, ERR_SETTINGS, path);
    bool written = write_all(handle, bytes, size) && FlushFileBuffers(handle);
    int code = written ? 0 : fail(err, ERR_SETTINGS, path);
    CloseHandle(handle);
    if (code == 0 && !MoveFileExW(temporary_name, name, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        code = fail(err, ERR_SETTINGS, path);
    if (code < 0)
        DeleteFileW(temporary_name);
    return code;
}

bool port_file_exists(const char *path)
{
    AUTO_FREE wchar_t *name = wide_path(path);
    return GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES;
}

static bool is_folder(const wchar_t *name)
{
    DWORD attributes = GetFileAttributesW(name);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

size_t port_folder_names(const char *folder, size_t max, char ***ret)
{
    AUTO_FREE char *pattern = port_join(folder, "*");
    AUTO_FREE wchar_t *name = wide_path(pattern);
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(name, &found);
    size_t count = 0;
    *ret = NULL;
    for (BOOL more = search != INVALID_HANDLE_VALUE; more && count < max; more = FindNextFileW(search, &found)) {
        *ret = x_realloc(*ret, count + 1, sizeof **ret);
        (*ret)[count++] = narrow(found.cFileName);
    }
    if (search != INVALID_HANDLE_VALUE)
        FindClose(search);
    if (count)
        qsort(*ret, count, sizeof **ret, compare_names);
    return count;
}

int port_make_folder(const char *path, Error *err)
{
    AUTO_FREE wchar_t *name = wide_path(path);
    for (wchar_t *p = name; *p; p++) {
        if (*p != L'\\' || p == name)
            continue;
        *p = 0;
        CreateDirectoryW(name, NULL);
        *p = L'\\';
    }
    if (CreateDirectoryW(name, NULL) || is_folder(name))
        return 0;
    return fail(err, ERR_SETTINGS, path);
}

static char *known_folder(const GUID *id)
{
    wchar_t *path = NULL;
    char *result = SHGetKnownFolderPath(id, 0, NULL, &path) == S_OK ? narrow(path) : x_strdup(".");
    CoTaskMemFree(path);
    return result;
}

char *port_home_folder(void)
{
    static const GUID profile = { 0x5E6C858F, 0x0E22, 0x4760, { 0x9A, 0xFE, 0xEA, 0x33, 0x17, 0xB6, 0x71, 0x73 } };
    return known_folder(&profile);
}

char *port_program_folder(void)
{
    enum { LONG_PATH_MAX = 1 << 15 };
    AUTO_FREE wchar_t *program = x_calloc(LONG_PATH_MAX, sizeof *program);
    DWORD length = GetModuleFileNameW(NULL, program, LONG_PATH_MAX);
    wchar_t *name = length && length < LONG_PATH_MAX ? wcsrchr(program, L'\\') : NULL;
    if (!name)
        return x_strdup(".");
    *name = L'\0';
    return narrow(program);
}

/* Beside the running program; NULL: it is not the portable edition. */
static char *portable_folder(void)
{
    AUTO_FREE char *folder = port_program_folder();
    AUTO_FREE char *marker = port_join(folder, "poolcenter.portable");
    return port_file_exists(marker) ? x_printf("%s\\Settings", folder) : NULL;
}

char *port_config_folder(void)
{
    char *portable = portable_folder();
    if (portable)
        return portable;
    static const GUID roaming = { 0x3EB685DB, 0x65F9, 0x4CF6, { 0xA0, 0x3A, 0xE3, 0xEF, 0x65, 0x72, 0x9F, 0x3D } };
    AUTO_FREE char *base = known_folder(&roaming);
    return x_printf("%s\\PoolCenter", base);
}

int port_rename(const char *from, const char *to, Error *err)
{
    AUTO_FREE wchar_t *from_name = wide_path(from);
    AUTO_FREE wchar_t *to_name = wide_path(to);
    return MoveFileExW(from_name, to_name, MOVEFILE_REPLACE_EXISTING) ? 0 : fail(err, ERR_SETTINGS, to);
}

void port_remove(const char *path)
{
    AUTO_FREE wchar_t *name = wide_path(path);
    DeleteFileW(name);
}

/* ---- others */

char *port_user_language(void)
{
    wchar_t name[LOCALE_NAME_MAX_LENGTH] = L"";
    if (!LCIDToLocaleName(MAKELCID(GetUserDefaultUILanguage(), SORT_DEFAULT), name, LOCALE_NAME_MAX_LENGTH, 0))
        return x_strdup("en");
    return narrow(name);
}

char *port_user_name(void)
{
    wchar_t name[257] = L"";
    DWORD size = ARRAY_SIZE(name);
    return GetUserNameW(name, &size) ? narrow(name) : x_strdup("");
}

void port_random(void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        unsigned number = 0;
        if (rand_s(&number) != 0)
            abort();
        size_t part = size - done < sizeof number ? size - done : sizeof number;
        memcpy((char *)bytes + done, &number, part);
        done += part;
    }
}
