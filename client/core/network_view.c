/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network, or the network cards, of a host: see network_view.h. */
#include "client/core/network_view.h"

#include "client/core/core.h"
#include "client/core/parts.h"

#include <stdlib.h>

struct NetworkView {
    Server *server;
    char *network;
    NetworkDetails details;
    HostNicTable table;
    bool known;
    bool reading;
    bool again; /* asked for while it was being read */
    Error error;
    void (*changed)(void *context);
    void *context;
};

/* True: the answer is a result. */
static bool ended(NetworkView *view, const Error *error)
{
    view->reading = false;
    error_clear(&view->error);
    if (error)
        error_copy(&view->error, error);
    else
        view->known = true;
    return !error;
}

static void tell(NetworkView *view)
{
    if (view->again)
        network_view_refresh(view);
    view->changed(view->context);
}

static void on_details(void *context, NetworkDetails *result, const Error *error)
{
    NetworkView *view = context;

    if (ended(view, error)) {
        NetworkDetails_clear(&view->details);
        view->details = *result;
        *result = (NetworkDetails){0};
    }
    tell(view);
}

static void on_nics(void *context, HostNicTable *result, const Error *error)
{
    NetworkView *view = context;

    if (ended(view, error)) {
        HostNicTable_clear(&view->table);
        view->table = *result;
        *result = (HostNicTable){0};
    }
    tell(view);
}

void network_view_refresh(NetworkView *view)
{
    NetworkRef params = {.network = view->network};

    view->again = view->reading;
    if (view->reading || !server_online(view->server))
        return;
    view->reading = true;
    if (view->network)
        call_network_get(view->server, &params, on_details, view, view);
    else
        call_host_nics(view->server, &(Empty){}, on_nics, view, view);
}

NetworkView *network_view_open(Server *server, const char *network, void (*changed)(void *context), void *context)
{
    NetworkView *view = x_calloc(1, sizeof *view);

    *view = (NetworkView){.server = server, .network = network ? x_strdup(network) : NULL, .changed = changed, .context = context};
    network_view_refresh(view);
    return view;
}

void network_view_close(NetworkView *view)
{
    if (!view)
        return;
    core_forget(server_core(view->server), view);
    NetworkDetails_clear(&view->details);
    HostNicTable_clear(&view->table);
    error_clear(&view->error);
    free(view->network);
    free(view);
}

bool network_view_loading(const NetworkView *view) { return !view->known && !view->error.code; }
const Error *network_view_error(const NetworkView *view) { return view->error.code ? &view->error : NULL; }
const NetworkDetails *network_view_details(const NetworkView *view) { return view->known && view->network ? &view->details : NULL; }
const HostNicList *network_view_nics(const NetworkView *view) { return view->known && !view->network ? &view->table.nics : NULL; }
