/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poolctl iso upload: sends files, shows how far they are. What an earlier call could not finish goes on where it stopped, because the host
 * keeps what it has. Ctrl+C therefore only interrupts.
 */
#include "client/cli/action.h"

#include "client/cli/progress.h"
#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>

static bool has_ended(const Upload *upload)
{
    UploadState state = upload_state(upload);
    return state == UPLOAD_DONE || state == UPLOAD_FAILED || state == UPLOAD_CANCELLED;
}

static void finish(Action *action, const Upload *upload)
{
    action->extra = json_pack("{s:s, s:I}", "file", upload_path(upload), "size", (json_int_t)upload_size(upload));
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

static int send_file(Cli *cli, const DatastoreTarget *target, const char *path, bool replace)
{
    Error why = { 0 };
    Action *action = action_add(cli, target->server, NULL, port_base_name(path));
    if (!action_wanted(action))
        return EXIT_OK;
    Upload *upload = upload_start(target->server, target->datastore->id, path, port_base_name(path), replace, &why);
    if (!upload) {
        action_failed(action, &why);
        return EXIT_OK;
    }
    while (!has_ended(upload)) {
        if (!cli_wait(cli)) {
            progress_clear();
            AUTO_FREE char *line = text_format(TEXT_CLI_UPLOAD_STOPPED, upload_name(upload), NULL);
            AUTO_FREE char *safe = text_printable(line);
            fprintf(stderr, "%s\n", safe);
            action->told = action->ended = true;
            return cli->status;
        }
        progress_show(cli);
    }
    progress_clear();
    finish(action, upload);
    return EXIT_OK;
}

/* With several servers chosen the files go to the datastore of that name on each of them. */
int iso_upload_command(Cli *cli, const Args *args)
{
    int status = EXIT_OK;
    for (size_t s = 0; status == EXIT_OK && s < cli->server_count; s++) {
        const DatastoreInfo *found = find_datastore_on(cli, cli->servers[s], args_text(args, "DATASTORE"));
        status = found ? EXIT_OK : EXIT_NOT_FOUND;
        AUTO_FREE char *id = found ? x_strdup(found->id) : NULL;
        for (size_t i = 0; status == EXIT_OK && i < args_count(args, "FILE"); i++) {
            const DatastoreInfo *datastore = model_datastore(server_model(cli->servers[s]), id);
            if (datastore)
                status = send_file(cli, &(DatastoreTarget){ cli->servers[s], datastore }, args_at(args, "FILE", i), args_has(args, "--replace"));
        }
    }
    return status;
}
