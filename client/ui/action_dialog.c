/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See action_dialog.h. UI thread. */
#include "client/ui/action_dialog.h"

#include "client/win/message.h"

void action_dialog_finish(ActionDialog *action, const char *verb, bool dangerous)
{
    Form *form = dialog_form(action->dialog);
    form_note(form, ACTION_NOTE, NOTE_INFO, "");
    form_progress(form, ACTION_PROGRESS);
    form_set_shown(form, ACTION_NOTE, false);
    form_set_shown(form, ACTION_PROGRESS, false);
    dialog_button(action->dialog, IDOK, verb, !dangerous);
    dialog_button(action->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), dangerous);
    if (dangerous)
        dialog_set_focus(action->dialog, IDCANCEL);
}

static void show(ActionDialog *action, NoteKind kind, const char *sentence)
{
    Form *form = dialog_form(action->dialog);
    form_hold(form);
    form_set_note(form, ACTION_NOTE, kind, sentence);
    form_set_shown(form, ACTION_NOTE, !str_empty(sentence));
    form_set_shown(form, ACTION_PROGRESS, action->busy);
    form_release(form);
}

static void set_busy(ActionDialog *action, bool busy)
{
    action->busy = busy;
    if (busy)
        SetFocus(GetDlgItem(dialog_window(action->dialog), IDCANCEL));
    EnableWindow(form_window(dialog_form(action->dialog)), !busy);
    dialog_enable(action->dialog, IDOK, !busy);
}

void action_dialog_begin(ActionDialog *action, const char *sentence)
{
    set_busy(action, true);
    show(action, NOTE_INFO, sentence);
}

static void end(ActionDialog *action, const Error *error)
{
    if (!error) {
        dialog_close(action->dialog, IDOK);
        return;
    }
    set_busy(action, false);
    AUTO_FREE char *sentence = text_error(error);
    show(action, NOTE_ERROR, sentence);
}

static void on_task(void *context, const TaskInfo *task, const Error *error)
{
    if (error || task->state == TASK_STATE_DONE) {
        end(context, error);
        return;
    }
    AUTO(error_clear) Error failure = {0};
    if (task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    else
        error_set(&failure, ERR_CANCELLED, task->object_name, NULL);
    end(context, &failure);
}

void action_dialog_done(void *context, TaskRef *result, const Error *error)
{
    ActionDialog *action = context;
    if (!error && action->follow)
        server_follow_task(action->server, result->task, on_task, action, action);
    else
        end(action, error);
}

void action_dialog_cancel(ActionDialog *action) { dialog_close(action->dialog, IDCANCEL); }

bool action_dialog_run(ActionDialog *action)
{
    int result = dialog_run(action->dialog);
    core_forget(app_get()->core, action);
    return result == IDOK;
}

/* ---------------------------------------------------------------- without a dialog */

struct ActionNotice {
    const Server *server; /* may have been removed */
    char *title;
};

ActionNotice *action_notice(const Server *server, const char *title)
{
    ActionNotice *notice = x_calloc(1, sizeof(*notice));
    notice->server = server;
    notice->title = x_strdup(title);
    return notice;
}

void action_notice_done(void *context, TaskRef *result, const Error *error)
{
    ActionNotice *notice = context;
    (void)result;
    if (error && !(server_unanswered(error) && app_left_server(notice->server)))
        message_error(app_get()->frame, notice->title, error);
    free(notice->title);
    free(notice);
}
