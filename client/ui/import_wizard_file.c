/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import wizard: pages File and License. See import_wizard.h. UI thread. */
#include "client/ui/import_wizard.h"

#include "client/core/format.h"
#include "client/win/file_pick.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- file */

void import_file_build(void *context, Form *form)
{
    (void)context;
    form_edit(form, IMPORT_FILE, text(TEXT_IMPORT_VM_LABEL_FILE), 44, ES_READONLY);
    form_beside_button(form, IMPORT_BROWSE, text(TEXT_IMPORT_VM_BROWSE));
    form_combo(form, IMPORT_MACHINE, text(TEXT_IMPORT_VM_LABEL_MACHINE), 30, false);
    form_list(form, IMPORT_FACTS, text(TEXT_IMPORT_VM_LABEL_FACTS), 9, false);
    form_list_column(form, IMPORT_FACTS, text(TEXT_NEW_VM_COLUMN_SETTING), 150, false);
    form_list_column(form, IMPORT_FACTS, text(TEXT_NEW_VM_COLUMN_VALUE), 350, false);
}

static void add_fact(Form *form, TextId title, int icon, const char *value)
{
    if (str_empty(value))
        return;
    AUTO_FREE char *line = x_strdup(value); /* one line of the list */
    for (char *at = line; *at; at++)
        *at = *at == '\r' || *at == '\n' ? ' ' : *at;
    int item = form_list_add(form, IMPORT_FACTS, text(title), icon, 0);
    form_list_cell(form, IMPORT_FACTS, item, 1, line);
}

const char *import_disk_name(const ApplianceDisk *disk) { return disk->empty ? text(TEXT_IMPORT_VM_EMPTY_DISK) : disk->file; }

static void add_disk_facts(Form *form, const Appliance *about)
{
    for (size_t i = 0; i < about->disks.count; i++) {
        const ApplianceDisk *disk = &about->disks.items[i];
        AUTO_FREE char *size = format_size(disk->capacity);
        const char *name = import_disk_name(disk);
        AUTO_FREE char *line = disk->capacity ? text_format(TEXT_IMPORT_VM_DISK_FACT, name, size, NULL) : x_strdup(name);
        add_fact(form, TEXT_NEW_VM_STEP_DISK, ICON_VOLUME, line);
    }
}

static TextId kind_text(ApplianceKind kind)
{
    static const TextId texts[] = {
        [APPLIANCE_UNKNOWN] = TEXT_UNKNOWN, [APPLIANCE_OVA] = TEXT_IMPORT_VM_KIND_OVA, [APPLIANCE_OVF] = TEXT_IMPORT_VM_KIND_OVF,
        [APPLIANCE_IMAGE] = TEXT_IMPORT_VM_KIND_IMAGE, [APPLIANCE_LIBVIRT] = TEXT_IMPORT_VM_KIND_LIBVIRT,
    };
    return texts[kind];
}

static void show_facts(const ImportWizard *wizard, Form *form)
{
    const Appliance *about = &wizard->about;
    AUTO_FREE char *memory = about->memory ? format_size(about->memory) : NULL;
    AUTO_FREE char *cpus = about->vcpus ? text_plural(PLURAL_NEW_VM_CPUS, about->vcpus, NULL) : NULL;
    form_list_clear(form, IMPORT_FACTS);
    if (!wizard->known)
        return;
    add_fact(form, TEXT_IMPORT_VM_FACT_KIND, ICON_INFO, text(kind_text(about->kind)));
    add_fact(form, TEXT_NEW_VM_SUMMARY_NAME, ICON_VM, about->name);
    add_fact(form, TEXT_IMPORT_VM_FACT_PRODUCT, ICON_INFO, about->product);
    add_fact(form, TEXT_NEW_VM_SUMMARY_DESCRIPTION, ICON_INFO, about->description);
    add_fact(form, TEXT_NEW_VM_STEP_GUEST, ICON_VM_TEMPLATE, about->system);
    add_fact(form, TEXT_NEW_VM_SUMMARY_CPUS, ICON_CPU, cpus);
    add_fact(form, TEXT_NEW_VM_SUMMARY_MEMORY, ICON_MEMORY, memory);
    add_disk_facts(form, about);
    for (size_t i = 0; i < about->nics.count; i++)
        add_fact(form, TEXT_NEW_VM_STEP_NETWORK, ICON_NETWORK, about->nics.items[i].network);
    if (about->kind == APPLIANCE_OVA || about->kind == APPLIANCE_OVF)
        add_fact(form, TEXT_IMPORT_VM_FACT_DIGESTS, ICON_LOCK, text(about->manifest ? TEXT_IMPORT_VM_DIGESTS_YES : TEXT_IMPORT_VM_DIGESTS_NO));
}

/* A package may hold several VMs: each is imported by itself. */
static void show_machines(const ImportWizard *wizard, Form *form)
{
    const ApplianceMachineList *machines = &wizard->about.machines;
    form_combo_clear(form, IMPORT_MACHINE);
    for (size_t i = 0; i < machines->count; i++) {
        form_combo_add(form, IMPORT_MACHINE, machines->items[i].name, (intptr_t)i);
        if (str_equal(machines->items[i].id, wizard->machine ? wizard->machine : wizard->about.machine))
            form_combo_select(form, IMPORT_MACHINE, (intptr_t)i);
    }
    form_set_shown(form, IMPORT_MACHINE, machines->count > 0);
}

void import_file_enter(void *context, Form *form)
{
    const ImportWizard *wizard = context;
    const char *shown = wizard->path ? wizard->path : wizard->volume;
    form_hold(form);
    form_set_text(form, IMPORT_FILE, str_or_empty(shown));
    form_set_enabled(form, IMPORT_BROWSE, !wizard->volume);
    show_machines(wizard, form);
    show_facts(wizard, form);
    form_release(form);
}

static void browse(ImportWizard *wizard, Form *form)
{
    const FileFilter filters[] = {
        {text(TEXT_IMPORT_VM_FILTER), "*.ova;*.ovf;*.xml;*.qcow2;*.vmdk;*.vhd;*.vhdx;*.vdi;*.img;*.raw"}, {text(TEXT_UPLOAD_FILTER_ALL), "*.*"}};
    AUTO(StrList_clear) StrList files = {0};
    if (!file_pick(wizard_window(wizard->wizard), text(TEXT_IMPORT_VM_TITLE_FILE), text(TEXT_IMPORT_VM_PICK), filters, ARRAY_SIZE(filters), false, &files))
        return;
    free(wizard->path);
    wizard->path = x_strdup(files.items[0]);
    wizard_touch(wizard->wizard);
    import_wizard_look(wizard);
    import_file_enter(wizard, form);
    wizard_check(wizard->wizard);
}

static void choose_machine(ImportWizard *wizard, Form *form)
{
    size_t index = (size_t)form_combo_data(form, IMPORT_MACHINE, 0);
    if (index >= wizard->about.machines.count)
        return;
    AUTO_FREE char *id = x_strdup(wizard->about.machines.items[index].id);
    wizard_touch(wizard->wizard);
    import_wizard_choose(wizard, id);
    show_facts(wizard, form);
    wizard_check(wizard->wizard);
}

void import_file_event(void *context, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == IMPORT_BROWSE)
        browse(context, form);
    else if (event == FORM_CHANGED && id == IMPORT_MACHINE)
        choose_machine(context, form);
}

/* ---------------------------------------------------------------- license */

void import_license_build(void *context, Form *form)
{
    (void)context;
    form_memo(form, IMPORT_LICENSE, text(TEXT_IMPORT_VM_LABEL_LICENSE), 60, 14);
    SendMessageW(form_item(form, IMPORT_LICENSE), EM_SETREADONLY, TRUE, 0);
    form_check(form, IMPORT_ACCEPT, text(TEXT_IMPORT_VM_LABEL_ACCEPT));
}

static char *license_text(const Appliance *about)
{
    char *words = x_strdup("");
    for (size_t i = 0; i < about->licenses.count; i++) {
        char *longer = x_printf("%s%s%s", words, i ? "\n\n" : "", about->licenses.items[i].text);
        free(words);
        words = longer;
    }
    return words;
}

void import_license_enter(void *context, Form *form)
{
    const ImportWizard *wizard = context;
    AUTO_FREE char *words = license_text(&wizard->about);
    form_set_text(form, IMPORT_LICENSE, words);
    form_set_checked(form, IMPORT_ACCEPT, wizard->accepted);
}

void import_license_event(void *context, Form *form, int id, FormEvent event)
{
    ImportWizard *wizard = context;
    if (event == FORM_CHANGED && id == IMPORT_ACCEPT)
        wizard->accepted = form_checked(form, id);
}
