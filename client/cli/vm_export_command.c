/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm export: files in a datastore or, with --to, on this machine. */
#include "client/cli/action.h"

#include "client/cli/progress.h"
#include "client/core/exporting.h"

#include <stdlib.h>

typedef struct Fetching {
    bool done;
    json_t *files;
    Error error;
} Fetching;

static void on_fetched(void *context, const Exporting *exporting, const Error *error)
{
    Fetching *fetching = context;
    const StrList *files = exporting_files(exporting);
    fetching->done = true;
    for (size_t i = 0; i < files->count; i++)
        json_array_append_new(fetching->files, json_string(files->items[i]));
    if (error)
        error_copy(&fetching->error, error);
}

static int fetch(Cli *cli, Action *action, const VmExportParams *params, const char *folder)
{
    Fetching fetching = { .files = json_array() };
    Exporting *exporting = exporting_start(cli->core, action->server, params, folder, on_fetched, &fetching);
    int status = EXIT_OK;
    while (!fetching.done) {
        progress_show(cli);
        if (status == EXIT_OK && !cli_wait(cli)) {
            status = cli->status;
            exporting_cancel(exporting);
            break;
        }
    }
    progress_clear();
    if (status != EXIT_OK) {
        action->told = action->ended = true;
    } else if (fetching.error.code) {
        action_failed(action, &fetching.error);
    } else {
        action->extra = json_pack("{s:O}", "files", fetching.files);
        action_done(action);
    }
    json_decref(fetching.files);
    return status;
}

int vm_export_command(Cli *cli, const Args *args)
{
    VmTarget target;
    const char *format = args_text(args, "--format");
    const char *folder = args_text(args, "--to");
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    const DatastoreInfo *datastore = status == EXIT_OK ? find_datastore_on(cli, target.server, str_or_empty(args_text(args, "--datastore"))) : NULL;
    if (!datastore)
        return status == EXIT_OK ? EXIT_NOT_FOUND : status;
    AUTO(VmExportParams_clear) VmExportParams params = {
        .vm = x_strdup(target.vm->id),
        .snapshot = x_strdup(args_text(args, "--snapshot")),
        .datastore = x_strdup(datastore->id),
        .name = x_strdup(args_text(args, "--name")),
        .format = format ? ExportFormat_parse(format) : EXPORT_OVA,
    };
    Action *action = action_add(cli, target.server, target.vm->id, target.vm->name);
    if (!action_wanted(action))
        return EXIT_OK;
    if (folder)
        return fetch(cli, action, &params, folder);
    ACTION_CALL(action, vm_export, &params);
    return EXIT_OK;
}
