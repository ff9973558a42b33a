/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deleting a VM with the disks the user chooses, deleting a volume, forgetting a datastore. See dialogs.h. UI thread. */
#include "client/ui/action_dialog.h"
#include "client/ui/dialogs.h"

#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/win/icons.h"

#include <string.h>

enum { WARNING = 100, DISKS, SUM };

typedef struct DeleteVm {
    ActionDialog action;
    char *vm;
    struct {
        char *target;
        int64_t size;
        bool deletable;
    } disks[LIMIT_DEVICES];
    int count;
} DeleteVm;

/* ---------------------------------------------------------------- who uses a volume */

static bool same_volume(const DiskInfo *disk, const char *datastore, const char *volume, const char *path)
{
    if (!str_empty(path) && str_equal(disk->path, path))
        return true;
    return !str_empty(volume) && !str_empty(datastore) && str_equal(disk->volume, volume) && str_equal(disk->datastore, datastore);
}

/* Names of the VMs (but one) that have it as a disk or in a drive, joined by commas; NULL: none. */
static char *users_of(const Model *model, const char *datastore, const char *volume, const char *path, const char *but)
{
    char *users = NULL;
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        bool uses = false;
        for (size_t j = 0; j < vm->disks.count && !uses; j++)
            uses = same_volume(&vm->disks.items[j], datastore, volume, path);
        if (!uses || str_equal(vm->id, but))
            continue;
        char *longer = users ? x_printf("%s, %s", users, vm->name) : x_strdup(vm->name);
        free(users);
        users = longer;
    }
    return users;
}

/* Names of the VMs with something in this datastore. */
static char *users_of_datastore(const Model *model, const char *datastore)
{
    char *users = NULL;
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        bool uses = false;
        for (size_t j = 0; j < vm->disks.count; j++)
            uses |= str_equal(vm->disks.items[j].datastore, datastore);
        if (!uses)
            continue;
        char *longer = users ? x_printf("%s, %s", users, vm->name) : x_strdup(vm->name);
        free(users);
        users = longer;
    }
    return users;
}

/* ---------------------------------------------------------------- VM */

/* NULL: it can go with the VM; else why not. */
static char *why_kept(const DeleteVm *box, const DiskInfo *disk)
{
    if (str_empty(disk->volume) || str_empty(disk->datastore))
        return x_strdup(text(TEXT_DELETE_VM_NO_VOLUME));
    AUTO_FREE char *users = users_of(server_model(box->action.server), disk->datastore, disk->volume, disk->path, box->vm);
    return users ? text_format(TEXT_DELETE_VM_SHARED, users, NULL) : NULL;
}

static void add_disk(DeleteVm *box, Form *form, const DiskInfo *disk)
{
    const DatastoreInfo *store = model_datastore(server_model(box->action.server), disk->datastore);
    AUTO_FREE char *kept = why_kept(box, disk);
    AUTO_FREE char *size = disk->capacity > 0 ? format_size(disk->capacity) : x_strdup("");
    int item = form_list_add(form, DISKS, disk->target, ICON_VOLUME, box->count);
    form_list_cell(form, DISKS, item, 1, str_empty(disk->volume) ? str_or_empty(disk->path) : disk->volume);
    form_list_cell(form, DISKS, item, 2, size);
    form_list_cell(form, DISKS, item, 3, store ? store->name : "");
    form_list_cell(form, DISKS, item, 4, kept ? kept : "");
    box->disks[box->count].target = x_strdup(disk->target);
    box->disks[box->count].size = disk->capacity;
    box->disks[box->count].deletable = !kept;
    box->count++;
    if (kept)
        form_list_hide_check(form, DISKS, item);
    else
        form_list_check(form, DISKS, item, true);
}

/* Takes away checks that cannot be, and says what the others mean. */
static void show_sum(DeleteVm *box)
{
    Form *form = dialog_form(box->action.dialog);
    int64_t bytes = 0, count = 0;
    for (int i = 0; i < box->count; i++) {
        if (!box->disks[i].deletable) {
            form_list_hide_check(form, DISKS, i);
        } else if (form_list_checked(form, DISKS, i)) {
            bytes += box->disks[i].size;
            count++;
        }
    }
    if (!box->count)
        return;
    AUTO_FREE char *size = format_size(bytes);
    AUTO_FREE char *sentence = count == 0 ? x_strdup(text(TEXT_DELETE_VM_SUM_NONE)) : text_plural(PLURAL_DELETE_VM_SUM, count, size, NULL);
    form_set_note(form, SUM, count ? NOTE_WARNING : NOTE_INFO, sentence);
}

static void delete_vm(DeleteVm *box)
{
    AUTO(VmDeleteParams_clear) VmDeleteParams request = {.vm = x_strdup(box->vm)};
    for (int i = 0; i < box->count; i++)
        if (box->disks[i].deletable && form_list_checked(dialog_form(box->action.dialog), DISKS, i))
            StrList_add(&request.disks, box->disks[i].target);
    action_dialog_begin(&box->action, text(TEXT_DELETE_VM_DELETING));
    call_vm_delete(box->action.server, &request, action_dialog_done, &box->action, &box->action);
}

static void on_vm(void *context, int id, FormEvent event)
{
    DeleteVm *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        delete_vm(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED && id == DISKS)
        show_sum(box);
}

static void build_vm(DeleteVm *box, const VmInfo *vm)
{
    Form *form = dialog_form(box->action.dialog);
    AUTO_FREE char *warning = text_format(TEXT_DELETE_VM_WARNING, vm->name, NULL);
    form_note(form, WARNING, NOTE_WARNING, warning);
    size_t disks = 0;
    for (size_t i = 0; i < vm->disks.count; i++)
        disks += vm->disks.items[i].device == DISK_DEVICE_DISK;
    if (!disks)
        return;
    form_list(form, DISKS, text(TEXT_DELETE_VM_DISKS), (int)(disks < 3 ? 4 : disks > 7 ? 9 : disks + 2), true);
    form_list_column(form, DISKS, text(TEXT_DELETE_VM_COLUMN_DISK), 70, false);
    form_list_column(form, DISKS, text(TEXT_DELETE_VM_COLUMN_VOLUME), 160, false);
    form_list_column(form, DISKS, text(TEXT_DELETE_VM_COLUMN_SIZE), 70, true);
    form_list_column(form, DISKS, text(TEXT_DELETE_VM_COLUMN_STORE), 90, false);
    form_list_column(form, DISKS, text(TEXT_DELETE_VM_COLUMN_WHY), 190, false);
    form_note(form, SUM, NOTE_WARNING, " ");
    for (size_t i = 0; i < vm->disks.count; i++)
        if (vm->disks.items[i].device == DISK_DEVICE_DISK)
            add_disk(box, form, &vm->disks.items[i]);
    show_sum(box);
    dialog_set_width(box->action.dialog, 640);
}

void delete_vm_dialog(HWND owner, Server *server, const char *id)
{
    const VmInfo *vm = model_vm(server_model(server), id);
    if (!vm)
        return;
    AUTO_FREE char *title = text_format(TEXT_DELETE_VM_TITLE, vm->name, NULL);
    AUTO_FREE char *why = NULL;
    if (!rules_vm(server, vm, METHOD_vm_delete, &why)) {
        message_info(owner, title, why);
        return;
    }
    DeleteVm *box = x_calloc(1, sizeof(*box));
    box->action.server = server;
    box->vm = x_strdup(id);
    box->action.dialog = dialog_create(owner, title, on_vm, box);
    dialog_set_topic(box->action.dialog, "delete-vm");
    build_vm(box, vm);
    action_dialog_finish(&box->action, text(TEXT_DELETE_VM_VERB), true);
    action_dialog_run(&box->action);
    for (int i = 0; i < box->count; i++)
        free(box->disks[i].target);
    free(box->vm);
    free(box);
}

/* ---------------------------------------------------------------- volume and datastore */

void delete_volume_dialog(HWND owner, Server *server, const char *datastore, const char *volume)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    AUTO_FREE char *title = text_format(TEXT_DELETE_VOLUME_TITLE, volume, NULL);
    AUTO_FREE char *why = NULL;
    AUTO_FREE char *users = users_of(server_model(server), datastore, volume, NULL, NULL);
    if (users)
        why = text_format(TEXT_DELETE_VOLUME_USED, volume, users, NULL);
    if (users || !rules_datastore(server, store, METHOD_volume_delete, &why)) {
        message_info(owner, title, why);
        return;
    }
    AUTO_FREE char *question = text_format(TEXT_DELETE_VOLUME_QUESTION, volume, store->name, NULL);
    if (!message_confirm(owner, title, question, text(TEXT_DELETE_VOLUME_DELETE), true) || !app_has_server(server))
        return;
    VolumeRef request = {.datastore = (char *)datastore, .volume = (char *)volume};
    call_volume_delete(server, &request, action_notice_done, NULL, action_notice(server, title));
}

void forget_datastore_dialog(HWND owner, Server *server, const char *datastore)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    AUTO_FREE char *title = text_format(TEXT_FORGET_DATASTORE_TITLE, store->name, NULL);
    AUTO_FREE char *why = NULL;
    if (!rules_datastore(server, store, METHOD_datastore_forget, &why)) {
        message_info(owner, title, why);
        return;
    }
    AUTO_FREE char *users = users_of_datastore(server_model(server), datastore);
    AUTO_FREE char *question = text_format(users ? TEXT_FORGET_DATASTORE_USED : TEXT_FORGET_DATASTORE_QUESTION, str_or_empty(store->path), users, NULL);
    if (!message_confirm(owner, title, question, text(TEXT_FORGET_DATASTORE_FORGET), users != NULL) || !app_has_server(server))
        return;
    DatastoreRef request = {.datastore = (char *)datastore};
    call_datastore_forget(server, &request, action_notice_done, NULL, action_notice(server, title));
}
