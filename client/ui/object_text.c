/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and icons for objects; see object_text.h. UI thread. */
#include "client/ui/object_text.h"

#include "client/core/port.h"
#include "client/ui/words.h"
#include "client/win/icons.h"

static char *seconds_left(const Server *server)
{
    int64_t left = (server_next_try(server) - port_now_ms() + 999) / 1000;

    return x_printf("%lld", (long long)(left > 0 ? left : 0));
}

char *object_server_label(const Server *server)
{
    AUTO_FREE char *seconds = NULL;

    switch (server_state(server)) {
    case SERVER_ONLINE:
        return x_strdup(server_name(server));
    case SERVER_OFFLINE:
        return text_format(server_error(server) ? TEXT_TREE_FAILED : TEXT_TREE_OFFLINE, server_name(server), NULL);
    case SERVER_RETRYING:
        seconds = seconds_left(server);
        return text_format(TEXT_TREE_RETRYING, server_name(server), seconds, NULL);
    default:
        return text_format(TEXT_TREE_CONNECTING, server_name(server), NULL);
    }
}

static char *server_state_words(const Server *server)
{
    static const TextId words[] = {
        [SERVER_OFFLINE] = TEXT_STATE_OFFLINE, [SERVER_CONNECTING] = TEXT_STATE_CONNECTING, [SERVER_HANDSHAKE] = TEXT_STATE_HANDSHAKE,
        [SERVER_AUTHENTICATING] = TEXT_STATE_AUTHENTICATING, [SERVER_OPENING_AGENT] = TEXT_STATE_OPENING_AGENT, [SERVER_SYNCING] = TEXT_STATE_SYNCING,
        [SERVER_ONLINE] = TEXT_STATE_ONLINE,
    };
    const Error *error = server_error(server);
    AUTO_FREE char *reason = error ? text_error(error) : x_strdup("");
    AUTO_FREE char *seconds = NULL;

    if (server_state(server) == SERVER_RETRYING) {
        seconds = seconds_left(server);
        return text_format(TEXT_STATE_RETRYING, seconds, reason, NULL);
    }
    if (server_state(server) == SERVER_OFFLINE && error)
        return text_format(TEXT_STATE_FAILED, reason, NULL);
    return x_strdup(text(words[server_state(server)]));
}

char *object_state_text(const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);
    const DatastoreInfo *datastore = selection_datastore(selection);
    const NetworkInfo *network = selection_network(selection);
    TextId state;

    if (selection->kind == OBJECT_HOST)
        return server_state_words(selection->server);
    if (!vm && !datastore && !network)
        return x_strdup("");
    state = vm ? words_vm_state(vm->state) : datastore ? words_datastore_state(datastore->state)
          : network->active ? TEXT_STATE_NETWORK_UP : TEXT_STATE_NETWORK_DOWN;
    return text_format(server_online(selection->server) ? TEXT_STATE_ON_SERVER : TEXT_STATE_ON_SERVER_GONE, text(state), server_name(selection->server), NULL);
}

int object_server_icon(const Server *server)
{
    switch (server_state(server)) {
    case SERVER_ONLINE: return ICON_HOST;
    case SERVER_OFFLINE: return server_error(server) ? ICON_HOST_ERROR : ICON_HOST_OFFLINE;
    case SERVER_RETRYING: return ICON_HOST_ERROR;
    default: return ICON_HOST_CONNECTING;
    }
}

int object_icon(const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);
    const DatastoreInfo *datastore = selection_datastore(selection);
    const NetworkInfo *network = selection_network(selection);

    if (selection->kind == OBJECT_HOST)
        return object_server_icon(selection->server);
    if (vm)
        return words_vm_icon(vm);
    if (datastore)
        return words_datastore_icon(datastore);
    if (network)
        return network->active ? ICON_NETWORK : ICON_NETWORK_OFF;
    return ICON_POOLCENTER;
}
