/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See update_check.h. The request runs on a worker thread; what it brought is used by the UI thread. */
#include "client/ui/update_check.h"

#include "client/core/log.h"
#include "client/core/port.h"
#include "client/core/update_info.h"
#include "client/ui/app.h"
#include "client/ui/frame.h"
#include "client/win/dialog.h"
#include "client/win/https.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <shellapi.h>
#include <stdlib.h>

#define DAILY "updates.daily"
#define ADDRESS "updates.address" /* another server than the project's: for organizations, and tests */
#define LAST "updates.last"       /* ms since 1970 */
#define DEFAULT_ADDRESS "https://poolcenter.invalid/update.json"

enum { UPDATE_STATE = 500, UPDATE_NOTES, UPDATE_ADDRESS, UPDATE_HASH, UPDATE_OPEN, UPDATE_BUSY };

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* A job for a worker: goes there and comes back. */
typedef struct UpdateJob {
    struct UpdateDialog *box; /* NULL: nobody waits, a new version is told in a hint */
    char *address;
    UpdateInfo info;
    Error error;
    int code;
} UpdateJob;

typedef struct UpdateDialog {
    Dialog *dialog;
    UpdateInfo info;
    bool waiting, closed; /* closed while a worker has a job of it: freed when that comes back */
} UpdateDialog;

static Settings *settings(void) { return core_settings(app_get()->core); }

bool update_check_daily(void) { return settings_int(settings(), DAILY, 0) != 0; }

void update_check_set_daily(bool daily) { settings_set_int(settings(), DAILY, daily); }

/* ---------------------------------------------------------------- asking */

static void ask_server(void *context)
{
    UpdateJob *job = context;
    AUTO_FREE char *bytes = NULL;
    size_t size = 0;
    job->code = https_get(job->address, UPDATE_ANSWER_MAX, &bytes, &size, &job->error);
    if (job->code == 0)
        job->code = update_info_parse(bytes, size, &job->info, &job->error);
}

static bool is_newer(const UpdateInfo *info) { return update_info_newer(info->version, POOLCENTER_VERSION); }

static void tell_hint(const UpdateJob *job)
{
    if (job->code < 0) {
        log_error("looking for a new version", &job->error);
        return;
    }
    settings_set_int(settings(), LAST, port_now_ms());
    if (!is_newer(&job->info))
        return;
    AUTO_FREE char *words = text_format(TEXT_UPDATE_HINT, job->info.version, NULL);
    frame_hint(words, false);
}

static void show_answer(UpdateDialog *box, UpdateJob *job);

static void answered(void *context)
{
    UpdateJob *job = context;
    if (!job->box) {
        tell_hint(job);
    } else {
        job->box->waiting = false;
        if (job->box->closed)
            free(job->box);
        else
            show_answer(job->box, job);
    }
    update_info_clear(&job->info);
    error_clear(&job->error);
    free(job->address);
    free(job);
}

static void ask(UpdateDialog *box)
{
    UpdateJob *job = x_calloc(1, sizeof *job);
    job->box = box;
    job->address = x_strdup(settings_str(settings(), ADDRESS, DEFAULT_ADDRESS));
    core_run(app_get()->core, ask_server, answered, NULL, job);
}

void update_check_start(void)
{
    int64_t since = port_now_ms() - settings_int(settings(), LAST, 0);
    if (update_check_daily() && (since >= day_ms || since < 0))
        ask(NULL);
}

/* ---------------------------------------------------------------- dialog */

static void show_answer(UpdateDialog *box, UpdateJob *job)
{
    Form *form = dialog_form(box->dialog);
    bool newer = job->code == 0 && is_newer(&job->info);
    AUTO_FREE char *words = job->code < 0 ? text_error(&job->error)
        : text_format(newer ? TEXT_UPDATE_NEWER : TEXT_UPDATE_NEWEST, newer ? job->info.version : POOLCENTER_VERSION, POOLCENTER_VERSION, NULL);
    box->info = job->info;
    job->info = (UpdateInfo){0};
    form_hold(form);
    form_set_shown(form, UPDATE_BUSY, false);
    form_set_note(form, UPDATE_STATE, job->code < 0 ? NOTE_FAILURE : newer ? NOTE_INFO : NOTE_GOOD, words);
    if (newer) {
        form_set_text(form, UPDATE_NOTES, box->info.notes);
        form_set_text(form, UPDATE_ADDRESS, box->info.address);
        form_set_text(form, UPDATE_HASH, box->info.sha256);
    }
    form_set_shown(form, UPDATE_NOTES, newer);
    form_set_shown(form, UPDATE_ADDRESS, newer);
    form_set_shown(form, UPDATE_HASH, newer);
    form_release(form);
    dialog_show_button(box->dialog, UPDATE_OPEN, newer);
    dialog_fit(box->dialog);
}

static void on_event(void *context, int id, FormEvent event)
{
    UpdateDialog *box = context;
    if (event != FORM_CLICKED)
        return;
    if (id == UPDATE_OPEN) {
        AUTO_FREE wchar_t *address = utf_to_wide(box->info.address);
        ShellExecuteW(dialog_window(box->dialog), L"open", address, NULL, NULL, SW_SHOWNORMAL);
    }
    dialog_close(box->dialog, id);
}

void update_check_dialog(HWND owner)
{
    UpdateDialog *box = x_calloc(1, sizeof *box);
    box->dialog = dialog_create(owner, text(TEXT_UPDATE_TITLE), on_event, box);
    dialog_set_topic(box->dialog, "updates");
    dialog_set_width(box->dialog, 640);
    Form *form = dialog_form(box->dialog);
    form_note(form, UPDATE_STATE, NOTE_TEXT, text(TEXT_UPDATE_ASKING));
    form_progress(form, UPDATE_BUSY);
    HWND notes = form_memo(form, UPDATE_NOTES, text(TEXT_UPDATE_NOTES), 50, 7);
    SendMessageW(notes, EM_SETREADONLY, TRUE, 0);
    form_value(form, UPDATE_ADDRESS, text(TEXT_UPDATE_ADDRESS), "");
    form_value(form, UPDATE_HASH, text(TEXT_UPDATE_HASH), "");
    form_set_shown(form, UPDATE_NOTES, false);
    form_set_shown(form, UPDATE_ADDRESS, false);
    form_set_shown(form, UPDATE_HASH, false);
    dialog_button(box->dialog, UPDATE_OPEN, text(TEXT_UPDATE_OPEN), false);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), true);
    dialog_show_button(box->dialog, UPDATE_OPEN, false);
    dialog_set_focus(box->dialog, IDCANCEL);
    box->waiting = true;
    ask(box);
    dialog_run(box->dialog);
    update_info_clear(&box->info);
    box->closed = true;
    if (!box->waiting)
        free(box);
}
