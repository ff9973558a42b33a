/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of snapshots: see snapshot_files.h. */
#include "agent/snapshot_files.h"
#include "agent/image_chain.h"

#include <string.h>

static bool goes(const DiskInfoList *deleted, const char *target)
{
    for (size_t i = 0; i < deleted->count; i++)
        if (str_equal(deleted->items[i].target, target))
            return true;
    return false;
}

static void add(StrList *list, const char *path)
{
    if (path && !StrList_contains(list, path))
        StrList_add(list, path);
}

void snapshot_files_left(const SnapshotVm *vm, const DiskInfoList *deleted, StrList *ret)
{
    AUTO(StrList_clear) StrList needed = { 0 };
    for (size_t i = 0; i < vm->images.count; i++) {
        const DomainImage *image = &vm->images.items[i];
        AUTO(StrList_clear) StrList chain = { 0 };
        if (image->path && !goes(deleted, image->target))
            image_chain(image->path, &chain);
        else if (image->path)
            add(&needed, image->path); /* deleted with the VM itself */
        for (size_t k = 0; k < chain.count; k++)
            add(&needed, chain.items[k]);
    }
    for (size_t i = 0; i < vm->count; i++) {
        const SnapshotFacts *facts = &vm->all[i];
        add(ret, facts->memory_file);
        for (size_t k = 0; k < facts->images.count && facts->info.style == SNAPSHOT_STYLE_EXTERNAL; k++) {
            const DomainImage *image = &facts->images.items[k];
            if (image->path && !image->block && !StrList_contains(&needed, image->path))
                add(ret, image->path);
        }
    }
}

int snapshot_files_check(const SnapshotVm *vm, const DiskInfoList *deleted, Error *err)
{
    AUTO(StrList_clear) StrList files = { 0 };
    int code = 0;
    snapshot_files_left(vm, deleted, &files);
    for (size_t i = 0; i < vm->images.count; i++)
        if (vm->info.template || goes(deleted, vm->images.items[i].target))
            add(&files, vm->images.items[i].path);
    for (size_t i = 0; i < files.count && code == 0; i++) {
        AUTO(StrList_clear) StrList users = { 0 };
        image_dependents(vm->agent, files.items[i], vm->info.id, &users);
        for (size_t k = 0; k < users.count && code == 0; k++)
            if (!StrList_contains(&files, users.items[k]) && !snapshot_vm_pins(vm, users.items[k], NULL))
                code = error_set(err, ERR_TEMPLATE_IN_USE, vm->info.name, "%s", users.items[k]);
    }
    return code;
}
