/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Windows SSH agent for test_agents.py: "agentbridge KIND PORT" serves requests as Windows' OpenSSH agent (openssh), as Pageant's pipe (pipe) or as
 * Pageant's window (window), and passes each to a real ssh-agent behind the TCP port. Says "ready" when it serves. Depends on nothing of ours.
 */
#include <winsock2.h>
#include <windows.h>

#include <bcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wincrypt.h>

enum { MESSAGE_MAX = 256 << 10, COPYDATA = (int)0x804e50ba };

static int port;

static unsigned length_of(const unsigned char *b) { return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3]; }

static BOOL move(SOCKET line, char *bytes, int size, BOOL out)
{
    for (int done = 0, count = 0; done < size; done += count) {
        count = out ? send(line, bytes + done, size - done, 0) : recv(line, bytes + done, size - done, 0);
        if (count <= 0)
            return FALSE;
    }
    return TRUE;
}

/* One message, its length before it, replaced by the answer. The answer's size, or 0. */
static int ask(unsigned char *message)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET line = socket(AF_INET, SOCK_STREAM, 0);
    int size = (int)length_of(message) + 4;
    BOOL good = connect(line, (struct sockaddr *)&address, sizeof address) == 0 && move(line, (char *)message, size, TRUE) && move(line, (char *)message, 4, FALSE) &&
                length_of(message) < MESSAGE_MAX - 4 && move(line, (char *)message + 4, (int)length_of(message), FALSE);
    closesocket(line);
    return good ? (int)length_of(message) + 4 : 0;
}

/* ---- pipes */

static BOOL read_all(HANDLE pipe, unsigned char *bytes, DWORD size)
{
    for (DWORD done = 0, count = 0; done < size; done += count)
        if (!ReadFile(pipe, bytes + done, size - done, &count, NULL) || !count)
            return FALSE;
    return TRUE;
}

/* Says who owns the pipe, as Windows does by itself; Wine tells an owner only when one was given. */
static SECURITY_ATTRIBUTES *owned_by_me(void)
{
    static SECURITY_DESCRIPTOR descriptor;
    static SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    static TOKEN_USER *user;
    HANDLE token = NULL;
    DWORD size = 0;
    user = calloc(1, 256);
    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    GetTokenInformation(token, TokenUser, user, 256, &size);
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorOwner(&descriptor, user->User.Sid, FALSE);
    SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    return &attributes;
}

static void serve_pipe(const wchar_t *name)
{
    SECURITY_ATTRIBUTES *owned = owned_by_me();
    unsigned char *message = malloc(MESSAGE_MAX);
    for (BOOL first = TRUE;; first = FALSE) {
        HANDLE pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, owned);
        if (first) {
            puts("ready");
            fflush(stdout);
        }
        if (pipe == INVALID_HANDLE_VALUE)
            exit(1);
        if (!ConnectNamedPipe(pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED)
            exit(1);
        DWORD count = 0;
        int size = 0;
        while (read_all(pipe, message, 4) && length_of(message) < MESSAGE_MAX - 4 && read_all(pipe, message + 4, length_of(message)) && (size = ask(message)) > 0)
            WriteFile(pipe, message, (DWORD)size, &count, NULL);
        FlushFileBuffers(pipe);
        DisconnectNamedPipe(pipe);
        CloseHandle(pipe);
    }
}

/* The name PuTTY's agent_named_pipe_name makes. */
static void serve_pageant_pipe(void)
{
    unsigned char text[4 + CRYPTPROTECTMEMORY_BLOCK_SIZE] = {0, 0, 0, CRYPTPROTECTMEMORY_BLOCK_SIZE, 'P', 'a', 'g', 'e', 'a', 'n', 't'}, digest[32];
    wchar_t user[100] = L"", name[300];
    DWORD size = 100;
    BCRYPT_ALG_HANDLE algorithm = NULL;
    BCRYPT_HASH_HANDLE hash = NULL;
    CryptProtectMemory(text + 4, CRYPTPROTECTMEMORY_BLOCK_SIZE, CRYPTPROTECTMEMORY_CROSS_PROCESS);
    BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0);
    BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0);
    BCryptHashData(hash, text, sizeof text, 0);
    BCryptFinishHash(hash, digest, sizeof digest, 0);
    GetUserNameW(user, &size);
    int length = swprintf(name, 300, L"\\\\.\\pipe\\pageant.%ls.", user);
    for (size_t i = 0; i < sizeof digest; i++)
        length += swprintf(name + length, (size_t)(300 - length), L"%02x", digest[i]);
    serve_pipe(name);
}

/* ---- window */

static LRESULT copy_data(const COPYDATASTRUCT *data)
{
    if (data->dwData != (ULONG_PTR)(unsigned)COPYDATA || !data->cbData || ((const char *)data->lpData)[data->cbData - 1])
        return 0;
    HANDLE mapping = OpenFileMappingA(FILE_MAP_WRITE, FALSE, data->lpData);
    unsigned char *memory = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    int size = 0;
    if (memory) {
        unsigned char *message = malloc(MESSAGE_MAX);
        memcpy(message, memory, length_of(memory) + 4);
        size = ask(message);
        if (size > 0 && size <= 8192)
            memcpy(memory, message, (size_t)size);
        free(message);
        UnmapViewOfFile(memory);
    }
    if (mapping)
        CloseHandle(mapping);
    return size > 0 && size <= 8192;
}

static LRESULT CALLBACK window_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    return message == WM_COPYDATA ? copy_data((const COPYDATASTRUCT *)lparam) : DefWindowProcW(window, message, wparam, lparam);
}

static void serve_window(void)
{
    WNDCLASSW class = {.lpfnWndProc = window_proc, .hInstance = GetModuleHandleW(NULL), .lpszClassName = L"Pageant"};
    MSG message;
    RegisterClassW(&class);
    CreateWindowW(L"Pageant", L"Pageant", 0, 0, 0, 0, 0, NULL, NULL, class.hInstance, NULL);
    puts("ready");
    fflush(stdout);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
}

int wmain(int argc, wchar_t **argv); /* mingw-w64 declares it nowhere */

int wmain(int argc, wchar_t **argv)
{
    WSADATA sockets;
    if (argc != 3)
        return 2;
    WSAStartup(MAKEWORD(2, 2), &sockets);
    port = _wtoi(argv[2]);
    if (wcscmp(argv[1], L"openssh") == 0)
        serve_pipe(L"\\\\.\\pipe\\openssh-ssh-agent");
    else if (wcscmp(argv[1], L"pipe") == 0)
        serve_pageant_pipe();
    else
        serve_window();
    return 0;
}
