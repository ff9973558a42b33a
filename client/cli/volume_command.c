/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl volume and poolctl iso: list, delete. Uploads are in iso_upload_command.c. */
#include "client/cli/action.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading a datastore */

typedef struct Reading {
    bool done;
    VolumeList list;
    Error error;
} Reading;

static void on_volumes(void *context, VolumeList *list, const Error *error)
{
    Reading *reading = context;
    reading->done = true;
    if (error) {
        error_copy(&reading->error, error);
    } else {
        reading->list = *list;
        *list = (VolumeList){ 0 };
    }
}

/* One page of it. */
static int read_page(Cli *cli, Server *server, const VolumeListParams *params, VolumeList *ret)
{
    Reading reading = { 0 };
    call_volume_list(server, params, on_volumes, &reading, &reading);
    while (!reading.done) {
        if (cli_wait(cli))
            continue;
        core_forget(cli->core, &reading);
        return cli->status;
    }
    int status = reading.error.code ? cli_fail(cli, &reading.error) : EXIT_OK;
    error_clear(&reading.error);
    *ret = reading.list;
    return status;
}

typedef struct Wish {
    bool isos_only;
    const char *only;   /* a file's name; NULL: all */
    bool found;
    void (*each)(Cli *cli, Server *server, const char *datastore, const VolumeInfo *volume);
} Wish;

static void take_page(Cli *cli, Server *server, const char *datastore, const VolumeList *page, Wish *wish)
{
    for (size_t i = 0; i < page->volumes.count; i++) {
        const VolumeInfo *volume = &page->volumes.items[i];
        bool wanted = (!wish->isos_only || volume->format == VOLUME_FORMAT_ISO) && (!wish->only || str_equal(wish->only, volume->name));
        wish->found |= wanted;
        if (wanted && wish->each)
            wish->each(cli, server, datastore, volume);
    }
}

static int read_all(Cli *cli, Server *server, const char *id, const char *name, Wish *wish)
{
    AUTO_FREE char *own_id = x_strdup(id);
    AUTO_FREE char *own_name = x_strdup(name);
    VolumeListParams params = { .datastore = own_id };
    for (;;) {
        VolumeList page = { 0 };
        int status = read_page(cli, server, &params, &page);
        take_page(cli, server, own_name, &page, wish);
        size_t count = page.volumes.count;
        params.skip += (int64_t)count;
        bool last = params.skip >= page.total || count == 0;
        VolumeList_clear(&page);
        if (status != EXIT_OK || last)
            return status;
    }
}

/* ---- list */

static void print_volume(Cli *cli, Server *server, const char *datastore, const VolumeInfo *volume)
{
    json_t *record = VolumeInfo_encode(volume);
    json_object_set_new(record, "server", json_string(server_name(server)));
    json_object_set_new(record, "datastore", json_string(datastore));
    output_record(&cli->output, record);
}

/* The ids of a server's active datastores: the model may change while one is read. */
static StrList active_datastores(const Server *server)
{
    StrList ids = { 0 };
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_datastore_count(model); i++)
        if (model_datastore_at(model, i)->state == DATASTORE_STATE_ACTIVE)
            StrList_add(&ids, model_datastore_at(model, i)->id);
    return ids;
}

static int list_server(Cli *cli, Server *server, Wish *wish)
{
    StrList ids = active_datastores(server);
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < ids.count; i++) {
        const DatastoreInfo *datastore = model_datastore(server_model(server), ids.items[i]);
        status = datastore ? read_all(cli, server, datastore->id, datastore->name, wish) : EXIT_OK;
    }
    StrList_clear(&ids);
    return status;
}

static int list(Cli *cli, const Args *args, bool isos_only)
{
    static const Column columns[] = {
        { "datastore", TEXT_CLI_HEAD_DATASTORE, COLUMN_TEXT }, { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "format", TEXT_CLI_HEAD_FORMAT, COLUMN_TEXT },       { "capacity", TEXT_CLI_HEAD_SIZE, COLUMN_SIZE },
        { "allocation", TEXT_CLI_HEAD_ALLOCATED, COLUMN_SIZE }, { "used_by", TEXT_CLI_HEAD_USED_BY, COLUMN_TEXT },
    };
    const char *name = args_text(args, "DATASTORE");
    Wish wish = { .isos_only = isos_only, .each = print_volume };
    int status = EXIT_OK;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; !name && status == EXIT_OK && i < cli->server_count; i++)
        status = list_server(cli, cli->servers[i], &wish);
    if (!name)
        return status;
    DatastoreTarget target;
    status = find_datastore(cli, name, false, &target);
    return status == EXIT_OK ? read_all(cli, target.server, target.datastore->id, target.datastore->name, &wish) : status;
}

int volume_list_command(Cli *cli, const Args *args) { return list(cli, args, false); }
int iso_list_command(Cli *cli, const Args *args) { return list(cli, args, true); }

/* ---- delete */

static int delete_one(Cli *cli, const char *word, bool isos_only, bool if_exists)
{
    DatastoreTarget target;
    const char *file = NULL;
    int status = find_volume(cli, NULL, word, if_exists, &target, &file);
    if (status != EXIT_OK)
        return status;
    if (!target.datastore) {
        action_unchanged(action_add(cli, cli->servers[0], NULL, word));
        return EXIT_OK;
    }
    Server *server = target.server;
    AUTO_FREE char *id = x_strdup(target.datastore->id);
    Wish wish = { .isos_only = isos_only, .only = file };
    status = read_all(cli, server, id, target.datastore->name, &wish);
    if (status != EXIT_OK)
        return status;
    if (!wish.found && !if_exists) {
        AUTO(error_clear) Error why = { 0 };
        error_set(&why, ERR_VOLUME_NOT_FOUND, file, NULL);
        return cli_fail(cli, &why);
    }
    Action *action = action_add(cli, server, NULL, word);
    VolumeRef params = { .datastore = id, .volume = (char *)file };
    if (!wish.found)
        action_unchanged(action);
    else if (action_wanted(action))
        ACTION_CALL(action, volume_delete, &params);
    return EXIT_OK;
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
