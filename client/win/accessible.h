/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What screen readers learn of a control: MSAA's IAccessible, from which Windows makes UI Automation's view by itself. Controls of our own describe themselves by
 * a small table; standard controls are described by Windows and only get a name where they have no text. Nothing is loaded or made before somebody asks. UI thread.
 */
#ifndef POOLCENTER_ACCESSIBLE_H
#define POOLCENTER_ACCESSIBLE_H

#include <stdbool.h>
#include <windows.h>

#include <oleacc.h>

/* Children are numbered from 1; 0 is the control itself. Functions may be NULL. */
typedef struct AccessibleClass {
    LONG role, child_role;                              /* ROLE_SYSTEM_... */
    int (*count)(HWND window);                          /* children that are not windows; NULL: its child windows are its children */
    wchar_t *(*name)(HWND window, int child);           /* malloc'ed; NULL: the window's text */
    wchar_t *(*value)(HWND window, int child);          /* malloc'ed; NULL: none */
    wchar_t *(*description)(HWND window, int child);    /* malloc'ed; NULL: none */
    LONG (*state)(HWND window, int child);              /* STATE_SYSTEM_... besides what the window tells (focus, enabled, visible) */
    LONG (*role_of)(HWND window, int child);            /* instead of both roles, where it differs */
    bool (*place)(HWND window, int child, RECT *ret);   /* in the window's client area */
    int (*selected)(HWND window);                       /* 0: none; has the focus when the window has */
    void (*choose)(HWND window, int child);             /* select, or press */
} AccessibleClass;

/* Describes a control of ours by a table, from its creation to its end. */
void accessible_class(HWND window, const AccessibleClass *class);
/* What it is called, in the user's language, instead of the window's text; again when the language changes. NULL: no such name any more. */
void accessible_name(HWND window, const char *name);
/* The same by a label beside it, whose text it follows. */
void accessible_label(HWND window, HWND label);
/* EVENT_OBJECT_... of a child, or of the control itself (0). */
void accessible_event(HWND window, DWORD event, int child);

#endif
