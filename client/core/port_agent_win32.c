/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * port_agent.h for Windows. Pageant of PuTTY 0.75 and later listens on a pipe whose name hides the word "Pageant" by a key of the user's session (so
 * that others cannot make one beforehand); all versions also take a message to their window that names a piece of shared memory.
 */
#include "client/core/port_agent.h"

#include "client/core/wire.h"

#include <windows.h>

#include <aclapi.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wincrypt.h>

enum {
    AGENT_OPENSSH, AGENT_PAGEANT_PIPE, AGENT_PAGEANT_WINDOW, AGENT_COUNT,
    PAGEANT_COPYDATA = (int)0x804e50ba,
    PAGEANT_MEMORY = 8192, /* what old versions expect */
    BUSY_WAIT_MS = 2000,
};

size_t port_agent_count(void) { return AGENT_COUNT; }

/* ---- pipes */

static bool read_all(HANDLE pipe, unsigned char *bytes, size_t size)
{
    DWORD count = 0;
    for (size_t done = 0; done < size; done += count)
        if (!ReadFile(pipe, bytes + done, (DWORD)(size - done), &count, NULL) || !count)
            return false;
    return true;
}

static bool write_all(HANDLE pipe, const unsigned char *bytes, size_t size)
{
    DWORD count = 0;
    for (size_t done = 0; done < size; done += count)
        if (!WriteFile(pipe, bytes + done, (DWORD)(size - done), &count, NULL) || !count)
            return false;
    return true;
}

static bool exchange(HANDLE pipe, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    WireWriter message = { 0 };
    wire_put_string(&message, request, size);
    bool sent = write_all(pipe, message.bytes, message.size);
    wire_free(&message);
    unsigned char head[4];
    if (!sent || !read_all(pipe, head, sizeof head))
        return false;
    WireReader reader = wire_reader(head, sizeof head);
    size_t length = wire_word(&reader);
    if (length > PORT_AGENT_MESSAGE_MAX)
        return false;
    unsigned char *answer = x_calloc(length + 1, 1);
    if (!read_all(pipe, answer, length)) {
        free(answer);
        return false;
    }
    *ret = answer;
    *ret_size = length;
    return true;
}

/* Pipes have names that anybody may take first: the one at the other end must be us, the system or an administrator. */
static bool owner_is_trusted(HANDLE pipe)
{
    PSID owner = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor) != ERROR_SUCCESS)
        return false;
    bool trusted = owner && (IsWellKnownSid(owner, WinLocalSystemSid) || IsWellKnownSid(owner, WinBuiltinAdministratorsSid));
    HANDLE token = NULL;
    if (owner && !trusted && OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        _Alignas(8) unsigned char bytes[256];
        DWORD size = 0;
        trusted = GetTokenInformation(token, TokenUser, bytes, sizeof bytes, &size) && EqualSid(((TOKEN_USER *)(void *)bytes)->User.Sid, owner);
        CloseHandle(token);
    }
    LocalFree(descriptor);
    return trusted;
}

static HANDLE open_pipe(const wchar_t *name)
{
    HANDLE pipe = INVALID_HANDLE_VALUE;
    do
        /* It may know who we are, but not act as us. */
        pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    while (pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY && WaitNamedPipeW(name, BUSY_WAIT_MS));
    return pipe;
}

static bool ask_pipe(const wchar_t *name, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    HANDLE pipe = open_pipe(name);
    if (pipe == INVALID_HANDLE_VALUE)
        return false;
    bool answered = owner_is_trusted(pipe) && exchange(pipe, request, size, ret, ret_size);
    CloseHandle(pipe);
    return answered;
}

static bool ask_openssh(const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    wchar_t named[MAX_PATH] = L"";
    DWORD length = GetEnvironmentVariableW(L"SSH_AUTH_SOCK", named, MAX_PATH);
    bool own = length > 0 && length < MAX_PATH && wcsncmp(named, L"\\\\.\\pipe\\", 9) == 0;
    return ask_pipe(own ? named : L"\\\\.\\pipe\\openssh-ssh-agent", request, size, ret, ret_size);
}

/* ---- Pageant */

static void put_hex(wchar_t *to, const unsigned char *bytes, size_t size)
{
    static const wchar_t digits[] = L"0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        to[i * 2] = digits[bytes[i] >> 4];
        to[i * 2 + 1] = digits[bytes[i] & 15];
    }
    to[size * 2] = 0;
}

static bool ask_pageant_pipe(const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    char hidden[CRYPTPROTECTMEMORY_BLOCK_SIZE] = "Pageant";
    unsigned char digest[32];
    unsigned digest_size = sizeof digest;
    wchar_t user[257] = L"", hex[65], name[400] = L"\\\\.\\pipe\\pageant.";
    DWORD user_size = ARRAY_SIZE(user);
    if (!CryptProtectMemory(hidden, sizeof hidden, CRYPTPROTECTMEMORY_CROSS_PROCESS) || !GetUserNameW(user, &user_size))
        return false;
    WireWriter text = { 0 };
    wire_put_string(&text, hidden, sizeof hidden);
    bool hashed = EVP_Digest(text.bytes, text.size, digest, &digest_size, EVP_sha256(), NULL);
    wire_free(&text);
    put_hex(hex, digest, sizeof digest);
    wcscat(name, user);
    wcscat(name, L".");
    wcscat(name, hex);
    return hashed && ask_pipe(name, request, size, ret, ret_size);
}

/* The shared memory holds the request, then the answer, each after its length. */
static bool exchange_memory(HWND window, unsigned char *memory, char *name, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    WireWriter message = { 0 };
    wire_put_string(&message, request, size);
    memcpy(memory, message.bytes, message.size);
    wire_free(&message);
    COPYDATASTRUCT data = { .dwData = (ULONG_PTR)(unsigned)PAGEANT_COPYDATA, .cbData = (DWORD)strlen(name) + 1, .lpData = name };
    if (SendMessageW(window, WM_COPYDATA, 0, (LPARAM)&data) <= 0)
        return false;
    WireReader reader = wire_reader(memory, PAGEANT_MEMORY);
    WireBytes answer = wire_string(&reader);
    if (reader.bad)
        return false;
    *ret = x_calloc(answer.size + 1, 1);
    memcpy(*ret, answer.bytes, answer.size);
    *ret_size = answer.size;
    return true;
}

static bool ask_pageant_window(const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    HWND window = FindWindowW(L"Pageant", L"Pageant");
    if (!window || size + 4 > PAGEANT_MEMORY)
        return false;
    AUTO_FREE char *name = x_printf("PageantRequest%08lx", (unsigned long)GetCurrentThreadId());
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, PAGEANT_MEMORY, name);
    unsigned char *memory = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    bool answered = memory && exchange_memory(window, memory, name, request, size, ret, ret_size);
    if (memory)
        UnmapViewOfFile(memory);
    if (mapping)
        CloseHandle(mapping);
    return answered;
}

bool port_agent_ask(size_t which, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    switch (which) {
    case AGENT_OPENSSH:      return ask_openssh(request, size, ret, ret_size);
    case AGENT_PAGEANT_PIPE: return ask_pageant_pipe(request, size, ret, ret_size);
    default:                 return ask_pageant_window(request, size, ret, ret_size);
    }
}
