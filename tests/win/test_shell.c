/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shell is told, recorded by objects in place of Windows' own: taskbar progress, notifications, jump list. */
#define COBJMACROS
#define CINTERFACE
#include "client/win/shell.h"

#include <setjmp.h>
#include <shlobj.h>
#include <string.h>

#include <cmocka.h>

/* ---------------------------------------------------------------- taskbar */

static struct {
    int states, values;
    TBPFLAG state;
    ULONGLONG value, total;
} bar;

static HRESULT STDMETHODCALLTYPE bar_value(ITaskbarList3 *self, HWND window, ULONGLONG value, ULONGLONG total)
{
    (void)self, (void)window;
    bar.values++;
    bar.value = value;
    bar.total = total;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bar_state(ITaskbarList3 *self, HWND window, TBPFLAG state)
{
    (void)self, (void)window;
    bar.states++;
    bar.state = state;
    return S_OK;
}

static ITaskbarList3Vtbl bar_functions = {.SetProgressValue = bar_value, .SetProgressState = bar_state};
static ITaskbarList3 bar_object = {&bar_functions};

static void test_shell__progress_is_told_when_it_changes(void **state)
{
    (void)state;
    shell_use(&(ShellObjects){.taskbar = &bar_object});
    memset(&bar, 0, sizeof bar);
    shell_progress(NULL, SHELL_PROGRESS_NONE, 0);
    assert_int_equal(bar.states, 0);
    shell_progress(NULL, SHELL_PROGRESS_LEVEL, 430);
    shell_progress(NULL, SHELL_PROGRESS_LEVEL, 430);
    assert_int_equal(bar.state, TBPF_NORMAL);
    assert_int_equal(bar.value, 430);
    assert_int_equal(bar.total, 1000);
    assert_int_equal(bar.values, 1);
    shell_progress(NULL, SHELL_PROGRESS_BUSY, 0);
    shell_progress(NULL, SHELL_PROGRESS_BUSY, 7);
    assert_int_equal(bar.state, TBPF_INDETERMINATE);
    assert_int_equal(bar.states, 2);
    shell_progress(NULL, SHELL_PROGRESS_NONE, 0);
    assert_int_equal(bar.state, TBPF_NOPROGRESS);
    shell_use(&(ShellObjects){0});
}

/* ---------------------------------------------------------------- notifications */

static struct {
    int added, deleted;
    NOTIFYICONDATAW data;
} tray;

static BOOL WINAPI tray_notify(DWORD message, NOTIFYICONDATAW *data)
{
    tray.added += message == NIM_ADD;
    tray.deleted += message == NIM_DELETE;
    if (message == NIM_ADD)
        tray.data = *data;
    return TRUE;
}

static void test_shell__notification_comes_and_goes(void **state)
{
    char long_words[600];
    HWND window = (HWND)0x1234;

    (void)state;
    memset(&tray, 0, sizeof tray);
    memset(long_words, 'x', sizeof long_words - 1);
    long_words[sizeof long_words - 1] = '\0';
    shell_use(&(ShellObjects){.notify = tray_notify});
    shell_notify(window, WM_APP + 5, "Upload: übung.iso", long_words);
    assert_int_equal(tray.added, 1);
    assert_true(wcscmp(tray.data.szInfoTitle, L"Upload: \u00fcbung.iso") == 0);
    assert_int_equal(wcslen(tray.data.szInfo), ARRAYSIZE(tray.data.szInfo) - 1);
    assert_int_equal(tray.data.szInfo[ARRAYSIZE(tray.data.szInfo) - 2], L'\u2026');
    assert_int_equal(tray.data.uCallbackMessage, WM_APP + 5);
    shell_notify(window, WM_APP + 5, "another", "one");
    assert_int_equal(tray.deleted, 1);
    assert_false(shell_notify_answer(NIN_BALLOONSHOW));
    assert_int_equal(tray.deleted, 1);
    assert_true(shell_notify_answer(NIN_BALLOONUSERCLICK));
    assert_int_equal(tray.deleted, 2);
    shell_notify_end();
    assert_int_equal(tray.deleted, 2);
    shell_use(&(ShellObjects){0});
}

/* ---------------------------------------------------------------- jump list */

static struct {
    int begun, committed, tasks_given;
    IUnknown *tasks[4];
    size_t count;
} jump;

static HRESULT STDMETHODCALLTYPE collection_add(IObjectCollection *self, IUnknown *object)
{
    (void)self;
    assert_true(jump.count < ARRAYSIZE(jump.tasks));
    IUnknown_AddRef(object);
    jump.tasks[jump.count++] = object;
    return S_OK;
}

static IObjectCollectionVtbl collection_functions = {.AddObject = collection_add};
static IObjectCollection collection_object = {&collection_functions};

static HRESULT STDMETHODCALLTYPE jump_begin(ICustomDestinationList *self, UINT *slots, REFIID id, void **ret)
{
    (void)self, (void)id;
    jump.begun++;
    *slots = 10;
    *ret = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE jump_tasks(ICustomDestinationList *self, IObjectArray *tasks)
{
    (void)self;
    jump.tasks_given += tasks == (IObjectArray *)&collection_object;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE jump_commit(ICustomDestinationList *self)
{
    (void)self;
    jump.committed++;
    return S_OK;
}

static ICustomDestinationListVtbl jump_functions = {.BeginList = jump_begin, .AddUserTasks = jump_tasks, .CommitList = jump_commit};
static ICustomDestinationList jump_object = {&jump_functions};

static void check_task(UINT index, const wchar_t *title, const wchar_t *arguments)
{
    IShellLinkW *link = (IShellLinkW *)jump.tasks[index];
    wchar_t words[512] = L"", program[MAX_PATH] = L"";

    assert_true(SUCCEEDED(IShellLinkW_GetArguments(link, words, ARRAYSIZE(words))));
    assert_true(wcscmp(words, arguments) == 0);
    assert_true(SUCCEEDED(IShellLinkW_GetDescription(link, words, ARRAYSIZE(words))));
    assert_true(wcscmp(words, title) == 0);
    assert_true(SUCCEEDED(IShellLinkW_GetPath(link, words, ARRAYSIZE(words), NULL, 0)));
    GetModuleFileNameW(NULL, program, MAX_PATH);
    assert_int_equal(_wcsicmp(words, program), 0);
    IShellLinkW_Release(link);
}

static void test_shell__jump_list_has_servers_and_a_way_to_add_one(void **state)
{
    const ShellTask tasks[] = {{"Büro 1", "--open poolcenter://a.example:22", 1000}, {"Add", "--open add-server", 1001}};

    (void)state;
    memset(&jump, 0, sizeof jump);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    shell_use(&(ShellObjects){.destinations = &jump_object, .collection = &collection_object});
    shell_jump_list(tasks, ARRAYSIZE(tasks));
    assert_int_equal(jump.begun, 1);
    assert_int_equal(jump.committed, 1);
    assert_int_equal(jump.tasks_given, 1);
    assert_int_equal(jump.count, 2);
    check_task(0, L"B\u00fcro 1", L"--open poolcenter://a.example:22");
    check_task(1, L"Add", L"--open add-server");
    shell_use(&(ShellObjects){0});
    shell_jump_list(tasks, ARRAYSIZE(tasks)); /* whatever Windows or Wine has: nothing happens to us */
    CoUninitialize();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shell__progress_is_told_when_it_changes),
        cmocka_unit_test(test_shell__notification_comes_and_goes),
        cmocka_unit_test(test_shell__jump_list_has_servers_and_a_way_to_add_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
