/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies from host to host: see volume_copy.h. The hosts do it by themselves where they can; this program stays until it has ended either way. */
#include "client/cli/volume_copy.h"

#include "client/cli/action.h"
#include "client/cli/progress.h"
#include "client/cli/session.h"
#include "client/core/copying.h"
#include "client/core/port.h"

#include <stdlib.h>

enum { CANCEL_MS = 10000 };

typedef struct Sending {
    bool ended;
    bool straight;
    int64_t size;
    char *sha256;
    Error error;
} Sending;

static void on_done(void *context, const Copying *copying, const Error *error)
{
    Sending *sending = context;
    sending->ended = true;
    sending->straight = copying_straight(copying);
    sending->size = copying_size(copying);
    sending->sha256 = x_strdup(copying_sha256(copying));
    if (error)
        error_copy(&sending->error, error);
}

/* Ctrl+C, or the time is up: what is half there is removed before this program ends. */
static void wait_cancelled(Cli *cli, Copying *copying, const Sending *sending)
{
    int64_t until = port_monotonic_ms() + CANCEL_MS;
    copying_cancel(copying);
    while (!sending->ended && port_monotonic_ms() < until)
        core_wait(cli->core, 100);
}

static int wait_for(Cli *cli, Copying *copying, Sending *sending, Action *action)
{
    int status = EXIT_OK;
    while (!sending->ended && status == EXIT_OK) {
        if (cli_wait(cli))
            progress_show(cli);
        else
            status = cli->status;
    }
    progress_clear();
    if (!sending->ended)
        wait_cancelled(cli, copying, sending);
    if (status != EXIT_OK || !sending->ended) {
        action->told = action->ended = true;
        error_clear(&sending->error);
        return status;
    }
    if (sending->error.code) {
        action_failed(action, &sending->error);
        return EXIT_OK;
    }
    json_object_set_new(action->extra, "straight", json_boolean(sending->straight));
    json_object_set_new(action->extra, "size", json_integer(sending->size));
    json_object_set_new(action->extra, "sha256", json_string(sending->sha256));
    action_done(action);
    return EXIT_OK;
}

/* The one that gets the copy: chosen, and not the one that has the volume, unless it is the only one. */
static Server *find_target(const Cli *cli, const Server *from)
{
    if (cli->server_count == 1)
        return cli->servers[0];
    return cli->server_count == 2 ? cli->servers[cli->servers[0] == from] : NULL;
}

int volume_copy_from(Cli *cli, const Args *args)
{
    DatastoreTarget source, target;
    const char *file = NULL, *name = NULL, *word = args_text(args, "DATASTORE/FILE");
    bool several = false;
    Server *from = session_find(cli, args_text(args, "--from"), &several), *to = find_target(cli, from);
    if (args_has(args, "--format"))
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_COPY_FORMAT_FROM)));
    if (!from || !to || from == to)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_COPY_ONE_TARGET)));
    int status = find_volume(cli, from, word, false, &source, &file);
    if (status == EXIT_OK)
        status = find_volume(cli, to, args_text(args, "NEW/FILE"), false, &target, &name);
    if (status != EXIT_OK)
        return status;
    CopyingPlan plan = { .from = from, .to = to, .from_datastore = source.datastore->id, .volume = file, .to_datastore = target.datastore->id, .name = name,
                         .through_client = args_has(args, "--through-client") };
    Action *action = action_add(cli, to, NULL, word);
    action->extra = json_object();
    if (!action_wanted(action))
        return EXIT_OK;
    Sending sending = { 0 };
    status = wait_for(cli, copying_start(cli->core, &plan, on_done, &sending), &sending, action);
    free(sending.sha256);
    return status;
}
