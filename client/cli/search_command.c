/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl search: VMs, datastores, networks and hosts whose names contain a word, as the search field over the window's tree does. */
#include "client/cli/cli.h"

#include <string.h>

/* Letters of ASCII in either case; the rest byte by byte. */
static bool contains(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (; *text; text++) {
        size_t i = 0;
        while (i < length && text[i] && (text[i] == word[i] || ((text[i] | 0x20) == (word[i] | 0x20) && (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z')))
            i++;
        if (i == length)
            return true;
    }
    return length == 0;
}

static void offer(Cli *cli, const Server *server, ObjectKind kind, const char *id, const char *name, const char *state)
{
    if (!contains(name, args_text(cli->args, "WORD")))
        return;
    output_record(&cli->output, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", ObjectKind_name(kind), "name", name, "id", id, "state", state, "server", server_name(server)));
}

int search_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "kind", TEXT_CLI_HEAD_KIND, COLUMN_TEXT },
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
        { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    (void)args;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t s = 0; s < cli->server_count; s++) {
        const Server *server = cli->servers[s];
        const Model *model = server_model(server);
        const HostInfo *host = model_host(model);
        if (host)
            offer(cli, server, OBJECT_HOST, host->id, host->name, "online");
        for (size_t i = 0; i < model_vm_count(model); i++)
            offer(cli, server, OBJECT_VM, model_vm_at(model, i)->id, model_vm_at(model, i)->name, VmState_name(model_vm_at(model, i)->state));
        for (size_t i = 0; i < model_datastore_count(model); i++)
            offer(cli, server, OBJECT_DATASTORE, model_datastore_at(model, i)->id, model_datastore_at(model, i)->name,
                  DatastoreState_name(model_datastore_at(model, i)->state));
        for (size_t i = 0; i < model_network_count(model); i++)
            offer(cli, server, OBJECT_NETWORK, model_network_at(model, i)->id, model_network_at(model, i)->name,
                  model_network_at(model, i)->active ? "active" : "inactive");
    }
    output_sort(&cli->output);
    return EXIT_OK;
}
