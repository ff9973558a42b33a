/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl network: show, leases, vms, create, set, start, stop, restart, autostart, delete; host nics. */
#include "client/cli/action.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- looking */

typedef struct Looking {
    bool ended;
    NetworkDetails details;
    HostNicTable nics;
    Error error;
} Looking;

static void looking_clear(Looking *looking)
{
    NetworkDetails_clear(&looking->details);
    HostNicTable_clear(&looking->nics);
    error_clear(&looking->error);
}

static void on_details(void *context, NetworkDetails *details, const Error *error)
{
    Looking *looking = context;
    looking->ended = true;
    if (details) {
        looking->details = *details;
        *details = (NetworkDetails){ 0 };
    } else {
        error_copy(&looking->error, error);
    }
}

static void on_nics(void *context, HostNicTable *nics, const Error *error)
{
    Looking *looking = context;
    looking->ended = true;
    if (nics) {
        looking->nics = *nics;
        *nics = (HostNicTable){ 0 };
    } else {
        error_copy(&looking->error, error);
    }
}

static int wait_for(Cli *cli, Looking *looking)
{
    while (!looking->ended && cli_wait(cli))
        ;
    if (!looking->ended)
        core_forget(cli->core, looking);
    else if (looking->error.code)
        cli_fail(cli, &looking->error);
    return cli->status;
}

static int look(Cli *cli, const NetworkInfo *network, Looking *looking)
{
    NetworkRef params = { .network = network->id };
    call_network_get(cli->servers[0], &params, on_details, looking, looking);
    return wait_for(cli, looking);
}

/* The network that NETWORK names; NULL: refused. */
static const NetworkInfo *named(Cli *cli, const Args *args) { return find_network_on(cli, cli->servers[0], args_text(args, "NETWORK")); }

int network_show_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },          { "mode", TEXT_CLI_HEAD_MODE, COLUMN_TEXT },
        { "active", TEXT_CLI_HEAD_ACTIVE, COLUMN_YES },       { "autostart", TEXT_CLI_HEAD_AUTOSTART, COLUMN_YES },
        { "bridge", TEXT_CLI_HEAD_BRIDGE, COLUMN_TEXT },      { "address", TEXT_CLI_HEAD_ADDRESS, COLUMN_TEXT },
        { "prefix", TEXT_CLI_HEAD_PREFIX, COLUMN_NUMBER },    { "address6", TEXT_CLI_HEAD_ADDRESS6, COLUMN_TEXT },
        { "domain", TEXT_CLI_HEAD_DOMAIN, COLUMN_TEXT },      { "device", TEXT_CLI_HEAD_OVER_CARD, COLUMN_TEXT },
        { "vlan", TEXT_CLI_HEAD_VLAN, COLUMN_NUMBER },        { "pending", TEXT_CLI_HEAD_PENDING, COLUMN_YES },
    };
    Looking looking = { 0 };
    const NetworkInfo *network = named(cli, args);
    if (!network)
        return cli->status;
    AUTO_FREE char *id = x_strdup(network->id);
    if (look(cli, network, &looking) == EXIT_OK) {
        json_t *record = NetworkConfig_encode(looking.details.config);
        json_object_set_new(record, "id", json_string(id));
        json_object_set_new(record, "active", json_boolean(looking.details.active));
        json_object_set_new(record, "pending", json_boolean(looking.details.pending));
        output_begin(&cli->output, OUTPUT_ONE, columns, ARRAY_SIZE(columns));
        output_record(&cli->output, record);
    }
    looking_clear(&looking);
    return cli->status;
}

int network_leases_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "address", TEXT_CLI_HEAD_ADDRESS, COLUMN_TEXT }, { "mac", TEXT_CLI_HEAD_MAC, COLUMN_TEXT },     { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "vm", TEXT_CLI_HEAD_VM, COLUMN_TEXT },           { "expires", TEXT_CLI_HEAD_EXPIRES, COLUMN_TIME },
    };
    Looking looking = { 0 };
    const NetworkInfo *network = named(cli, args);
    if (network && look(cli, network, &looking) == EXIT_OK) {
        output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
        for (size_t i = 0; i < looking.details.leases.count; i++)
            output_record(&cli->output, NetworkLease_encode(&looking.details.leases.items[i]));
        output_sort(&cli->output);
    }
    looking_clear(&looking);
    return cli->status;
}

int network_vms_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },       { "running", TEXT_CLI_HEAD_RUNNING, COLUMN_YES }, { "mac", TEXT_CLI_HEAD_MAC, COLUMN_TEXT },
        { "address", TEXT_CLI_HEAD_ADDRESS, COLUMN_TEXT }, { "vm", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    Looking looking = { 0 };
    const NetworkInfo *network = named(cli, args);
    if (network && look(cli, network, &looking) == EXIT_OK) {
        output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
        for (size_t i = 0; i < looking.details.clients.count; i++)
            output_record(&cli->output, NetworkClient_encode(&looking.details.clients.items[i]));
        output_sort(&cli->output);
    }
    looking_clear(&looking);
    return cli->status;
}

int host_nics_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },     { "kind", TEXT_CLI_HEAD_KIND, COLUMN_TEXT },     { "up", TEXT_CLI_HEAD_UP, COLUMN_YES },
        { "link", TEXT_CLI_HEAD_LINK, COLUMN_YES },      { "speed", TEXT_CLI_HEAD_SPEED, COLUMN_NUMBER }, { "driver", TEXT_CLI_HEAD_DRIVER, COLUMN_TEXT },
        { "master", TEXT_CLI_HEAD_MASTER, COLUMN_TEXT }, { "mac", TEXT_CLI_HEAD_MAC, COLUMN_TEXT },
    };
    Looking looking = { 0 };
    Empty none;
    (void)args;
    call_host_nics(cli->servers[0], &none, on_nics, &looking, &looking);
    if (wait_for(cli, &looking) == EXIT_OK) {
        output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
        for (size_t i = 0; i < looking.nics.nics.count; i++)
            output_record(&cli->output, HostNic_encode(&looking.nics.nics.items[i]));
    }
    looking_clear(&looking);
    return cli->status;
}

/* ---------------------------------------------------------------- settings from options */

static int refuse(Cli *cli, const char *word) { return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_A_NETWORK_SETTING, word, NULL)); }

static bool is_none(const char *word) { return str_equal(word, "none"); }

static void replace(char **place, const char *value)
{
    free(*place);
    *place = !value || is_none(value) ? NULL : x_strdup(value);
}

/* "192.0.2.1/24", or "none". */
static bool take_address(const char *word, char **address, int64_t *prefix)
{
    const char *slash = strchr(word, '/');
    char *end = NULL;
    replace(address, NULL);
    *prefix = 0;
    if (is_none(word))
        return true;
    long length = slash ? strtol(slash + 1, &end, 10) : 0;
    if (!slash || end == slash + 1 || *end || length < 1 || length > 128)
        return false;
    *address = x_strndup(word, (size_t)(slash - word));
    *prefix = length;
    return true;
}

/* FIRST-LAST */
static bool add_range(NetworkConfig *config, const char *word)
{
    const char *dash = strchr(word, '-');
    if (!dash)
        return false;
    DhcpRange range = { x_strndup(word, (size_t)(dash - word)), x_strdup(dash + 1) };
    DhcpRangeList_add(&config->ranges, &range);
    return true;
}

/* MAC=ADDRESS[=NAME] */
static bool add_lease(NetworkConfig *config, const char *word)
{
    const char *first = strchr(word, '=');
    const char *second = first ? strchr(first + 1, '=') : NULL;
    if (!first)
        return false;
    size_t length = second ? (size_t)(second - first - 1) : strlen(first + 1);
    DhcpHost host = { x_strndup(word, (size_t)(first - word)), x_strndup(first + 1, length), second && second[1] ? x_strdup(second + 1) : NULL };
    DhcpHostList_add(&config->hosts, &host);
    return true;
}

/* A list that is given replaces the list there was; the word none empties it. */
static int take_lists(Cli *cli, const Args *args, NetworkConfig *config)
{
    if (args_has(args, "--dhcp"))
        DhcpRangeList_clear(&config->ranges);
    for (size_t i = 0; i < args_count(args, "--dhcp"); i++)
        if (!is_none(args_at(args, "--dhcp", i)) && !add_range(config, args_at(args, "--dhcp", i)))
            return refuse(cli, args_at(args, "--dhcp", i));
    if (args_has(args, "--lease"))
        DhcpHostList_clear(&config->hosts);
    for (size_t i = 0; i < args_count(args, "--lease"); i++)
        if (!is_none(args_at(args, "--lease", i)) && !add_lease(config, args_at(args, "--lease", i)))
            return refuse(cli, args_at(args, "--lease", i));
    return EXIT_OK;
}

static int take_options(Cli *cli, const Args *args, NetworkConfig *config)
{
    if (args_has(args, "--mode"))
        config->mode = NetworkMode_parse(args_text(args, "--mode"));
    if (args_has(args, "--bridge"))
        replace(&config->bridge, args_text(args, "--bridge"));
    if (args_has(args, "--device"))
        replace(&config->device, args_text(args, "--device"));
    if (args_has(args, "--domain"))
        replace(&config->domain, args_text(args, "--domain"));
    if (args_has(args, "--address") && !take_address(args_text(args, "--address"), &config->address, &config->prefix))
        return refuse(cli, args_text(args, "--address"));
    if (args_has(args, "--address6") && !take_address(args_text(args, "--address6"), &config->address6, &config->prefix6))
        return refuse(cli, args_text(args, "--address6"));
    config->vlan = args_number(args, "--vlan", config->vlan);
    return take_lists(cli, args, config);
}

int network_create_command(Cli *cli, const Args *args)
{
    AUTO(NetworkConfig_clear) NetworkConfig config = { .name = x_strdup(args_text(args, "NAME")), .mode = NETWORK_MODE_NAT };
    int status = take_options(cli, args, &config);
    if (status != EXIT_OK)
        return status;
    config.autostart = args_has(args, "--autostart");
    NetworkCreateParams params = { .config = &config, .start = !args_has(args, "--no-start") };
    Action *action = action_add(cli, cli->servers[0], NULL, config.name);
    if (action_wanted(action))
        ACTION_CALL(action, network_create, &params);
    return EXIT_OK;
}

int network_set_command(Cli *cli, const Args *args)
{
    Looking looking = { 0 };
    const NetworkInfo *network = named(cli, args);
    if (!network)
        return cli->status;
    AUTO_FREE char *id = x_strdup(network->id);
    int status = look(cli, network, &looking);
    if (status == EXIT_OK)
        status = take_options(cli, args, looking.details.config);
    if (status == EXIT_OK) {
        NetworkConfigureParams params = { .network = id, .revision = looking.details.revision, .config = looking.details.config,
                                          .restart = args_has(args, "--restart") };
        Action *action = action_add(cli, cli->servers[0], id, looking.details.config->name);
        if (action_wanted(action))
            ACTION_CALL(action, network_configure, &params);
    }
    looking_clear(&looking);
    return status;
}

/* ---------------------------------------------------------------- start, stop, autostart, delete */

/* All names are looked up before the first network is touched. */
static int find_all(Cli *cli, const Args *args, const NetworkInfo **ret)
{
    for (size_t i = 0; i < args_count(args, "NETWORK"); i++)
        if (!(ret[i] = find_network_on(cli, cli->servers[0], args_at(args, "NETWORK", i))))
            return cli->status;
    return EXIT_OK;
}

static void call_one(Action *action, const NetworkInfo *network, Method method)
{
    NetworkRef params = { .network = network->id };
    if (method == METHOD_network_start)
        ACTION_CALL(action, network_start, &params);
    else if (method == METHOD_network_stop)
        ACTION_CALL(action, network_stop, &params);
    else if (method == METHOD_network_restart)
        ACTION_CALL(action, network_restart, &params);
    else
        ACTION_CALL(action, network_delete, &params);
}

static int act(Cli *cli, const Args *args, Method method)
{
    size_t count = args_count(args, "NETWORK");
    AUTO_FREE const NetworkInfo **networks = x_calloc(count, sizeof *networks);
    int status = find_all(cli, args, networks);
    for (size_t i = 0; status == EXIT_OK && i < count; i++) {
        Action *action = action_add(cli, cli->servers[0], networks[i]->id, networks[i]->name);
        if ((method == METHOD_network_start && networks[i]->active) || ((method == METHOD_network_stop || method == METHOD_network_restart) && !networks[i]->active))
            action_unchanged(action);
        else if (action_wanted(action))
            call_one(action, networks[i], method);
    }
    return status;
}

int network_start_command(Cli *cli, const Args *args) { return act(cli, args, METHOD_network_start); }
int network_stop_command(Cli *cli, const Args *args) { return act(cli, args, METHOD_network_stop); }
int network_restart_command(Cli *cli, const Args *args) { return act(cli, args, METHOD_network_restart); }
int network_delete_command(Cli *cli, const Args *args) { return act(cli, args, METHOD_network_delete); }

int network_autostart_command(Cli *cli, const Args *args)
{
    const NetworkInfo *network = named(cli, args);
    if (!network)
        return cli->status;
    bool on = !args_has(args, "--off");
    Action *action = action_add(cli, cli->servers[0], network->id, network->name);
    NetworkAutostartParams params = { .network = network->id, .autostart = on };
    if (network->autostart == on)
        action_unchanged(action);
    else if (action_wanted(action))
        ACTION_CALL(action, network_set_autostart, &params);
    return EXIT_OK;
}
