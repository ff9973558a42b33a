/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows follow the mouse while they are dragged: each row the mouse comes over changes places with the dragged one, so what is seen is what is meant. Esc takes
 * it back. The list's parent is told of the beginning of a drag, so it is listened to as well. See reorder.h. UI thread.
 */
#include "client/win/reorder.h"

#include "client/win/subclass.h"

#include "protocol/util.h"

#include <stdlib.h>
#include <windowsx.h>

enum { SUBCLASS = 3, NOT_DRAGGING = -1 };

typedef struct Reorder {
    HWND list;
    void (*moved)(void *context, int from, int to);
    void *context;
    int first; /* where the drag began */
    int now;   /* where the row is; NOT_DRAGGING */
} Reorder;

static int row_at(HWND list, LPARAM place)
{
    LVHITTESTINFO hit = {.pt = {GET_X_LPARAM(place), GET_Y_LPARAM(place)}};
    return (int)SendMessageW(list, LVM_HITTEST, 0, (LPARAM)&hit);
}

static void move(Reorder *reorder, int to)
{
    int from = reorder->now;
    reorder->now = to;
    reorder->moved(reorder->context, from, to);
}

static void begin(Reorder *reorder, int row)
{
    reorder->first = reorder->now = row;
    SetCapture(reorder->list);
    SetCursor(LoadCursorW(NULL, IDC_SIZENS));
}

static void end(Reorder *reorder)
{
    reorder->now = NOT_DRAGGING;
    if (GetCapture() == reorder->list)
        ReleaseCapture();
}

static bool on_key(Reorder *reorder, WPARAM key)
{
    int row = (int)SendMessageW(reorder->list, LVM_GETNEXTITEM, (WPARAM)-1, LVNI_SELECTED), count = (int)SendMessageW(reorder->list, LVM_GETITEMCOUNT, 0, 0);
    int to = key == VK_UP ? row - 1 : row + 1;
    if ((key != VK_UP && key != VK_DOWN) || row < 0)
        return false;
    if (to >= 0 && to < count)
        reorder->moved(reorder->context, row, to);
    return true;
}

static LRESULT CALLBACK list_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    Reorder *reorder = (Reorder *)data;
    (void)id;
    switch (message) {
    case WM_SYSKEYDOWN:
        if (on_key(reorder, wparam))
            return 0;
        break;
    case WM_MOUSEMOVE: {
        int row = reorder->now == NOT_DRAGGING ? -1 : row_at(window, lparam);
        if (row >= 0 && row != reorder->now)
            move(reorder, row);
        if (reorder->now != NOT_DRAGGING)
            return 0;
        break;
    }
    case WM_LBUTTONUP:
        if (reorder->now == NOT_DRAGGING)
            break;
        end(reorder);
        return 0;
    case WM_KEYDOWN:
        if (reorder->now == NOT_DRAGGING || wparam != VK_ESCAPE)
            break;
        if (reorder->now != reorder->first)
            move(reorder, reorder->first);
        end(reorder);
        return 0;
    case WM_GETDLGCODE: /* Esc is ours while a row is dragged */
        return subclass_next(window, message, wparam, lparam) | (reorder->now != NOT_DRAGGING ? DLGC_WANTALLKEYS : 0);
    case WM_CAPTURECHANGED: reorder->now = NOT_DRAGGING; break;
    case WM_NCDESTROY: {
        LRESULT result = subclass_next(window, message, wparam, lparam);
        reorder->list = NULL; /* the parent's procedure frees it */
        return result;
    }
    default: break;
    }
    return subclass_next(window, message, wparam, lparam);
}

static LRESULT CALLBACK parent_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    Reorder *reorder = (Reorder *)data;
    (void)id;
    if (message == WM_NOTIFY && reorder->list && ((const NMHDR *)lparam)->hwndFrom == reorder->list && ((const NMHDR *)lparam)->code == LVN_BEGINDRAG) {
        begin(reorder, ((const NMLISTVIEW *)lparam)->iItem);
        return 0;
    }
    LRESULT result = subclass_next(window, message, wparam, lparam);
    if (message == WM_NCDESTROY)
        free(reorder);
    return result;
}

void reorder_attach(HWND list, void (*moved)(void *context, int from, int to), void *context)
{
    Reorder *reorder = x_calloc(1, sizeof(*reorder));
    *reorder = (Reorder){.list = list, .moved = moved, .context = context, .now = NOT_DRAGGING};
    subclass_attach(list, list_proc, SUBCLASS, (DWORD_PTR)reorder);
    subclass_attach(GetParent(list), parent_proc, SUBCLASS, (DWORD_PTR)reorder);
}
