/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.get: all settings of a VM, for the next start and as they are now. */
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_definition.h"
#include "agent/vm_resolve.h"
#include "agent/vm_revisions.h"
#include "agent/vm_rules.h"

#include <stdlib.h>

static VmState state_of(Request *request, const char *id)
{
    VmInfo vm;
    if (!inventory_get_vm(request->agent->inventory, id, &vm, NULL))
        return VM_STATE_UNKNOWN;
    VmState state = vm.state;
    VmInfo_clear(&vm);
    return state;
}

int handle_vm_get(Request *request, const VmRef *params, VmDetails *ret, Error *err)
{
    VmDefinition definition;
    int code = vm_definition_load(request->agent, params->vm, &definition, err);
    if (code < 0)
        return code;
    request_object(request, params->vm, definition.name);
    drivers_refresh_vm(request->agent->drivers, definition.owner, params->vm); /* an event may still be on its way */
    vm_revisions_put(request->agent->revisions, definition.revision, &definition.config);
    *ret = (VmDetails){ .vm = x_strdup(params->vm), .revision = x_strdup(definition.revision), .state = state_of(request, params->vm) };
    vm_definition_pending(&definition, &ret->pending);
    if (definition.running)
        vm_rules(&definition.active, &ret->settings);
    vm_resolve_told(request->agent, &definition.config);
    vm_resolve_told(request->agent, &definition.active);
    ret->config = x_memdup(&definition.config, 1, sizeof definition.config);
    definition.config = (VmConfig){ 0 };
    if (definition.running) {
        ret->active = x_memdup(&definition.active, 1, sizeof definition.active);
        definition.active = (VmConfig){ 0 };
    }
    vm_definition_clear(&definition);
    return 0;
}
