/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl volume download: a file of a datastore to this machine, resumed after a break and by the next call, compared by SHA-256. */
#include "client/cli/action.h"

#include "client/cli/progress.h"
#include "client/core/download.h"
#include "client/core/port.h"

#include <stdlib.h>

typedef struct Getting {
    bool ended;
    char *sha256;
    int64_t size;
    Error error;
} Getting;

static void on_done(void *context, const Download *download, const Error *error)
{
    Getting *getting = context;
    getting->ended = true;
    getting->sha256 = x_strdup(download_sha256(download));
    getting->size = download_size(download);
    if (error)
        error_copy(&getting->error, error);
}

/* Ctrl+C only interrupts: what has come stays in the part file. */
static int wait_for(Cli *cli, Getting *getting, Action *action)
{
    while (!getting->ended) {
        if (cli_wait(cli)) {
            progress_show(cli);
            continue;
        }
        progress_clear();
        core_forget(cli->core, getting);
        action->told = action->ended = true;
        return cli->status;
    }
    progress_clear();
    if (getting->error.code) {
        action_failed(action, &getting->error);
        return EXIT_OK;
    }
    json_object_set_new(action->extra, "size", json_integer(getting->size));
    json_object_set_new(action->extra, "sha256", json_string(getting->sha256));
    action_done(action);
    return EXIT_OK;
}

int volume_download_command(Cli *cli, const Args *args)
{
    DatastoreTarget target;
    const char *file = NULL, *word = args_text(args, "DATASTORE/FILE");
    int status = find_volume(cli, NULL, word, false, &target, &file);
    if (status != EXIT_OK)
        return status;
    const char *path = args_text(args, "FILE") ? args_text(args, "FILE") : file;
    Getting getting = { 0 };
    Error why = { 0 };
    Action *action = action_add(cli, target.server, NULL, word);
    action->extra = json_pack("{s:s}", "file", path);
    if (!args_has(args, "--replace") && port_file_exists(path)) {
        error_set(&why, ERR_FILE_WRITE, path, "%s", text(TEXT_CLI_FILE_EXISTS));
        action_failed(action, &why);
        return EXIT_OK;
    }
    if (!action_wanted(action))
        return EXIT_OK;
    if (!download_start(target.server, target.datastore->id, file, path, on_done, &getting, &getting, &why)) {
        action_failed(action, &why);
        return EXIT_OK;
    }
    status = wait_for(cli, &getting, action);
    free(getting.sha256);
    return status;
}
