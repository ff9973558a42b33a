/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list has the mouse while a volume is dragged; the tree shows where it would go. See volume_drag.h. UI thread. */
#include "client/ui/volume_drag.h"

#include "client/core/rules.h"
#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/tree.h"
#include "client/ui/volume_dialogs.h"
#include "client/win/subclass.h"

#include <windowsx.h>

enum { SUBCLASS = 4, CURSOR_NO_DROP = 1, CURSOR_MOVE = 2, CURSOR_COPY = 3 }; /* cursors of ole32.dll, those of Explorer */

static struct {
    HWND list;        /* NULL: nothing is dragged */
    Selection volume; /* a copy: its server may be removed meanwhile */
} drag;

/* What dropping there does; COMMAND_NONE: nothing, and where there is something to say about it, *ret_why (the caller frees) does. */
static CommandId find_command(POINT screen, Selection *ret_target, char **ret_why)
{
    if (!app_has_server(drag.volume.server) || !tree_at_point(screen, ret_target))
        return COMMAND_NONE;
    const DatastoreInfo *store = selection_datastore(ret_target);
    bool away = ret_target->server != drag.volume.server, copy = GetKeyState(VK_CONTROL) < 0;
    if (!store || (!away && str_equal(store->id, drag.volume.id)))
        return COMMAND_NONE;
    CommandId command = away ? COMMAND_SEND_VOLUME : copy ? COMMAND_COPY_VOLUME : COMMAND_MOVE_VOLUME;
    Method there = away ? METHOD_upload_begin : METHOD_volume_create;
    bool possible = command_can_run(command, &drag.volume, ret_why) && rules_datastore(ret_target->server, store, there, ret_why);
    return possible ? command : COMMAND_NONE;
}

static HCURSOR cursor_of(CommandId command)
{
    int id = command == COMMAND_NONE ? CURSOR_NO_DROP : command == COMMAND_MOVE_VOLUME ? CURSOR_MOVE : CURSOR_COPY;
    HCURSOR cursor = LoadCursorW(GetModuleHandleW(L"ole32.dll"), MAKEINTRESOURCEW(id));
    return cursor ? cursor : LoadCursorW(NULL, (LPCWSTR)(command == COMMAND_NONE ? IDC_NO : IDC_ARROW));
}

/* Where the mouse was when the message came that is being handled. */
static POINT message_point(void)
{
    DWORD place = GetMessagePos();
    return (POINT){GET_X_LPARAM(place), GET_Y_LPARAM(place)};
}

static void show(void)
{
    Selection target = {0};
    AUTO_FREE char *words = NULL;
    CommandId command = find_command(message_point(), &target, &words);
    TextId title = command == COMMAND_MOVE_VOLUME ? TEXT_MOVE_TITLE : command == COMMAND_COPY_VOLUME ? TEXT_COPY_TITLE : TEXT_SEND_TITLE;
    if (command != COMMAND_NONE)
        words = text_format(title, drag.volume.volume, NULL);
    tree_mark_drop(command == COMMAND_NONE ? NULL : &target);
    frame_status(words);
    SetCursor(cursor_of(command));
}

static void end(void)
{
    HWND list = drag.list;
    drag.list = NULL;
    tree_mark_drop(NULL);
    frame_status(NULL);
    if (GetCapture() == list)
        ReleaseCapture();
}

static void drop(void)
{
    Selection target = {0}, volume = drag.volume;
    AUTO_FREE char *why = NULL;
    CommandId command = find_command(message_point(), &target, &why);
    end();
    if (command == COMMAND_SEND_VOLUME)
        send_volume_dialog(app_get()->frame, &volume, &target);
    else if (command != COMMAND_NONE)
        copy_volume_dialog(app_get()->frame, &volume, command == COMMAND_MOVE_VOLUME, target.id);
    else if (why)
        frame_hint(why, false);
}

static LRESULT CALLBACK list_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    (void)id;
    (void)data;
    if (drag.list != window)
        return subclass_next(window, message, wparam, lparam);
    switch (message) {
    case WM_MOUSEMOVE: show(); return 0;
    case WM_LBUTTONUP: drop(); return 0;
    case WM_KEYDOWN:
    case WM_KEYUP:
        if (message == WM_KEYDOWN && wparam == VK_ESCAPE)
            end();
        else
            show(); /* Ctrl, perhaps */
        return 0;
    case WM_CAPTURECHANGED:
    case WM_DESTROY: end(); break;
    default: break;
    }
    return subclass_next(window, message, wparam, lparam);
}

void volume_drag_begin(HWND list, const Selection *volume)
{
    drag.list = list;
    drag.volume = *volume;
    subclass_attach(list, list_proc, SUBCLASS, 0);
    SetCapture(list);
    show();
}
