/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The New VM wizard: its pages in order, and the call it ends in. See new_vm_wizard.h, dialogs.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/core/rules.h"
#include "client/ui/dialogs.h"
#include "client/win/time_zones.h"

enum { TICKS_PER_LOOK = 4 };

void new_vm_wizard_take(char **field, char *value)
{
    free(*field);
    *field = value;
}

#define CHECK(name, page) \
    static char *check_##name(void *context) \
    { \
        const NewVmWizard *wizard = context; \
        return new_vm_check(&wizard->form, wizard->server, page); \
    }

CHECK(source, NEW_VM_SOURCE)
CHECK(name, NEW_VM_NAME)
CHECK(media, NEW_VM_MEDIA)
CHECK(guest, NEW_VM_GUEST)
CHECK(cpu, NEW_VM_CPU_MEMORY)
CHECK(disk, NEW_VM_DISK)
CHECK(network, NEW_VM_NETWORK)
CHECK(firmware, NEW_VM_FIRMWARE)
CHECK(copy, NEW_VM_COPY)
CHECK(cloud, NEW_VM_CLOUD)
CHECK(cloud_more, NEW_VM_CLOUD_MORE)
CHECK(answers, NEW_VM_ANSWERS)
CHECK(finish, NEW_VM_FINISH)

/* The first start's pages are those of other wizards as well. */
SEED_PAGE(NewVmWizard, new_vm_, cloud)
SEED_PAGE(NewVmWizard, new_vm_, cloud_more)

/* Who comes with an ISO wants no template. */
static bool wanted(void *context, int page)
{
    const NewVmWizard *wizard = context;
    return new_vm_wants(&wizard->form, wizard->server, (NewVmPage)page) && (page != NEW_VM_SOURCE || !wizard->from_iso);
}

#define FUNCTIONS(name) new_vm_##name##_build, new_vm_##name##_enter, new_vm_##name##_event, check_##name, wanted

static const WizardPage pages[NEW_VM_PAGE_COUNT] = {
    [NEW_VM_SOURCE] = {"source", "new-vm-source", TEXT_NEW_VM_STEP_SOURCE, TEXT_NEW_VM_TITLE_SOURCE, TEXT_NEW_VM_HINT_SOURCE, FUNCTIONS(source)},
    [NEW_VM_NAME] = {"name", "new-vm-name", TEXT_NEW_VM_STEP_NAME, TEXT_NEW_VM_TITLE_NAME, TEXT_NEW_VM_HINT_NAME, FUNCTIONS(name)},
    [NEW_VM_MEDIA] = {"media", "new-vm-media", TEXT_NEW_VM_STEP_MEDIA, TEXT_NEW_VM_TITLE_MEDIA, TEXT_NEW_VM_HINT_MEDIA, FUNCTIONS(media)},
    [NEW_VM_GUEST] = {"guest", "new-vm-guest", TEXT_NEW_VM_STEP_GUEST, TEXT_NEW_VM_TITLE_GUEST, TEXT_NEW_VM_HINT_GUEST, FUNCTIONS(guest)},
    [NEW_VM_CPU_MEMORY] = {"cpu", "new-vm-cpu", TEXT_NEW_VM_STEP_CPU, TEXT_NEW_VM_TITLE_CPU, TEXT_NEW_VM_HINT_CPU, FUNCTIONS(cpu)},
    [NEW_VM_DISK] = {"disk", "new-vm-disk", TEXT_NEW_VM_STEP_DISK, TEXT_NEW_VM_TITLE_DISK, TEXT_NEW_VM_HINT_DISK, FUNCTIONS(disk)},
    [NEW_VM_NETWORK] = {"network", "new-vm-network", TEXT_NEW_VM_STEP_NETWORK, TEXT_NEW_VM_TITLE_NETWORK, TEXT_NEW_VM_HINT_NETWORK, FUNCTIONS(network)},
    [NEW_VM_FIRMWARE] = {"firmware", "new-vm-firmware", TEXT_NEW_VM_STEP_FIRMWARE, TEXT_NEW_VM_TITLE_FIRMWARE, TEXT_NEW_VM_HINT_FIRMWARE, FUNCTIONS(firmware)},
    [NEW_VM_COPY] = {"copy", "new-vm-copy", TEXT_NEW_VM_STEP_COPY, TEXT_NEW_VM_TITLE_COPY, TEXT_NEW_VM_HINT_COPY, FUNCTIONS(copy)},
    [NEW_VM_CLOUD] = {"cloud", "new-vm-cloud", TEXT_NEW_VM_STEP_CLOUD, TEXT_NEW_VM_TITLE_CLOUD, TEXT_NEW_VM_HINT_CLOUD, FUNCTIONS(cloud)},
    [NEW_VM_CLOUD_MORE] = {"cloud_more", "new-vm-cloud", TEXT_NEW_VM_STEP_CLOUD_MORE, TEXT_NEW_VM_TITLE_CLOUD_MORE, TEXT_NEW_VM_HINT_CLOUD_MORE, FUNCTIONS(cloud_more)},
    [NEW_VM_ANSWERS] = {"answers", "new-vm-answers", TEXT_NEW_VM_STEP_ANSWERS, TEXT_NEW_VM_TITLE_ANSWERS, TEXT_NEW_VM_HINT_ANSWERS, FUNCTIONS(answers)},
    [NEW_VM_FINISH] = {"finish", "new-vm-finish", TEXT_NEW_VM_STEP_FINISH, TEXT_NEW_VM_TITLE_FINISH, TEXT_NEW_VM_HINT_FINISH, FUNCTIONS(finish)},
};

void new_vm_wizard_refill(NewVmWizard *wizard)
{
    int page = wizard_page(wizard->wizard);
    Form *form = wizard_form(wizard->wizard, page);
    bool listens = page == NEW_VM_MEDIA || page == NEW_VM_GUEST || page == NEW_VM_FIRMWARE;
    if (!form || !listens)
        return;
    form_hold(form);
    pages[page].enter(wizard, form);
    form_release(form);
    wizard_check(wizard->wizard);
}

/* ---------------------------------------------------------------- what the host can */

static void on_kinds(void *context, GuestKindTable *result, const Error *error)
{
    NewVmWizard *wizard = context;
    if (error)
        return; /* PoolCenter's own kinds, then */
    wizard->kinds = *result;
    *result = (GuestKindTable){0};
    new_vm_set_kinds(&wizard->form, wizard->server, &wizard->kinds);
    new_vm_wizard_refill(wizard);
}

static void on_capabilities(void *context, GuestCapabilities *result, const Error *error)
{
    NewVmWizard *wizard = context;
    if (error)
        return; /* no TPM, then */
    wizard->can = *result;
    *result = (GuestCapabilities){0};
    wizard->can_known = true;
    wizard->form.can_tpm = wizard->can.tpm_emulator;
    new_vm_wizard_refill(wizard);
}

static void ask(NewVmWizard *wizard)
{
    GuestKindsParams kinds = {0};
    CapabilitiesParams capabilities = {0};
    if (server_can(wizard->server, METHOD_host_guest_kinds, NULL))
        call_host_guest_kinds(wizard->server, &kinds, on_kinds, wizard, wizard);
    if (server_can(wizard->server, METHOD_host_capabilities, NULL))
        call_host_capabilities(wizard->server, &capabilities, on_capabilities, wizard, wizard);
    new_vm_media_detect(wizard);
}

/* ---------------------------------------------------------------- the end */

/* The VM that is to be customised is there, or was not made. */
static void on_made(void *context, const TaskInfo *task, const Error *error)
{
    NewVmWizard *wizard = context;
    AUTO(error_clear) Error failure = {0};
    if (error) {
        wizard_answered(wizard->wizard, error);
    } else if (task->state == TASK_STATE_DONE) {
        wizard->made = x_strdup(wizard->form.template ? task->result : task->object_id);
    } else {
        if (task->error)
            error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
        else
            error_set(&failure, ERR_CANCELLED, NULL, NULL);
        wizard_answered(wizard->wizard, &failure);
    }
}

static void on_created(void *context, TaskRef *result, const Error *error)
{
    NewVmWizard *wizard = context;
    if (error || !wizard->form.customise) {
        wizard_answered(wizard->wizard, error);
        return;
    }
    server_follow_task(wizard->server, result->task, on_made, wizard, wizard);
}

static void copy_template(NewVmWizard *wizard, const VmCloneParams *request)
{
    wizard_busy(wizard->wizard, text(TEXT_NEW_VM_CREATING));
    call_vm_clone(wizard->server, request, on_created, wizard, wizard);
}

static void finish_pressed(void *context)
{
    NewVmWizard *wizard = context;
    AUTO(VmCreateParams_clear) VmCreateParams request = {0};
    AUTO(VmCloneParams_clear) VmCloneParams copy = {0};
    if (wizard->form.template) {
        new_vm_clone_request(&wizard->form, wizard->server, &copy);
        copy_template(wizard, &copy);
        return;
    }
    new_vm_request(&wizard->form, wizard->server, &request);
    wizard_busy(wizard->wizard, text(TEXT_NEW_VM_CREATING));
    call_vm_create(wizard->server, &request, on_created, wizard, wizard);
}

void new_vm_wizard_quick_create(NewVmWizard *wizard)
{
    const VmInfo *vm = model_vm(server_model(wizard->server), wizard->form.template);
    VmCloneParams request = {.vm = wizard->form.template, .linked = vm && rules_can_link(vm), .start = true};
    wizard->form.customise = false;
    copy_template(wizard, &request);
}

/* The host may have taken the request: its task shows up among the recent ones. */
static void closing(void *context)
{
    NewVmWizard *wizard = context;
    core_forget(app_get()->core, wizard);
    wizard_done(wizard->wizard);
}

/* The inventory may have changed meanwhile. */
static void tick(void *context)
{
    NewVmWizard *wizard = context;
    if (wizard->made && model_vm(server_model(wizard->server), wizard->made)) { /* the inventory may come after the task's end */
        wizard_done(wizard->wizard);
        return;
    }
    if (++wizard->ticks % TICKS_PER_LOOK)
        return;
    new_vm_media_tick(wizard);
    wizard_check(wizard->wizard);
}

static const WizardClass class = {
    .name = "new_vm", .title = TEXT_NEW_VM_TITLE, .finish = TEXT_NEW_VM_CREATE, .width = 760, .height = 500, .pages = pages, .page_count = NEW_VM_PAGE_COUNT,
    .finish_pressed = finish_pressed, .closing = closing, .tick = tick, .leave_question = TEXT_NEW_VM_LEAVE, .leave_verb = TEXT_NEW_VM_LEAVE_VERB,
};

static void clear(NewVmWizard *wizard)
{
    core_forget(app_get()->core, wizard);
    core_forget(app_get()->core, &wizard->detected);
    core_forget(app_get()->core, &wizard->pictured);
    core_forget(app_get()->core, &wizard->seed);
    catalog_close(wizard->isos);
    StrList_clear(&wizard->uploading);
    free(wizard->upload_store);
    new_vm_clear(&wizard->form);
    GuestKindTable_clear(&wizard->kinds);
    GuestCapabilities_clear(&wizard->can);
    GuestDetection_clear(&wizard->detected);
    free(wizard->pictured);
    free(wizard->made);
}

void new_vm_wizard(HWND owner, Server *server, const char *media_datastore, const char *media_volume)
{
    NewVmWizard wizard = {.server = server, .from_iso = media_volume != NULL};
    new_vm_init(&wizard.form, server);
    wizard.form.seed.time_zone = time_zone_own();
    wizard.form.media_datastore = x_strdup(media_volume ? media_datastore : NULL);
    wizard.form.media_volume = x_strdup(media_volume);
    wizard.wizard = wizard_create(owner, &class, core_settings(app_get()->core), &wizard);
    wizard.seed = (SeedPages){.wizard = wizard.wizard, .page = NEW_VM_CLOUD, .seed = &wizard.form.seed, .name = &wizard.form.name};
    ask(&wizard);
    bool done = wizard_run(wizard.wizard);
    AUTO_FREE char *made = done ? x_strdup(wizard.made) : NULL;
    bool start = wizard.form.start_now;
    clear(&wizard);
    if (made)
        new_vm_first_start(owner, server, made, start);
}
