/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New VM wizard: page Installation media, with all ISOs of the server and uploading new ones. See new_vm_wizard.h. UI thread. */
#include "client/ui/dialogs.h"
#include "client/ui/new_vm_wizard.h"

#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/win/icons.h"
#include "client/win/utf.h"

#include <shlwapi.h>

enum { NO_MEDIUM = -1 };

static Form *page_form(const NewVmWizard *wizard) { return wizard_form(wizard->wizard, NEW_VM_MEDIA); }

static bool is_chosen(const NewVmWizard *wizard, CatalogVolume volume)
{
    return str_equal(volume.info->name, wizard->form.media_volume) && str_equal(volume.datastore, wizard->form.media_datastore);
}

static void add_volume(const NewVmWizard *wizard, Form *form, size_t index)
{
    CatalogVolume volume = catalog_at(wizard->isos, index);
    const DatastoreInfo *datastore = model_datastore(server_model(wizard->server), volume.datastore);
    AUTO_FREE char *size = format_size(volume.info->capacity);
    int item = form_list_add(form, NEW_VM_MEDIA_LIST, volume.info->name, ICON_ISO, (intptr_t)index);
    form_list_cell(form, NEW_VM_MEDIA_LIST, item, 1, size);
    form_list_cell(form, NEW_VM_MEDIA_LIST, item, 2, datastore ? datastore->name : "");
    if (is_chosen(wizard, volume))
        form_list_select(form, NEW_VM_MEDIA_LIST, item);
}

static void fill_list(NewVmWizard *wizard, Form *form)
{
    AUTO_FREE char *typed = form_text(form, NEW_VM_MEDIA_FILTER);
    AUTO_FREE wchar_t *filter = utf_to_wide(typed);
    HWND list = form_item(form, NEW_VM_MEDIA_LIST);
    wizard->filling = true;
    SendMessageW(list, WM_SETREDRAW, FALSE, 0);
    form_list_clear(form, NEW_VM_MEDIA_LIST);
    int none = form_list_add(form, NEW_VM_MEDIA_LIST, text(TEXT_NEW_VM_MEDIA_NONE), ICON_EJECT, NO_MEDIUM);
    if (!wizard->form.media_volume)
        form_list_select(form, NEW_VM_MEDIA_LIST, none);
    for (size_t i = 0; i < catalog_count(wizard->isos); i++) {
        CatalogVolume volume = catalog_at(wizard->isos, i);
        AUTO_FREE wchar_t *name = utf_to_wide(volume.info->name);
        if (!*filter || StrStrIW(name, filter) || is_chosen(wizard, volume))
            add_volume(wizard, form, i);
    }
    SendMessageW(list, WM_SETREDRAW, TRUE, 0);
    InvalidateRect(list, NULL, TRUE);
    wizard->filling = false;
}

/* ---------------------------------------------------------------- what it installs */

/* The user's own choice of a guest kind, made meanwhile, stays. */
static void on_detected(void *context, GuestDetection *result, const Error *error)
{
    NewVmWizard *wizard = context;
    GuestKind kind;
    if (error || !result->guest || !new_vm_find_kind(&wizard->form, result->guest, &kind))
        return;
    GuestDetection_clear(&wizard->detected);
    wizard->detected = *result;
    *result = (GuestDetection){0};
    if (!wizard->guest_picked)
        new_vm_set_guest(&wizard->form, wizard->server, wizard->detected.guest);
    new_vm_wizard_refill(wizard);
}

void new_vm_media_detect(NewVmWizard *wizard)
{
    core_forget(app_get()->core, &wizard->detected);
    GuestDetection_clear(&wizard->detected);
    wizard->guest_picked = false;
    if (!wizard->form.media_volume || !server_can(wizard->server, METHOD_volume_detect_guest, NULL))
        return;
    VolumeRef params = {.datastore = wizard->form.media_datastore, .volume = wizard->form.media_volume};
    call_volume_detect_guest(wizard->server, &params, on_detected, &wizard->detected, wizard);
}

/* ---------------------------------------------------------------- uploads from here */

/* The newest upload of that name to the chosen datastore; NULL: it was dismissed. */
static Upload *find_upload(const NewVmWizard *wizard, const char *name)
{
    Core *core = app_get()->core;
    Upload *found = NULL;
    for (size_t i = 0; i < core_upload_count(core); i++) {
        Upload *upload = core_upload_at(core, i);
        if (upload_server(upload) == wizard->server && str_equal(upload_datastore(upload), wizard->upload_store) && str_equal(upload_name(upload), name))
            found = upload;
    }
    return found;
}

static void forget_upload(NewVmWizard *wizard, size_t index)
{
    StrList left = {0};
    for (size_t i = 0; i < wizard->uploading.count; i++)
        if (i != index)
            StrList_add(&left, wizard->uploading.items[i]);
    StrList_clear(&wizard->uploading);
    wizard->uploading = left;
}

/* True: the first ISO that has arrived is chosen now. */
static bool take_arrived(NewVmWizard *wizard)
{
    for (size_t i = 0; i < wizard->uploading.count; i++)
        for (size_t j = 0; j < catalog_count(wizard->isos); j++) {
            CatalogVolume volume = catalog_at(wizard->isos, j);
            const Upload *upload = find_upload(wizard, wizard->uploading.items[i]);
            bool here = str_equal(volume.info->name, wizard->uploading.items[i]) && str_equal(volume.datastore, wizard->upload_store);
            if (!here || (upload && upload_state(upload) != UPLOAD_DONE))
                continue;
            new_vm_wizard_take(&wizard->form.media_volume, x_strdup(volume.info->name));
            new_vm_wizard_take(&wizard->form.media_datastore, x_strdup(volume.datastore));
            forget_upload(wizard, i);
            new_vm_media_detect(wizard);
            return true;
        }
    return false;
}

/* Words for the first upload that goes on; failed ones leave the list after they were shown. */
static char *upload_words(NewVmWizard *wizard, NoteKind *ret_kind)
{
    for (size_t i = 0; i < wizard->uploading.count; i++) {
        const Upload *upload = find_upload(wizard, wizard->uploading.items[i]);
        if (!upload || upload_state(upload) == UPLOAD_CANCELLED) {
            forget_upload(wizard, i--);
            continue;
        }
        if (upload_state(upload) == UPLOAD_FAILED && upload_error(upload)) {
            *ret_kind = NOTE_ERROR;
            return text_error(upload_error(upload));
        }
        int64_t size = upload_size(upload);
        AUTO_FREE char *percent = x_printf("%d", size > 0 ? (int)(upload_done(upload) * 100 / size) : 0);
        *ret_kind = NOTE_INFO;
        return text_format(TEXT_NEW_VM_MEDIA_UPLOADING, upload_name(upload), percent, NULL);
    }
    return NULL;
}

static void show_note(NewVmWizard *wizard, Form *form)
{
    NoteKind kind = NOTE_INFO;
    AUTO_FREE char *words = upload_words(wizard, &kind);
    if (!words && catalog_loading(wizard->isos)) {
        words = x_strdup(text(TEXT_NEW_VM_MEDIA_LOADING));
    } else if (!words && catalog_error(wizard->isos)) {
        kind = NOTE_ERROR;
        words = text_error(catalog_error(wizard->isos));
    } else if (!words && catalog_count(wizard->isos) == 0) {
        words = x_strdup(text(TEXT_NEW_VM_MEDIA_NO_ISOS));
    } else if (!words && wizard->detected.guest) {
        words = text_format(TEXT_NEW_VM_MEDIA_INSTALLS, str_or_empty(wizard->detected.name), NULL);
    }
    form_set_note(form, NEW_VM_MEDIA_NOTE, kind, words ? words : "");
    form_set_shown(form, NEW_VM_MEDIA_NOTE, words != NULL);
}

static void on_catalog(void *context)
{
    NewVmWizard *wizard = context;
    if (!wizard->isos) /* inside catalog_open: the page fills itself afterwards */
        return;
    take_arrived(wizard);
    fill_list(wizard, page_form(wizard));
    show_note(wizard, page_form(wizard));
    wizard_check(wizard->wizard);
}

/* The picker's files start a moment later, after they were looked at. */
static void notice_uploads(NewVmWizard *wizard)
{
    Core *core = app_get()->core;
    for (size_t i = wizard->uploads_seen; wizard->upload_store && i < core_upload_count(core); i++) {
        const Upload *upload = core_upload_at(core, i);
        bool ours = upload_server(upload) == wizard->server && str_equal(upload_datastore(upload), wizard->upload_store);
        if (ours && !StrList_contains(&wizard->uploading, upload_name(upload)))
            StrList_add(&wizard->uploading, upload_name(upload));
    }
    wizard->uploads_seen = core_upload_count(core);
}

void new_vm_media_tick(NewVmWizard *wizard)
{
    if (!wizard->isos)
        return;
    notice_uploads(wizard);
    catalog_update(wizard->isos);
    if (take_arrived(wizard))
        fill_list(wizard, page_form(wizard));
    show_note(wizard, page_form(wizard));
}

static void upload(NewVmWizard *wizard, Form *form)
{
    Core *core = app_get()->core;
    const DatastoreInfo *datastore = model_datastore(server_model(wizard->server), form_combo_id(form, NEW_VM_MEDIA_STORE));
    if (!datastore)
        return;
    new_vm_wizard_take(&wizard->upload_store, x_strdup(datastore->id));
    wizard->uploads_seen = core_upload_count(core);
    upload_pick_dialog(wizard_window(wizard->wizard), wizard->server, wizard->upload_store);
    show_note(wizard, form);
}

/* ---------------------------------------------------------------- page */

static void fill_stores(const NewVmWizard *wizard, Form *form)
{
    const Model *model = server_model(wizard->server);
    intptr_t best = -1;
    form_combo_clear(form, NEW_VM_MEDIA_STORE);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (!rules_takes_uploads(datastore))
            continue;
        form_combo_add(form, NEW_VM_MEDIA_STORE, datastore->name, form_id(form, datastore->id));
        if (best < 0 || str_equal(datastore->id, wizard->form.media_datastore))
            best = form_id(form, datastore->id);
    }
    form_combo_select(form, NEW_VM_MEDIA_STORE, best);
    form_set_enabled(form, NEW_VM_MEDIA_UPLOAD, best >= 0);
    form_set_enabled(form, NEW_VM_MEDIA_STORE, best >= 0);
}

void new_vm_media_build(void *context, Form *form)
{
    NewVmWizard *wizard = context;
    form_edit(form, NEW_VM_MEDIA_FILTER, text(TEXT_NEW_VM_LABEL_FILTER), 30, 0);
    form_list(form, NEW_VM_MEDIA_LIST, text(TEXT_NEW_VM_LABEL_MEDIA), 9, false);
    form_list_column(form, NEW_VM_MEDIA_LIST, text(TEXT_NEW_VM_COLUMN_NAME), 290, false);
    form_list_column(form, NEW_VM_MEDIA_LIST, text(TEXT_NEW_VM_COLUMN_SIZE), 80, true);
    form_list_column(form, NEW_VM_MEDIA_LIST, text(TEXT_NEW_VM_COLUMN_DATASTORE), 120, false);
    form_note(form, NEW_VM_MEDIA_NOTE, NOTE_INFO, "");
    form_button(form, NEW_VM_MEDIA_UPLOAD, text(TEXT_NEW_VM_UPLOAD));
    form_beside_text(form, -1, text(TEXT_NEW_VM_UPLOAD_TO));
    form_beside_combo(form, NEW_VM_MEDIA_STORE, 16);
    wizard->isos = catalog_open(wizard->server, NULL, on_catalog, wizard);
}

void new_vm_media_enter(void *context, Form *form)
{
    NewVmWizard *wizard = context;
    fill_stores(wizard, form);
    fill_list(wizard, form);
    show_note(wizard, form);
}

static void choose(NewVmWizard *wizard, Form *form)
{
    int item = form_list_selected(form, NEW_VM_MEDIA_LIST);
    if (item < 0)
        return;
    intptr_t index = form_list_data(form, NEW_VM_MEDIA_LIST, item);
    bool some = index != NO_MEDIUM && (size_t)index < catalog_count(wizard->isos);
    CatalogVolume volume = some ? catalog_at(wizard->isos, (size_t)index) : (CatalogVolume){0};
    new_vm_wizard_take(&wizard->form.media_datastore, x_strdup(volume.datastore));
    new_vm_wizard_take(&wizard->form.media_volume, some ? x_strdup(volume.info->name) : NULL);
    new_vm_media_detect(wizard);
    show_note(wizard, form);
}

void new_vm_media_event(void *context, Form *form, int id, FormEvent event)
{
    NewVmWizard *wizard = context;
    if (wizard->filling)
        return;
    if (event == FORM_CHANGED && id == NEW_VM_MEDIA_FILTER)
        fill_list(wizard, form);
    else if (event == FORM_CHANGED && id == NEW_VM_MEDIA_LIST)
        choose(wizard, form);
    else if (event == FORM_CLICKED && id == NEW_VM_MEDIA_UPLOAD)
        upload(wizard, form);
}
