/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds VMs, datastores and networks by name or id among the chosen servers; a name that several have is refused with all of them. See cli.h. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* Found objects as "name on server (id)", for the refusal. */
typedef struct Candidates {
    char *text;
    size_t count;
} Candidates;

static void add_candidate(Candidates *candidates, const char *name, const char *id, const Server *server)
{
    AUTO_FREE char *line = text_format(TEXT_CLI_CANDIDATE, name, server_name(server), id, NULL);
    char *longer = candidates->text ? x_printf("%s, %s", candidates->text, line) : x_strdup(line);
    free(candidates->text);
    candidates->text = longer;
    candidates->count++;
}

/* What a search came to: one hit is fine. */
static int judge(Cli *cli, const char *name, Candidates *candidates, bool missing_ok, int code, TextId missing)
{
    AUTO_FREE char *text = TAKE_PTR(candidates->text);
    if (candidates->count == 1 || (candidates->count == 0 && missing_ok))
        return EXIT_OK;
    if (candidates->count == 0)
        return cli_refuse(cli, EXIT_NOT_FOUND, code, text_format(missing, name, NULL));
    return cli_refuse(cli, EXIT_NOT_FOUND, code, text_format(TEXT_CLI_AMBIGUOUS, name, text, NULL));
}

int find_vm(Cli *cli, const char *name, bool missing_ok, VmTarget *ret)
{
    Candidates candidates = { 0 };
    *ret = (VmTarget){ 0 };
    for (size_t s = 0; s < cli->server_count; s++) {
        const Model *model = server_model(cli->servers[s]);
        for (size_t i = 0; i < model_vm_count(model); i++) {
            const VmInfo *vm = model_vm_at(model, i);
            if (!str_equal(vm->name, name) && !str_equal(vm->id, name))
                continue;
            *ret = (VmTarget){ cli->servers[s], vm };
            add_candidate(&candidates, vm->name, vm->id, cli->servers[s]);
        }
    }
    return judge(cli, name, &candidates, missing_ok, ERR_VM_NOT_FOUND, TEXT_CLI_NO_VM);
}

static void look_for_datastore(const char *name, Server *server, DatastoreTarget *ret, Candidates *candidates)
{
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (!str_equal(datastore->name, name) && !str_equal(datastore->id, name))
            continue;
        *ret = (DatastoreTarget){ server, datastore };
        add_candidate(candidates, datastore->name, datastore->id, server);
    }
}

int find_datastore(Cli *cli, const char *name, bool missing_ok, DatastoreTarget *ret)
{
    Candidates candidates = { 0 };
    *ret = (DatastoreTarget){ 0 };
    for (size_t s = 0; s < cli->server_count; s++)
        look_for_datastore(name, cli->servers[s], ret, &candidates);
    return judge(cli, name, &candidates, missing_ok, ERR_DATASTORE_NOT_FOUND, TEXT_CLI_NO_DATASTORE);
}

const DatastoreInfo *find_datastore_on(Cli *cli, Server *server, const char *name)
{
    Candidates candidates = { 0 };
    DatastoreTarget target = { 0 };
    look_for_datastore(name, server, &target, &candidates);
    return judge(cli, name, &candidates, false, ERR_DATASTORE_NOT_FOUND, TEXT_CLI_NO_DATASTORE) == EXIT_OK ? target.datastore : NULL;
}

const NetworkInfo *find_network_on(Cli *cli, Server *server, const char *name)
{
    Candidates candidates = { 0 };
    const NetworkInfo *found = NULL;
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_network_count(model); i++) {
        const NetworkInfo *network = model_network_at(model, i);
        if (!str_equal(network->name, name) && !str_equal(network->id, name))
            continue;
        found = network;
        add_candidate(&candidates, network->name, network->id, server);
    }
    return judge(cli, name, &candidates, false, ERR_NETWORK_NOT_FOUND, TEXT_CLI_NO_NETWORK) == EXIT_OK ? found : NULL;
}

/* The datastore's name may have colons itself. */
int find_new_volume(Cli *cli, Server *server, const char *word, VmNewVolume *ret)
{
    AUTO_FREE char *copy = x_strdup(word);
    VolumeFormat format = VOLUME_FORMAT_QCOW2;
    char *last = strrchr(copy, ':');
    if (last && (str_equal(last + 1, "qcow2") || str_equal(last + 1, "raw"))) {
        format = VolumeFormat_parse(last + 1);
        *last = 0;
        last = strrchr(copy, ':');
    }
    int64_t capacity = last ? size_parse(last + 1, (int64_t)1 << 30) : -1;
    if (capacity <= 0)
        return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_A_DISK, word, NULL));
    *last = 0;
    const DatastoreInfo *datastore = find_datastore_on(cli, server, copy);
    if (!datastore)
        return EXIT_NOT_FOUND;
    *ret = (VmNewVolume){ .datastore = x_strdup(datastore->id), .capacity = capacity, .format = format };
    return EXIT_OK;
}

int find_volume(Cli *cli, Server *server, const char *word, bool missing_ok, DatastoreTarget *ret, const char **ret_file)
{
    const char *slash = strchr(word, '/');
    if (!slash || !slash[1] || slash == word)
        return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_A_VOLUME, word, NULL));
    AUTO_FREE char *name = x_strndup(word, (size_t)(slash - word));
    *ret_file = slash + 1;
    if (!server)
        return find_datastore(cli, name, missing_ok, ret);
    const DatastoreInfo *found = find_datastore_on(cli, server, name);
    *ret = (DatastoreTarget){ server, found };
    return found ? EXIT_OK : EXIT_NOT_FOUND;
}
