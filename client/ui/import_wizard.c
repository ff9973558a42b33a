/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Import wizard: its pages in order, and what it ends in. The file is looked at as soon as it is chosen: its beginning is read on a worker, the host
 * says what it is. See import_wizard.h, dialogs.h. UI thread.
 */
#include "client/ui/import_wizard.h"

#include "client/core/importing.h"
#include "client/core/port.h"
#include "client/core/rules.h"
#include "client/ui/action_dialog.h"
#include "client/ui/dialogs.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- looking at the file */

/* A worker's; the wizard takes over what it has found. */
typedef struct Look {
    ImportWizard *wizard;
    char *path;
    ImportInspectParams head;
    Appliance about;
    StrList files;
    Error error;
} Look;

static void look_free(Look *look)
{
    ImportInspectParams_clear(&look->head);
    Appliance_clear(&look->about);
    StrList_clear(&look->files);
    error_clear(&look->error);
    free(look->path);
    free(look);
}

/* What is known of the VM; which other ones there are stays in sight. */
static void forget_vm(ImportWizard *wizard)
{
    core_forget(app_get()->core, wizard);
    wizard->looking = wizard->known = wizard->accepted = false;
    error_clear(&wizard->error);
    VmImportParams_clear(&wizard->request);
    StrList_clear(&wizard->files);
}

static void forget_file(ImportWizard *wizard)
{
    forget_vm(wizard);
    Appliance_clear(&wizard->about);
    free(wizard->machine);
    wizard->machine = NULL;
}

static void fill_form(ImportWizard *wizard)
{
    const VmImportParams *request = &wizard->request;
    NewVm *form = &wizard->form;
    free(form->name);
    free(form->vcpus);
    free(form->memory_mib);
    free(form->disk_datastore);
    form->name = x_strdup(request->name);
    form->vcpus = x_printf("%lld", (long long)request->vcpus);
    form->memory_mib = x_printf("%lld", (long long)(request->memory >> 20));
    form->firmware = request->firmware;
    form->disk_datastore = x_strdup(appliance_store(wizard->server, NULL));
}

static void take_appliance(ImportWizard *wizard, Appliance *about)
{
    const char *file = wizard->path ? port_base_name(wizard->path) : wizard->volume;
    Appliance_clear(&wizard->about);
    wizard->about = *about;
    *about = (Appliance){0};
    appliance_request(wizard->server, &wizard->about, str_or_empty(appliance_store(wizard->server, NULL)), file, &wizard->request);
    wizard->request.remove_files = wizard->path != NULL;
    wizard->known = true;
    wizard->as_in_file = true;
    fill_form(wizard);
}

static void looked(ImportWizard *wizard)
{
    Form *form = wizard_form(wizard->wizard, IMPORT_PAGE_FILE);
    wizard->looking = false;
    if (form)
        import_file_enter(wizard, form);
    wizard_check(wizard->wizard);
}

/* Worker: what lies beside a description. */
static void find_files(void *context)
{
    Look *look = context;
    appliance_files(look->path, &look->about, &look->files);
}

static void on_files(void *context)
{
    Look *look = context;
    ImportWizard *wizard = look->wizard;
    wizard->files = look->files;
    look->files = (StrList){0};
    take_appliance(wizard, &look->about);
    look_free(look);
    looked(wizard);
}

static void on_appliance(void *context, Appliance *about, const Error *error)
{
    ImportWizard *wizard = context;
    if (error) {
        error_copy(&wizard->error, error);
        looked(wizard);
    } else if (wizard->path) {
        Look *look = x_calloc(1, sizeof(*look));
        look->wizard = wizard;
        look->path = x_strdup(wizard->path);
        look->about = *about;
        *about = (Appliance){0};
        core_run(app_get()->core, find_files, on_files, wizard, look);
    } else {
        take_appliance(wizard, about);
        looked(wizard);
    }
}

/* Worker. */
static void read_head(void *context)
{
    Look *look = context;
    appliance_head(look->path, &look->head, &look->error);
}

static void on_head(void *context)
{
    Look *look = context;
    ImportWizard *wizard = look->wizard;
    if (look->error.code) {
        error_move(&wizard->error, &look->error);
        looked(wizard);
    } else {
        look->head.machine = x_strdup(wizard->machine);
        call_import_inspect(wizard->server, &look->head, on_appliance, wizard, wizard);
    }
    look_free(look);
}

static void look_at_file(ImportWizard *wizard)
{
    wizard->looking = wizard->path || wizard->volume;
    if (wizard->path) {
        Look *look = x_calloc(1, sizeof(*look));
        look->wizard = wizard;
        look->path = x_strdup(wizard->path);
        core_run(app_get()->core, read_head, on_head, wizard, look);
    } else if (wizard->volume) {
        ImportInspectParams params = {.datastore = wizard->datastore, .volume = wizard->volume, .machine = wizard->machine};
        call_import_inspect(wizard->server, &params, on_appliance, wizard, wizard);
    }
}

void import_wizard_look(ImportWizard *wizard)
{
    forget_file(wizard);
    look_at_file(wizard);
}

void import_wizard_choose(ImportWizard *wizard, const char *machine)
{
    forget_vm(wizard);
    free(wizard->machine);
    wizard->machine = x_strdup(machine);
    look_at_file(wizard);
}

/* ---------------------------------------------------------------- checks */

static char *check_file(void *context)
{
    const ImportWizard *wizard = context;
    if (wizard->known)
        return NULL;
    if (wizard->error.code)
        return text_error(&wizard->error);
    return x_strdup(text(wizard->looking ? TEXT_IMPORT_VM_LOOKING : TEXT_IMPORT_VM_NO_FILE));
}

static char *check_license(void *context)
{
    const ImportWizard *wizard = context;
    return !wizard->about.licenses.count || wizard->accepted ? NULL : x_strdup(text(TEXT_IMPORT_VM_NOT_ACCEPTED));
}

static char *check_vm(void *context)
{
    const ImportWizard *wizard = context;
    char *wrong = new_vm_check(&wizard->form, wizard->server, NEW_VM_NAME);
    if (!wrong)
        wrong = new_vm_check(&wizard->form, wizard->server, NEW_VM_CPU_MEMORY);
    return wrong ? wrong : new_vm_check(&wizard->form, wizard->server, NEW_VM_FIRMWARE);
}

static char *check_disks(void *context)
{
    const ImportWizard *wizard = context;
    const DatastoreInfo *store = model_datastore(server_model(wizard->server), str_or_empty(wizard->form.disk_datastore));
    char *why = NULL;
    if (!store)
        return x_strdup(text(TEXT_NEW_VM_DISK_NO_STORE));
    if (!datastore_works(store))
        return text_format(TEXT_NEW_VM_DISK_INACTIVE, store->name, NULL);
    if (!wizard->path)
        return NULL;
    const DatastoreInfo *way_in = model_datastore(server_model(wizard->server), str_or_empty(appliance_store(wizard->server, store->id)));
    if (!way_in)
        return text_format(TEXT_IMPORT_VM_NO_WAY_IN, store->name, NULL);
    rules_datastore(wizard->server, way_in, METHOD_upload_begin, &why);
    return why;
}

static char *check_nothing(void *context)
{
    (void)context;
    return NULL;
}

static char *check_finish(void *context)
{
    char *why = NULL;
    const ImportWizard *wizard = context;
    rules_host(wizard->server, METHOD_vm_import, &why);
    return why;
}

static char *check_cloud(void *context) { return new_vm_seed_check_cloud(&((ImportWizard *)context)->form.seed); }

static char *check_cloud_more(void *context) { return new_vm_seed_check_network(&((ImportWizard *)context)->form.seed); }

static bool license_wanted(void *context, int page)
{
    (void)page;
    return ((const ImportWizard *)context)->about.licenses.count > 0;
}

/* ---------------------------------------------------------------- first start */

/* An image says nothing of its guest; many of those that are imported are made for clouds. */
static bool takes_cloud(const ImportWizard *wizard)
{
    GuestKind kind = {0};
    bool known = wizard->about.guest && new_vm_find_kind(&wizard->form, wizard->about.guest, &kind);
    return server_can(wizard->server, METHOD_vm_set_seed, NULL) && (known ? kind.cloud_init : wizard->about.kind == APPLIANCE_IMAGE);
}

static bool cloud_wanted(void *context, int page)
{
    const ImportWizard *wizard = context;
    return takes_cloud(wizard) && (page == IMPORT_PAGE_CLOUD || wizard->form.seed.cloud);
}

SEED_PAGE(ImportWizard, import_, cloud)
SEED_PAGE(ImportWizard, import_, cloud_more)

static const WizardPage pages[IMPORT_PAGE_COUNT] = {
    [IMPORT_PAGE_FILE] = {"file", "import", TEXT_IMPORT_VM_STEP_FILE, TEXT_IMPORT_VM_TITLE_FILE, TEXT_IMPORT_VM_HINT_FILE, import_file_build, import_file_enter, import_file_event, check_file},
    [IMPORT_PAGE_LICENSE] = {"license", "import", TEXT_IMPORT_VM_STEP_LICENSE, TEXT_IMPORT_VM_TITLE_LICENSE, TEXT_IMPORT_VM_HINT_LICENSE, import_license_build, import_license_enter, import_license_event, check_license, license_wanted},
    [IMPORT_PAGE_VM] = {"vm", "import", TEXT_IMPORT_VM_STEP_VM, TEXT_IMPORT_VM_TITLE_VM, TEXT_IMPORT_VM_HINT_VM, import_vm_build, import_vm_enter, import_vm_event, check_vm},
    [IMPORT_PAGE_DISKS] = {"disks", "import", TEXT_IMPORT_VM_STEP_DISKS, TEXT_IMPORT_VM_TITLE_DISKS, TEXT_IMPORT_VM_HINT_DISKS, import_disks_build, import_disks_enter, import_disks_event, check_disks},
    [IMPORT_PAGE_NETWORK] = {"network", "import", TEXT_IMPORT_VM_STEP_NETWORK, TEXT_IMPORT_VM_TITLE_NETWORK, TEXT_IMPORT_VM_HINT_NETWORK, import_network_build, import_network_enter, import_network_event, check_nothing},
    [IMPORT_PAGE_CLOUD] = {"cloud", "new-vm-cloud", TEXT_NEW_VM_STEP_CLOUD, TEXT_NEW_VM_TITLE_CLOUD, TEXT_NEW_VM_HINT_CLOUD, import_cloud_build, import_cloud_enter, import_cloud_event, check_cloud, cloud_wanted},
    [IMPORT_PAGE_CLOUD_MORE] = {"cloud_more", "new-vm-cloud", TEXT_NEW_VM_STEP_CLOUD_MORE, TEXT_NEW_VM_TITLE_CLOUD_MORE, TEXT_NEW_VM_HINT_CLOUD_MORE, import_cloud_more_build, import_cloud_more_enter, import_cloud_more_event, check_cloud_more, cloud_wanted},
    [IMPORT_PAGE_FINISH] = {"finish", "import", TEXT_IMPORT_VM_STEP_FINISH, TEXT_IMPORT_VM_TITLE_FINISH, TEXT_IMPORT_VM_HINT_FINISH, import_finish_build, import_finish_enter, import_finish_event, check_finish},
};

/* ---------------------------------------------------------------- the end */

static void set_text(char **at, const char *words)
{
    free(*at);
    *at = x_strdup(words);
}

void import_wizard_request(const ImportWizard *wizard, VmImportParams *ret)
{
    const NewVm *form = &wizard->form;
    const char *store = str_or_empty(form->disk_datastore);
    VmImportParams_copy(&wizard->request, ret);
    set_text(&ret->name, str_or_empty(form->name));
    set_text(&ret->datastore, wizard->path ? appliance_store(wizard->server, store) : wizard->datastore);
    ret->vcpus = strtoll(str_or_empty(form->vcpus), NULL, 10);
    ret->memory = strtoll(str_or_empty(form->memory_mib), NULL, 10) << 20;
    ret->firmware = form->firmware;
    ret->accept_licenses = wizard->accepted;
    ret->seed = new_vm_seed_make(&form->seed, takes_cloud(wizard), false);
    for (size_t i = 0; i < ret->disks.count; i++) {
        set_text(&ret->disks.items[i].datastore, store);
        ret->disks.items[i].format = form->disk_format;
        if (!wizard->as_in_file)
            ret->disks.items[i].bus = form->disk_bus;
    }
    for (size_t i = ret->nics.count; i-- > 0;) /* cards without a network are left out */
        if (str_empty(ret->nics.items[i].network)) {
            NewNic_clear(&ret->nics.items[i]);
            for (size_t j = i + 1; j < ret->nics.count; j++)
                ret->nics.items[j - 1] = ret->nics.items[j];
            ret->nics.count--;
        }
}

/* The wizard is long gone: what went wrong becomes a message, except that the user has cancelled it. */
static void on_imported(void *context, Server *server, const char *task, const Error *error)
{
    (void)server, (void)task;
    action_notice_done(context, NULL, error && error->code != ERR_CANCELLED ? error : NULL);
}

static void on_begun(void *context, TaskRef *result, const Error *error)
{
    ImportWizard *wizard = context;
    (void)result;
    wizard_answered(wizard->wizard, error);
}

static void finish_pressed(void *context)
{
    ImportWizard *wizard = context;
    AUTO(VmImportParams_clear) VmImportParams request = {0};
    AUTO(error_clear) Error why = {0};
    import_wizard_request(wizard, &request);
    if (!wizard->path) {
        wizard_busy(wizard->wizard, text(TEXT_IMPORT_VM_BEGINNING));
        call_vm_import(wizard->server, &request, on_begun, wizard, wizard);
        return;
    }
    AUTO_FREE char *title = text_format(TEXT_IMPORT_VM_FAILED, request.name, NULL);
    ActionNotice *notice = action_notice(wizard->server, title);
    if (importing_start(app_get()->core, wizard->server, &wizard->files, &request, on_imported, notice, &why) == 0) {
        wizard_done(wizard->wizard);
        return;
    }
    action_notice_done(notice, NULL, NULL);
    AUTO_FREE char *sentence = text_error(&why);
    wizard_fail(wizard->wizard, sentence);
}

/* The host may have taken the request: its task shows up among the recent ones. */
static void closing(void *context)
{
    ImportWizard *wizard = context;
    core_forget(app_get()->core, wizard);
    wizard_done(wizard->wizard);
}

static const WizardClass class = {
    .name = "import", .title = TEXT_IMPORT_VM_TITLE, .finish = TEXT_IMPORT_VM_VERB, .width = 760, .height = 500, .pages = pages, .page_count = IMPORT_PAGE_COUNT,
    .finish_pressed = finish_pressed, .closing = closing, .leave_question = TEXT_IMPORT_VM_LEAVE, .leave_verb = TEXT_IMPORT_VM_LEAVE_VERB,
};

void import_wizard(HWND owner, Server *server, const char *path, const char *datastore, const char *volume)
{
    ImportWizard wizard = {.server = server, .path = x_strdup(path), .datastore = x_strdup(datastore), .volume = x_strdup(volume)};
    new_vm_init(&wizard.form, server);
    wizard.form.disk_format = VOLUME_FORMAT_QCOW2;
    wizard.wizard = wizard_create(owner, &class, core_settings(app_get()->core), &wizard);
    wizard.seed = (SeedPages){.wizard = wizard.wizard, .page = IMPORT_PAGE_CLOUD, .seed = &wizard.form.seed, .name = &wizard.form.name};
    import_wizard_look(&wizard);
    wizard_run(wizard.wizard);
    core_forget(app_get()->core, &wizard.seed);
    forget_file(&wizard);
    new_vm_clear(&wizard.form);
    free(wizard.path);
    free(wizard.datastore);
    free(wizard.volume);
}
