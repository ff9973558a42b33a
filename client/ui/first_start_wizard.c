/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prepare First Start: a VM that is off gets a new first start by cloud-init, or what it has of it is taken away. Two pages, see seed_pages.h. UI thread. */
#include "client/ui/dialogs.h"
#include "client/ui/seed_pages.h"

#include <stdlib.h>

enum { PAGE_CLOUD, PAGE_CLOUD_MORE, PAGE_COUNT };

typedef struct FirstStart {
    Wizard *wizard;
    Server *server;
    char *vm;   /* UUID */
    char *name;
    bool has;   /* it has something for its first start */
    NewVmSeed form;
    SeedPages seed;
} FirstStart;

SEED_PAGE(FirstStart, first_start_, cloud)
SEED_PAGE(FirstStart, first_start_, cloud_more)

static char *check_cloud(void *context)
{
    const FirstStart *first = context;
    return first->form.cloud || first->has ? new_vm_seed_check_cloud(&first->form) : x_strdup(text(TEXT_FIRST_START_NOTHING));
}

static char *check_cloud_more(void *context) { return new_vm_seed_check_network(&((FirstStart *)context)->form); }

static bool more_wanted(void *context, int page) { return page == PAGE_CLOUD || ((FirstStart *)context)->form.cloud; }

static const WizardPage pages[PAGE_COUNT] = {
    [PAGE_CLOUD] = {"cloud", "first-start", TEXT_NEW_VM_STEP_CLOUD, TEXT_NEW_VM_TITLE_CLOUD, TEXT_FIRST_START_HINT, first_start_cloud_build, first_start_cloud_enter, first_start_cloud_event, check_cloud, NULL},
    [PAGE_CLOUD_MORE] = {"cloud_more", "first-start", TEXT_NEW_VM_STEP_CLOUD_MORE, TEXT_NEW_VM_TITLE_CLOUD_MORE, TEXT_NEW_VM_HINT_CLOUD_MORE, first_start_cloud_more_build, first_start_cloud_more_enter, first_start_cloud_more_event, check_cloud_more, more_wanted},
};

static void on_begun(void *context, TaskRef *result, const Error *error)
{
    FirstStart *first = context;
    (void)result;
    wizard_answered(first->wizard, error);
}

static void finish_pressed(void *context)
{
    FirstStart *first = context;
    wizard_busy(first->wizard, text(TEXT_FIRST_START_BUSY));
    if (!first->form.cloud) {
        call_vm_remove_seed(first->server, &(VmRef){first->vm}, on_begun, first, first);
        return;
    }
    AUTO(VmSeedParams_clear) VmSeedParams params = {x_strdup(first->vm), new_vm_seed_make(&first->form, true, false)};
    call_vm_set_seed(first->server, &params, on_begun, first, first);
}

/* The host may have taken the request: its task shows up among the recent ones. */
static void closing(void *context)
{
    FirstStart *first = context;
    core_forget(app_get()->core, first);
    wizard_done(first->wizard);
}

static const WizardClass class = {
    .name = "first_start", .title = TEXT_FIRST_START_TITLE, .finish = TEXT_FIRST_START_VERB, .width = 760, .height = 500, .pages = pages, .page_count = PAGE_COUNT,
    .finish_pressed = finish_pressed, .closing = closing, .leave_question = TEXT_NEW_VM_LEAVE, .leave_verb = TEXT_NEW_VM_LEAVE_VERB,
};

void first_start_wizard(HWND owner, Server *server, const char *vm)
{
    const VmInfo *info = model_vm(server_model(server), vm);
    if (!info)
        return;
    FirstStart first = {.server = server, .vm = x_strdup(vm), .name = x_strdup(info->name), .has = info->seed != NULL};
    new_vm_seed_init(&first.form);
    first.form.cloud = true;
    first.wizard = wizard_create(owner, &class, core_settings(app_get()->core), &first);
    first.seed = (SeedPages){.wizard = first.wizard, .page = PAGE_CLOUD, .seed = &first.form, .name = &first.name};
    seed_propose_host(&first.seed);
    wizard_run(first.wizard);
    core_forget(app_get()->core, &first);
    core_forget(app_get()->core, &first.seed);
    new_vm_seed_clear(&first.form);
    free(first.vm);
    free(first.name);
}
