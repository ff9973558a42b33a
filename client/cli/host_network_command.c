/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl host nic-create, nic-configure, nic-delete, nic-confirm, nic-revert: bridges, VLANs and bonds of the host. */
#include "client/cli/action.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- make, remove */

/* What waits to be confirmed: told with the result, and in a sentence. */
static json_t *describe_change(Cli *cli, const char *result)
{
    AUTO(HostChange_clear) HostChange change = { 0 };
    json_t *json = json_loads(result, 0, NULL);
    AUTO_FREE char *seconds = NULL;
    if (!json || HostChange_decode(json, UNKNOWN_IGNORE, &change, NULL) < 0) {
        json_decref(json);
        return NULL;
    }
    json_decref(json);
    seconds = x_printf("%lld", (long long)change.seconds);
    output_say(&cli->output, text_format(TEXT_CLI_NIC_WAITS, change.nic, seconds, NULL));
    return json_pack("{s:s, s:I}", "change", change.change, "seconds", (json_int_t)change.seconds);
}

static HostNicKind kind_of(const Args *args)
{
    return args_has(args, "--vlan") ? HOST_NIC_VLAN : args_has(args, "--bond") ? HOST_NIC_BOND : HOST_NIC_BRIDGE;
}

/* keep, none, dhcp, or an address; the words stay the arguments'. */
static void take_addresses(const Args *args, HostNicCreateParams *params)
{
    const char *word = args_text(args, "--address");
    params->addressing = word ? HostAddressing_parse(word) : params->kind != HOST_NIC_VLAN && params->ports.count ? HOST_ADDRESSING_KEEP : HOST_ADDRESSING_NONE;
    if (params->addressing == HOST_ADDRESSING_UNKNOWN) {
        params->addressing = HOST_ADDRESSING_STATIC;
        params->address = (char *)word;
    }
    params->gateway = (char *)args_text(args, "--gateway");
}

int host_nic_create_command(Cli *cli, const Args *args)
{
    StrList ports = { 0 };
    HostNicCreateParams params = { .name = (char *)args_text(args, "NAME"), .kind = kind_of(args), .interrupt = args_has(args, "--interrupt") };
    for (size_t i = 0; i < args_count(args, "--port"); i++)
        StrList_add(&ports, args_at(args, "--port", i));
    if (params.kind == HOST_NIC_VLAN) {
        params.vlan = args_number(args, "--vlan", 0);
        params.parent = ports.count ? ports.items[0] : NULL;
    } else {
        params.ports = ports;
    }
    params.bond_mode = (char *)args_text(args, "--bond");
    take_addresses(args, &params);
    Action *action = action_add(cli, cli->servers[0], NULL, params.name);
    action->describe = describe_change;
    if (action_wanted(action))
        ACTION_CALL(action, host_nic_create, &params);
    StrList_clear(&ports);
    return EXIT_OK;
}

int host_nic_configure_command(Cli *cli, const Args *args)
{
    HostNicPorts ports = { 0 };
    HostNicCreateParams addresses = { .kind = HOST_NIC_VLAN };
    HostNicConfigureParams params = { .name = (char *)args_text(args, "NAME"), .vlan = args_number(args, "--vlan", 0), .bond_mode = (char *)args_text(args, "--bond"),
                                      .interrupt = args_has(args, "--interrupt") };
    for (size_t i = 0; i < args_count(args, "--port"); i++)
        if (!str_equal(args_at(args, "--port", i), "none"))
            StrList_add(&ports.items, args_at(args, "--port", i));
    if (args_count(args, "--port"))
        params.ports = &ports;
    if (args_has(args, "--address")) {
        take_addresses(args, &addresses);
        params.addressing = addresses.addressing;
        params.address = addresses.address;
    }
    params.gateway = (char *)args_text(args, "--gateway");
    Action *action = action_add(cli, cli->servers[0], NULL, params.name);
    action->describe = describe_change;
    if (action_wanted(action))
        ACTION_CALL(action, host_nic_configure, &params);
    HostNicPorts_clear(&ports);
    return EXIT_OK;
}

int host_nic_delete_command(Cli *cli, const Args *args)
{
    HostNicDeleteParams params = { .name = (char *)args_text(args, "NAME"), .interrupt = args_has(args, "--interrupt") };
    Action *action = action_add(cli, cli->servers[0], NULL, params.name);
    action->describe = describe_change;
    if (action_wanted(action))
        ACTION_CALL(action, host_nic_delete, &params);
    return EXIT_OK;
}

/* ---------------------------------------------------------------- confirm, revert */

typedef struct Waiting {
    bool ended;
    HostChange change; /* of host.nics; empty: none waits */
    Error error;
} Waiting;

static void on_nics(void *context, HostNicTable *table, const Error *error)
{
    Waiting *waiting = context;
    waiting->ended = true;
    if (!table)
        error_copy(&waiting->error, error);
    else if (table->change)
        HostChange_copy(table->change, &waiting->change);
    else
        error_set(&waiting->error, ERR_HOST_CHANGE_GONE, NULL, NULL);
}

/* The change that waits on the server; its error is told. */
static int find_change(Cli *cli, Waiting *waiting)
{
    Empty none;
    call_host_nics(cli->servers[0], &none, on_nics, waiting, waiting);
    while (!waiting->ended && cli_wait(cli))
        ;
    if (!waiting->ended)
        core_forget(cli->core, waiting);
    else if (waiting->error.code)
        cli_fail(cli, &waiting->error);
    error_clear(&waiting->error);
    return cli->status;
}

static void on_confirmed(void *context, Empty *answer, const Error *error)
{
    Action *action = context;
    Error why = { 0 };
    if (answer) {
        action_done(action);
        return;
    }
    error_copy(&why, error);
    action_failed(action, &why);
}

static int end_change(Cli *cli, bool keep)
{
    Waiting waiting = { 0 };
    if (find_change(cli, &waiting) == EXIT_OK && waiting.ended) {
        HostChangeRef params = { .change = waiting.change.change };
        Action *action = action_add(cli, cli->servers[0], NULL, waiting.change.nic);
        if (action_wanted(action) && keep)
            call_host_network_confirm(cli->servers[0], &params, on_confirmed, action, action);
        else if (!action->ended)
            ACTION_CALL(action, host_network_revert, &params);
    }
    HostChange_clear(&waiting.change);
    return cli->status;
}

int host_nic_confirm_command(Cli *cli, const Args *args)
{
    (void)args;
    return end_change(cli, true);
}

int host_nic_revert_command(Cli *cli, const Args *args)
{
    (void)args;
    return end_change(cli, false);
}
