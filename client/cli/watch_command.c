/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl watch: what changes on the servers, a line per event with the time in ms, until Ctrl+C. Scripts and tests read it, too. */
#include "client/cli/cli.h"

#include "client/core/format.h"
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

/* ---- lines */

static const char *field(const json_t *event, const char *name) { return str_or_empty(json_string_value(json_object_get(event, name))); }

/* For people: time, server, what, name, state. */
static void say(Cli *cli, const json_t *event)
{
    AUTO_FREE char *time = format_time(json_integer_value(json_object_get(event, "t")));
    const char *server = cli->many ? field(event, "server") : "";
    output_say(&cli->output, x_printf("%s  %s%s%s %s %s %s%s%s", time, server, *server ? "  " : "", field(event, "object"), field(event, "name"), field(event, "event"),
                                      field(event, "state"), *field(event, "message") ? ": " : "", field(event, "message")));
}

static json_t *event_of(const Server *server, const char *name)
{
    json_t *event = json_pack("{s:I, s:s}", "t", (json_int_t)port_now_ms(), "event", name);
    if (server)
        json_object_set_new(event, "server", json_string(server_name(server)));
    return event;
}

/* Takes event. */
static void print_event(Cli *cli, json_t *event)
{
    say(cli, event);
    output_record(&cli->output, event);
}

/* ---- news */

static void on_server(void *context, Server *server)
{
    Watch *watch = context;
    json_t *event = event_of(server, "server");
    json_object_set_new(event, "state", json_string(state_words[server_state(server)]));
    const Error *error = server_error(server);
    if (error) {
        AUTO_FREE char *sentence = text_error(error);
        json_object_set_new(event, "error", json_string(str_or_empty(error_name(error->code))));
        json_object_set_new(event, "message", json_string(sentence));
    }
    print_event(watch->cli, event);
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
    static const char *const kinds[] = { "added", "changed", "removed" };
    Watch *watch = context;
    const Model *model = server_model(server);
    for (size_t i = 0; i < changes->count; i++) {
        const Change *change = &changes->items[i];
        json_t *event = event_of(server, kinds[change->kind]);
        json_object_set_new(event, "object", json_string(ObjectKind_name(change->object)));
        json_object_set_new(event, "id", json_string(change->id));
        json_object_set_new(event, "revision", json_integer(model_revision(model)));
        json_t *object = change->kind == CHANGE_REMOVED ? NULL : object_json(model, change);
        if (object) {
            json_object_set(event, "name", json_object_get(object, "name"));
            if (json_object_get(object, "state"))
                json_object_set(event, "state", json_object_get(object, "state"));
            json_object_set_new(event, "value", object);
        }
        print_event(watch->cli, event);
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
        json_t *event = event_of(activity->server, "task");
        json_object_set_new(event, "id", json_string(activity->id));
        json_object_set_new(event, "title", json_string(str_or_empty(activity->title)));
        json_object_set_new(event, "object", json_string(str_or_empty(activity->object_name)));
        json_object_set_new(event, "state", json_string(TaskState_name(activity->state)));
        json_object_set_new(event, "permille", json_integer(activity->permille));
        json_object_set_new(event, "detail", json_string(str_or_empty(activity->detail)));
        print_event(watch->cli, event);
    }
}

/* ---- the command */

static bool any_alive(const Cli *cli)
{
    for (size_t i = 0; i < cli->server_count; i++)
        if (server_state(cli->servers[i]) != SERVER_OFFLINE)
            return true;
    return false;
}

static void print_first(Cli *cli)
{
    size_t vms = 0;
    for (size_t i = 0; i < cli->server_count; i++)
        vms += model_vm_count(server_model(cli->servers[i]));
    json_t *event = event_of(NULL, "watching");
    json_object_set_new(event, "vms", json_integer((json_int_t)vms));
    output_record(&cli->output, event);
    output_say(&cli->output, x_strdup(text(TEXT_CLI_WATCHING)));
}

int watch_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "t", TEXT_CLI_HEAD_TIME, COLUMN_TIME }, { "server", TEXT_CLI_HEAD_SERVER, COLUMN_TEXT }, { "event", TEXT_CLI_HEAD_EVENT, COLUMN_TEXT },
        { "object", TEXT_CLI_HEAD_OBJECT, COLUMN_TEXT }, { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT }, { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
    };
    static const CoreListener listener = { .server_changed = on_server, .inventory_changed = on_inventory, .activities_changed = on_activities };
    Watch watch = { .cli = cli };
    int64_t seconds = args_number(args, "--seconds", -1);
    int64_t end = seconds < 0 ? INT64_MAX : port_monotonic_ms() + seconds * 1000;
    cli->output.servers = false; /* it is a column of its own */
    output_begin(&cli->output, OUTPUT_LINES, columns, ARRAY_SIZE(columns));
    core_set_listener(cli->core, &listener, &watch);
    print_first(cli);
    while (port_monotonic_ms() < end && any_alive(cli) && output_flush(&cli->output) && cli_wait(cli))
        continue;
    core_set_listener(cli->core, NULL, NULL);
    for (size_t i = 0; i < watch.seen_count; i++)
        free(watch.seen[i].id);
    free(watch.seen);
    return any_alive(cli) ? EXIT_OK : EXIT_NO_CONNECTION;
}
