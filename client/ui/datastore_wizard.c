/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The New Datastore wizard: kind, name, place, trial; and what it ends in. What the host cannot have stays in the list of kinds, with the reason.
 * See datastore_wizard.h, dialogs.h. UI thread.
 */
#include "client/ui/datastore_wizard.h"

#include "client/core/rules.h"
#include "client/ui/dialogs.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- name */

static void name_build(void *context, Form *form)
{
    const StoreWizard *wizard = context;
    form_edit(form, STORE_NAME, text(TEXT_NEW_DATASTORE_NAME), 34, 0);
    form_check(form, STORE_AUTOSTART, text(TEXT_STORE_AUTOSTART));
    form_set_checked(form, STORE_AUTOSTART, true);
    form_set_shown(form, STORE_AUTOSTART, wizard->kinds_known);
}

static void name_event(void *context, Form *form, int id, FormEvent event)
{
    StoreWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    if (id == STORE_AUTOSTART) {
        wizard->spec.no_autostart = !form_checked(form, id);
        return;
    }
    free(wizard->spec.name);
    wizard->spec.name = form_text(form, id);
}

static char *name_check(void *context)
{
    const StoreWizard *wizard = context;
    return rules_check_datastore_name(server_model(wizard->server), str_or_empty(wizard->spec.name));
}

/* ---------------------------------------------------------------- pages */

static bool kind_wanted(void *context, int page)
{
    (void)page;
    return ((const StoreWizard *)context)->kinds_known;
}

static bool place_wanted(void *context, int page) { return store_kind_at((size_t)(page - STORE_PAGE_PLACES))->kind == ((const StoreWizard *)context)->kind; }

#define PLACE(title, about) \
    {"place", "datastore-kinds", TEXT_STORE_STEP_PLACE, title, about, store_place_build, store_place_enter, store_place_event, store_place_check, place_wanted}

/* The places in the order of the kinds. */
static const WizardPage pages[] = {
    {"kind", "new-datastore", TEXT_STORE_STEP_KIND, TEXT_STORE_TITLE_KIND, TEXT_STORE_HINT_KIND, store_kind_build, store_kind_enter, store_kind_event, store_kind_check, kind_wanted},
    {"name", "new-datastore", TEXT_STORE_STEP_NAME, TEXT_STORE_TITLE_NAME, TEXT_STORE_HINT_NAME, name_build, NULL, name_event, name_check, NULL},
    PLACE(TEXT_STORE_KIND_DIR, TEXT_STORE_ABOUT_DIR),
    PLACE(TEXT_STORE_KIND_FS, TEXT_STORE_ABOUT_FS),
    PLACE(TEXT_STORE_KIND_NFS, TEXT_STORE_ABOUT_NFS),
    PLACE(TEXT_STORE_KIND_SMB, TEXT_STORE_ABOUT_SMB),
    PLACE(TEXT_STORE_KIND_ISCSI, TEXT_STORE_ABOUT_ISCSI),
    PLACE(TEXT_STORE_KIND_LVM, TEXT_STORE_ABOUT_LVM),
    PLACE(TEXT_STORE_KIND_ZFS, TEXT_STORE_ABOUT_ZFS),
    PLACE(TEXT_STORE_KIND_RBD, TEXT_STORE_ABOUT_RBD),
    PLACE(TEXT_STORE_KIND_DISK, TEXT_STORE_ABOUT_DISK),
    {"test", "new-datastore", TEXT_STORE_STEP_TEST, TEXT_STORE_TITLE_TEST, TEXT_STORE_HINT_TEST, store_trial_build, store_trial_enter, store_trial_event, store_trial_check, NULL},
};

/* ---------------------------------------------------------------- what the host can have */

static void on_kinds(void *context, DatastoreKindTable *result, const Error *error)
{
    StoreWizard *wizard = context;
    if (error)
        return;
    DatastoreKindTable_clear(&wizard->support);
    DatastoreKindTable_copy(result, &wizard->support);
    if (wizard_page(wizard->wizard) == STORE_PAGE_KIND)
        store_kind_enter(wizard, wizard_form(wizard->wizard, STORE_PAGE_KIND));
    wizard_check(wizard->wizard);
}

/* ---------------------------------------------------------------- the end */

static void ended(StoreWizard *wizard, const Error *error)
{
    AUTO_FREE char *sentence = error ? text_error(error) : NULL;
    wizard_busy(wizard->wizard, NULL);
    if (error)
        wizard_fail(wizard->wizard, sentence);
    else
        wizard_done(wizard->wizard);
}

static void on_task(void *context, const TaskInfo *task, const Error *error)
{
    AUTO(error_clear) Error failure = {0};
    if (!error && task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    else if (!error && task->state != TASK_STATE_DONE)
        error_set(&failure, ERR_CANCELLED, task->object_name, NULL);
    ended(context, error ? error : failure.code ? &failure : NULL);
}

static void on_begun(void *context, TaskRef *result, const Error *error)
{
    StoreWizard *wizard = context;
    if (error)
        ended(wizard, error);
    else
        server_follow_task(wizard->server, result->task, on_task, wizard, wizard);
}

static void finish_pressed(void *context)
{
    StoreWizard *wizard = context;
    DatastoreSpec spec = store_spec(wizard);
    wizard_busy(wizard->wizard, text(TEXT_NEW_DATASTORE_CREATING));
    if (server_can(wizard->server, METHOD_datastore_add, NULL)) {
        call_datastore_add(wizard->server, &spec, on_begun, wizard, wizard);
    } else { /* agents of any age make directories */
        DatastoreCreateParams params = {.name = spec.name, .path = spec.path};
        call_datastore_create(wizard->server, &params, on_begun, wizard, wizard);
    }
    store_spec_clear(&spec);
}

/* The host goes on; its task is among the recent ones. */
static void closing(void *context)
{
    StoreWizard *wizard = context;
    store_place_forget(wizard);
    core_forget(app_get()->core, wizard);
    wizard_done(wizard->wizard);
}

static void tick(void *context)
{
    StoreWizard *wizard = context;
    bool at_test = wizard_page(wizard->wizard) == (int)ARRAY_SIZE(pages) - 1;
    if (!at_test && wizard->trial != STORE_TRIAL_NONE)
        store_trial_forget(wizard);
}

static const WizardClass class = {
    .name = "datastore", .title = TEXT_NEW_DATASTORE_TITLE, .finish = TEXT_NEW_DATASTORE_CREATE, .width = 760, .height = 500, .pages = pages, .page_count = ARRAY_SIZE(pages),
    .finish_pressed = finish_pressed, .closing = closing, .tick = tick, .leave_question = TEXT_NEW_VM_LEAVE, .leave_verb = TEXT_NEW_VM_LEAVE_VERB,
};

void datastore_wizard(HWND owner, Server *server)
{
    StoreWizard wizard = {.server = server, .kind = DATASTORE_KIND_DIR, .kinds_known = server_can(server, METHOD_datastore_kinds, NULL)};
    wizard.wizard = wizard_create(owner, &class, core_settings(app_get()->core), &wizard);
    if (wizard.kinds_known)
        call_datastore_kinds(server, &(Empty){}, on_kinds, &wizard, &wizard);
    wizard_run(wizard.wizard);
    store_trial_forget(&wizard);
    store_place_forget(&wizard);
    core_forget(app_get()->core, &wizard);
    DatastoreKindTable_clear(&wizard.support);
    HostDiskTable_clear(&wizard.disks);
    DatastoreSourceTable_clear(&wizard.found);
    store_spec_clear(&wizard.spec);
}
