/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Message boxes: Windows' task dialog where it looks right, else a dialog of our own (the task dialog has no dark theme, and programs without
 * comctl32 v6 do not have it). Ctrl+C copies the text in both. See message.h. UI thread.
 */
#include "client/win/message.h"

#include "client/win/clipboard.h"
#include "client/win/dialog.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <string.h>

enum { MESSAGE_TITLE = 100, MESSAGE_TEXT = 101 };

typedef struct Message {
    const char *title, *sentence;
    const char *verb; /* NULL: only Close */
    const char *other; /* instead of Cancel; NULL: Cancel */
    const char *topic; /* of the manual; NULL: no Help button */
    NoteKind kind;
    bool dangerous;
    Dialog *dialog;
} Message;

static const char *cancel_words(const Message *message)
{
    return message->other ? message->other : text(message->verb ? TEXT_DIALOG_CANCEL : TEXT_DIALOG_CLOSE);
}

typedef HRESULT(WINAPI *TaskDialogFunction)(const TASKDIALOGCONFIG *config, int *ret_button, int *ret_radio, BOOL *ret_checked);

/* ---------------------------------------------------------------- Windows' own */

static TaskDialogFunction task_dialog_function(void)
{
    HMODULE library = GetModuleHandleW(L"comctl32.dll");
    FARPROC address = library ? GetProcAddress(library, "TaskDialogIndirect") : NULL;
    TaskDialogFunction function = NULL;
    memcpy(&function, &address, sizeof(function));
    return function;
}

static const wchar_t *task_icon(NoteKind kind)
{
    return kind == NOTE_FAILURE ? TD_ERROR_ICON : kind == NOTE_WARNING ? TD_WARNING_ICON : TD_INFORMATION_ICON;
}

/* Help does not close it. */
static HRESULT CALLBACK on_task_dialog(HWND window, UINT notification, WPARAM wparam, LPARAM lparam, LONG_PTR data)
{
    const Message *message = (const Message *)data;
    (void)lparam;
    bool help = (notification == TDN_BUTTON_CLICKED && wparam == IDHELP) || notification == TDN_HELP;
    if (!help || !message->topic)
        return S_OK;
    dialog_help(window, message->topic);
    return S_FALSE;
}

/* False: it could not be shown. */
static bool show_task_dialog(HWND owner, const Message *message, int *ret_button)
{
    TaskDialogFunction function = theme_is_dark() ? NULL : task_dialog_function();
    if (!function)
        return false;
    AUTO_FREE wchar_t *title = utf_to_wide(message->title);
    AUTO_FREE wchar_t *sentence = utf_to_wide(message->sentence);
    AUTO_FREE wchar_t *verb = utf_to_wide(message->verb);
    AUTO_FREE wchar_t *cancel = utf_to_wide(cancel_words(message));
    AUTO_FREE wchar_t *help = utf_text(TEXT_DIALOG_HELP);
    TASKDIALOG_BUTTON buttons[3];
    UINT count = 0;
    if (message->verb)
        buttons[count++] = (TASKDIALOG_BUTTON){IDYES, verb};
    buttons[count++] = (TASKDIALOG_BUTTON){IDCANCEL, cancel};
    if (message->topic)
        buttons[count++] = (TASKDIALOG_BUTTON){IDHELP, help};
    TASKDIALOGCONFIG config = {
        .cbSize = sizeof(config), .hwndParent = owner ? GetAncestor(owner, GA_ROOT) : NULL, .dwFlags = TDF_ALLOW_DIALOG_CANCELLATION | TDF_POSITION_RELATIVE_TO_WINDOW,
        .pszWindowTitle = L"PoolCenter", .pszMainIcon = task_icon(message->kind), .pszMainInstruction = title, .pszContent = sentence,
        .pfCallback = on_task_dialog, .lpCallbackData = (LONG_PTR)message, .cButtons = count, .pButtons = buttons, .nDefaultButton = message->verb && !message->dangerous ? IDYES : IDCANCEL,
    };
    return SUCCEEDED(function(&config, ret_button, NULL, NULL));
}

/* ---------------------------------------------------------------- our own */

static void copy_text(const Message *message, HWND window)
{
    AUTO_FREE char *all = x_printf("%s\r\n\r\n%s\r\n", message->title, message->sentence);
    clipboard_put(window, all);
}

static void on_message(void *context, int id, FormEvent event)
{
    Message *message = context;
    if (event == FORM_COPY)
        copy_text(message, dialog_window(message->dialog));
    else if (event == FORM_CLICKED && id == IDHELP)
        dialog_help(dialog_window(message->dialog), message->topic);
    else if (event == FORM_CLICKED)
        dialog_close(message->dialog, id);
}

static int show_own(HWND owner, Message *message)
{
    message->dialog = dialog_create(owner, "PoolCenter", on_message, message);
    Form *form = dialog_form(message->dialog);
    form_note(form, MESSAGE_TITLE, NOTE_TITLE, message->title);
    form_note(form, MESSAGE_TEXT, message->kind, message->sentence);
    if (message->verb)
        dialog_button(message->dialog, IDYES, message->verb, !message->dangerous);
    dialog_button(message->dialog, IDCANCEL, cancel_words(message), !message->verb || message->dangerous);
    if (message->topic)
        dialog_button(message->dialog, IDHELP, text(TEXT_DIALOG_HELP), false);
    dialog_set_topic(message->dialog, message->topic);
    dialog_set_focus(message->dialog, !message->verb || message->dangerous ? IDCANCEL : IDYES);
    return dialog_run(message->dialog);
}

static int show(HWND owner, Message *message)
{
    int button = IDCANCEL;
    if (show_task_dialog(owner, message, &button))
        return button;
    return show_own(owner, message);
}

void message_error(HWND owner, const char *title, const Error *error)
{
    AUTO_FREE char *sentence = text_error(error);
    message_failure(owner, title, sentence, error->code);
}

void message_failure(HWND owner, const char *title, const char *sentence, int code)
{
    Message message = {.title = title, .sentence = sentence, .kind = NOTE_FAILURE, .topic = dialog_has_help() ? text_error_topic(code) : NULL};
    show(owner, &message);
}

void message_info(HWND owner, const char *title, const char *sentence)
{
    Message message = {.title = title, .sentence = sentence, .kind = NOTE_INFO};
    show(owner, &message);
}

bool message_confirm(HWND owner, const char *title, const char *sentence, const char *verb, bool dangerous)
{
    Message message = {.title = title, .sentence = sentence, .verb = verb, .kind = dangerous ? NOTE_WARNING : NOTE_INFO, .dangerous = dangerous};
    return show(owner, &message) == IDYES;
}

bool message_choose(HWND owner, const char *title, const char *sentence, const char *verb, const char *other)
{
    Message message = {.title = title, .sentence = sentence, .verb = verb, .other = other, .kind = NOTE_WARNING, .dangerous = true};
    return show(owner, &message) == IDYES;
}
