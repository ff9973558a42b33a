/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New Datastore wizard: the last page. The host tries what was chosen and takes it back; only what works can be made. See datastore_wizard.h. UI thread. */
#include "client/ui/datastore_wizard.h"

#include "client/core/format.h"
#include "client/win/icons.h"

#include <stdlib.h>

static void show(StoreWizard *wizard)
{
    Form *form = wizard_form(wizard->wizard, wizard_page(wizard->wizard));
    static const NoteKind kinds[] = {[STORE_TRIAL_NONE] = NOTE_INFO, [STORE_TRIAL_RUNS] = NOTE_INFO, [STORE_TRIAL_GOOD] = NOTE_GOOD, [STORE_TRIAL_BAD] = NOTE_ERROR};
    form_hold(form);
    form_set_note(form, STORE_RESULT, kinds[wizard->trial], str_or_empty(wizard->trial_words));
    form_set_shown(form, STORE_RESULT, !str_empty(wizard->trial_words));
    form_set_enabled(form, STORE_AGAIN, wizard->trial != STORE_TRIAL_RUNS);
    form_release(form);
    wizard_check(wizard->wizard);
}

static void set_trial(StoreWizard *wizard, StoreTrial trial, char *words)
{
    wizard->trial = trial;
    free(wizard->trial_words);
    wizard->trial_words = words;
}

void store_trial_forget(StoreWizard *wizard)
{
    core_forget(app_get()->core, &wizard->trial);
    if (wizard->trial == STORE_TRIAL_RUNS && wizard->trial_task && server_online(wizard->server))
        call_task_cancel(wizard->server, &(TaskRef){.task = wizard->trial_task}, NULL, NULL, NULL);
    free(TAKE_PTR(wizard->trial_task));
    set_trial(wizard, STORE_TRIAL_NONE, NULL);
}

/* ---------------------------------------------------------------- the trial */

/* A target or volume group tells how many volumes it has, the others how much is free. */
static char *good_words(const StoreWizard *wizard, const TaskInfo *task)
{
    int64_t number = task->result ? strtoll(task->result, NULL, 10) : 0;
    bool counts = wizard->kind == DATASTORE_KIND_ISCSI || (wizard->kind == DATASTORE_KIND_LVM && !wizard->blank);
    AUTO_FREE char *size = format_size(number);
    if (!task->result)
        return x_strdup(text(TEXT_STORE_TEST_GOOD));
    return counts ? text_plural(PLURAL_STORE_TEST_VOLUMES, number, NULL) : text_format(TEXT_STORE_TEST_FREE, size, NULL);
}

static void on_tested(void *context, const TaskInfo *task, const Error *error)
{
    StoreWizard *wizard = context;
    AUTO(error_clear) Error failure = {0};
    if (!error && task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    else if (!error && task->state != TASK_STATE_DONE)
        error_set(&failure, ERR_CANCELLED, task->object_name, NULL);
    if (failure.code)
        error = &failure;
    set_trial(wizard, error ? STORE_TRIAL_BAD : STORE_TRIAL_GOOD, error ? text_error(error) : good_words(wizard, task));
    show(wizard);
}

static void on_begun(void *context, TaskRef *result, const Error *error)
{
    StoreWizard *wizard = context;
    if (error) {
        set_trial(wizard, STORE_TRIAL_BAD, text_error(error));
        show(wizard);
        return;
    }
    free(wizard->trial_task);
    wizard->trial_task = x_strdup(result->task);
    server_follow_task(wizard->server, result->task, on_tested, &wizard->trial, wizard);
}

static void begin(StoreWizard *wizard)
{
    store_trial_forget(wizard);
    if (!server_can(wizard->server, METHOD_datastore_test, NULL)) { /* an older agent's directories need none */
        set_trial(wizard, STORE_TRIAL_GOOD, NULL);
        return;
    }
    DatastoreSpec spec = store_spec(wizard);
    set_trial(wizard, STORE_TRIAL_RUNS, x_strdup(text(TEXT_STORE_TESTING)));
    call_datastore_test(wizard->server, &spec, on_begun, &wizard->trial, wizard);
    store_spec_clear(&spec);
}

/* ---------------------------------------------------------------- the page */

void store_trial_build(void *context, Form *form)
{
    (void)context;
    form_list(form, STORE_SUMMARY, text(TEXT_NEW_VM_LABEL_SUMMARY), 9, false);
    form_list_column(form, STORE_SUMMARY, text(TEXT_NEW_VM_COLUMN_SETTING), 150, false);
    form_list_column(form, STORE_SUMMARY, text(TEXT_NEW_VM_COLUMN_VALUE), 350, false);
    form_note(form, STORE_RESULT, NOTE_INFO, text(TEXT_STORE_TESTING));
    form_button(form, STORE_AGAIN, text(TEXT_STORE_TEST));
}

static void add_line(Form *form, TextId title, int icon, const char *value)
{
    if (str_empty(value))
        return;
    AUTO_FREE char *label = x_strdup(text(title));
    char *to = label;
    for (const char *from = label; *from; from++) /* the words of a field, without what only fields have */
        if (*from != '&' && !(*from == ':' && !from[1]))
            *to++ = *from;
    *to = 0;
    int item = form_list_add(form, STORE_SUMMARY, label, icon, 0);
    form_list_cell(form, STORE_SUMMARY, item, 1, value);
}

static void add_lines(Form *form, const StoreWizard *wizard, const DatastoreSpec *spec)
{
    const StoreKind *kind = store_kind(wizard->kind);
    AUTO_FREE char *port = spec->port ? x_printf("%lld", (long long)spec->port) : NULL;
    add_line(form, TEXT_NEW_VM_SUMMARY_HOST, ICON_HOST, server_name(wizard->server));
    add_line(form, TEXT_NEW_DATASTORE_NAME, ICON_DATASTORE, spec->name);
    add_line(form, TEXT_STORE_COLUMN_KIND, ICON_INFO, text(kind->name));
    add_line(form, TEXT_STORE_HOST, ICON_HOST, spec->host);
    add_line(form, TEXT_STORE_PORT, ICON_NETWORK, port);
    if (kind->source)
        add_line(form, kind->source, ICON_FOLDER, spec->source);
    add_line(form, TEXT_NEW_DATASTORE_PATH, ICON_FOLDER, spec->path);
    for (size_t i = 0; i < spec->devices.count; i++)
        add_line(form, TEXT_STORE_COLUMN_DEVICE, ICON_VOLUME, spec->devices.items[i]);
    add_line(form, wizard->kind == DATASTORE_KIND_FS ? TEXT_STORE_FORMAT_FS : TEXT_STORE_FORMAT_DISK, ICON_WARNING, spec->format);
    add_line(form, TEXT_STORE_VERSION, ICON_INFO, spec->version);
    add_line(form, TEXT_STORE_USER, ICON_USER, spec->user);
}

void store_trial_enter(void *context, Form *form)
{
    StoreWizard *wizard = context;
    DatastoreSpec spec = store_spec(wizard);
    form_list_clear(form, STORE_SUMMARY);
    add_lines(form, wizard, &spec);
    store_spec_clear(&spec);
    begin(wizard);
    form_set_note(form, STORE_RESULT, NOTE_INFO, str_or_empty(wizard->trial_words));
    form_set_shown(form, STORE_RESULT, !str_empty(wizard->trial_words));
    form_set_enabled(form, STORE_AGAIN, wizard->trial != STORE_TRIAL_RUNS);
}

void store_trial_event(void *context, Form *form, int id, FormEvent event)
{
    StoreWizard *wizard = context;
    (void)form;
    if (event != FORM_CLICKED || id != STORE_AGAIN)
        return;
    begin(wizard);
    show(wizard);
}

char *store_trial_check(void *context)
{
    const StoreWizard *wizard = context;
    switch (wizard->trial) {
    case STORE_TRIAL_GOOD: return NULL;
    case STORE_TRIAL_BAD: return x_strdup(text(TEXT_STORE_TEST_FAILED));
    default: return x_strdup(text(TEXT_STORE_TEST_WAIT));
    }
}
