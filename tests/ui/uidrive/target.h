/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Access to another process's windows: messages that give up on a hung window, memory inside the
 * process, and calls of system functions inside it (Wine keeps menus and fonts private to a process).
 */
#ifndef UIDRIVE_TARGET_H
#define UIDRIVE_TARGET_H

#include <windows.h>

#include "answer.h"

#define TARGET_MODULES_MAX 8
#define TARGET_TIMEOUT_MS 30000
#define TARGET_TEXT_MAX 4096                /* characters of one text in remote memory */

/* Offsets into the remote block: a structure, then a text. */
#define TARGET_STRUCT 0u
#define TARGET_TEXT 4096u
#define TARGET_BLOCK (TARGET_TEXT + TARGET_TEXT_MAX * sizeof(wchar_t))

typedef struct Target {
    DWORD pid;
    HANDLE process;
    char *block;                            /* address inside the process */
    char *code;                             /* address inside the process of the call stub */
    struct {
        const wchar_t *name;                /* a literal of the caller's; NULL: none yet */
        char *base;
    } modules[TARGET_MODULES_MAX];          /* system DLLs stay where they are, and a snapshot of all takes milliseconds */
} Target;

/* Send a message and wait for its result. False, with the reason: the window is gone or hangs. */
bool target_send(HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret_result, Answer *answer);

/* The same for messages whose failure is as good as 0. */
LRESULT target_ask(HWND window, UINT message, WPARAM wparam, LPARAM lparam);

/* A window's text through WM_GETTEXT. Never NULL; the caller frees it. */
wchar_t *target_window_text(HWND window);

void target_class(HWND window, wchar_t *ret_name, int size);
bool target_has_class(HWND window, const wchar_t *name);

/* Open the process that owns a window. The target is kept for the next command: do not free it. NULL: failed. */
Target *target_open(HWND window, Answer *answer);

bool target_write(Target *target, size_t offset, const void *data, size_t size, Answer *answer);
bool target_read(Target *target, size_t offset, void *ret_data, size_t size, Answer *answer);
LPARAM target_address(const Target *target, size_t offset);

/* Read the text at TARGET_TEXT, or at a pointer a control put in its place. `ret_text` has TARGET_TEXT_MAX characters. */
bool target_read_text(Target *target, const void *remote, wchar_t *ret_text, Answer *answer);

/* Call a function of a system DLL inside the process, on a thread of its own. At most 6 arguments. */
bool target_call(Target *target, const wchar_t *module, const char *function, int count, const ULONG_PTR *arguments,
                 ULONG_PTR *ret_result, Answer *answer);

#endif
