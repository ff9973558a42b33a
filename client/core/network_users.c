/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMs of a network: see network_users.h. */
#include "client/core/network_users.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MOST = 20 };

bool network_has_vm(const NetworkInfo *network, const VmInfo *vm)
{
    for (size_t i = 0; i < vm->nics.count; i++)
        if (str_equal(vm->nics.items[i].network, network->name))
            return true;
    return false;
}

size_t network_vm_count(const Model *model, const NetworkInfo *network)
{
    size_t count = 0;

    for (size_t i = 0; i < model_vm_count(model); i++)
        count += network_has_vm(network, model_vm_at(model, i));
    return count;
}

static bool runs(const VmInfo *vm) { return vm->state != VM_STATE_OFF && vm->state != VM_STATE_SAVED && vm->state != VM_STATE_CRASHED; }

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

char *network_vm_names(const Model *model, const NetworkInfo *network, bool running)
{
    AUTO_FREE const char **names = x_calloc(model_vm_count(model) + 1, sizeof *names);
    size_t count = 0;
    char *line = NULL;

    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        if (network_has_vm(network, vm) && (!running || runs(vm)))
            names[count++] = vm->name;
    }
    if (count)
        qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count && i <= NAMES_MOST; i++) {
        AUTO_FREE char *shorter = line;
        line = x_printf("%s%s%s", str_or_empty(shorter), i ? ", " : "", i < NAMES_MOST ? names[i] : "...");
    }
    return line;
}
