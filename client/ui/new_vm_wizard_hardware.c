/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New VM wizard: pages CPU and memory, and Disk. See new_vm_wizard.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/core/format.h"
#include "client/ui/format_box.h"
#include "client/ui/store_box.h"
#include "client/win/meter.h"

#include <stdlib.h>

static const int64_t gib = INT64_C(1) << 30;

/* ---------------------------------------------------------------- CPU and memory */

static int64_t memory_of_running(const Model *model)
{
    int64_t sum = 0;
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        if (vm->state == VM_STATE_RUNNING || vm->state == VM_STATE_PAUSED || vm->state == VM_STATE_SHUTTING_DOWN)
            sum += vm->memory;
    }
    return sum;
}

static int64_t whole_number(const char *typed)
{
    int64_t number = strtoll(str_or_empty(typed), NULL, 10);
    return number < 0 ? 0 : number > 1 << 30 ? 1 << 30 : number;
}

static void show_memory(const NewVmWizard *wizard, Form *form)
{
    const HostInfo *host = model_host(server_model(wizard->server));
    if (!host || host->memory <= 0)
        return;
    int64_t used = memory_of_running(server_model(wizard->server)), added = whole_number(wizard->form.memory_mib) << 20;
    AUTO_FREE char *total_text = format_size(host->memory);
    AUTO_FREE char *used_text = format_size(used);
    AUTO_FREE char *added_text = format_size(added);
    AUTO_FREE char *words = text_format(TEXT_NEW_VM_MEMORY_WORDS, total_text, used_text, added_text, NULL);
    meter_set(form_item(form, NEW_VM_MEMORY_METER), host->memory, used, added, words);
}

static void show_cpus(const NewVmWizard *wizard, Form *form)
{
    const HostInfo *host = model_host(server_model(wizard->server));
    if (!host)
        return;
    AUTO_FREE char *words = text_plural(PLURAL_NEW_VM_CPU_WORDS, host->cpu_threads, host->name, NULL);
    form_set_note(form, NEW_VM_CPU_NOTE, NOTE_DIM, words);
    form_set_most(form, NEW_VM_CPUS, host->cpu_threads > 0 ? host->cpu_threads : 4096);
    form_set_most(form, NEW_VM_MEMORY, host->memory > 0 ? host->memory >> 20 : INT64_C(1) << 30);
}

void new_vm_cpu_build(void *context, Form *form)
{
    (void)context;
    enum { MEMORY_STEP_MIB = 256 };
    form_number(form, NEW_VM_CPUS, text(TEXT_NEW_VM_LABEL_CPUS), 8, 1, 4096);
    form_note(form, NEW_VM_CPU_NOTE, NOTE_DIM, " ");
    form_number(form, NEW_VM_MEMORY, text(TEXT_NEW_VM_LABEL_MEMORY), 8, MEMORY_STEP_MIB, 1 << 30);
    form_beside_text(form, -1, text(TEXT_NEW_VM_MB));
    form_control(form, NULL, meter_create(form_window(form), NEW_VM_MEMORY_METER), 200, METER_HEIGHT);
}

void new_vm_cpu_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    form_set_text(form, NEW_VM_CPUS, wizard->form.vcpus);
    form_set_text(form, NEW_VM_MEMORY, wizard->form.memory_mib);
    show_cpus(wizard, form);
    show_memory(wizard, form);
}

void new_vm_cpu_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    new_vm_wizard_take(id == NEW_VM_CPUS ? &wizard->form.vcpus : &wizard->form.memory_mib, form_text(form, id));
    show_memory(wizard, form);
}

/* ---------------------------------------------------------------- disk */

static const struct {
    DiskBus bus;
    TextId text;
} buses[] = {
    {DISK_BUS_VIRTIO, TEXT_NEW_VM_BUS_VIRTIO}, {DISK_BUS_SATA, TEXT_NEW_VM_BUS_SATA}, {DISK_BUS_SCSI, TEXT_NEW_VM_BUS_SCSI}, {DISK_BUS_IDE, TEXT_NEW_VM_BUS_IDE},
};

TextId new_vm_bus_text(DiskBus bus)
{
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
        if (buses[i].bus == bus)
            return buses[i].text;
    return TEXT_UNKNOWN;
}

static const DatastoreInfo *disk_store(const NewVmWizard *wizard) { return model_datastore(server_model(wizard->server), wizard->form.disk_datastore); }

static void show_room(const NewVmWizard *wizard, Form *form)
{
    const DatastoreInfo *store = disk_store(wizard);
    if (!store)
        return;
    AUTO_FREE char *typed = x_strdup(str_or_empty(wizard->form.disk_gib));
    for (char *at = typed; *at; at++)
        *at = *at == ',' ? '.' : *at;
    double size = strtod(typed, NULL);
    int64_t added = size > 0 && size < 1e6 ? (int64_t)(size * (double)gib) : 0;
    AUTO_FREE char *capacity = format_size(store->capacity);
    AUTO_FREE char *available = format_size(store->available);
    AUTO_FREE char *added_text = format_size(added);
    AUTO_FREE char *words = text_format(wizard->form.disk_thick ? TEXT_NEW_VM_DISK_WORDS_THICK : TEXT_NEW_VM_DISK_WORDS_THIN, capacity, available, added_text, NULL);
    meter_set(form_item(form, NEW_VM_DISK_METER), store->capacity, store->capacity - store->available, wizard->form.with_disk ? added : 0, words);
}

static void enable_disk(const NewVmWizard *wizard, Form *form)
{
    static const int fields[] = {NEW_VM_DISK_STORE, NEW_VM_DISK_SIZE, NEW_VM_DISK_BUS_BOX, NEW_VM_DISK_THICK};
    const Model *model = server_model(wizard->server);
    bool any = false;
    for (size_t i = 0; i < model_datastore_count(model); i++)
        any |= store_makes_volumes(model_datastore_at(model, i));
    form_set_enabled(form, NEW_VM_WITH_DISK, any);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        form_set_enabled(form, fields[i], any && wizard->form.with_disk);
    format_box_show(form, NEW_VM_DISK_FORMAT_BOX, disk_store(wizard), wizard->form.disk_format, any && wizard->form.with_disk);
    form_set_shown(form, NEW_VM_DISK_METER, any && wizard->form.with_disk && disk_store(wizard));
    form_set_shown(form, NEW_VM_DISK_NOTE, !any);
}

void new_vm_disk_build(void *context, Form *form)
{
    (void)context;
    enum { SIZE_STEP_GIB = 5, SIZE_MOST_GIB = 64 * 1024 };
    form_note(form, NEW_VM_DISK_NOTE, NOTE_WARNING, text(TEXT_NEW_VM_DISK_NO_STORE));
    form_check(form, NEW_VM_WITH_DISK, text(TEXT_NEW_VM_LABEL_WITH_DISK));
    form_combo(form, NEW_VM_DISK_STORE, text(TEXT_NEW_VM_LABEL_STORE), 30, false);
    form_number(form, NEW_VM_DISK_SIZE, text(TEXT_NEW_VM_LABEL_SIZE), 8, SIZE_STEP_GIB, SIZE_MOST_GIB);
    form_beside_text(form, -1, text(TEXT_NEW_VM_GB));
    format_box_build(form, NEW_VM_DISK_FORMAT_BOX, TEXT_NEW_VM_LABEL_FORMAT, 30);
    form_combo(form, NEW_VM_DISK_BUS_BOX, text(TEXT_NEW_VM_LABEL_BUS), 30, false);
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
        form_combo_add(form, NEW_VM_DISK_BUS_BOX, text(buses[i].text), buses[i].bus);
    form_check(form, NEW_VM_DISK_THICK, text(TEXT_NEW_VM_LABEL_THICK));
    form_control(form, NULL, meter_create(form_window(form), NEW_VM_DISK_METER), 200, METER_HEIGHT);
}

void new_vm_disk_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    store_box_fill(form, NEW_VM_DISK_STORE, server_model(wizard->server), store_makes_volumes, wizard->form.disk_datastore);
    form_set_checked(form, NEW_VM_WITH_DISK, wizard->form.with_disk);
    form_set_text(form, NEW_VM_DISK_SIZE, wizard->form.disk_gib);
    form_combo_select(form, NEW_VM_DISK_BUS_BOX, wizard->form.disk_bus);
    form_set_checked(form, NEW_VM_DISK_THICK, wizard->form.disk_thick);
    enable_disk(wizard, form);
    show_room(wizard, form);
}

void new_vm_disk_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    NewVm *values = &wizard->form;
    const DatastoreInfo *store = NULL;
    switch (id) {
    case NEW_VM_WITH_DISK: values->with_disk = form_checked(form, id); break;
    case NEW_VM_DISK_STORE:
        store = store_box_chosen(form, id, server_model(wizard->server));
        new_vm_wizard_take(&values->disk_datastore, x_strdup(store ? store->id : NULL));
        break;
    case NEW_VM_DISK_SIZE: new_vm_wizard_take(&values->disk_gib, form_text(form, id)); break;
    case NEW_VM_DISK_FORMAT_BOX: values->disk_format = (VolumeFormat)form_combo_data(form, id, VOLUME_FORMAT_QCOW2); break;
    case NEW_VM_DISK_BUS_BOX: values->disk_bus = (DiskBus)form_combo_data(form, id, DISK_BUS_VIRTIO); break;
    case NEW_VM_DISK_THICK: values->disk_thick = form_checked(form, id); break;
    default: break;
    }
    enable_disk(wizard, form);
    show_room(wizard, form);
}
