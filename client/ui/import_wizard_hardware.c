/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import wizard: pages VM, Disks, Network and Finish. See import_wizard.h. UI thread. */
#include "client/ui/import_wizard.h"

#include "client/core/format.h"
#include "client/ui/format_box.h"
#include "client/ui/new_vm_wizard.h"
#include "client/ui/store_box.h"
#include "client/ui/words.h"
#include "client/win/icons.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- VM */

void import_vm_build(void *context, Form *form)
{
    (void)context;
    enum { MEMORY_STEP_MIB = 256 };
    form_edit(form, IMPORT_NAME, text(TEXT_IMPORT_VM_LABEL_NAME), 36, 0);
    form_number(form, IMPORT_CPUS, text(TEXT_NEW_VM_LABEL_CPUS), 8, 1, 4096);
    form_number(form, IMPORT_MEMORY, text(TEXT_NEW_VM_LABEL_MEMORY), 8, MEMORY_STEP_MIB, 1 << 30);
    form_beside_text(form, -1, text(TEXT_NEW_VM_MB));
    form_radio(form, IMPORT_BIOS, NULL, text(TEXT_NEW_VM_LABEL_BIOS), true);
    form_radio(form, IMPORT_UEFI, NULL, text(TEXT_NEW_VM_LABEL_UEFI), false);
    form_note(form, IMPORT_IGNORED, NOTE_INFO, " ");
}

static void show_ignored(const ImportWizard *wizard, Form *form)
{
    AUTO_FREE char *names = NULL;
    const StrList *ignored = &wizard->about.ignored;
    for (size_t i = 0; i < ignored->count; i++) {
        char *longer = x_printf("%s%s%s", str_or_empty(names), names ? ", " : "", ignored->items[i]);
        free(names);
        names = longer;
    }
    AUTO_FREE char *sentence = text_format(TEXT_IMPORT_VM_IGNORED, str_or_empty(names), NULL);
    form_set_note(form, IMPORT_IGNORED, NOTE_INFO, sentence);
    form_set_shown(form, IMPORT_IGNORED, ignored->count > 0);
}

void import_vm_enter(void *context, Form *form)
{
    const ImportWizard *wizard = context;
    form_hold(form);
    form_set_text(form, IMPORT_NAME, wizard->form.name);
    form_set_text(form, IMPORT_CPUS, wizard->form.vcpus);
    form_set_text(form, IMPORT_MEMORY, wizard->form.memory_mib);
    form_set_checked(form, IMPORT_BIOS, wizard->form.firmware != FIRMWARE_UEFI);
    form_set_checked(form, IMPORT_UEFI, wizard->form.firmware == FIRMWARE_UEFI);
    show_ignored(wizard, form);
    form_release(form);
}

void import_vm_event(void *context, Form *form, int id, FormEvent event)
{
    ImportWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    switch (id) {
    case IMPORT_NAME: new_vm_wizard_take(&wizard->form.name, form_text(form, id)); break;
    case IMPORT_CPUS: new_vm_wizard_take(&wizard->form.vcpus, form_text(form, id)); break;
    case IMPORT_MEMORY: new_vm_wizard_take(&wizard->form.memory_mib, form_text(form, id)); break;
    default: wizard->form.firmware = form_checked(form, IMPORT_UEFI) ? FIRMWARE_UEFI : FIRMWARE_BIOS; break;
    }
}

/* ---------------------------------------------------------------- disks */

enum { AS_IN_FILE = 0 };

void import_disks_build(void *context, Form *form)
{
    static const DiskBus buses[] = {DISK_BUS_VIRTIO, DISK_BUS_SATA, DISK_BUS_SCSI, DISK_BUS_IDE};
    (void)context;
    form_combo(form, IMPORT_STORE, text(TEXT_NEW_VM_LABEL_STORE), 30, false);
    format_box_build(form, IMPORT_FORMAT, TEXT_NEW_VM_LABEL_FORMAT, 30);
    form_combo(form, IMPORT_BUS, text(TEXT_NEW_VM_LABEL_BUS), 30, false);
    form_combo_add(form, IMPORT_BUS, text(TEXT_IMPORT_VM_BUS_AS_IN_FILE), AS_IN_FILE);
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
        form_combo_add(form, IMPORT_BUS, text(new_vm_bus_text(buses[i])), buses[i]);
    form_list(form, IMPORT_DISKS, text(TEXT_IMPORT_VM_LABEL_DISKS), 6, false);
    form_list_column(form, IMPORT_DISKS, text(TEXT_IMPORT_VM_COLUMN_FILE), 220, false);
    form_list_column(form, IMPORT_DISKS, text(TEXT_IMPORT_VM_COLUMN_SIZE), 90, true);
    form_list_column(form, IMPORT_DISKS, text(TEXT_IMPORT_VM_COLUMN_BUS), 190, false);
}

static void show_format(const ImportWizard *wizard, Form *form)
{
    format_box_show(form, IMPORT_FORMAT, model_datastore(server_model(wizard->server), wizard->form.disk_datastore), wizard->form.disk_format, true);
}

static void fill_disks(const ImportWizard *wizard, Form *form)
{
    form_list_clear(form, IMPORT_DISKS);
    for (size_t i = 0; i < wizard->about.disks.count && i < wizard->request.disks.count; i++) {
        const ApplianceDisk *disk = &wizard->about.disks.items[i];
        AUTO_FREE char *size = disk->capacity ? format_size(disk->capacity) : x_strdup(text(TEXT_UNKNOWN));
        DiskBus bus = wizard->as_in_file ? wizard->request.disks.items[i].bus : wizard->form.disk_bus;
        int item = form_list_add(form, IMPORT_DISKS, import_disk_name(disk), ICON_VOLUME, (intptr_t)i);
        form_list_cell(form, IMPORT_DISKS, item, 1, size);
        form_list_cell(form, IMPORT_DISKS, item, 2, text(new_vm_bus_text(bus)));
    }
}

void import_disks_enter(void *context, Form *form)
{
    const ImportWizard *wizard = context;
    form_hold(form);
    store_box_fill(form, IMPORT_STORE, server_model(wizard->server), store_makes_volumes, wizard->form.disk_datastore);
    show_format(wizard, form);
    form_combo_select(form, IMPORT_BUS, wizard->as_in_file ? AS_IN_FILE : (intptr_t)wizard->form.disk_bus);
    fill_disks(wizard, form);
    form_release(form);
}

void import_disks_event(void *context, Form *form, int id, FormEvent event)
{
    ImportWizard *wizard = context;
    const DatastoreInfo *store = NULL;
    if (event != FORM_CHANGED || id == IMPORT_DISKS)
        return;
    if (id == IMPORT_STORE) {
        store = store_box_chosen(form, id, server_model(wizard->server));
        new_vm_wizard_take(&wizard->form.disk_datastore, x_strdup(store ? store->id : NULL));
        show_format(wizard, form);
    } else if (id == IMPORT_FORMAT) {
        wizard->form.disk_format = (VolumeFormat)form_combo_data(form, id, VOLUME_FORMAT_QCOW2);
    } else if (id == IMPORT_BUS) {
        intptr_t bus = form_combo_data(form, id, AS_IN_FILE);
        wizard->as_in_file = bus == AS_IN_FILE;
        wizard->form.disk_bus = wizard->as_in_file ? wizard->form.disk_bus : (DiskBus)bus;
        fill_disks(wizard, form);
    }
}

/* ---------------------------------------------------------------- network */

enum { NO_NETWORK = -1 };

void import_network_build(void *context, Form *form)
{
    (void)context;
    form_note(form, IMPORT_NO_CARDS, NOTE_INFO, text(TEXT_IMPORT_VM_NO_CARDS));
    form_list(form, IMPORT_CARDS, text(TEXT_IMPORT_VM_LABEL_CARDS), 6, false);
    form_list_column(form, IMPORT_CARDS, text(TEXT_IMPORT_VM_COLUMN_CARD), 170, false);
    form_list_column(form, IMPORT_CARDS, text(TEXT_IMPORT_VM_COLUMN_THERE), 150, false);
    form_list_column(form, IMPORT_CARDS, text(TEXT_IMPORT_VM_COLUMN_HERE), 150, false);
    form_combo(form, IMPORT_CARD_NETWORK, text(TEXT_IMPORT_VM_LABEL_NETWORK), 30, false);
}

static const char *network_name(const ImportWizard *wizard, const NewNic *nic)
{
    const NetworkInfo *network = nic->network ? model_network(server_model(wizard->server), nic->network) : NULL;
    return network ? network->name : text(TEXT_IMPORT_VM_NO_NETWORK);
}

static void fill_cards(const ImportWizard *wizard, Form *form, int selected)
{
    form_list_clear(form, IMPORT_CARDS);
    for (size_t i = 0; i < wizard->request.nics.count; i++) {
        const NewNic *nic = &wizard->request.nics.items[i];
        int item = form_list_add(form, IMPORT_CARDS, text(new_vm_nic_text(nic->model)), ICON_NETWORK, (intptr_t)i);
        form_list_cell(form, IMPORT_CARDS, item, 1, i < wizard->about.nics.count ? str_or_empty(wizard->about.nics.items[i].network) : "");
        form_list_cell(form, IMPORT_CARDS, item, 2, network_name(wizard, nic));
    }
    if (selected >= 0)
        form_list_select(form, IMPORT_CARDS, selected);
}

static void show_network(const ImportWizard *wizard, Form *form)
{
    int item = form_list_selected(form, IMPORT_CARDS);
    const NewNic *nic = item >= 0 ? &wizard->request.nics.items[form_list_data(form, IMPORT_CARDS, item)] : NULL;
    form_combo_select(form, IMPORT_CARD_NETWORK, nic && nic->network ? form_id(form, nic->network) : NO_NETWORK);
    form_set_enabled(form, IMPORT_CARD_NETWORK, nic != NULL);
}

void import_network_enter(void *context, Form *form)
{
    const ImportWizard *wizard = context;
    const Model *model = server_model(wizard->server);
    bool any = wizard->request.nics.count > 0;
    form_hold(form);
    form_set_shown(form, IMPORT_NO_CARDS, !any);
    form_set_shown(form, IMPORT_CARDS, any);
    form_set_shown(form, IMPORT_CARD_NETWORK, any);
    form_combo_clear(form, IMPORT_CARD_NETWORK);
    form_combo_add(form, IMPORT_CARD_NETWORK, text(TEXT_IMPORT_VM_NO_NETWORK), NO_NETWORK);
    for (size_t i = 0; i < model_network_count(model); i++)
        form_combo_add(form, IMPORT_CARD_NETWORK, model_network_at(model, i)->name, form_id(form, model_network_at(model, i)->id));
    fill_cards(wizard, form, any ? 0 : -1);
    show_network(wizard, form);
    form_release(form);
}

void import_network_event(void *context, Form *form, int id, FormEvent event)
{
    ImportWizard *wizard = context;
    int item = form_list_selected(form, IMPORT_CARDS);
    if (event != FORM_CHANGED || item < 0)
        return;
    if (id == IMPORT_CARD_NETWORK) {
        const NetworkInfo *network = model_network(server_model(wizard->server), form_combo_id(form, id));
        NewNic *nic = &wizard->request.nics.items[form_list_data(form, IMPORT_CARDS, item)];
        new_vm_wizard_take(&nic->network, x_strdup(network ? network->id : NULL));
        form_list_cell(form, IMPORT_CARDS, item, 2, network_name(wizard, nic));
    } else {
        show_network(wizard, form);
    }
}

/* ---------------------------------------------------------------- finish */

void import_finish_build(void *context, Form *form)
{
    (void)context;
    form_list(form, IMPORT_SUMMARY, text(TEXT_NEW_VM_LABEL_SUMMARY), 10, false);
    form_list_column(form, IMPORT_SUMMARY, text(TEXT_NEW_VM_COLUMN_SETTING), 150, false);
    form_list_column(form, IMPORT_SUMMARY, text(TEXT_NEW_VM_COLUMN_VALUE), 350, false);
    form_check(form, IMPORT_START, text(TEXT_NEW_VM_LABEL_START));
    form_check(form, IMPORT_REMOVE, text(TEXT_IMPORT_VM_LABEL_REMOVE));
}

static void add_line(Form *form, TextId title, int icon, const char *value)
{
    int item = form_list_add(form, IMPORT_SUMMARY, text(title), icon, 0);
    form_list_cell(form, IMPORT_SUMMARY, item, 1, str_or_empty(value));
}

static void add_devices(const ImportWizard *wizard, Form *form, const VmImportParams *request)
{
    const DatastoreInfo *store = model_datastore(server_model(wizard->server), str_or_empty(wizard->form.disk_datastore));
    for (size_t i = 0; i < request->disks.count && i < wizard->about.disks.count; i++) {
        const ImportDisk *disk = &request->disks.items[i];
        AUTO_FREE char *line = text_format(TEXT_NEW_VM_SUMMARY_DISK, import_disk_name(&wizard->about.disks.items[i]), VolumeFormat_name(disk->format), text(new_vm_bus_text(disk->bus)), store ? store->name : "", NULL);
        add_line(form, TEXT_NEW_VM_STEP_DISK, ICON_VOLUME, line);
    }
    for (size_t i = 0; i < request->nics.count; i++) {
        const NewNic *nic = &request->nics.items[i];
        AUTO_FREE char *line = text_format(TEXT_NEW_VM_SUMMARY_NIC, network_name(wizard, nic), text(new_vm_nic_text(nic->model)), NULL);
        add_line(form, TEXT_NEW_VM_STEP_NETWORK, ICON_NETWORK, line);
    }
}

void import_finish_enter(void *context, Form *form)
{
    const ImportWizard *wizard = context;
    AUTO(VmImportParams_clear) VmImportParams request = {0};
    import_wizard_request(wizard, &request);
    AUTO_FREE char *cpus = text_plural(PLURAL_NEW_VM_CPUS, request.vcpus, NULL);
    AUTO_FREE char *memory = format_size(request.memory);
    form_hold(form);
    form_list_clear(form, IMPORT_SUMMARY);
    add_line(form, TEXT_NEW_VM_SUMMARY_HOST, ICON_HOST, server_name(wizard->server));
    add_line(form, TEXT_NEW_VM_SUMMARY_NAME, ICON_VM, request.name);
    add_line(form, TEXT_NEW_VM_SUMMARY_CPUS, ICON_CPU, cpus);
    add_line(form, TEXT_NEW_VM_SUMMARY_MEMORY, ICON_MEMORY, memory);
    add_line(form, TEXT_NEW_VM_STEP_FIRMWARE, ICON_SETTINGS, text(words_firmware(request.firmware)));
    add_devices(wizard, form, &request);
    AUTO_FREE char *cloud = seed_cloud_summary(request.seed);
    if (cloud)
        add_line(form, TEXT_NEW_VM_STEP_CLOUD, ICON_USER, cloud);
    form_set_checked(form, IMPORT_START, wizard->request.start);
    form_set_checked(form, IMPORT_REMOVE, wizard->request.remove_files);
    form_set_shown(form, IMPORT_REMOVE, wizard->volume || wizard->about.machines.count > 1); /* what was uploaded may be wanted for the other VMs in it */
    form_release(form);
}

void import_finish_event(void *context, Form *form, int id, FormEvent event)
{
    ImportWizard *wizard = context;
    if (event == FORM_CHANGED && id == IMPORT_START)
        wizard->request.start = form_checked(form, id);
    else if (event == FORM_CHANGED && id == IMPORT_REMOVE)
        wizard->request.remove_files = form_checked(form, id);
}
