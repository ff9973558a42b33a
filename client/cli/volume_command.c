/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl volume and poolctl iso: list, delete. Uploads are in iso_upload_command.c. */
#include "client/cli/action.h"

#include "client/cli/volume_list.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>

/* Which files a command is about. */
typedef struct Wish {
    Cli *cli;
    bool isos_only;
    const char *only; /* a file's name; NULL: all */
    bool print;
    bool found;
    char *used_by;    /* of the last one found: its VMs; NULL: none */
} Wish;

/* By its content; to delete one its name is enough, for it may be damaged. */
static bool is_iso(const VolumeInfo *volume, bool deleting)
{
    size_t length = strlen(volume->name);
    const char *ending = length > 4 ? volume->name + length - 4 : "";
    return volume->format == VOLUME_FORMAT_ISO || (deleting && (str_equal(ending, ".iso") || str_equal(ending, ".ISO")));
}

static void take(void *context, Server *server, const char *datastore, const VolumeInfo *volume)
{
    Wish *wish = context;
    if ((wish->isos_only && !is_iso(volume, wish->only)) || (wish->only && !str_equal(wish->only, volume->name)))
        return;
    wish->found = true;
    for (size_t i = 0; wish->only && i < volume->used_by.count; i++) {
        char *longer = x_printf("%s%s%s", str_or_empty(wish->used_by), wish->used_by ? ", " : "", volume->used_by.items[i]);
        free(wish->used_by);
        wish->used_by = longer;
    }
    if (!wish->print)
        return;
    json_t *record = VolumeInfo_encode(volume);
    json_object_set_new(record, "server", json_string(server_name(server)));
    json_object_set_new(record, "datastore", json_string(datastore));
    output_record(&wish->cli->output, record);
}

/* ---- list */

/* The ids of a server's active datastores: the model may change while one is read. */
static StrList active_datastores(const Server *server)
{
    StrList ids = { 0 };
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_datastore_count(model); i++)
        if (datastore_works(model_datastore_at(model, i)))
            StrList_add(&ids, model_datastore_at(model, i)->id);
    return ids;
}

static int list_server(Cli *cli, Server *server, Wish *wish)
{
    StrList ids = active_datastores(server);
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < ids.count; i++) {
        const DatastoreInfo *datastore = model_datastore(server_model(server), ids.items[i]);
        status = datastore ? volume_list_read(cli, server, datastore->id, datastore->name, take, wish) : EXIT_OK;
    }
    StrList_clear(&ids);
    return status;
}

static int list(Cli *cli, const Args *args, bool isos_only)
{
    static const Column columns[] = {
        { "datastore", TEXT_CLI_HEAD_DATASTORE, COLUMN_TEXT },  { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "format", TEXT_CLI_HEAD_FORMAT, COLUMN_TEXT },        { "capacity", TEXT_CLI_HEAD_SIZE, COLUMN_SIZE },
        { "allocation", TEXT_CLI_HEAD_ALLOCATED, COLUMN_SIZE }, { "used_by", TEXT_CLI_HEAD_USED_BY, COLUMN_TEXT },
    };
    const char *name = args_text(args, "DATASTORE");
    Wish wish = { .cli = cli, .isos_only = isos_only, .print = true };
    int status = EXIT_OK;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; !name && status == EXIT_OK && i < cli->server_count; i++)
        status = list_server(cli, cli->servers[i], &wish);
    if (!name)
        return status;
    DatastoreTarget target;
    status = find_datastore(cli, name, false, &target);
    return status == EXIT_OK ? volume_list_read(cli, target.server, target.datastore->id, target.datastore->name, take, &wish) : status;
}

int volume_list_command(Cli *cli, const Args *args) { return list(cli, args, false); }
int iso_list_command(Cli *cli, const Args *args) { return list(cli, args, true); }

/* ---- delete */

static int delete_volume(Cli *cli, const DatastoreTarget *target, const char *word, const char *file, bool isos_only, bool if_exists)
{
    Server *server = target->server;
    AUTO_FREE char *id = x_strdup(target->datastore->id);
    Wish wish = { .cli = cli, .isos_only = isos_only, .only = file };
    int status = volume_list_read(cli, server, id, target->datastore->name, take, &wish);
    AUTO_FREE char *used_by = TAKE_PTR(wish.used_by);
    if (status != EXIT_OK)
        return status;
    if (!wish.found && !if_exists) {
        AUTO(error_clear) Error why = { 0 };
        error_set(&why, ERR_VOLUME_NOT_FOUND, file, NULL);
        return cli_fail(cli, &why);
    }
    Action *action = action_add(cli, server, NULL, word);
    VolumeRef params = { .datastore = id, .volume = (char *)file };
    Error in_use = { 0 };
    if (!wish.found) {
        action_unchanged(action);
    } else if (used_by && cli_check_only(cli)) {
        error_set(&in_use, ERR_VOLUME_IN_USE, file, "%s", used_by);
        action_failed(action, &in_use);
    } else if (action_wanted(action)) {
        ACTION_CALL(action, volume_delete, &params);
    }
    return EXIT_OK;
}

static int delete_one(Cli *cli, const char *word, bool isos_only, bool if_exists)
{
    DatastoreTarget target;
    const char *file = NULL;
    int status = find_volume(cli, NULL, word, if_exists, &target, &file);
    if (status == EXIT_OK && !target.datastore)
        action_unchanged(action_add(cli, cli->servers[0], NULL, word));
    else if (status == EXIT_OK)
        status = delete_volume(cli, &target, word, file, isos_only, if_exists);
    return status;
}

static int delete_all(Cli *cli, const Args *args, bool isos_only)
{
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "DATASTORE/FILE"); i++)
        status = delete_one(cli, args_at(args, "DATASTORE/FILE", i), isos_only, args_has(args, "--if-exists"));
    return status;
}

int volume_delete_command(Cli *cli, const Args *args) { return delete_all(cli, args, false); }
int iso_delete_command(Cli *cli, const Args *args) { return delete_all(cli, args, true); }
