/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See lock.h. The other windows are hidden, not covered: nothing of them can be seen, clicked or typed into, whichever message loop runs. UI thread. */
#include "client/ui/lock.h"

#include "client/ui/app.h"
#include "client/win/dialog.h"
#include "client/win/subclass.h"

#include <stdlib.h>
#include <wtsapi32.h>

enum { HEADING = 100, HELP, PASSWORD, NOTE, EXIT = 110, HIDDEN_MAX = 256, DEFERRED_MAX = 16, SWEEP_MS = 200 };

static struct {
    Dialog *dialog; /* NULL: not locked */
    bool checking;           /* nothing is disabled meanwhile: the focus and the default button stay where they are */
    HWND hidden[HIDDEN_MAX]; /* topmost first */
    size_t hidden_count;
    MSG deferred[DEFERRED_MAX];
    size_t deferred_count;
    DWORD awake_since; /* GetTickCount of the start or of the last unlocking: idle time counts from then on */
} lock;

static Core *core(void) { return app_get()->core; }

bool lock_active(void) { return lock.dialog != NULL; }

/* ---------------------------------------------------------------- other windows */

/* Tooltips and menus are not shown again: they would stand there for nothing. */
static bool comes_back(HWND window)
{
    wchar_t class[32] = L"";
    GetClassNameW(window, class, (int)ARRAY_SIZE(class));
    return wcscmp(class, L"tooltips_class32") != 0 && wcscmp(class, L"#32768") != 0;
}

static BOOL CALLBACK hide(HWND window, LPARAM lparam)
{
    DWORD process = 0;
    (void)lparam;
    GetWindowThreadProcessId(window, &process);
    if (process != GetCurrentProcessId() || window == dialog_window(lock.dialog) || !IsWindowVisible(window))
        return TRUE;
    if (comes_back(window) && lock.hidden_count < HIDDEN_MAX)
        lock.hidden[lock.hidden_count++] = window;
    ShowWindow(window, SW_HIDE);
    return TRUE;
}

static void hide_others(void) { EnumWindows(hide, 0); }

static void show_others(void)
{
    while (lock.hidden_count > 0) {
        HWND window = lock.hidden[--lock.hidden_count];
        if (IsWindow(window))
            ShowWindow(window, SW_SHOWNA);
    }
}

bool lock_defer(UINT message, WPARAM wparam, LPARAM lparam)
{
    if (!lock_active())
        return false;
    if (lock.deferred_count < DEFERRED_MAX)
        lock.deferred[lock.deferred_count++] = (MSG){.message = message, .wParam = wparam, .lParam = lparam};
    ShowWindow(dialog_window(lock.dialog), SW_SHOWNORMAL);
    SetForegroundWindow(dialog_window(lock.dialog));
    return true;
}

/* ---------------------------------------------------------------- unlocking */

static void leave(void)
{
    Dialog *dialog = lock.dialog;
    HWND frame = app_get()->frame;
    lock.dialog = NULL;
    lock.awake_since = GetTickCount();
    show_others();
    dialog_close(dialog, IDOK);
    SetForegroundWindow(GetLastActivePopup(frame));
    for (size_t i = 0; i < lock.deferred_count; i++)
        PostMessageW(frame, lock.deferred[i].message, lock.deferred[i].wParam, lock.deferred[i].lParam);
    lock.deferred_count = 0;
}

static void say(NoteKind kind, const char *sentence)
{
    Form *form = dialog_form(lock.dialog);
    form_hold(form);
    form_set_note(form, NOTE, kind, sentence);
    form_set_shown(form, NOTE, !str_empty(sentence));
    form_release(form);
}

static void checked(void *context, const Error *error)
{
    (void)context;
    if (!lock_active())
        return;
    lock.checking = false;
    if (!error) {
        leave();
        return;
    }
    AUTO_FREE char *sentence = error->code == ERR_VAULT_PASSWORD ? x_strdup(text(TEXT_MASTER_WRONG)) : text_error(error);
    say(NOTE_ERROR, sentence);
    form_focus(dialog_form(lock.dialog), PASSWORD);
}

static void unlock(void)
{
    if (lock.checking)
        return;
    char *master = form_secret(dialog_form(lock.dialog), PASSWORD);
    form_wipe(dialog_form(lock.dialog), PASSWORD);
    lock.checking = true;
    say(NOTE_INFO, text(TEXT_LOCK_CHECKING));
    keyring_unlock(core(), master, checked, &lock, NULL);
    x_free_secret(master);
}

/* ---------------------------------------------------------------- the window */

static void on_event(void *context, int id, FormEvent event)
{
    (void)context;
    if (event == FORM_TIMER)
        hide_others();
    if (event != FORM_CLICKED)
        return;
    if (id == IDOK)
        unlock();
    else if (id == IDCANCEL)
        ShowWindow(dialog_window(lock.dialog), SW_MINIMIZE);
    else if (id == EXIT)
        PostMessageW(app_get()->frame, WM_CLOSE, 0, 0);
}

/* When a message loop of Windows runs (a message box is open behind), nobody makes Enter press the button. */
static LRESULT CALLBACK on_key(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    (void)id;
    (void)data;
    if (message == WM_KEYDOWN && wparam == VK_RETURN) {
        unlock();
        return 0;
    }
    return subclass_next(window, message, wparam, lparam);
}

static void make_window(void)
{
    lock.dialog = dialog_create(NULL, text(TEXT_LOCK_TITLE), on_event, NULL);
    dialog_set_topic(lock.dialog, "locking");
    HWND window = dialog_window(lock.dialog);
    SetWindowLongW(window, GWL_STYLE, GetWindowLongW(window, GWL_STYLE) | WS_MINIMIZEBOX);
    Form *form = dialog_form(lock.dialog);
    form_note(form, HEADING, NOTE_TITLE, text(TEXT_LOCK_HEADING));
    form_note(form, HELP, NOTE_TEXT, text(TEXT_LOCK_HELP));
    HWND edit = form_edit(form, PASSWORD, text(TEXT_MASTER_LABEL), 30, ES_PASSWORD);
    form_note(form, NOTE, NOTE_ERROR, "");
    form_set_shown(form, NOTE, false);
    dialog_button(lock.dialog, EXIT, text(TEXT_LOCK_EXIT), false);
    dialog_button(lock.dialog, IDOK, text(TEXT_LOCK_UNLOCK), true);
    dialog_set_focus(lock.dialog, PASSWORD);
    subclass_attach(edit, on_key, 0, 0);
}

void lock_now(void)
{
    if (lock_active() || !keyring_has_master(core()))
        return;
    EndMenu();
    SendMessageW(app_get()->frame, WM_CANCELMODE, 0, 0);
    keyring_lock(core());
    make_window();
    dialog_show(lock.dialog); /* before the others go: else Windows brings another program to the front */
    hide_others();
    dialog_set_timer(lock.dialog, SWEEP_MS); /* what opens a window meanwhile */
    SetForegroundWindow(dialog_window(lock.dialog));
}

/* ---------------------------------------------------------------- by itself */

void lock_tick(void)
{
    DWORD limit = (DWORD)settings_int(core_settings(core()), LOCK_IDLE_SETTING, 0) * 1000;
    LASTINPUTINFO last = {.cbSize = sizeof last};
    DWORD now = GetTickCount();
    if (limit && !lock_active() && GetLastInputInfo(&last) && now - last.dwTime >= limit && now - lock.awake_since >= limit)
        lock_now();
}

void lock_on_session_change(WPARAM what)
{
    if (what == WTS_SESSION_LOCK && settings_int(core_settings(core()), LOCK_WINDOWS_SETTING, 0))
        lock_now();
}

void lock_start(HWND frame)
{
    lock.awake_since = GetTickCount();
    WTSRegisterSessionNotification(frame, NOTIFY_FOR_THIS_SESSION);
}

void lock_stop(HWND frame)
{
    WTSUnRegisterSessionNotification(frame);
    if (lock_active())
        dialog_close(TAKE_PTR(lock.dialog), IDCANCEL);
}
