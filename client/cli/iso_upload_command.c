/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poolctl iso upload: sends files, shows how far they are. A file that is there already, with the same SHA-256, is not sent again. What an earlier
 * call could not finish goes on where it stopped, because the host keeps what it has; Ctrl+C therefore only interrupts.
 */
#include "client/cli/action.h"

#include "client/cli/file_digest.h"
#include "client/cli/progress.h"
#include "client/cli/volume_list.h"
#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Sending {
    Cli *cli;
    Server *server;
    const char *datastore; /* UUID */
    const char *path;
    const char *name;      /* on the host */
    int64_t there;         /* size of the volume of that name; -1: none */
} Sending;

/* ---- is it there already? */

static void look(void *context, Server *server, const char *datastore, const VolumeInfo *volume)
{
    (void)server;
    (void)datastore;
    Sending *sending = context;
    if (str_equal(volume->name, sending->name))
        sending->there = volume->capacity;
}

/* The host's digest of the volume; the action ends with it. */
static int digest_there(Sending *sending, Action *action)
{
    VolumeRef params = { .datastore = (char *)sending->datastore, .volume = (char *)sending->name };
    ACTION_CALL(action, volume_digest, &params);
    while (!action->ended) {
        progress_show(sending->cli);
        if (!cli_wait(sending->cli))
            return sending->cli->status;
    }
    progress_clear();
    return EXIT_OK;
}

/* Compares the digests, if a file of that name and size is there and the agent can hash. */
static int compare(Sending *sending, int64_t size, bool *ret_same, char digest[FILE_DIGEST_HEX + 1])
{
    *ret_same = false;
    sending->there = -1;
    int status = volume_list_read(sending->cli, sending->server, sending->datastore, "", look, sending);
    if (status != EXIT_OK || sending->there < 0 || sending->there != size || !server_can(sending->server, METHOD_volume_digest, NULL))
        return status;
    Action *asked = action_add(sending->cli, sending->server, NULL, sending->name);
    asked->told = true; /* no result of its own */
    status = digest_there(sending, asked);
    if (status == EXIT_OK && asked->result)
        status = file_digest(sending->cli, sending->path, digest);
    *ret_same = status == EXIT_OK && str_equal(asked->result, digest);
    return status;
}

/* ---- sending */

static bool has_ended(const Upload *upload)
{
    UploadState state = upload_state(upload);
    return state == UPLOAD_DONE || state == UPLOAD_FAILED || state == UPLOAD_CANCELLED;
}

static void finish(Action *action, const Upload *upload)
{
    json_object_set_new(action->extra, "size", json_integer(upload_size(upload)));
    if (upload_state(upload) == UPLOAD_DONE) {
        json_object_set_new(action->extra, "sha256", json_string(upload_sha256(upload)));
        action_done(action);
        return;
    }
    Error why = { 0 };
    if (upload_error(upload))
        error_copy(&why, upload_error(upload));
    else
        error_set(&why, ERR_CANCELLED, upload_name(upload), NULL);
    action_failed(action, &why);
}

static int wait_for_upload(Sending *sending, Action *action, const Upload *upload)
{
    Cli *cli = sending->cli;
    while (!has_ended(upload)) {
        if (cli_wait(cli)) {
            progress_show(cli);
            continue;
        }
        progress_clear();
        AUTO_FREE char *line = text_format(TEXT_CLI_UPLOAD_STOPPED, upload_name(upload), NULL);
        AUTO_FREE char *safe = text_printable(line);
        fprintf(stderr, "%s\n", safe);
        action->told = action->ended = true;
        return cli->status;
    }
    progress_clear();
    finish(action, upload);
    return EXIT_OK;
}

static int send_file(Sending *sending, bool replace)
{
    Error why = { 0 };
    bool same = false;
    char digest[FILE_DIGEST_HEX + 1] = "";
    int64_t size = file_size(sending->path, &why);
    if (size < 0) {
        action_failed(action_add(sending->cli, sending->server, NULL, sending->name), &why);
        return EXIT_OK;
    }
    int status = compare(sending, size, &same, digest);
    if (status != EXIT_OK)
        return status;
    Action *action = action_add(sending->cli, sending->server, NULL, sending->name);
    action->extra = json_pack("{s:s}", "file", sending->path);
    if (same) {
        json_object_set_new(action->extra, "sha256", json_string(digest));
        json_object_set_new(action->extra, "size", json_integer(sending->there));
        action_unchanged(action);
        return EXIT_OK;
    }
    if (cli_check_only(sending->cli) && sending->there >= 0 && !replace) {
        error_set(&why, ERR_VOLUME_EXISTS, sending->name, NULL);
        action_failed(action, &why);
        return EXIT_OK;
    }
    if (!action_wanted(action))
        return EXIT_OK;
    Upload *upload = upload_start(sending->server, sending->datastore, sending->path, sending->name, replace, &why);
    if (upload)
        return wait_for_upload(sending, action, upload);
    action_failed(action, &why);
    return EXIT_OK;
}

static int send_all(Cli *cli, const Args *args, Server *server, const char *datastore)
{
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "FILE"); i++) {
        const char *path = args_at(args, "FILE", i);
        Sending sending = { .cli = cli, .server = server, .datastore = datastore, .path = path, .name = port_base_name(path) };
        status = send_file(&sending, args_has(args, "--replace"));
    }
    return status;
}

/* With several servers chosen the files go to the datastore of that name on each of them. */
int iso_upload_command(Cli *cli, const Args *args)
{
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < cli->server_count; i++) {
        const DatastoreInfo *found = find_datastore_on(cli, cli->servers[i], args_text(args, "DATASTORE"));
        AUTO_FREE char *id = found ? x_strdup(found->id) : NULL;
        status = found ? send_all(cli, args, cli->servers[i], id) : EXIT_NOT_FOUND;
    }
    return status;
}
