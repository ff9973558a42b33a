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

/* A pipe; or Pageant's window with the memory that holds the request, then the answer. */
struct PortAgent {
    HANDLE pipe;
    HWND window; /* NULL: it is a pipe */
    HANDLE mapping;
    unsigned char *memory;
    size_t taken; /* of the answer in memory */
};

size_t port_agent_count(void) { return AGENT_COUNT; }

/* ---- pipes */

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

static PortAgent *of_pipe(const wchar_t *name)
{
    HANDLE pipe = open_pipe(name);
    if (pipe == INVALID_HANDLE_VALUE)
        return NULL;
    if (!owner_is_trusted(pipe)) {
        CloseHandle(pipe);
        return NULL;
    }
    PortAgent *agent = x_calloc(1, sizeof *agent);
    agent->pipe = pipe;
    return agent;
}

static bool write_pipe(HANDLE pipe, const char *bytes, size_t size)
{
    DWORD count = 0;
    for (size_t done = 0; done < size; done += count)
        if (!WriteFile(pipe, bytes + done, (DWORD)(size - done), &count, NULL) || !count)
            return false;
    return true;
}

static bool read_pipe(HANDLE pipe, char *bytes, size_t size)
{
    DWORD count = 0;
    for (size_t done = 0; done < size; done += count)
        if (!ReadFile(pipe, bytes + done, (DWORD)(size - done), &count, NULL) || !count)
            return false;
    return true;
}

static PortAgent *open_openssh(void)
{
    wchar_t named[MAX_PATH] = L"";
    DWORD length = GetEnvironmentVariableW(L"SSH_AUTH_SOCK", named, MAX_PATH);
    bool own = length > 0 && length < MAX_PATH && wcsncmp(named, L"\\\\.\\pipe\\", 9) == 0;
    return of_pipe(own ? named : L"\\\\.\\pipe\\openssh-ssh-agent");
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

static PortAgent *open_pageant_pipe(void)
{
    char hidden[CRYPTPROTECTMEMORY_BLOCK_SIZE] = "Pageant";
    unsigned char digest[32];
    unsigned digest_size = sizeof digest;
    wchar_t user[257] = L"", hex[65], name[400] = L"\\\\.\\pipe\\pageant.";
    DWORD user_size = ARRAY_SIZE(user);
    if (!CryptProtectMemory(hidden, sizeof hidden, CRYPTPROTECTMEMORY_CROSS_PROCESS) || !GetUserNameW(user, &user_size))
        return NULL;
    WireWriter text = { 0 };
    wire_put_string(&text, hidden, sizeof hidden);
    bool hashed = EVP_Digest(text.bytes, text.size, digest, &digest_size, EVP_sha256(), NULL);
    wire_free(&text);
    put_hex(hex, digest, sizeof digest);
    wcscat(name, user);
    wcscat(name, L".");
    wcscat(name, hex);
    return hashed ? of_pipe(name) : NULL;
}

static char *memory_name(void) { return x_printf("PageantRequest%08lx", (unsigned long)GetCurrentThreadId()); }

static PortAgent *open_pageant_window(void)
{
    HWND window = FindWindowW(L"Pageant", L"Pageant");
    if (!window)
        return NULL;
    AUTO_FREE char *name = memory_name();
    PortAgent *agent = x_calloc(1, sizeof *agent);
    agent->window = window;
    agent->mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, PAGEANT_MEMORY, name);
    agent->memory = agent->mapping ? MapViewOfFile(agent->mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    if (agent->memory)
        return agent;
    port_agent_close(agent);
    return NULL;
}

/* The window has written its answer over the request when this returns. */
static bool send_message(PortAgent *agent, const void *bytes, size_t size)
{
    if (size > PAGEANT_MEMORY)
        return false;
    memcpy(agent->memory, bytes, size);
    AUTO_FREE char *name = memory_name();
    COPYDATASTRUCT data = { .dwData = (ULONG_PTR)(unsigned)PAGEANT_COPYDATA, .cbData = (DWORD)strlen(name) + 1, .lpData = name };
    return SendMessageW(agent->window, WM_COPYDATA, 0, (LPARAM)&data) > 0;
}

static bool read_memory(PortAgent *agent, void *bytes, size_t size)
{
    if (size > PAGEANT_MEMORY - agent->taken)
        return false;
    memcpy(bytes, agent->memory + agent->taken, size);
    agent->taken += size;
    return true;
}

/* ---- all of them */

PortAgent *port_agent_open(size_t which)
{
    switch (which) {
    case AGENT_OPENSSH:      return open_openssh();
    case AGENT_PAGEANT_PIPE: return open_pageant_pipe();
    default:                 return open_pageant_window();
    }
}

bool port_agent_send(PortAgent *agent, const void *bytes, size_t size)
{
    return agent->window ? send_message(agent, bytes, size) : write_pipe(agent->pipe, bytes, size);
}

bool port_agent_receive(PortAgent *agent, void *bytes, size_t size)
{
    return agent->window ? read_memory(agent, bytes, size) : read_pipe(agent->pipe, bytes, size);
}

void port_agent_close(PortAgent *agent)
{
    if (agent->memory)
        UnmapViewOfFile(agent->memory);
    if (agent->mapping)
        CloseHandle(agent->mapping);
    if (!agent->window)
        CloseHandle(agent->pipe);
    free(agent);
}
