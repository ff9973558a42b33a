/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the program's consoles come from: a ticket from the server's agent, a data channel of its SSH connection, states from its inventory. UI thread,
 * except that the session's thread uses the stream. */
#include "client/core/console_source.h"
#include "client/core/parts.h"
#include "client/core/stream.h"

#include <stdlib.h>
#include <string.h>

typedef struct ServerSource {
    ConsoleSource base; /* first: a ConsoleSource * is cast back */
    Core *core;
    Server *server;     /* NULL: it was removed */
    char vm[LIMIT_UUID + 1];
    char *name;
    Console *console;
} ServerSource;

/* ---------------------------------------------------------------- the transport */

static long transport_read(void *self, void *bytes, size_t size, int timeout_ms, Error *err)
{
    return stream_read(self, bytes, size, timeout_ms, err);
}

static int transport_write(void *self, const void *bytes, size_t size, Error *err)
{
    return stream_write(self, bytes, size, err);
}

static void transport_wake(void *self)
{
    stream_wake(self);
}

static void transport_cancel(void *self)
{
    stream_cancel(self);
}

static void transport_close(void *self)
{
    stream_close(self);
}

/* ---------------------------------------------------------------- the source */

static ServerSource *source_of(ConsoleSource *source)
{
    return (ServerSource *)source;
}

static const VmInfo *source_vm(const ServerSource *source)
{
    return source->server ? model_vm(server_model(source->server), source->vm) : NULL;
}

static const char *source_name(ConsoleSource *base)
{
    ServerSource *source = source_of(base);
    const VmInfo *vm = source_vm(source);
    if (vm && !str_equal(vm->name, source->name)) {
        free(source->name);
        source->name = x_strdup(vm->name);
    }
    return str_or_empty(source->name);
}

static bool source_online(ConsoleSource *base)
{
    const ServerSource *source = source_of(base);
    return source->server && server_online(source->server);
}

static bool source_running(ConsoleSource *base)
{
    const VmInfo *vm = source_vm(source_of(base));
    return vm && (vm->state == VM_STATE_RUNNING || vm->state == VM_STATE_PAUSED || vm->state == VM_STATE_SHUTTING_DOWN || vm->state == VM_STATE_CRASHED);
}

static void on_ticket(void *context, Ticket *ticket, const Error *error)
{
    ServerSource *source = context;
    if (!ticket || !source->server) {
        console_opened(source->console, NULL, error);
        return;
    }
    RfbTransport transport = {
        .self = stream_open(source->server, ticket->ticket),
        .read = transport_read,
        .write = transport_write,
        .wake = transport_wake,
        .cancel = transport_cancel,
        .close = transport_close,
    };
    console_opened(source->console, &transport, NULL);
}

static void source_open(ConsoleSource *base, Console *console)
{
    ServerSource *source = source_of(base);
    source->console = console;
    VmRef params = {.vm = source->vm};
    call_vm_open_console(source->server, &params, on_ticket, source, source);
}

static void tick(void *context)
{
    console_tick(((ServerSource *)context)->console);
}

static void source_every(ConsoleSource *base, int interval_ms, Console *console)
{
    ServerSource *source = source_of(base);
    source->console = console;
    core_every(source->core, interval_ms, tick, source);
}

static void source_aside(ConsoleSource *base, void (*work)(void *item), void *item)
{
    core_run(source_of(base)->core, work, NULL, NULL, item);
}

/* ---------------------------------------------------------------- the server's news */

static void on_server_changed(void *context, Server *server)
{
    ServerSource *source = context;
    if (server == source->server)
        console_look_again(source->console);
}

static void on_inventory_changed(void *context, Server *server, const ChangeList *changes)
{
    (void)changes;
    on_server_changed(context, server);
}

static void on_server_removed(void *context, Server *server)
{
    ServerSource *source = context;
    if (server != source->server)
        return;
    source->server = NULL;
    console_look_again(source->console);
}

static const CoreObserver observer = {
    .server_changed = on_server_changed,
    .server_removed = on_server_removed,
    .inventory_changed = on_inventory_changed,
};

static void source_close(ConsoleSource *base)
{
    ServerSource *source = source_of(base);
    core_unobserve(source->core, &observer, source);
    core_forget(source->core, source);
    free(source->name);
    free(source);
}

Console *console_open(Server *server, const char *vm, const ConsoleListener *listener, void *context)
{
    ServerSource *source = x_calloc(1, sizeof(*source));
    source->core = server_core(server);
    source->server = server;
    strncpy(source->vm, vm, LIMIT_UUID);
    source->base = (ConsoleSource){
        .mailbox = core_mailbox(source->core),
        .name = source_name,
        .online = source_online,
        .running = source_running,
        .open = source_open,
        .every = source_every,
        .aside = source_aside,
        .close = source_close,
    };
    source->console = console_create(&source->base, listener, context);
    core_observe(source->core, &observer, source);
    return source->console;
}
