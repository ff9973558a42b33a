/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl watch: prints what changes on the server as JSON lines with the time in ms, so that tests and the bench can measure it. */
#include "client/cli/cli.h"

#include "client/core/port.h"

#include <stdlib.h>

typedef struct Seen {
    char *id;
    TaskState state;
    int permille;
} Seen;

typedef struct Watch {
    Cli *cli;
    Seen *seen;
    size_t seen_count;
} Watch;

static const char *const state_words[] = { "offline", "connecting", "handshake", "authenticating", "opening_agent", "syncing", "online", "retrying" };

static json_t *event(const char *name) { return json_pack("{s:I, s:s}", "t", (json_int_t)port_now_ms(), "event", name); }

static void on_server(void *context, Server *server)
{
    (void)context;
    json_t *json = event("server");
    json_object_set_new(json, "state", json_string(state_words[server_state(server)]));
    const Error *error = server_error(server);
    if (error) {
        AUTO_FREE char *sentence = text_error(error);
        json_object_set_new(json, "error", json_string(str_or_empty(error_name(error->code))));
        json_object_set_new(json, "message", json_string(sentence));
    }
    cli_print_json(json);
}

static json_t *object_json(const Model *model, const Change *change)
{
    const VmInfo *vm = change->object == OBJECT_VM ? model_vm(model, change->id) : NULL;
    const DatastoreInfo *datastore = change->object == OBJECT_DATASTORE ? model_datastore(model, change->id) : NULL;
    const NetworkInfo *network = change->object == OBJECT_NETWORK ? model_network(model, change->id) : NULL;
    return vm ? VmInfo_encode(vm) : datastore ? DatastoreInfo_encode(datastore) : network ? NetworkInfo_encode(network) : NULL;
}

static void on_inventory(void *context, Server *server, const ChangeList *changes)
{
    (void)context;
    static const char *const kinds[] = { "added", "changed", "removed" };
    const Model *model = server_model(server);
    for (size_t i = 0; i < changes->count; i++) {
        const Change *change = &changes->items[i];
        json_t *json = event(kinds[change->kind]);
        json_object_set_new(json, "object", json_string(ObjectKind_name(change->object)));
        json_object_set_new(json, "id", json_string(change->id));
        json_object_set_new(json, "revision", json_integer(model_revision(model)));
        json_t *object = change->kind == CHANGE_REMOVED ? NULL : object_json(model, change);
        if (object)
            json_object_set_new(json, "value", object);
        cli_print_json(json);
    }
}

static Seen *seen_of(Watch *watch, const char *id)
{
    for (size_t i = 0; i < watch->seen_count; i++)
        if (str_equal(watch->seen[i].id, id))
            return &watch->seen[i];
    watch->seen = x_realloc(watch->seen, watch->seen_count + 1, sizeof *watch->seen);
    watch->seen[watch->seen_count] = (Seen){ .id = x_strdup(id) };
    return &watch->seen[watch->seen_count++];
}

static void on_activities(void *context)
{
    Watch *watch = context;
    Core *core = watch->cli->core;
    for (size_t i = 0; i < activity_count(core); i++) {
        const Activity *activity = activity_at(core, i);
        Seen *seen = seen_of(watch, activity->id);
        if (seen->state == activity->state && seen->permille == activity->permille)
            continue;
        seen->state = activity->state;
        seen->permille = activity->permille;
        json_t *json = event("task");
        json_object_set_new(json, "id", json_string(activity->id));
        json_object_set_new(json, "title", json_string(str_or_empty(activity->title)));
        json_object_set_new(json, "object", json_string(str_or_empty(activity->object_name)));
        json_object_set_new(json, "state", json_string(TaskState_name(activity->state)));
        json_object_set_new(json, "permille", json_integer(activity->permille));
        json_object_set_new(json, "detail", json_string(str_or_empty(activity->detail)));
        cli_print_json(json);
    }
}

int watch_run(Cli *cli)
{
    static const CoreListener listener = { .server_changed = on_server, .inventory_changed = on_inventory, .activities_changed = on_activities };
    Watch watch = { .cli = cli };
    int64_t end = INT64_MAX;
    if (cli->word_count == 3 && str_equal(cli->words[1], "--seconds"))
        end = port_monotonic_ms() + (int64_t)atoi(cli->words[2]) * 1000;
    else if (cli->word_count != 1)
        return cli_bad_argument(cli->words[1]);
    core_set_listener(cli->core, &listener, &watch);
    json_t *first = event("watching");
    json_object_set_new(first, "vms", json_integer((json_int_t)model_vm_count(server_model(cli->server))));
    cli_print_json(first);
    while (port_monotonic_ms() < end && server_state(cli->server) != SERVER_OFFLINE)
        core_wait(cli->core, 100);
    int status = server_state(cli->server) == SERVER_OFFLINE ? EXIT_NO_CONNECTION : EXIT_OK;
    core_set_listener(cli->core, NULL, NULL);
    for (size_t i = 0; i < watch.seen_count; i++)
        free(watch.seen[i].id);
    free(watch.seen);
    return status;
}
