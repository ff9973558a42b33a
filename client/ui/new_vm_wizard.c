/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The New VM wizard: its pages in order, and the call it ends in. See new_vm_wizard.h, dialogs.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/ui/dialogs.h"

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

CHECK(name, NEW_VM_NAME)
CHECK(guest, NEW_VM_GUEST)
CHECK(media, NEW_VM_MEDIA)
CHECK(cpu, NEW_VM_CPU_MEMORY)
CHECK(disk, NEW_VM_DISK)
CHECK(network, NEW_VM_NETWORK)
CHECK(firmware, NEW_VM_FIRMWARE)
CHECK(finish, NEW_VM_FINISH)

static const WizardPage pages[NEW_VM_PAGE_COUNT] = {
    [NEW_VM_NAME] = {"name", "new-vm-name", TEXT_NEW_VM_STEP_NAME, TEXT_NEW_VM_TITLE_NAME, TEXT_NEW_VM_HINT_NAME, new_vm_name_build, NULL, new_vm_name_event, check_name},
    [NEW_VM_GUEST] = {"guest", "new-vm-guest", TEXT_NEW_VM_STEP_GUEST, TEXT_NEW_VM_TITLE_GUEST, TEXT_NEW_VM_HINT_GUEST, new_vm_guest_build, new_vm_guest_enter, new_vm_guest_event, check_guest},
    [NEW_VM_MEDIA] = {"media", "new-vm-media", TEXT_NEW_VM_STEP_MEDIA, TEXT_NEW_VM_TITLE_MEDIA, TEXT_NEW_VM_HINT_MEDIA, new_vm_media_build, new_vm_media_enter, new_vm_media_event, check_media},
    [NEW_VM_CPU_MEMORY] = {"cpu", "new-vm-cpu", TEXT_NEW_VM_STEP_CPU, TEXT_NEW_VM_TITLE_CPU, TEXT_NEW_VM_HINT_CPU, new_vm_cpu_build, new_vm_cpu_enter, new_vm_cpu_event, check_cpu},
    [NEW_VM_DISK] = {"disk", "new-vm-disk", TEXT_NEW_VM_STEP_DISK, TEXT_NEW_VM_TITLE_DISK, TEXT_NEW_VM_HINT_DISK, new_vm_disk_build, new_vm_disk_enter, new_vm_disk_event, check_disk},
    [NEW_VM_NETWORK] = {"network", "new-vm-network", TEXT_NEW_VM_STEP_NETWORK, TEXT_NEW_VM_TITLE_NETWORK, TEXT_NEW_VM_HINT_NETWORK, new_vm_network_build, new_vm_network_enter, new_vm_network_event, check_network},
    [NEW_VM_FIRMWARE] = {"firmware", "new-vm-firmware", TEXT_NEW_VM_STEP_FIRMWARE, TEXT_NEW_VM_TITLE_FIRMWARE, TEXT_NEW_VM_HINT_FIRMWARE, new_vm_firmware_build, new_vm_firmware_enter, new_vm_firmware_event, check_firmware},
    [NEW_VM_FINISH] = {"finish", "new-vm-finish", TEXT_NEW_VM_STEP_FINISH, TEXT_NEW_VM_TITLE_FINISH, TEXT_NEW_VM_HINT_FINISH, new_vm_finish_build, new_vm_finish_enter, new_vm_finish_event, check_finish},
};

static void on_created(void *context, TaskRef *result, const Error *error)
{
    NewVmWizard *wizard = context;
    (void)result;
    wizard_answered(wizard->wizard, error);
}

static void finish_pressed(void *context)
{
    NewVmWizard *wizard = context;
    AUTO(VmCreateParams_clear) VmCreateParams request = {0};
    new_vm_request(&wizard->form, wizard->server, &request);
    wizard_busy(wizard->wizard, text(TEXT_NEW_VM_CREATING));
    call_vm_create(wizard->server, &request, on_created, wizard, wizard);
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
    if (++wizard->ticks % TICKS_PER_LOOK)
        return;
    new_vm_media_tick(wizard);
    wizard_check(wizard->wizard);
}

static const WizardClass class = {
    .name = "new_vm", .title = TEXT_NEW_VM_TITLE, .finish = TEXT_NEW_VM_CREATE, .width = 760, .height = 500, .pages = pages, .page_count = NEW_VM_PAGE_COUNT,
    .finish_pressed = finish_pressed, .closing = closing, .tick = tick, .leave_question = TEXT_NEW_VM_LEAVE, .leave_verb = TEXT_NEW_VM_LEAVE_VERB,
};

void new_vm_wizard(HWND owner, Server *server, const char *media_datastore, const char *media_volume)
{
    NewVmWizard wizard = {.server = server};
    new_vm_init(&wizard.form, server);
    wizard.form.media_datastore = x_strdup(media_volume ? media_datastore : NULL);
    wizard.form.media_volume = x_strdup(media_volume);
    wizard.wizard = wizard_create(owner, &class, core_settings(app_get()->core), &wizard);
    wizard_run(wizard.wizard);
    core_forget(app_get()->core, &wizard);
    catalog_close(wizard.isos);
    StrList_clear(&wizard.uploading);
    free(wizard.upload_store);
    new_vm_clear(&wizard.form);
}
