/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages, memory and calls in another process; see target.h. */
#include "target.h"

#include <tlhelp32.h>

#include <stdlib.h>
#include <string.h>

#define CALL_ARGUMENTS_MAX 6
#define CALL_CODE_SIZE 512u

typedef ULONG_PTR (*CallFunction)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR);

/* Lies at TARGET_STRUCT of a page of its own behind the code. */
typedef struct CallBlock {
    CallFunction function;
    ULONG_PTR arguments[CALL_ARGUMENTS_MAX];
    ULONG_PTR result;
} CallBlock;

bool target_send(HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret_result, Answer *answer)
{
    DWORD_PTR result = 0;

    if (!IsWindow(window))
        return answer_fail(answer, "there is no window %lld", (long long)(INT_PTR)window);
    if (!SendMessageTimeoutW(window, message, wparam, lparam, SMTO_NORMAL, TARGET_TIMEOUT_MS, &result))
        return answer_fail(answer, "window %lld did not answer message 0x%x", (long long)(INT_PTR)window, message);
    *ret_result = (LRESULT)result;
    return true;
}

LRESULT target_ask(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    DWORD_PTR result = 0;

    SendMessageTimeoutW(window, message, wparam, lparam, SMTO_NORMAL, TARGET_TIMEOUT_MS, &result);
    return (LRESULT)result;
}

wchar_t *target_window_text(HWND window)
{
    size_t length = (size_t)target_ask(window, WM_GETTEXTLENGTH, 0, 0);
    wchar_t *text = calloc(length + 2, sizeof(wchar_t));

    if (text == NULL)
        abort();
    if (length > 0)
        target_ask(window, WM_GETTEXT, length + 1, (LPARAM)text);
    return text;
}

void target_class(HWND window, wchar_t *ret_name, int size)
{
    ret_name[0] = L'\0';
    GetClassNameW(window, ret_name, size);
}

bool target_has_class(HWND window, const wchar_t *name)
{
    wchar_t class_name[128];

    target_class(window, class_name, 128);
    return _wcsicmp(class_name, name) == 0;
}

/*
 * Runs inside the target, from copied bytes: no calls but through the block, no constants, no jump
 * tables. In a section of its own, so that copying CALL_CODE_SIZE bytes stays inside mapped memory.
 */
__attribute__((section(".incall"), noinline)) static DWORD WINAPI call_stub(void *argument)
{
    CallBlock *block = argument;

    block->result = block->function(block->arguments[0], block->arguments[1], block->arguments[2],
                                    block->arguments[3], block->arguments[4], block->arguments[5]);
    return 0;
}

static void target_close(Target *target)
{
    if (target->process != NULL)
        CloseHandle(target->process);
    memset(target, 0, sizeof(*target));
}

/* A block for messages, and a second one with code and the call block. */
static bool target_allocate(Target *target, Answer *answer)
{
    target->block = VirtualAllocEx(target->process, NULL, TARGET_BLOCK, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    target->code = VirtualAllocEx(target->process, NULL, CALL_CODE_SIZE + sizeof(CallBlock), MEM_COMMIT | MEM_RESERVE,
                                  PAGE_EXECUTE_READWRITE);
    if (target->block == NULL || target->code == NULL)
        return answer_fail(answer, "no memory in process %lu: error %lu", target->pid, GetLastError());
    /* By way of an integer: ISO C has no conversion from a function to data. */
    if (!WriteProcessMemory(target->process, target->code, (const void *)(ULONG_PTR)call_stub, CALL_CODE_SIZE, NULL))
        return answer_fail(answer, "cannot write to process %lu: error %lu", target->pid, GetLastError());
    return true;
}

Target *target_open(HWND window, Answer *answer)
{
    static Target cached;
    DWORD pid = 0;

    GetWindowThreadProcessId(window, &pid);
    if (pid == 0) {
        answer_fail(answer, "there is no window %lld", (long long)(INT_PTR)window);
        return NULL;
    }
    if (cached.pid == pid && WaitForSingleObject(cached.process, 0) == WAIT_TIMEOUT)
        return &cached;
    target_close(&cached);
    cached.pid = pid;
    cached.process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
    if (cached.process == NULL) {
        answer_fail(answer, "cannot open process %lu: error %lu", pid, GetLastError());
        target_close(&cached);
        return NULL;
    }
    if (!target_allocate(&cached, answer)) {
        target_close(&cached);
        return NULL;
    }
    return &cached;
}

bool target_write(Target *target, size_t offset, const void *data, size_t size, Answer *answer)
{
    if (offset + size > TARGET_BLOCK)
        return answer_fail(answer, "%lu bytes do not fit into the remote block", (unsigned long)size);
    if (!WriteProcessMemory(target->process, target->block + offset, data, size, NULL))
        return answer_fail(answer, "cannot write to process %lu: error %lu", target->pid, GetLastError());
    return true;
}

bool target_read(Target *target, size_t offset, void *ret_data, size_t size, Answer *answer)
{
    if (!ReadProcessMemory(target->process, target->block + offset, ret_data, size, NULL))
        return answer_fail(answer, "cannot read from process %lu: error %lu", target->pid, GetLastError());
    return true;
}

LPARAM target_address(const Target *target, size_t offset)
{
    return (LPARAM)(target->block + offset);
}

bool target_read_text(Target *target, const void *remote, wchar_t *ret_text, Answer *answer)
{
    const char *from = remote;

    ret_text[0] = L'\0';
    if (from == NULL || from == (const char *)(LONG_PTR)-1)
        return true;
    /* A text of the control's own may end right before an unmapped page: take less then. */
    for (size_t size = TARGET_TEXT_MAX * sizeof(wchar_t); size >= sizeof(wchar_t); size /= 2) {
        if (ReadProcessMemory(target->process, from, ret_text, size, NULL)) {
            ret_text[size / sizeof(wchar_t) - 1] = L'\0';
            return true;
        }
    }
    return answer_fail(answer, "cannot read a text from process %lu", target->pid);
}

/* Where a loaded module lies in the target; NULL if it is not there. */
static char *module_base(DWORD pid, const wchar_t *name)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, pid);
    MODULEENTRY32W module = {.dwSize = sizeof(module)};
    char *base = NULL;

    if (snapshot == INVALID_HANDLE_VALUE)
        return NULL;
    for (BOOL more = Module32FirstW(snapshot, &module); more && base == NULL; more = Module32NextW(snapshot, &module))
        if (_wcsicmp(module.szModule, name) == 0)
            base = (char *)module.modBaseAddr;
    CloseHandle(snapshot);
    return base;
}

static char *known_module_base(Target *target, const wchar_t *name)
{
    size_t i = 0;

    while (i < TARGET_MODULES_MAX - 1 && target->modules[i].name != NULL && _wcsicmp(target->modules[i].name, name) != 0)
        i++;
    if (target->modules[i].name == NULL || _wcsicmp(target->modules[i].name, name) != 0) {
        target->modules[i].name = name;
        target->modules[i].base = module_base(target->pid, name);
    }
    return target->modules[i].base;
}

/* A function's address in the target: its place in our copy of the DLL, in theirs. */
static CallFunction function_in_target(Target *target, const wchar_t *module, const char *function)
{
    HMODULE ours = LoadLibraryW(module);
    char *theirs = known_module_base(target, module);
    ULONG_PTR address = (ULONG_PTR)(ours != NULL ? GetProcAddress(ours, function) : NULL);

    if (address == 0 || theirs == NULL)
        return NULL;
    return (CallFunction)(ULONG_PTR)(theirs + (address - (ULONG_PTR)ours));
}

bool target_call(Target *target, const wchar_t *module, const char *function, int count, const ULONG_PTR *arguments,
                 ULONG_PTR *ret_result, Answer *answer)
{
    CallBlock block = {.function = function_in_target(target, module, function)};
    char *block_address = target->code + CALL_CODE_SIZE;
    LPTHREAD_START_ROUTINE start = (LPTHREAD_START_ROUTINE)(ULONG_PTR)target->code;
    HANDLE thread;
    DWORD waited;

    if (block.function == NULL)
        return answer_fail(answer, "process %lu has no function %s", target->pid, function);
    memcpy(block.arguments, arguments, (size_t)count * sizeof(ULONG_PTR));
    if (!WriteProcessMemory(target->process, block_address, &block, sizeof(block), NULL))
        return answer_fail(answer, "cannot write to process %lu: error %lu", target->pid, GetLastError());
    thread = CreateRemoteThread(target->process, NULL, 0, start, block_address, 0, NULL);
    if (thread == NULL)
        return answer_fail(answer, "no thread in process %lu: error %lu", target->pid, GetLastError());
    waited = WaitForSingleObject(thread, TARGET_TIMEOUT_MS);
    CloseHandle(thread);
    if (waited != WAIT_OBJECT_0 || !ReadProcessMemory(target->process, block_address, &block, sizeof(block), NULL))
        return answer_fail(answer, "%s did not return in process %lu", function, target->pid);
    *ret_result = block.result;
    return true;
}
