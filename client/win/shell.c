/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taskbar progress, notifications and jump list; see shell.h. UI thread. */
#define COBJMACROS
#define CINTERFACE
#include "client/win/shell.h"

#include "client/win/icons.h"
#include "client/win/utf.h"

#include <propkey.h>
#include <shlobj.h>

enum { NOTIFY_ID = 1 };

static struct {
    ITaskbarList3 *taskbar;
    bool taskbar_tried;
    ShellProgress progress;
    int permille;
    ShellObjects given;
    HWND notified; /* whose icon is there */
} shell;

void shell_use(const ShellObjects *objects)
{
    shell.given = *objects;
    shell.taskbar = objects->taskbar;
    shell.taskbar_tried = objects->taskbar != NULL;
    shell.progress = SHELL_PROGRESS_NONE;
}

/* ---------------------------------------------------------------- progress */

static ITaskbarList3 *taskbar(void)
{
    void *object = NULL;

    if (shell.taskbar_tried)
        return shell.taskbar;
    shell.taskbar_tried = true;
    if (FAILED(CoCreateInstance(&CLSID_TaskbarList, NULL, CLSCTX_INPROC_SERVER, &IID_ITaskbarList3, &object)))
        return NULL;
    shell.taskbar = object;
    if (FAILED(ITaskbarList3_HrInit(shell.taskbar))) {
        ITaskbarList3_Release(shell.taskbar);
        shell.taskbar = NULL;
    }
    return shell.taskbar;
}

void shell_progress(HWND window, ShellProgress progress, int permille)
{
    static const TBPFLAG flags[] = {
        [SHELL_PROGRESS_NONE] = TBPF_NOPROGRESS, [SHELL_PROGRESS_BUSY] = TBPF_INDETERMINATE, [SHELL_PROGRESS_LEVEL] = TBPF_NORMAL, [SHELL_PROGRESS_FAILED] = TBPF_ERROR};
    bool level = progress == SHELL_PROGRESS_LEVEL || progress == SHELL_PROGRESS_FAILED;

    if ((progress == shell.progress && (!level || permille == shell.permille)) || !taskbar())
        return;
    shell.progress = progress;
    shell.permille = permille;
    ITaskbarList3_SetProgressState(taskbar(), window, flags[progress]);
    if (level)
        ITaskbarList3_SetProgressValue(taskbar(), window, (ULONGLONG)permille, 1000);
}

/* ---------------------------------------------------------------- notifications */

static void copy_words(wchar_t *to, size_t room, const char *words)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(words);

    if (wcslen(wide) >= room && room > 1)
        wide[room - 2] = L'\u2026';
    wcsncpy(to, wide, room - 1);
    to[room - 1] = L'\0';
}

static BOOL tell_area(DWORD message, NOTIFYICONDATAW *data) { return shell.given.notify ? shell.given.notify(message, data) : Shell_NotifyIconW(message, data); }

void shell_notify_end(void)
{
    NOTIFYICONDATAW data = {.cbSize = sizeof data, .hWnd = shell.notified, .uID = NOTIFY_ID};

    if (shell.notified)
        tell_area(NIM_DELETE, &data);
    shell.notified = NULL;
}

void shell_notify(HWND window, UINT message, const char *title, const char *sentence)
{
    NOTIFYICONDATAW data = {.cbSize = sizeof data, .hWnd = window, .uID = NOTIFY_ID, .uFlags = NIF_ICON | NIF_MESSAGE | NIF_TIP | NIF_INFO, .uCallbackMessage = message,
        .hIcon = icons_get(ICON_POOLCENTER, USER_DEFAULT_SCREEN_DPI, GetSystemMetrics(SM_CXSMICON)), .dwInfoFlags = NIIF_USER | NIIF_RESPECT_QUIET_TIME};

    copy_words(data.szTip, ARRAYSIZE(data.szTip), "PoolCenter");
    copy_words(data.szInfoTitle, ARRAYSIZE(data.szInfoTitle), title);
    copy_words(data.szInfo, ARRAYSIZE(data.szInfo), sentence);
    shell_notify_end();
    if (tell_area(NIM_ADD, &data))
        shell.notified = window;
}

bool shell_notify_answer(LPARAM lparam)
{
    bool clicked = lparam == NIN_BALLOONUSERCLICK || lparam == WM_LBUTTONUP;

    if (clicked || lparam == NIN_BALLOONTIMEOUT || lparam == NIN_BALLOONHIDE)
        shell_notify_end();
    return clicked;
}

/* ---------------------------------------------------------------- jump list */

static void set_title(IShellLinkW *link, const wchar_t *title)
{
    IPropertyStore *store = NULL;
    PROPVARIANT value = {.vt = VT_LPWSTR, .pwszVal = (wchar_t *)(UINT_PTR)title};

    if (FAILED(IShellLinkW_QueryInterface(link, &IID_IPropertyStore, (void **)&store)))
        return;
    if (SUCCEEDED(IPropertyStore_SetValue(store, &PKEY_Title, &value)))
        IPropertyStore_Commit(store);
    IPropertyStore_Release(store);
}

/* The title is the description, too: where the shell knows no properties. */
static void add_task(IObjectCollection *collection, const ShellTask *task)
{
    AUTO_FREE wchar_t *title = utf_to_wide(task->title), *arguments = utf_to_wide(task->arguments);
    wchar_t program[MAX_PATH] = L"";
    IShellLinkW *link = NULL;

    GetModuleFileNameW(NULL, program, MAX_PATH);
    if (FAILED(CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&link)))
        return;
    IShellLinkW_SetPath(link, program);
    IShellLinkW_SetArguments(link, arguments);
    IShellLinkW_SetDescription(link, title);
    IShellLinkW_SetIconLocation(link, program, -task->icon_id);
    set_title(link, title);
    IObjectCollection_AddObject(collection, (IUnknown *)link);
    IShellLinkW_Release(link);
}

static void commit(ICustomDestinationList *list, const ShellTask *tasks, size_t count)
{
    IObjectCollection *collection = shell.given.collection;
    IObjectArray *removed = NULL;
    UINT slots = 0;

    if (FAILED(ICustomDestinationList_BeginList(list, &slots, &IID_IObjectArray, (void **)&removed)))
        return;
    if (removed)
        IObjectArray_Release(removed);
    if (!collection && FAILED(CoCreateInstance(&CLSID_EnumerableObjectCollection, NULL, CLSCTX_INPROC_SERVER, &IID_IObjectCollection, (void **)&collection))) {
        ICustomDestinationList_AbortList(list);
        return;
    }
    for (size_t i = 0; i < count; i++)
        add_task(collection, &tasks[i]);
    ICustomDestinationList_AddUserTasks(list, (IObjectArray *)collection);
    ICustomDestinationList_CommitList(list);
    if (collection != shell.given.collection)
        IObjectCollection_Release(collection);
}

void shell_jump_list(const ShellTask *tasks, size_t count)
{
    ICustomDestinationList *list = shell.given.destinations;

    if (!list && FAILED(CoCreateInstance(&CLSID_DestinationList, NULL, CLSCTX_INPROC_SERVER, &IID_ICustomDestinationList, (void **)&list)))
        return;
    commit(list, tasks, count);
    if (list != shell.given.destinations)
        ICustomDestinationList_Release(list);
}
