/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl datastore: list, show, create, refresh, forget. */
#include "client/cli/action.h"
#include "client/cli/seed_options.h"

#include "client/core/rules.h"

#include <stdlib.h>

static const Column columns[] = {
    { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
    { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
    { "type", TEXT_CLI_HEAD_TYPE, COLUMN_TEXT },
    { "available", TEXT_CLI_HEAD_AVAILABLE, COLUMN_SIZE },
    { "low", TEXT_CLI_HEAD_LOW_SPACE, COLUMN_YES },
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

/* Texts are borrowed, the list of devices is the caller's; the password is not among them. */
static DatastoreSpec spec_of(const Args *args)
{
    const char *kind = args_text(args, "--kind");
    DatastoreSpec spec = { .name = (char *)args_text(args, "NAME"), .path = (char *)args_text(args, "PATH"),
                           .kind = kind ? DatastoreKind_parse(kind) : DATASTORE_KIND_DIR, .host = (char *)args_text(args, "--host"),
                           .source = (char *)args_text(args, "--source"), .version = (char *)args_text(args, "--nfs-version"), .user = (char *)args_text(args, "--user"),
                           .port = args_number(args, "--port", 0),
                           .format = (char *)args_text(args, "--make") };
    for (size_t i = 0; i < args_count(args, "--device"); i++)
        StrList_add(&spec.devices, args_at(args, "--device", i));
    return spec;
}

static void spec_clear(DatastoreSpec *spec)
{
    x_free_secret(spec->password);
    StrList_clear(&spec->devices);
}

static void create_directory(Action *action, const Model *model, const DatastoreSpec *spec)
{
    DatastoreCreateParams params = { .name = spec->name, .path = (char *)str_or_empty(spec->path) };
    AUTO_FREE char *wrong = cli_check_only(action->cli) ? rules_check_datastore_path(model, params.path) : NULL;
    if (wrong) {
        AUTO(error_clear) Error error = { 0 };
        error_set(&error, ERR_PATH_INVALID, params.path, "%s", wrong);
        action_failed(action, &error);
    } else if (action_wanted(action)) {
        ACTION_CALL(action, datastore_create, &params);
    }
}

/* To check one of another kind is to let the host try it. */
static void create_other(Action *action, const DatastoreSpec *spec)
{
    if (cli_check_only(action->cli))
        ACTION_CALL(action, datastore_test, spec);
    else
        ACTION_CALL(action, datastore_add, spec);
}

/* One of the same name at the same place is what was wanted. */
int datastore_create_command(Cli *cli, const Args *args)
{
    Server *server = cli->servers[0];
    const Model *model = server_model(server);
    AUTO(spec_clear) DatastoreSpec spec = spec_of(args);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (!str_equal(datastore->name, spec.name) || !str_equal(datastore->path, str_or_empty(spec.path)))
            continue;
        action_unchanged(action_add(cli, server, datastore->id, datastore->name));
        return EXIT_OK;
    }
    int status = args_has(args, "--secret-file") ? cli_read_secret(cli, args_text(args, "--secret-file"), &spec.password) : EXIT_OK;
    if (status != EXIT_OK)
        return status;
    Action *action = action_add(cli, server, NULL, spec.name);
    if (spec.kind == DATASTORE_KIND_DIR)
        create_directory(action, model, &spec);
    else
        create_other(action, &spec);
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

int datastore_detach_command(Cli *cli, const Args *args)
{
    size_t count = args_count(args, "DATASTORE");
    AUTO_FREE DatastoreTarget *targets = x_calloc(count, sizeof *targets);
    int status = find_all(cli, args, false, targets);
    for (size_t i = 0; status == EXIT_OK && i < count; i++) {
        Action *action = action_add(cli, targets[i].server, targets[i].datastore->id, targets[i].datastore->name);
        DatastoreRef params = { .datastore = targets[i].datastore->id };
        if (action_wanted(action))
            ACTION_CALL(action, datastore_detach, &params);
    }
    return status;
}

/* The name has to be said twice. */
int datastore_destroy_command(Cli *cli, const Args *args)
{
    DatastoreTarget target;
    int status = find_datastore(cli, args_text(args, "DATASTORE"), false, &target);
    if (status != EXIT_OK)
        return status;
    if (!str_equal(args_text(args, "--confirm"), target.datastore->name))
        return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_CONFIRM, target.datastore->name, NULL));
    Action *action = action_add(cli, target.server, target.datastore->id, target.datastore->name);
    DatastoreRef params = { .datastore = target.datastore->id };
    if (action_wanted(action))
        ACTION_CALL(action, datastore_destroy, &params);
    return EXIT_OK;
}

static bool yes_or(const Args *args, const char *option, bool now) { return args_text(args, option) ? str_equal(args_text(args, option), "yes") : now; }

/* What is not said stays. */
int datastore_set_command(Cli *cli, const Args *args)
{
    DatastoreTarget target;
    int status = find_datastore(cli, args_text(args, "DATASTORE"), false, &target);
    if (status != EXIT_OK)
        return status;
    const DatastoreInfo *store = target.datastore;
    DatastoreSetParams params = { .datastore = store->id, .autostart = yes_or(args, "--autostart", store->autostart),
                                  .iso_library = yes_or(args, "--iso-library", store->iso_library),
                                  .is_default = yes_or(args, "--default", store->is_default),
                                  .low_space = args_number(args, "--low-space", store->low_space) };
    Action *action = action_add(cli, target.server, store->id, store->name);
    if (action_wanted(action))
        ACTION_CALL(action, datastore_set, &params);
    return EXIT_OK;
}
