/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm wait: until VMs are in a state, for scripts; --timeout ends it. */
#include "client/cli/action.h"

#include <stdlib.h>

static bool all_reached(Cli *cli, VmState state)
{
    bool all = true;
    for (size_t i = 0; i < cli->action_count; i++) {
        Action *action = cli->actions[i];
        const VmInfo *vm = model_vm(server_model(action->server), action->id);
        if (!action->ended && !vm) {
            Error gone = { 0 };
            error_set(&gone, ERR_VM_NOT_FOUND, action->name, NULL);
            action_failed(action, &gone);
        } else if (!action->ended && vm->state == state) {
            action_unchanged(action);
        }
        all &= action->ended;
    }
    return all;
}

int vm_wait_command(Cli *cli, const Args *args)
{
    VmState state = VmState_parse(args_text(args, "STATE"));
    for (size_t i = 0; i < args_count(args, "VM"); i++) {
        VmTarget target;
        int status = find_vm(cli, args_at(args, "VM", i), false, &target);
        if (status != EXIT_OK)
            return status;
        action_add(cli, target.server, target.vm->id, target.vm->name);
    }
    while (!all_reached(cli, state))
        if (!cli_wait(cli))
            return cli->status;
    return EXIT_OK;
}
