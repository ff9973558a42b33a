/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New VM wizard: pages Source, with the gallery of the host's templates, and Copy. See new_vm_wizard.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/core/rules.h"
#include "client/core/wire.h"
#include "client/win/icons.h"
#include "client/win/picture.h"

#include <stdlib.h>
#include <string.h>

enum { NEW_FROM_NOTHING = -1, PICTURE_HEIGHT = 120 };

static const Model *model_of(const NewVmWizard *wizard) { return server_model(wizard->server); }

static const VmInfo *chosen_template(const NewVmWizard *wizard) { return wizard->form.template ? model_vm(model_of(wizard), wizard->form.template) : NULL; }

/* ---------------------------------------------------------------- picture */

static HWND picture_of(const NewVmWizard *wizard) { return form_item(wizard_form(wizard->wizard, NEW_VM_SOURCE), NEW_VM_SOURCE_PICTURE); }

static void on_picture(void *context, SnapshotPicture *picture, const Error *error)
{
    NewVmWizard *wizard = context;
    size_t size = 0;
    if (error)
        return;
    AUTO_FREE unsigned char *bytes = wire_unbase64(picture->data, strlen(picture->data), &size);
    if (!bytes || !picture_set(picture_of(wizard), bytes, size, text(TEXT_NEW_VM_SOURCE_PICTURE)))
        picture_set_words(picture_of(wizard), text(TEXT_SNAPSHOTS_NO_PICTURE));
}

/* A template never runs: its picture is the newest that a snapshot of it has. */
static void on_snapshots(void *context, SnapshotList *list, const Error *error)
{
    NewVmWizard *wizard = context;
    const SnapshotInfo *newest = NULL;
    for (size_t i = 0; !error && i < list->snapshots.count; i++)
        if (list->snapshots.items[i].picture && (!newest || list->snapshots.items[i].created >= newest->created))
            newest = &list->snapshots.items[i];
    if (!newest || !wizard->form.template)
        return;
    SnapshotRef params = {.vm = wizard->form.template, .snapshot = newest->name};
    call_snapshot_picture(wizard->server, &params, on_picture, &wizard->pictured, wizard);
}

static void show_picture(NewVmWizard *wizard)
{
    if (str_equal(wizard->pictured, wizard->form.template))
        return;
    core_forget(app_get()->core, &wizard->pictured);
    new_vm_wizard_take(&wizard->pictured, x_strdup(wizard->form.template));
    picture_set_words(picture_of(wizard), wizard->form.template ? text(TEXT_SNAPSHOTS_NO_PICTURE) : "");
    if (!wizard->form.template)
        return;
    VmRef params = {.vm = wizard->form.template};
    call_snapshot_list(wizard->server, &params, on_snapshots, &wizard->pictured, wizard);
}

/* ---------------------------------------------------------------- source */

static void show_about(NewVmWizard *wizard, Form *form)
{
    const VmInfo *vm = chosen_template(wizard);
    const char *notes = vm && vm->template ? vm->template->notes : NULL, *about = vm ? vm->description : NULL;
    AUTO_FREE char *words = vm ? x_printf("%s%s%s", str_or_empty(about), str_empty(about) || str_empty(notes) ? "" : "\n", str_or_empty(notes)) : x_strdup(text(TEXT_NEW_VM_SOURCE_NEW_ABOUT));
    form_set_note(form, NEW_VM_SOURCE_ABOUT, NOTE_TEXT, *words ? words : text(TEXT_NEW_VM_SOURCE_NO_ABOUT));
    form_set_enabled(form, NEW_VM_QUICK, vm != NULL);
    form_set_shown(form, NEW_VM_SOURCE_PICTURE, vm != NULL);
    show_picture(wizard);
}

static void add_template(const NewVmWizard *wizard, Form *form, const VmInfo *vm)
{
    GuestKind kind;
    bool known = vm->guest && new_vm_find_kind(&wizard->form, vm->guest, &kind);
    AUTO_FREE char *version = x_printf("%lld", (long long)vm->template->version);
    int item = form_list_add(form, NEW_VM_SOURCES, vm->template->family, ICON_VM_TEMPLATE, form_id(form, vm->id));
    form_list_cell(form, NEW_VM_SOURCES, item, 1, version);
    form_list_cell(form, NEW_VM_SOURCES, item, 2, known ? kind.name : str_or_empty(vm->guest));
    form_list_cell(form, NEW_VM_SOURCES, item, 3, vm->name);
    if (str_equal(vm->id, wizard->form.template))
        form_list_select(form, NEW_VM_SOURCES, item);
}

void new_vm_source_build(void *context, Form *form)
{
    (void)context;
    form_list(form, NEW_VM_SOURCES, text(TEXT_NEW_VM_LABEL_SOURCES), 7, false);
    form_list_column(form, NEW_VM_SOURCES, text(TEXT_NEW_VM_COLUMN_TEMPLATE), 190, false);
    form_list_column(form, NEW_VM_SOURCES, text(TEXT_NEW_VM_COLUMN_VERSION), 60, true);
    form_list_column(form, NEW_VM_SOURCES, text(TEXT_NEW_VM_STEP_GUEST), 130, false);
    form_list_column(form, NEW_VM_SOURCES, text(TEXT_NEW_VM_COLUMN_NAME), 110, false);
    form_note(form, NEW_VM_SOURCE_ABOUT, NOTE_TEXT, " ");
    form_control(form, NULL, picture_create(form_window(form), NEW_VM_SOURCE_PICTURE), 200, PICTURE_HEIGHT);
    form_button(form, NEW_VM_QUICK, text(TEXT_NEW_VM_QUICK));
}

void new_vm_source_enter(void *context, Form *form)
{
    NewVmWizard *wizard = context;
    const Model *model = model_of(wizard);
    form_list_clear(form, NEW_VM_SOURCES);
    int nothing = form_list_add(form, NEW_VM_SOURCES, text(TEXT_NEW_VM_SOURCE_NEW), ICON_ISO, NEW_FROM_NOTHING);
    if (!wizard->form.template)
        form_list_select(form, NEW_VM_SOURCES, nothing);
    for (size_t i = 0; i < model_vm_count(model); i++)
        if (model_vm_at(model, i)->template)
            add_template(wizard, form, model_vm_at(model, i));
    show_about(wizard, form);
}

static void choose(NewVmWizard *wizard, Form *form)
{
    if (form_list_selected(form, NEW_VM_SOURCES) < 0)
        return;
    const char *template = form_list_id(form, NEW_VM_SOURCES);
    const VmInfo *vm = model_vm(model_of(wizard), template);
    new_vm_wizard_take(&wizard->form.template, x_strdup(template));
    wizard->form.linked = !vm || rules_can_link(vm);
    show_about(wizard, form);
}

void new_vm_source_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event == FORM_CHANGED && id == NEW_VM_SOURCES)
        choose(wizard, form);
    else if (event == FORM_CLICKED && id == NEW_VM_QUICK)
        new_vm_wizard_quick_create(wizard);
}

/* ---------------------------------------------------------------- copy */

void new_vm_copy_build(void *context, Form *form)
{
    (void)context;
    form_radio(form, NEW_VM_COPY_LINKED, text(TEXT_CLONE_DISKS), text(TEXT_CLONE_LINKED), true);
    form_radio(form, NEW_VM_COPY_FULL, NULL, text(TEXT_CLONE_FULL), false);
    form_note(form, NEW_VM_COPY_NOTE, NOTE_INFO, " ");
    form_combo(form, NEW_VM_COPY_STORE, text(TEXT_CLONE_DATASTORE), 30, false);
}

static void show_copy(const NewVmWizard *wizard, Form *form)
{
    form_set_note(form, NEW_VM_COPY_NOTE, NOTE_INFO, text(wizard->form.linked ? TEXT_NEW_VM_COPY_LINKED : TEXT_NEW_VM_COPY_FULL));
}

void new_vm_copy_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    const Model *model = model_of(wizard);
    const VmInfo *vm = model_vm(model, wizard->form.template);
    intptr_t chosen = -1;
    form_set_enabled(form, NEW_VM_COPY_LINKED, vm && rules_can_link(vm));
    form_set_checked(form, NEW_VM_COPY_LINKED, wizard->form.linked);
    form_set_checked(form, NEW_VM_COPY_FULL, !wizard->form.linked);
    form_combo_clear(form, NEW_VM_COPY_STORE);
    form_combo_add(form, NEW_VM_COPY_STORE, text(TEXT_CLONE_BESIDE), -1);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *store = model_datastore_at(model, i);
        if (!rules_takes_clones(store))
            continue;
        form_combo_add(form, NEW_VM_COPY_STORE, store->name, form_id(form, store->id));
        if (str_equal(store->id, wizard->form.copy_datastore))
            chosen = form_id(form, store->id);
    }
    form_combo_select(form, NEW_VM_COPY_STORE, chosen);
    show_copy(wizard, form);
}

void new_vm_copy_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    wizard->form.linked = form_checked(form, NEW_VM_COPY_LINKED);
    if (id == NEW_VM_COPY_STORE)
        new_vm_wizard_take(&wizard->form.copy_datastore, x_strdup(form_combo_id(form, NEW_VM_COPY_STORE)));
    show_copy(wizard, form);
}
