/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Window subclasses kept in a table of our own; see subclass.h. UI thread. */
#include "client/win/subclass.h"

#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, LISTENERS_MAX = 8 };

typedef struct Listener {
    SUBCLASSPROC procedure;
    UINT_PTR id;
    DWORD_PTR data;
} Listener;

typedef struct Subclass {
    struct Subclass *next;
    HWND window;
    WNDPROC original;
    Listener listeners[LISTENERS_MAX];
    int count;
    int asked;  /* listeners below this one have not seen the message that is being handled */
    int depth;  /* messages being handled, one inside the other */
    bool gone;  /* the window is: freed when the outermost message is done */
} Subclass;

static Subclass *buckets[BUCKETS];

static Subclass **bucket_of(HWND window) { return &buckets[((UINT_PTR)window >> 2) % BUCKETS]; }

static Subclass *find(HWND window)
{
    Subclass *subclass = *bucket_of(window);

    while (subclass && (subclass->window != window || subclass->gone))
        subclass = subclass->next;
    return subclass;
}

static void unlink_subclass(Subclass *subclass)
{
    Subclass **place = bucket_of(subclass->window);

    while (*place != subclass)
        place = &(*place)->next;
    *place = subclass->next;
    free(subclass);
}

static LRESULT ask(Subclass *subclass, UINT message, WPARAM wparam, LPARAM lparam)
{
    const Listener *listener;
    LRESULT result;

    if (subclass->asked == 0)
        return CallWindowProcW(subclass->original, subclass->window, message, wparam, lparam);
    listener = &subclass->listeners[--subclass->asked];
    result = listener->procedure(subclass->window, message, wparam, lparam, listener->id, listener->data);
    subclass->asked++;
    return result;
}

static LRESULT CALLBACK dispatch(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Subclass *subclass = find(window);
    int asked;
    LRESULT result;

    if (!subclass)
        return DefWindowProcW(window, message, wparam, lparam);
    asked = subclass->asked;
    subclass->asked = subclass->count;
    subclass->depth++;
    result = ask(subclass, message, wparam, lparam);
    subclass->asked = asked;
    subclass->gone = subclass->gone || message == WM_NCDESTROY;
    if (--subclass->depth == 0 && subclass->gone)
        unlink_subclass(subclass);
    return result;
}

LRESULT subclass_next(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Subclass *subclass = find(window);

    return subclass ? ask(subclass, message, wparam, lparam) : DefWindowProcW(window, message, wparam, lparam);
}

static Subclass *create(HWND window)
{
    Subclass *subclass = x_calloc(1, sizeof *subclass);

    subclass->window = window;
    subclass->next = *bucket_of(window);
    *bucket_of(window) = subclass;
    subclass->original = (WNDPROC)SetWindowLongPtrW(window, GWLP_WNDPROC, (LONG_PTR)dispatch);
    return subclass;
}

void subclass_attach(HWND window, SUBCLASSPROC procedure, UINT_PTR id, DWORD_PTR data)
{
    Subclass *subclass = find(window);

    if (!subclass)
        subclass = create(window);
    for (int i = 0; i < subclass->count; i++)
        if (subclass->listeners[i].procedure == procedure && subclass->listeners[i].id == id) {
            subclass->listeners[i].data = data;
            return;
        }
    if (subclass->count < LISTENERS_MAX)
        subclass->listeners[subclass->count++] = (Listener){procedure, id, data};
}

void subclass_detach(HWND window, SUBCLASSPROC procedure, UINT_PTR id)
{
    Subclass *subclass = find(window);

    for (int i = 0; subclass && i < subclass->count; i++) {
        if (subclass->listeners[i].procedure != procedure || subclass->listeners[i].id != id)
            continue;
        memmove(&subclass->listeners[i], &subclass->listeners[i + 1], (size_t)(subclass->count - i - 1) * sizeof *subclass->listeners);
        subclass->count--;
        /* In the middle of a message: the ones not asked yet moved down, too. */
        if (i < subclass->asked)
            subclass->asked--;
        return;
    }
}
