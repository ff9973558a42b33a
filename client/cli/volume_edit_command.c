/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl volume show, create, resize, copy on a host, move, wipe, fetch. */
#include "client/cli/action.h"
#include "client/cli/volume_copy.h"

#include "client/core/rules.h"

#include <stdlib.h>
#include <string.h>

#define GIB ((int64_t)1 << 30)

/* ---- show */

typedef struct Looking {
    bool done;
    json_t *record;
    Error error;
} Looking;

static void on_details(void *context, VolumeDetails *details, const Error *error)
{
    Looking *looking = context;
    looking->done = true;
    if (error) {
        error_copy(&looking->error, error);
        return;
    }
    json_t *all = VolumeDetails_encode(details);
    looking->record = json_incref(json_object_get(all, "info"));
    json_object_del(all, "info");
    json_object_update(looking->record, all);
    json_decref(all);
}

static int show_one(Cli *cli, const char *word)
{
    DatastoreTarget target;
    const char *file = NULL;
    Looking looking = { 0 };
    int status = find_volume(cli, NULL, word, false, &target, &file);
    if (status != EXIT_OK)
        return status;
    Server *server = target.server;
    AUTO_FREE char *datastore = x_strdup(target.datastore->name);
    AUTO_FREE char *id = x_strdup(target.datastore->id);
    VolumeRef params = { .datastore = id, .volume = (char *)(uintptr_t)file };
    call_volume_inspect(server, &params, on_details, &looking, &looking);
    while (!looking.done) {
        if (cli_wait(cli))
            continue;
        core_forget(cli->core, &looking);
        return cli->status;
    }
    if (looking.error.code) {
        status = cli_fail(cli, &looking.error);
    } else {
        json_object_set_new(looking.record, "server", json_string(server_name(server)));
        json_object_set_new(looking.record, "datastore", json_string(datastore));
        output_record(&cli->output, looking.record);
    }
    error_clear(&looking.error);
    return status;
}

int volume_show_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "datastore", TEXT_CLI_HEAD_DATASTORE, COLUMN_TEXT },  { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "format", TEXT_CLI_HEAD_FORMAT, COLUMN_TEXT },        { "capacity", TEXT_CLI_HEAD_SIZE, COLUMN_SIZE },
        { "allocation", TEXT_CLI_HEAD_ALLOCATED, COLUMN_SIZE }, { "used_by", TEXT_CLI_HEAD_USED_BY, COLUMN_TEXT },
        { "dependents", TEXT_CLI_HEAD_DEPENDENTS, COLUMN_TEXT }, { "refused", TEXT_CLI_HEAD_REFUSED, COLUMN_TEXT },
    };
    int status = EXIT_OK;
    output_begin(&cli->output, OUTPUT_ONE, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "DATASTORE/FILE"); i++)
        status = show_one(cli, args_at(args, "DATASTORE/FILE", i));
    return status;
}

/* ---- one volume, one task */

/* The volume the word names, as calls want it; the strings are the caller's. */
static int take_volume(Cli *cli, const char *word, Server **ret_server, char **ret_datastore, const char **ret_file)
{
    DatastoreTarget target;
    int status = find_volume(cli, NULL, word, false, &target, ret_file);
    if (status == EXIT_OK) {
        *ret_server = target.server;
        *ret_datastore = x_strdup(target.datastore->id);
    }
    return status;
}

/* "" or NULL: the format stays. */
static int take_format(Cli *cli, const Args *args, VolumeFormat *ret)
{
    const char *word = args_text(args, "--format");
    *ret = str_empty(word) ? VOLUME_FORMAT_UNKNOWN : VolumeFormat_parse(str_equal(word, "vhd") ? "vpc" : word);
    return !str_empty(word) && *ret == VOLUME_FORMAT_UNKNOWN ? cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_A_FORMAT, word, NULL)) : EXIT_OK;
}

int volume_create_command(Cli *cli, const Args *args)
{
    Server *server = NULL;
    AUTO_FREE char *datastore = NULL;
    const char *file = NULL, *word = args_text(args, "DATASTORE/FILE");
    VolumeCreateParams params = { .thick = args_has(args, "--thick"), .capacity = args_size(args, "SIZE", GIB) };
    int status = take_volume(cli, word, &server, &datastore, &file);
    if (status == EXIT_OK)
        status = take_format(cli, args, &params.format);
    if (status != EXIT_OK)
        return status;
    params.datastore = datastore;
    params.name = (char *)(uintptr_t)file;
    params.format = params.format == VOLUME_FORMAT_UNKNOWN ? VOLUME_FORMAT_QCOW2 : params.format;
    Action *action = action_add(cli, server, NULL, word);
    if (action_wanted(action))
        ACTION_CALL(action, volume_create, &params);
    return EXIT_OK;
}

int volume_resize_command(Cli *cli, const Args *args)
{
    Server *server = NULL;
    AUTO_FREE char *datastore = NULL;
    const char *file = NULL, *word = args_text(args, "DATASTORE/FILE");
    VolumeResizeParams params = { .capacity = args_size(args, "SIZE", GIB) };
    int status = take_volume(cli, word, &server, &datastore, &file);
    if (status != EXIT_OK)
        return status;
    params.datastore = datastore;
    params.volume = (char *)(uintptr_t)file;
    Action *action = action_add(cli, server, NULL, word);
    if (action_wanted(action))
        ACTION_CALL(action, volume_resize, &params);
    return EXIT_OK;
}

/* DATASTORE/FILE to DATASTORE/FILE, both on the same server. */
static int copy_or_move(Cli *cli, const Args *args, bool move)
{
    Server *server = NULL;
    AUTO_FREE char *from = NULL;
    const char *file = NULL, *name = NULL, *word = args_text(args, "DATASTORE/FILE");
    VolumeFormat format = VOLUME_FORMAT_UNKNOWN;
    DatastoreTarget target;
    int status = take_volume(cli, word, &server, &from, &file);
    if (status == EXIT_OK)
        status = find_volume(cli, server, args_text(args, "NEW/FILE"), false, &target, &name);
    if (status == EXIT_OK)
        status = take_format(cli, args, &format);
    if (status != EXIT_OK)
        return status;
    VolumeCopyParams copy = { from, (char *)(uintptr_t)file, target.datastore->id, (char *)(uintptr_t)name, format };
    VolumeMoveParams moved = { from, (char *)(uintptr_t)file, target.datastore->id, (char *)(uintptr_t)name, format };
    Action *action = action_add(cli, server, NULL, word);
    if (!action_wanted(action))
        return EXIT_OK;
    if (move)
        ACTION_CALL(action, volume_move, &moved);
    else
        ACTION_CALL(action, volume_copy, &copy);
    return EXIT_OK;
}

int volume_copy_command(Cli *cli, const Args *args)
{
    return args_has(args, "--from") ? volume_copy_from(cli, args) : copy_or_move(cli, args, false);
}

int volume_move_command(Cli *cli, const Args *args) { return copy_or_move(cli, args, true); }

int volume_wipe_command(Cli *cli, const Args *args)
{
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "DATASTORE/FILE"); i++) {
        Server *server = NULL;
        AUTO_FREE char *datastore = NULL;
        const char *file = NULL, *word = args_at(args, "DATASTORE/FILE", i);
        status = take_volume(cli, word, &server, &datastore, &file);
        if (status != EXIT_OK)
            continue;
        VolumeRef params = { .datastore = datastore, .volume = (char *)(uintptr_t)file };
        Action *action = action_add(cli, server, NULL, word);
        if (action_wanted(action))
            ACTION_CALL(action, volume_wipe, &params);
    }
    return status;
}

int volume_fetch_command(Cli *cli, const Args *args)
{
    Server *server = NULL;
    AUTO_FREE char *datastore = NULL;
    const char *file = NULL, *word = args_text(args, "DATASTORE/FILE");
    int status = take_volume(cli, word, &server, &datastore, &file);
    if (status != EXIT_OK)
        return status;
    VolumeFetchParams params = { .datastore = datastore, .name = (char *)(uintptr_t)file, .url = (char *)(uintptr_t)args_text(args, "URL"),
                                 .sha256 = (char *)(uintptr_t)args_text(args, "--sha256"), .proxy = (char *)(uintptr_t)args_text(args, "--proxy"),
                                 .size = args_number(args, "--size", 0), .replace = args_has(args, "--replace") };
    Action *action = action_add(cli, server, NULL, word);
    if (action_wanted(action))
        ACTION_CALL(action, volume_fetch, &params);
    return EXIT_OK;
}
