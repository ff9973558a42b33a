/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VM that was made to be customised: its properties, then its first start. Who cancels is asked whether it stays. See new_vm_wizard.h. UI thread. */
#include "client/ui/new_vm_wizard.h"

#include "client/ui/action_dialog.h"
#include "client/ui/properties.h"
#include "client/win/message.h"

static void start_now(Server *server, const VmInfo *vm)
{
    AUTO_FREE char *title = text_format(TEXT_NEW_VM_FIRST_FAILED, vm->name, NULL);
    VmStartParams params = {.vm = vm->id};
    call_vm_start(server, &params, action_notice_done, app_get(), action_notice(server, title));
}

static bool was_made(const VmInfo *made, const DiskInfo *disk)
{
    for (size_t i = 0; i < made->disks.count; i++)
        if (str_equal(made->disks.items[i].volume, disk->volume) && str_equal(made->disks.items[i].datastore, disk->datastore))
            return true;
    return false;
}

/* With the disks that were made for it, not with what was attached meanwhile. */
static void delete_again(Server *server, const VmInfo *made, const VmInfo *now)
{
    AUTO(VmDeleteParams_clear) VmDeleteParams params = {.vm = x_strdup(now->id)};
    AUTO_FREE char *title = text_format(TEXT_NEW_VM_DELETE_FAILED, now->name, NULL);
    for (size_t i = 0; i < now->disks.count; i++)
        if (now->disks.items[i].device == DISK_DEVICE_DISK && now->disks.items[i].volume && was_made(made, &now->disks.items[i]))
            StrList_add(&params.disks, now->disks.items[i].target);
    call_vm_delete(server, &params, action_notice_done, app_get(), action_notice(server, title));
}

static bool delete_wanted(HWND owner, const VmInfo *vm)
{
    AUTO_FREE char *sentence = text_format(TEXT_NEW_VM_KEEP_ASK, vm->name, NULL);
    AUTO_FREE char *title = text_format(TEXT_NEW_VM_KEEP_TITLE, vm->name, NULL);
    return message_choose(owner, title, sentence, text(TEXT_NEW_VM_DELETE_VERB), text(TEXT_NEW_VM_KEEP_VERB));
}

void new_vm_first_start(HWND owner, Server *server, const char *id, bool start)
{
    AUTO(VmInfo_clear) VmInfo made = {0};
    const VmInfo *vm = model_vm(server_model(server), id);
    if (!vm) /* somebody else has deleted it already */
        return;
    VmInfo_copy(vm, &made);
    bool go = properties_dialog_new(owner, server, id, start);
    bool gone = !go && delete_wanted(owner, &made);
    vm = model_vm(server_model(server), id);
    if (vm && go && start)
        start_now(server, vm);
    else if (vm && gone)
        delete_again(server, &made, vm);
}
