/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one App and what a selection stands for; see app.h. UI thread. */
#include "client/ui/app.h"

#include <string.h>

App *app_get(void)
{
    static App app;

    return &app;
}

bool app_has_server(const Server *server)
{
    const Core *core = app_get()->core;

    for (size_t i = 0; i < core_server_count(core); i++)
        if (core_server_at(core, i) == server)
            return true;
    return false;
}

bool app_left_server(const Server *server) { return !app_has_server(server) || server_left(server); }

const VmInfo *selection_vm(const Selection *selection)
{
    if (selection->kind != OBJECT_VM || !selection->server)
        return NULL;
    return model_vm(server_model(selection->server), selection->id);
}

const DatastoreInfo *selection_datastore(const Selection *selection)
{
    if ((selection->kind != OBJECT_DATASTORE && selection->kind != OBJECT_VOLUME) || !selection->server)
        return NULL;
    return model_datastore(server_model(selection->server), selection->id);
}

const NetworkInfo *selection_network(const Selection *selection)
{
    if (selection->kind != OBJECT_NETWORK || !selection->server)
        return NULL;
    return model_network(server_model(selection->server), selection->id);
}

const char *selection_name(const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);
    const DatastoreInfo *datastore = selection_datastore(selection);
    const NetworkInfo *network = selection_network(selection);

    if (selection->kind == OBJECT_VOLUME)
        return selection->volume;
    if (selection->kind == OBJECT_HOST)
        return server_name(selection->server);
    return vm ? vm->name : datastore ? datastore->name : network ? network->name : "";
}

bool selection_exists(const Selection *selection)
{
    return selection->kind == OBJECT_HOST || selection_vm(selection) || selection_datastore(selection) || selection_network(selection);
}

bool selection_equal(const Selection *a, const Selection *b)
{
    return a->kind == b->kind && a->server == b->server && strcmp(a->id, b->id) == 0 && strcmp(a->volume, b->volume) == 0;
}

Selection selection_of_server(Server *server)
{
    return (Selection){.kind = server ? OBJECT_HOST : OBJECT_UNKNOWN, .server = server};
}

Selection selection_make(Server *server, ObjectKind kind, const char *id)
{
    Selection selection = {.kind = kind, .server = server};

    strncpy(selection.id, str_or_empty(id), sizeof selection.id - 1);
    return selection;
}
