/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm wait: until VMs are in a state, for scripts; --timeout ends it. */
#include "client/cli/cli.h"

#include <stdlib.h>

typedef struct Awaited {
    Server *server;
    char *id;
    char *name;
    bool reached;
} Awaited;

static int tell(Cli *cli, Awaited *awaited, VmState state)
{
    awaited->reached = true;
    output_say(&cli->output, x_printf("%s: %s", awaited->name, VmState_name(state)));
    output_record(&cli->output, json_pack("{s:s, s:s, s:s, s:s}", "server", server_name(awaited->server), "id", awaited->id, "name", awaited->name, "state",
                                          VmState_name(state)));
    return EXIT_OK;
}

static int refuse_gone(Cli *cli, const Awaited *awaited)
{
    AUTO(error_clear) Error gone = { 0 };
    error_set(&gone, ERR_VM_NOT_FOUND, awaited->name, NULL);
    return cli_fail(cli, &gone);
}

/* Tells of those that have arrived. While a server is away its VMs are as they were: they count when it is back. */
static int look(Cli *cli, Awaited *awaited, size_t count, VmState state, bool *ret_all)
{
    int status = EXIT_OK;
    *ret_all = true;
    for (size_t i = 0; status == EXIT_OK && i < count; i++) {
        const VmInfo *vm = model_vm(server_model(awaited[i].server), awaited[i].id);
        if (!awaited[i].reached && !vm)
            status = refuse_gone(cli, &awaited[i]);
        else if (!awaited[i].reached && vm->state == state && server_online(awaited[i].server))
            status = tell(cli, &awaited[i], state);
        *ret_all &= awaited[i].reached;
    }
    return status;
}

static int wait_for_all(Cli *cli, Awaited *awaited, size_t count, VmState state)
{
    for (;;) {
        bool all = false;
        int status = look(cli, awaited, count, state, &all);
        if (status != EXIT_OK || all)
            return status;
        if (!cli_wait(cli))
            return cli->status;
    }
}

int vm_wait_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
        { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    VmState state = VmState_parse(args_text(args, "STATE"));
    size_t count = args_count(args, "VM"), found = 0;
    Awaited *awaited = x_calloc(count, sizeof *awaited);
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < count; i++) {
        VmTarget target;
        status = find_vm(cli, args_at(args, "VM", i), false, &target);
        if (status == EXIT_OK)
            awaited[found++] = (Awaited){ .server = target.server, .id = x_strdup(target.vm->id), .name = x_strdup(target.vm->name) };
    }
    output_begin(&cli->output, OUTPUT_LINES, columns, ARRAY_SIZE(columns));
    if (status == EXIT_OK)
        status = wait_for_all(cli, awaited, count, state);
    for (size_t i = 0; i < found; i++) {
        free(awaited[i].id);
        free(awaited[i].name);
    }
    free(awaited);
    return status;
}
