/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New VM wizard: page Unattended Windows. The rules are those of client/core/new_vm_seed.h. See new_vm_wizard.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/win/time_zones.h"

static const int answer_fields[] = {NEW_VM_ANSWERS_EDITION, NEW_VM_ANSWERS_KEY, NEW_VM_ANSWERS_LANGUAGE, NEW_VM_ANSWERS_KEYBOARD, NEW_VM_ANSWERS_ZONE, NEW_VM_ANSWERS_COMPUTER,
                                    NEW_VM_ANSWERS_PASSWORD, NEW_VM_ANSWERS_USER, NEW_VM_ANSWERS_USER_PASSWORD, NEW_VM_ANSWERS_DRIVERS, NEW_VM_ANSWERS_REMOVE};
static const char *const languages[] = {"en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "pl-PL", "pt-BR", "cs-CZ", "ja-JP"};

static void add_languages(Form *form, int id)
{
    for (size_t i = 0; i < ARRAY_SIZE(languages); i++)
        form_combo_add(form, id, languages[i], (intptr_t)i);
}

static void add_zones(Form *form)
{
    AUTO(StrList_clear) StrList zones = {0};
    time_zones_list(&zones);
    for (size_t i = 0; i < zones.count; i++)
        form_combo_add(form, NEW_VM_ANSWERS_ZONE, zones.items[i], (intptr_t)i);
}

void new_vm_answers_build(void *context, Form *form)
{
    (void)context;
    form_check(form, NEW_VM_ANSWERS_ON, text(TEXT_SEED_ANSWERS_ON));
    form_edit(form, NEW_VM_ANSWERS_EDITION, text(TEXT_SEED_EDITION), 32, 0);
    form_edit(form, NEW_VM_ANSWERS_KEY, text(TEXT_SEED_PRODUCT_KEY), 32, 0);
    form_combo(form, NEW_VM_ANSWERS_LANGUAGE, text(TEXT_SEED_LANGUAGE), 12, true);
    add_languages(form, NEW_VM_ANSWERS_LANGUAGE);
    form_combo(form, NEW_VM_ANSWERS_KEYBOARD, text(TEXT_SEED_KEYBOARD), 12, true);
    add_languages(form, NEW_VM_ANSWERS_KEYBOARD);
    form_combo(form, NEW_VM_ANSWERS_ZONE, text(TEXT_SEED_TIME_ZONE), 36, true);
    add_zones(form);
    form_edit(form, NEW_VM_ANSWERS_COMPUTER, text(TEXT_SEED_COMPUTER), 20, 0);
    form_edit(form, NEW_VM_ANSWERS_PASSWORD, text(TEXT_SEED_ADMINISTRATOR), 24, ES_PASSWORD);
    form_edit(form, NEW_VM_ANSWERS_USER, text(TEXT_SEED_EVERYDAY), 16, 0);
    form_beside_edit(form, NEW_VM_ANSWERS_USER_PASSWORD, text(TEXT_SEED_EVERYDAY_PASSWORD), 16, ES_PASSWORD);
    form_combo(form, NEW_VM_ANSWERS_DRIVERS, text(TEXT_SEED_DRIVERS), 36, false);
    form_check(form, NEW_VM_ANSWERS_REMOVE, text(TEXT_SEED_REMOVE));
    form_note(form, NEW_VM_ANSWERS_NOTE, NOTE_WARNING, text(TEXT_SEED_ANSWERS_NOTE));
}

static void enable_answers(const NewVmWizard *wizard, Form *form)
{
    for (size_t i = 0; i < ARRAY_SIZE(answer_fields); i++)
        form_set_enabled(form, answer_fields[i], wizard->form.seed.windows);
}

static void fill_drivers(const NewVmWizard *wizard, Form *form)
{
    const NewVmSeed *seed = &wizard->form.seed;
    intptr_t chosen = -1;
    form_combo_clear(form, NEW_VM_ANSWERS_DRIVERS);
    form_combo_add(form, NEW_VM_ANSWERS_DRIVERS, text(TEXT_SEED_NO_DRIVERS), -1);
    for (size_t i = 0; wizard->isos && i < catalog_count(wizard->isos); i++) {
        CatalogVolume volume = catalog_at(wizard->isos, i);
        form_combo_add(form, NEW_VM_ANSWERS_DRIVERS, volume.info->name, (intptr_t)i);
        if (str_equal(volume.info->name, seed->drivers_volume) && str_equal(volume.datastore, seed->drivers_datastore))
            chosen = (intptr_t)i;
    }
    form_combo_select(form, NEW_VM_ANSWERS_DRIVERS, chosen);
}

void new_vm_answers_enter(void *context, Form *form)
{
    const NewVmWizard *wizard = context;
    const NewVmSeed *seed = &wizard->form.seed;
    form_set_checked(form, NEW_VM_ANSWERS_ON, seed->windows);
    form_set_text(form, NEW_VM_ANSWERS_EDITION, seed->edition);
    form_set_text(form, NEW_VM_ANSWERS_KEY, seed->product_key);
    form_set_text(form, NEW_VM_ANSWERS_LANGUAGE, seed->language);
    form_set_text(form, NEW_VM_ANSWERS_KEYBOARD, seed->keyboard);
    form_set_text(form, NEW_VM_ANSWERS_ZONE, seed->time_zone);
    form_set_text(form, NEW_VM_ANSWERS_COMPUTER, seed->computer);
    form_set_text(form, NEW_VM_ANSWERS_PASSWORD, seed->administrator);
    form_set_text(form, NEW_VM_ANSWERS_USER, seed->everyday);
    form_set_text(form, NEW_VM_ANSWERS_USER_PASSWORD, seed->everyday_password);
    form_set_checked(form, NEW_VM_ANSWERS_REMOVE, seed->remove);
    fill_drivers(wizard, form);
    enable_answers(wizard, form);
}

static void take_drivers(NewVmWizard *wizard, Form *form)
{
    intptr_t index = form_combo_data(form, NEW_VM_ANSWERS_DRIVERS, -1);
    bool some = index >= 0 && wizard->isos && (size_t)index < catalog_count(wizard->isos);
    CatalogVolume volume = some ? catalog_at(wizard->isos, (size_t)index) : (CatalogVolume){0};
    new_vm_wizard_take(&wizard->form.seed.drivers_datastore, x_strdup(volume.datastore));
    new_vm_wizard_take(&wizard->form.seed.drivers_volume, some ? x_strdup(volume.info->name) : NULL);
}

static void take_language(NewVmSeed *seed, Form *form)
{
    AUTO_FREE char *language = form_text(form, NEW_VM_ANSWERS_LANGUAGE);
    new_vm_seed_set_language(seed, language);
    form_set_text(form, NEW_VM_ANSWERS_KEYBOARD, seed->keyboard);
}

void new_vm_answers_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    NewVmSeed *seed = &wizard->form.seed;
    if (event != FORM_CHANGED)
        return;
    switch (id) {
    case NEW_VM_ANSWERS_ON: seed->windows = form_checked(form, id); break;
    case NEW_VM_ANSWERS_EDITION: new_vm_wizard_take(&seed->edition, form_text(form, id)); break;
    case NEW_VM_ANSWERS_KEY: new_vm_wizard_take(&seed->product_key, form_text(form, id)); break;
    case NEW_VM_ANSWERS_LANGUAGE: take_language(seed, form); break;
    case NEW_VM_ANSWERS_KEYBOARD: new_vm_wizard_take(&seed->keyboard, form_text(form, id)); break;
    case NEW_VM_ANSWERS_ZONE: new_vm_wizard_take(&seed->time_zone, form_text(form, id)); break;
    case NEW_VM_ANSWERS_COMPUTER: new_vm_wizard_take(&seed->computer, form_text(form, id)); break;
    case NEW_VM_ANSWERS_PASSWORD: new_vm_seed_take_secret(&seed->administrator, form_secret(form, id)); break;
    case NEW_VM_ANSWERS_USER: new_vm_wizard_take(&seed->everyday, form_text(form, id)); break;
    case NEW_VM_ANSWERS_USER_PASSWORD: new_vm_seed_take_secret(&seed->everyday_password, form_secret(form, id)); break;
    case NEW_VM_ANSWERS_DRIVERS: take_drivers(wizard, form); break;
    case NEW_VM_ANSWERS_REMOVE: seed->remove = form_checked(form, id); break;
    default: break;
    }
    enable_answers(wizard, form);
}
