/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New VM wizard: pages Network, Firmware and Finish. See new_vm_wizard.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/core/format.h"
#include "client/ui/words.h"
#include "client/win/icons.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- network */

static const struct {
    NicModel model;
    TextId text;
} models[] = {
    {NIC_MODEL_VIRTIO, TEXT_NEW_VM_NIC_VIRTIO}, {NIC_MODEL_E1000E, TEXT_NEW_VM_NIC_E1000E}, {NIC_MODEL_E1000, TEXT_NEW_VM_NIC_E1000}, {NIC_MODEL_RTL8139, TEXT_NEW_VM_NIC_RTL8139},
};

TextId new_vm_nic_text(NicModel model)
{
    for (size_t i = 0; i < ARRAY_SIZE(models); i++)
        if (models[i].model == model)
            return models[i].text;
    return TEXT_UNKNOWN;
}

static const char *mode_text(const NetworkInfo *network)
{
    static const struct {
        const char *mode;
        TextId text;
    } modes[] = {{"nat", TEXT_NEW_VM_MODE_NAT}, {"route", TEXT_NEW_VM_MODE_ROUTE}, {"isolated", TEXT_NEW_VM_MODE_ISOLATED}, {"bridge", TEXT_NEW_VM_MODE_BRIDGE}};
    if (network->host_bridge)
        return text(TEXT_NEW_VM_MODE_HOST_BRIDGE);
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        if (str_equal(modes[i].mode, network->mode))
            return text(modes[i].text);
    return str_or_empty(network->mode);
}

static void fill_networks(const NewVmWizard *wizard, Form *form)
{
    const Model *model = server_model(wizard->server);
    form_list_clear(form, NEW_VM_NETWORKS);
    for (size_t i = 0; i < model_network_count(model); i++) {
        const NetworkInfo *network = model_network_at(model, i);
        int item = form_list_add(form, NEW_VM_NETWORKS, network->name, network->active ? ICON_NETWORK : ICON_NETWORK_OFF, form_id(form, network->id));
        form_list_cell(form, NEW_VM_NETWORKS, item, 1, mode_text(network));
        form_list_cell(form, NEW_VM_NETWORKS, item, 2, str_or_empty(network->bridge));
        form_list_cell(form, NEW_VM_NETWORKS, item, 3, text(network->active ? TEXT_NEW_VM_NETWORK_UP : TEXT_NEW_VM_NETWORK_DOWN));
        if (str_equal(network->id, wizard->form.network))
            form_list_select(form, NEW_VM_NETWORKS, item);
    }
}

static void enable_network(const NewVmWizard *wizard, Form *form)
{
    bool any = model_network_count(server_model(wizard->server)) > 0;
    form_set_enabled(form, NEW_VM_WITH_NIC, any);
    form_set_enabled(form, NEW_VM_NETWORKS, any && wizard->form.with_nic);
    form_set_enabled(form, NEW_VM_NIC_BOX, any && wizard->form.with_nic);
    form_set_shown(form, NEW_VM_NETWORK_NOTE, !any);
}

void new_vm_network_build(void *context, Form *form)
{
    (void)context;
    form_note(form, NEW_VM_NETWORK_NOTE, NOTE_WARNING, text(TEXT_NEW_VM_NO_NETWORKS));
    form_check(form, NEW_VM_WITH_NIC, text(TEXT_NEW_VM_LABEL_WITH_NIC));
    form_combo(form, NEW_VM_NIC_BOX, text(TEXT_NEW_VM_LABEL_NIC), 30, false);
    for (size_t i = 0; i < ARRAY_SIZE(models); i++)
        form_combo_add(form, NEW_VM_NIC_BOX, text(models[i].text), models[i].model);
    form_list(form, NEW_VM_NETWORKS, text(TEXT_NEW_VM_LABEL_NETWORK), 8, false);
    form_list_column(form, NEW_VM_NETWORKS, text(TEXT_NEW_VM_COLUMN_NAME), 180, false);
    form_list_column(form, NEW_VM_NETWORKS, text(TEXT_NEW_VM_COLUMN_MODE), 160, false);
    form_list_column(form, NEW_VM_NETWORKS, text(TEXT_NEW_VM_COLUMN_BRIDGE), 90, false);
    form_list_column(form, NEW_VM_NETWORKS, text(TEXT_NEW_VM_COLUMN_STATE), 80, false);
}

void new_vm_network_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    fill_networks(wizard, form);
    form_set_checked(form, NEW_VM_WITH_NIC, wizard->form.with_nic);
    form_combo_select(form, NEW_VM_NIC_BOX, wizard->form.nic_model);
    enable_network(wizard, form);
}

static void choose_network(NewVmWizard *wizard, Form *form)
{
    const char *network = form_list_id(form, NEW_VM_NETWORKS);
    if (network)
        new_vm_wizard_take(&wizard->form.network, x_strdup(network));
}

void new_vm_network_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    if (id == NEW_VM_WITH_NIC)
        wizard->form.with_nic = form_checked(form, id);
    else if (id == NEW_VM_NIC_BOX)
        wizard->form.nic_model = (NicModel)form_combo_data(form, id, NIC_MODEL_VIRTIO);
    else if (id == NEW_VM_NETWORKS)
        choose_network(wizard, form);
    enable_network(wizard, form);
}

/* ---------------------------------------------------------------- firmware */

static bool has_uefi(const NewVmWizard *wizard)
{
    const HostInfo *host = model_host(server_model(wizard->server));
    return host && host->drivers.count && host->drivers.items[0].uefi;
}

void new_vm_firmware_build(void *context, Form *form)
{
    (void)context;
    form_radio(form, NEW_VM_BIOS, NULL, text(TEXT_NEW_VM_LABEL_BIOS), true);
    form_radio(form, NEW_VM_UEFI, NULL, text(TEXT_NEW_VM_LABEL_UEFI), false);
    form_note(form, NEW_VM_FIRMWARE_NOTE, NOTE_INFO, text(TEXT_NEW_VM_NO_UEFI));
    form_check(form, NEW_VM_TPM, text(TEXT_NEW_VM_LABEL_TPM));
    form_note(form, NEW_VM_TPM_NOTE, NOTE_INFO, text(TEXT_NEW_VM_NO_TPM));
}

void new_vm_firmware_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    form_set_checked(form, NEW_VM_BIOS, wizard->form.firmware == FIRMWARE_BIOS);
    form_set_checked(form, NEW_VM_UEFI, wizard->form.firmware == FIRMWARE_UEFI);
    form_set_enabled(form, NEW_VM_UEFI, has_uefi(wizard));
    form_set_shown(form, NEW_VM_FIRMWARE_NOTE, !has_uefi(wizard));
    form_set_checked(form, NEW_VM_TPM, wizard->form.tpm && wizard->form.can_tpm);
    form_set_enabled(form, NEW_VM_TPM, wizard->form.can_tpm);
    form_set_shown(form, NEW_VM_TPM_NOTE, wizard->can_known && !wizard->form.can_tpm);
}

void new_vm_firmware_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event == FORM_CHANGED && id == NEW_VM_TPM)
        wizard->form.tpm = form_checked(form, id);
    else if (event == FORM_CHANGED && form_checked(form, id))
        wizard->form.firmware = id == NEW_VM_UEFI ? FIRMWARE_UEFI : FIRMWARE_BIOS;
}

/* ---------------------------------------------------------------- finish */

static void add_line(Form *form, TextId title, int icon, const char *value)
{
    int item = form_list_add(form, NEW_VM_SUMMARY, text(title), icon, 0);
    form_list_cell(form, NEW_VM_SUMMARY, item, 1, str_or_empty(value));
}

static char *disk_line(const NewVmWizard *wizard, const NewDisk *disk)
{
    const DatastoreInfo *store = model_datastore(server_model(wizard->server), disk->datastore);
    AUTO_FREE char *size = format_size(disk->capacity);
    return text_format(disk->thick ? TEXT_NEW_VM_SUMMARY_DISK_THICK : TEXT_NEW_VM_SUMMARY_DISK, size, VolumeFormat_name(disk->format), text(new_vm_bus_text(disk->bus)),
                       store ? store->name : "", NULL);
}

static char *nic_line(const NewVmWizard *wizard, const NewNic *nic)
{
    const NetworkInfo *network = model_network(server_model(wizard->server), nic->network);
    return text_format(TEXT_NEW_VM_SUMMARY_NIC, network ? network->name : "", text(new_vm_nic_text(nic->model)), NULL);
}

static char *media_line(const NewVmWizard *wizard, const VmCreateParams *request)
{
    if (!request->media_volume)
        return x_strdup(text(TEXT_NEW_VM_MEDIA_NONE));
    const DatastoreInfo *store = model_datastore(server_model(wizard->server), request->media_datastore);
    return text_format(TEXT_NEW_VM_SUMMARY_MEDIA, request->media_volume, store ? store->name : "", NULL);
}

/* One line of the list. */
static void add_description(Form *form, const char *description)
{
    AUTO_FREE char *line = x_strdup(str_or_empty(description));
    for (char *at = line; *at; at++)
        *at = *at == '\r' || *at == '\n' ? ' ' : *at;
    if (*line)
        add_line(form, TEXT_NEW_VM_SUMMARY_DESCRIPTION, ICON_INFO, line);
}

/* What the guest is told at its first start. */
static void add_seed(Form *form, const VmSeed *seed)
{
    AUTO_FREE char *cloud = seed_cloud_summary(seed);
    if (cloud)
        add_line(form, TEXT_NEW_VM_STEP_CLOUD, ICON_USER, cloud);
    if (seed && seed->windows)
        add_line(form, TEXT_NEW_VM_STEP_ANSWERS, ICON_USER, text(TEXT_NEW_VM_SUMMARY_ANSWERS));
}

static void add_head(const NewVmWizard *wizard, Form *form, const char *description)
{
    form_list_clear(form, NEW_VM_SUMMARY);
    add_line(form, TEXT_NEW_VM_SUMMARY_HOST, ICON_HOST, server_name(wizard->server));
    add_line(form, TEXT_NEW_VM_SUMMARY_NAME, ICON_VM, wizard->form.name);
    add_description(form, description);
}

static void fill_copy_summary(const NewVmWizard *wizard, Form *form)
{
    AUTO(VmCloneParams_clear) VmCloneParams request = {0};
    new_vm_clone_request(&wizard->form, wizard->server, &request);
    const VmInfo *template = model_vm(server_model(wizard->server), request.vm);
    const DatastoreInfo *store = request.datastore ? model_datastore(server_model(wizard->server), request.datastore) : NULL;
    add_head(wizard, form, request.description);
    add_line(form, TEXT_NEW_VM_COLUMN_TEMPLATE, ICON_VM_TEMPLATE, template ? template->name : "");
    add_line(form, TEXT_NEW_VM_STEP_COPY, ICON_VOLUME, text(request.linked ? TEXT_NEW_VM_SUMMARY_LINKED : TEXT_NEW_VM_SUMMARY_FULL));
    add_line(form, TEXT_NEW_VM_COLUMN_DATASTORE, ICON_DATASTORE, store ? store->name : text(TEXT_CLONE_BESIDE));
    add_seed(form, request.seed);
}

static void fill_summary(const NewVmWizard *wizard, Form *form)
{
    AUTO(VmCreateParams_clear) VmCreateParams request = {0};
    GuestKind kind = {0};
    new_vm_request(&wizard->form, wizard->server, &request);
    new_vm_find_kind(&wizard->form, request.guest, &kind);
    AUTO_FREE char *cpus = text_plural(PLURAL_NEW_VM_CPUS, request.vcpus, NULL);
    AUTO_FREE char *memory = format_size(request.memory);
    AUTO_FREE char *media = media_line(wizard, &request);
    AUTO_FREE char *disk = request.disks.count ? disk_line(wizard, &request.disks.items[0]) : x_strdup(text(TEXT_NEW_VM_SUMMARY_NONE));
    AUTO_FREE char *nic = request.nics.count ? nic_line(wizard, &request.nics.items[0]) : x_strdup(text(TEXT_NEW_VM_SUMMARY_NONE));
    AUTO_FREE char *firmware = request.tpm ? text_format(TEXT_NEW_VM_FIRMWARE_TPM, text(words_firmware(request.firmware)), NULL) : x_strdup(text(words_firmware(request.firmware)));
    add_head(wizard, form, request.description);
    add_line(form, TEXT_NEW_VM_STEP_GUEST, ICON_VM_TEMPLATE, kind.name);
    add_line(form, TEXT_NEW_VM_STEP_MEDIA, ICON_ISO, media);
    add_line(form, TEXT_NEW_VM_SUMMARY_CPUS, ICON_CPU, cpus);
    add_line(form, TEXT_NEW_VM_SUMMARY_MEMORY, ICON_MEMORY, memory);
    add_line(form, TEXT_NEW_VM_STEP_DISK, ICON_VOLUME, disk);
    add_line(form, TEXT_NEW_VM_STEP_NETWORK, ICON_NETWORK, nic);
    add_line(form, TEXT_NEW_VM_STEP_FIRMWARE, ICON_SETTINGS, firmware);
    add_seed(form, request.seed);
}

void new_vm_finish_build(void *context, Form *form)
{
    (void)context;
    form_list(form, NEW_VM_SUMMARY, text(TEXT_NEW_VM_LABEL_SUMMARY), 10, false);
    form_list_column(form, NEW_VM_SUMMARY, text(TEXT_NEW_VM_COLUMN_SETTING), 150, false);
    form_list_column(form, NEW_VM_SUMMARY, text(TEXT_NEW_VM_COLUMN_VALUE), 350, false);
    form_check(form, NEW_VM_CUSTOMISE, text(TEXT_NEW_VM_LABEL_CUSTOMISE));
    form_check(form, NEW_VM_START, text(TEXT_NEW_VM_LABEL_START));
}

void new_vm_finish_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    AUTO_FREE char *wrong = new_vm_check(&wizard->form, wizard->server, NEW_VM_FINISH);
    if (!wrong && wizard->form.template)
        fill_copy_summary(wizard, form);
    else if (!wrong)
        fill_summary(wizard, form);
    form_set_checked(form, NEW_VM_CUSTOMISE, wizard->form.customise);
    form_set_checked(form, NEW_VM_START, wizard->form.start_now);
}

void new_vm_finish_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event == FORM_CHANGED && id == NEW_VM_START)
        wizard->form.start_now = form_checked(form, id);
    else if (event == FORM_CHANGED && id == NEW_VM_CUSTOMISE)
        wizard->form.customise = form_checked(form, id);
}
