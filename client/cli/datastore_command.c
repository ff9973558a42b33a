/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl datastore: list, show, create, refresh, forget. */
#include "client/cli/action.h"

#include "client/core/rules.h"

#include <stdlib.h>

static const Column columns[] = {
    { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
    { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
    { "type", TEXT_CLI_HEAD_TYPE, COLUMN_TEXT },
    { "available", TEXT_CLI_HEAD_AVAILABLE, COLUMN_SIZE },
    { "capacity", TEXT_CLI_HEAD_CAPACITY, COLUMN_SIZE },
    { "path", TEXT_CLI_HEAD_PATH, COLUMN_TEXT },
    { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
};

static json_t *datastore_record(const Server *server, const DatastoreInfo *datastore)
{
    json_t *record = DatastoreInfo_encode(datastore);
    json_object_set_new(record, "server", json_string(server_name(server)));
    return record;
}

int datastore_list_command(Cli *cli, const Args *args)
{
    (void)args;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t s = 0; s < cli->server_count; s++) {
        const Model *model = server_model(cli->servers[s]);
        for (size_t i = 0; i < model_datastore_count(model); i++)
            output_record(&cli->output, datastore_record(cli->servers[s], model_datastore_at(model, i)));
    }
    output_sort(&cli->output);
    return EXIT_OK;
}

int datastore_show_command(Cli *cli, const Args *args)
{
    output_begin(&cli->output, OUTPUT_ONE, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; i < args_count(args, "DATASTORE"); i++) {
        DatastoreTarget target;
        if (find_datastore(cli, args_at(args, "DATASTORE", i), false, &target) == EXIT_OK)
            output_record(&cli->output, datastore_record(target.server, target.datastore));
    }
    return cli->status;
}

/* One of the same name at the same place is what was wanted. */
int datastore_create_command(Cli *cli, const Args *args)
{
    Server *server = cli->servers[0];
    const Model *model = server_model(server);
    DatastoreCreateParams params = { .name = (char *)args_text(args, "NAME"), .path = (char *)args_text(args, "PATH") };
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (!str_equal(datastore->name, params.name) || !str_equal(datastore->path, params.path))
            continue;
        action_unchanged(action_add(cli, server, datastore->id, datastore->name));
        return EXIT_OK;
    }
    Action *action = action_add(cli, server, NULL, params.name);
    AUTO_FREE char *wrong = cli_check_only(cli) ? rules_check_datastore_path(model, params.path) : NULL;
    if (wrong) {
        Error error = { 0 };
        error_set(&error, ERR_PATH_INVALID, params.path, "%s", wrong);
        action_failed(action, &error);
    } else if (action_wanted(action)) {
        ACTION_CALL(action, datastore_create, &params);
    }
    return EXIT_OK;
}

/* All names are looked up before the first datastore is touched. */
static int find_all(Cli *cli, const Args *args, bool missing_ok, DatastoreTarget *targets)
{
    for (size_t i = 0; i < args_count(args, "DATASTORE"); i++) {
        int status = find_datastore(cli, args_at(args, "DATASTORE", i), missing_ok, &targets[i]);
        if (status != EXIT_OK)
            return status;
    }
    return EXIT_OK;
}

static int act(Cli *cli, const Args *args, bool forget)
{
    size_t count = args_count(args, "DATASTORE");
    AUTO_FREE DatastoreTarget *targets = x_calloc(count, sizeof *targets);
    int status = find_all(cli, args, forget && args_has(args, "--if-exists"), targets);
    for (size_t i = 0; status == EXIT_OK && i < count; i++) {
        const DatastoreInfo *datastore = targets[i].datastore;
        if (!datastore) {
            action_unchanged(action_add(cli, cli->servers[0], NULL, args_at(args, "DATASTORE", i)));
            continue;
        }
        Action *action = action_add(cli, targets[i].server, datastore->id, datastore->name);
        DatastoreRef params = { .datastore = datastore->id };
        if (!action_wanted(action))
            continue;
        if (forget)
            ACTION_CALL(action, datastore_forget, &params);
        else
            ACTION_CALL(action, datastore_refresh, &params);
    }
    return status;
}

int datastore_refresh_command(Cli *cli, const Args *args) { return act(cli, args, false); }
int datastore_forget_command(Cli *cli, const Args *args) { return act(cli, args, true); }
