/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMs of a network: see network_users.h. */
#include "client/core/network_users.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MOST = 20 };

static bool is_network_of_libvirt(const Model *model, const char *name)
{
    for (size_t i = 0; i < model_network_count(model); i++)
        if (!model_network_at(model, i)->host_bridge && str_equal(model_network_at(model, i)->name, name))
            return true;
    return false;
}

/* A bridge of the host may be named like a network of libvirt. Agents before version 3 do not say which of them a card is in. */
static bool is_in(const Model *model, const NetworkInfo *network, const NicInfo *nic)
{
    if (!str_equal(nic->network, network->name))
        return false;
    return nic->host_bridge == network->host_bridge || (network->host_bridge && !is_network_of_libvirt(model, network->name));
}

static bool has_vm(const Model *model, const NetworkInfo *network, const VmInfo *vm)
{
    for (size_t i = 0; i < vm->nics.count; i++)
        if (is_in(model, network, &vm->nics.items[i]))
            return true;
    return false;
}

size_t network_vm_count(const Model *model, const NetworkInfo *network)
{
    size_t count = 0;

    for (size_t i = 0; i < model_vm_count(model); i++)
        count += has_vm(model, network, model_vm_at(model, i));
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
        if (has_vm(model, network, vm) && (!running || runs(vm)))
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
