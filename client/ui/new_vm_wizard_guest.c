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
    (void)context;
    form_edit(form, NEW_VM_NAME_EDIT, text(TEXT_NEW_VM_LABEL_NAME), 40, 0);
    form_memo(form, NEW_VM_DESCRIPTION, text(TEXT_NEW_VM_LABEL_DESCRIPTION), 40, 5);
}

void new_vm_name_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
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

enum { NEWEST = 3, MOST_MATCHES = 150 };

/* "2 CPUs, 4 GB of memory, disk of 25 GB on VirtIO, BIOS" */
static void show_chosen(const NewVmWizard *wizard, Form *form)
{
    GuestKind kind;
    if (!new_vm_find_kind(&wizard->form, wizard->form.guest, &kind))
        return;
    AUTO_FREE char *cpus = text_plural(PLURAL_NEW_VM_CPUS, kind.vcpus, NULL);
    AUTO_FREE char *memory = format_size(kind.memory);
    AUTO_FREE char *disk = format_size(kind.disk);
    AUTO_FREE char *firmware = kind.tpm ? text_format(TEXT_NEW_VM_FIRMWARE_TPM, text(words_firmware(kind.firmware)), NULL) : x_strdup(text(words_firmware(kind.firmware)));
    AUTO_FREE char *sentence = text_format(TEXT_NEW_VM_GUEST_CHOSEN, kind.name, cpus, memory, disk, text(new_vm_bus_text(kind.bus)), firmware, NULL);
    bool detected = wizard->detected.guest && str_equal(wizard->detected.guest, kind.id);
    AUTO_FREE char *why = detected ? text_format(TEXT_NEW_VM_GUEST_DETECTED, sentence, wizard->form.media_volume, NULL) : x_strdup(sentence);
    form_set_note(form, NEW_VM_GUEST_NOTE, NOTE_INFO, why);
}

static bool has(const char *text, const wchar_t *search)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(str_or_empty(text));
    return StrStrIW(wide, search) != NULL;
}

/* How many of its maker stand before it: kinds come with the newest of a family first. */
static int newer_of_its_maker(const NewVm *form, size_t index, const GuestKind *kind)
{
    int newer = 0;
    for (size_t i = 0; i < index && newer < NEWEST; i++) {
        GuestKind other = new_vm_kind_at(form, i);
        newer += !other.old && str_equal(other.family, kind->family) && str_equal(other.vendor, kind->vendor);
    }
    return newer;
}

/* Without a search a maker's newest that it still looks after. */
static bool matches(const NewVm *form, size_t index, const GuestKind *kind, const wchar_t *search)
{
    if (*search)
        return has(kind->name, search) || has(kind->family, search) || has(kind->id, search) || has(kind->vendor, search);
    return str_equal(kind->id, form->guest) || !kind->vendor || (!kind->old && newer_of_its_maker(form, index, kind) < NEWEST);
}

static const char *family_words(const char *family) { return str_equal(family, "Other") ? text(TEXT_NEW_VM_FAMILY_OTHER) : family; }

/* Returns the first shown kind, -1 for none. */
static intptr_t fill_tree(const NewVmWizard *wizard, Form *form)
{
    AUTO_FREE char *typed = form_text(form, NEW_VM_GUEST_SEARCH);
    AUTO_FREE wchar_t *search = utf_to_wide(typed);
    AUTO_FREE char *family = NULL;
    void *group = NULL;
    intptr_t first = -1;
    int shown = 0;
    HWND tree = form_item(form, NEW_VM_GUEST_TREE);
    SendMessageW(tree, WM_SETREDRAW, FALSE, 0);
    form_tree_clear(form, NEW_VM_GUEST_TREE);
    for (size_t i = 0; i < new_vm_kind_count(&wizard->form) && shown < MOST_MATCHES; i++) {
        GuestKind kind = new_vm_kind_at(&wizard->form, i);
        if (!matches(&wizard->form, i, &kind, search))
            continue;
        if (!group || !str_equal(family, kind.family)) {
            new_vm_wizard_take(&family, x_strdup(kind.family));
            group = form_tree_group(form, NEW_VM_GUEST_TREE, family_words(family), ICON_FOLDER);
        }
        form_tree_add(form, NEW_VM_GUEST_TREE, group, kind.name, ICON_VM_TEMPLATE, (intptr_t)i);
        first = first < 0 ? (intptr_t)i : first;
        shown++;
    }
    SendMessageW(tree, WM_SETREDRAW, TRUE, 0);
    InvalidateRect(tree, NULL, TRUE);
    return first;
}

static intptr_t index_of(const NewVm *form)
{
    for (size_t i = 0; i < new_vm_kind_count(form); i++)
        if (str_equal(new_vm_kind_at(form, i).id, form->guest))
            return (intptr_t)i;
    return -1;
}

static void choose(NewVmWizard *wizard, Form *form, intptr_t index)
{
    if (index < 0)
        return;
    AUTO_FREE char *guest = x_strdup(new_vm_kind_at(&wizard->form, (size_t)index).id);
    new_vm_set_guest(&wizard->form, wizard->server, guest);
    show_chosen(wizard, form);
}

/* The chosen one stays chosen while it matches; else the first that does is chosen. */
static void search(NewVmWizard *wizard, Form *form)
{
    intptr_t first = fill_tree(wizard, form);
    if (first < 0) {
        form_set_note(form, NEW_VM_GUEST_NOTE, NOTE_WARNING, text(TEXT_NEW_VM_GUEST_NONE));
        return;
    }
    if (form_tree_select(form, NEW_VM_GUEST_TREE, index_of(&wizard->form))) {
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
    form_note(form, NEW_VM_GUEST_MORE, NOTE_DIM, " ");
}

static void show_source(const NewVmWizard *wizard, Form *form)
{
    AUTO_FREE char *count = x_printf("%zu", new_vm_kind_count(&wizard->form));
    AUTO_FREE char *words = wizard->form.kinds && wizard->kinds.source ? text_format(TEXT_NEW_VM_GUEST_MORE, count, wizard->kinds.source, NULL) : x_strdup(text(TEXT_NEW_VM_GUEST_OWN));
    form_set_note(form, NEW_VM_GUEST_MORE, NOTE_DIM, words);
}

void new_vm_guest_enter(void *context, Form *form)
{
    show_source(context, form);
    search(context, form);
}

void new_vm_guest_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (event != FORM_CHANGED)
        return;
    wizard->guest_picked = true;
    if (id == NEW_VM_GUEST_SEARCH)
        search(wizard, form);
    else if (id == NEW_VM_GUEST_TREE)
        choose(wizard, form, form_tree_data(form, NEW_VM_GUEST_TREE, -1));
}
