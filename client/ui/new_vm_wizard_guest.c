/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New VM wizard: pages Name and Guest. See new_vm_wizard.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/core/format.h"
#include "client/ui/words.h"
#include "client/win/icons.h"
#include "client/win/utf.h"

#include <shlwapi.h>

/* ---------------------------------------------------------------- name */

void new_vm_name_build(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    form_edit(form, NEW_VM_NAME_EDIT, text(TEXT_NEW_VM_LABEL_NAME), 40, 0);
    form_memo(form, NEW_VM_DESCRIPTION, text(TEXT_NEW_VM_LABEL_DESCRIPTION), 40, 5);
    form_set_text(form, NEW_VM_NAME_EDIT, wizard->form.name);
    form_set_text(form, NEW_VM_DESCRIPTION, wizard->form.description);
}

void new_vm_name_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    new_vm_wizard_take(id == NEW_VM_NAME_EDIT ? &wizard->form.name : &wizard->form.description, form_text(form, id));
}

/* ---------------------------------------------------------------- guest */

/* "2 CPUs, 4 GB of memory, disk of 25 GB, BIOS" */
static void show_chosen(NewVmWizard *wizard, Form *form)
{
    const GuestKind *kind = guest_kind_find(wizard->form.guest);
    if (!kind)
        return;
    AUTO_FREE char *cpus = text_plural(PLURAL_NEW_VM_CPUS, kind->vcpus, NULL);
    AUTO_FREE char *memory = format_size(kind->memory);
    AUTO_FREE char *disk = format_size(kind->disk);
    AUTO_FREE char *sentence = text_format(TEXT_NEW_VM_GUEST_CHOSEN, kind->name, cpus, memory, disk, text(words_firmware(kind->firmware)), NULL);
    form_set_note(form, NEW_VM_GUEST_NOTE, NOTE_INFO, sentence);
}

static bool matches(const GuestKind *kind, const wchar_t *search)
{
    AUTO_FREE wchar_t *name = utf_to_wide(kind->name);
    AUTO_FREE wchar_t *family = utf_to_wide(kind->family);
    return !*search || StrStrIW(name, search) || StrStrIW(family, search);
}

/* Returns the first shown kind, -1 for none. */
static intptr_t fill_tree(Form *form)
{
    AUTO_FREE char *typed = form_text(form, NEW_VM_GUEST_SEARCH);
    AUTO_FREE wchar_t *search = utf_to_wide(typed);
    const char *family = NULL;
    void *group = NULL;
    intptr_t first = -1;
    HWND tree = form_item(form, NEW_VM_GUEST_TREE);
    SendMessageW(tree, WM_SETREDRAW, FALSE, 0);
    form_tree_clear(form, NEW_VM_GUEST_TREE);
    for (size_t i = 0; i < guest_kind_count(); i++) {
        const GuestKind *kind = guest_kind_at(i);
        if (!matches(kind, search))
            continue;
        if (!str_equal(family, kind->family)) {
            family = kind->family;
            group = form_tree_group(form, NEW_VM_GUEST_TREE, str_equal(family, "Other") ? text(TEXT_NEW_VM_FAMILY_OTHER) : family, ICON_FOLDER);
        }
        form_tree_add(form, NEW_VM_GUEST_TREE, group, kind->name, ICON_VM_TEMPLATE, (intptr_t)i);
        first = first < 0 ? (intptr_t)i : first;
    }
    SendMessageW(tree, WM_SETREDRAW, TRUE, 0);
    InvalidateRect(tree, NULL, TRUE);
    return first;
}

static intptr_t index_of(const char *guest)
{
    for (size_t i = 0; i < guest_kind_count(); i++)
        if (str_equal(guest_kind_at(i)->id, guest))
            return (intptr_t)i;
    return -1;
}

static void choose(NewVmWizard *wizard, Form *form, intptr_t index)
{
    if (index < 0)
        return;
    new_vm_set_guest(&wizard->form, wizard->server, guest_kind_at((size_t)index)->id);
    show_chosen(wizard, form);
}

/* The chosen one stays chosen while it matches; else the first that does is chosen. */
static void search(NewVmWizard *wizard, Form *form)
{
    intptr_t first = fill_tree(form);
    if (first < 0) {
        form_set_note(form, NEW_VM_GUEST_NOTE, NOTE_WARNING, text(TEXT_NEW_VM_GUEST_NONE));
        return;
    }
    if (form_tree_select(form, NEW_VM_GUEST_TREE, index_of(wizard->form.guest))) {
        show_chosen(wizard, form);
        return;
    }
    form_tree_select(form, NEW_VM_GUEST_TREE, first);
    choose(wizard, form, first);
}

void new_vm_guest_build(void *context, Form *form)
{
    (void)context;
    form_edit(form, NEW_VM_GUEST_SEARCH, text(TEXT_NEW_VM_LABEL_SEARCH), 30, 0);
    form_tree(form, NEW_VM_GUEST_TREE, text(TEXT_NEW_VM_LABEL_GUEST), 10);
    form_note(form, NEW_VM_GUEST_NOTE, NOTE_INFO, " ");
}

void new_vm_guest_enter(void *context, Form *form) { search(context, form); }

void new_vm_guest_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    if (id == NEW_VM_GUEST_SEARCH)
        search(wizard, form);
    else if (id == NEW_VM_GUEST_TREE)
        choose(wizard, form, form_tree_data(form, NEW_VM_GUEST_TREE, -1));
}
