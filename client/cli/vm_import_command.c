/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm import: what is not said is as the file says it. A local file is uploaded first; the host keeps what it has when that is interrupted. */
#include "client/cli/action.h"

#include "client/cli/progress.h"
#include "client/cli/seed_options.h"
#include "client/core/appliance.h"
#include "client/core/importing.h"
#include "protocol/datastore_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(char **at, const char *text)
{
    if (!text)
        return;
    free(*at);
    *at = x_strdup(text);
}

typedef struct Looking {
    bool done;
    Appliance about;
    Error error;
} Looking;

static void on_appliance(void *context, Appliance *about, const Error *error)
{
    Looking *looking = context;
    looking->done = true;
    if (error) {
        error_copy(&looking->error, error);
    } else {
        looking->about = *about;
        *about = (Appliance){ 0 };
    }
}

static int look_once(Cli *cli, const ImportInspectParams *params, Appliance *ret)
{
    Looking looking = { 0 };
    call_import_inspect(cli->servers[0], params, on_appliance, &looking, &looking);
    while (!looking.done) {
        if (cli_wait(cli))
            continue;
        core_forget(cli->core, &looking);
        return cli->status;
    }
    int status = looking.error.code ? cli_fail(cli, &looking.error) : EXIT_OK;
    error_clear(&looking.error);
    *ret = looking.about;
    return status;
}

static int refuse_machine(Cli *cli, const Appliance *about, const char *file, const char *word)
{
    AUTO_FREE char *names = x_strdup("");
    for (size_t i = 0; i < about->machines.count; i++) {
        AUTO_FREE char *before = names;
        names = x_printf("%s%s%s", before, i ? ", " : "", about->machines.items[i].name);
    }
    if (!about->machines.count)
        return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_IMPORT_ONE, file, NULL));
    return cli_refuse(cli, EXIT_USAGE, 0, text_format(word ? TEXT_CLI_IMPORT_NO_SUCH : TEXT_CLI_IMPORT_WHICH, file, names, word, NULL));
}

/* The file's only VM, or the one that the user has named. */
static int look(Cli *cli, const Args *args, ImportInspectParams *params, Appliance *ret)
{
    const char *word = args_text(args, "--vm");
    int status = look_once(cli, params, ret);
    if (status != EXIT_OK || (!word && !ret->machines.count))
        return status;
    const ApplianceMachine *machine = word ? appliance_machine(ret, word) : NULL;
    if (!machine)
        return refuse_machine(cli, ret, params->name ? params->name : params->volume, word);
    if (str_equal(machine->id, ret->machine))
        return EXIT_OK;
    set_text(&params->machine, machine->id);
    Appliance_clear(ret);
    *ret = (Appliance){ 0 };
    return look_once(cli, params, ret);
}

/* ---- what the user wants otherwise */

static int set_networks(Cli *cli, const Args *args, VmImportParams *params)
{
    size_t count = args_count(args, "--network");
    NicModel model = params->nics.count ? params->nics.items[0].model : NIC_MODEL_E1000E;
    if (!count)
        return EXIT_OK;
    NewNicList_clear(&params->nics);
    for (size_t i = 0; i < count; i++) {
        const NetworkInfo *network = find_network_on(cli, cli->servers[0], args_at(args, "--network", i));
        if (!network)
            return EXIT_NOT_FOUND;
        NewNic nic = { .network = x_strdup(network->id), .model = model };
        NewNicList_add(&params->nics, &nic);
    }
    return EXIT_OK;
}

static int apply(Cli *cli, const Args *args, VmImportParams *params)
{
    enum { MAX_VCPUS = 4096 };
    int64_t vcpus = args_number(args, "--vcpus", params->vcpus);
    int64_t memory = args_size(args, "--memory", (int64_t)1 << 20);
    const char *bus = args_text(args, "--bus");
    set_text(&params->name, args_text(args, "--name"));
    params->vcpus = vcpus > MAX_VCPUS ? MAX_VCPUS : vcpus;
    params->memory = memory > 0 ? memory : params->memory;
    params->firmware = args_has(args, "--uefi") ? FIRMWARE_UEFI : params->firmware;
    params->start = args_has(args, "--start");
    params->accept_licenses = args_has(args, "--accept-license");
    params->remove_files = args_has(args, "--remove");
    for (size_t i = 0; i < params->disks.count; i++) {
        params->disks.items[i].format = args_has(args, "--raw") ? VOLUME_FORMAT_RAW : VOLUME_FORMAT_QCOW2;
        params->disks.items[i].bus = bus ? DiskBus_parse(bus) : params->disks.items[i].bus;
    }
    int status = set_networks(cli, args, params);
    return status == EXIT_OK ? seed_from_options(cli, cli->servers[0], args, &params->seed) : status;
}

/* The agreements are shown before the host refuses, so that they can be read. */
static void show_licenses(const Appliance *about, const VmImportParams *params)
{
    for (size_t i = 0; i < about->licenses.count && !params->accept_licenses; i++) {
        AUTO_FREE char *safe = text_printable(about->licenses.items[i].text);
        fprintf(stderr, "%s\n\n", safe);
    }
}

/* ---- a local file */

typedef struct Sending {
    bool done;
    char *task;
    Error error;
} Sending;

static void on_sent(void *context, Server *server, const char *task, const Error *error)
{
    (void)server;
    Sending *sending = context;
    sending->done = true;
    sending->task = x_strdup(task);
    if (error)
        error_copy(&sending->error, error);
}

/* Nobody is there to retry an upload: its error is the import's, which takes back what has arrived. */
static void end_failed(const Cli *cli, Error *ret)
{
    for (size_t i = 0; i < core_upload_count(cli->core) && !ret->code; i++) {
        Upload *upload = core_upload_at(cli->core, i);
        if (upload_state(upload) == UPLOAD_FAILED && upload_error(upload)) {
            error_copy(ret, upload_error(upload));
            upload_dismiss(upload);
        }
    }
}

static int send_files(Cli *cli, Action *action, const StrList *files, const VmImportParams *params)
{
    Error why = { 0 };
    static Sending sending; /* an interrupted import is still there until the program ends */
    if (importing_start(cli->core, cli->servers[0], files, params, on_sent, &sending, &why) < 0) {
        action_failed(action, &why);
        return EXIT_OK;
    }
    for (; !sending.done; end_failed(cli, &why)) {
        progress_show(cli);
        if (!cli_wait(cli)) {
            action->told = action->ended = true;
            return cli->status;
        }
    }
    while (sending.error.code && !core_uploads_settled(cli->core) && cli_wait(cli)) /* or half of them would stay */
        ;
    progress_clear();
    if (sending.error.code)
        action_failed(action, why.code ? &why : &sending.error);
    else
        action_follow(action, sending.task, false);
    free(sending.task);
    sending.task = NULL;
    return EXIT_OK;
}

/* ---- the command */

static int begin_local(Cli *cli, const Args *args, const char *path, const Appliance *about, const char *datastore, const char *volume)
{
    AUTO(VmImportParams_clear) VmImportParams params = { 0 };
    AUTO(StrList_clear) StrList files = { 0 };
    const DatastoreInfo *target = model_datastore(server_model(cli->servers[0]), datastore);
    const char *way_in = appliance_store(cli->servers[0], datastore);
    if (target && !datastore_works(target))
        return cli_refuse(cli, EXIT_FAILED, 0, text_format(TEXT_NEW_VM_DISK_INACTIVE, target->name, NULL));
    if (!way_in)
        return cli_refuse(cli, EXIT_FAILED, 0, text_format(TEXT_IMPORT_VM_NO_WAY_IN, args_text(args, "--datastore"), NULL));
    appliance_request(cli->servers[0], about, datastore, volume, &params);
    int status = apply(cli, args, &params);
    if (status != EXIT_OK)
        return status;
    free(params.datastore);
    params.datastore = x_strdup(way_in);
    params.remove_files = true;
    show_licenses(about, &params);
    Action *action = action_add(cli, cli->servers[0], NULL, params.name);
    if (about->licenses.count && !params.accept_licenses) {
        Error error = { 0 };
        error_set(&error, ERR_APPLIANCE_LICENSE, volume, NULL);
        action_failed(action, &error);
        return EXIT_OK;
    }
    if (!action_wanted(action))
        return EXIT_OK;
    appliance_files(path, about, &files);
    return send_files(cli, action, &files, &params);
}

static int import_local(Cli *cli, const Args *args, const char *path)
{
    Error why = { 0 };
    AUTO(ImportInspectParams_clear) ImportInspectParams params = { 0 };
    AUTO(Appliance_clear) Appliance about = { 0 };
    const char *name = args_text(args, "--datastore");
    const DatastoreInfo *datastore = name ? find_datastore_on(cli, cli->servers[0], name) : NULL;
    if (!name)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_IMPORT_WHERE)));
    if (!datastore)
        return EXIT_NOT_FOUND;
    AUTO_FREE char *id = x_strdup(datastore->id);
    if (appliance_head(path, &params, &why) < 0) {
        int status = cli_fail(cli, &why);
        error_clear(&why);
        return status;
    }
    int status = look(cli, args, &params, &about);
    return status == EXIT_OK ? begin_local(cli, args, path, &about, id, params.name) : status;
}

static int import_there(Cli *cli, const Args *args, const char *word)
{
    DatastoreTarget target;
    const char *file = NULL;
    const char *name = args_text(args, "--datastore");
    int status = find_volume(cli, cli->servers[0], word, false, &target, &file);
    const DatastoreInfo *into = status == EXIT_OK && name ? find_datastore_on(cli, cli->servers[0], name) : NULL;
    if (status != EXIT_OK || (name && !into))
        return status != EXIT_OK ? status : EXIT_NOT_FOUND;
    AUTO_FREE char *from = x_strdup(target.datastore->id);
    AUTO_FREE char *to = x_strdup(into ? into->id : from);
    AUTO(Appliance_clear) Appliance about = { 0 };
    AUTO(ImportInspectParams_clear) ImportInspectParams params = { .datastore = x_strdup(from), .volume = x_strdup(file) };
    status = look(cli, args, &params, &about);
    if (status != EXIT_OK)
        return status;
    AUTO(VmImportParams_clear) VmImportParams request = { 0 };
    appliance_request(cli->servers[0], &about, to, file, &request);
    free(request.datastore);
    request.datastore = x_strdup(from);
    status = apply(cli, args, &request);
    if (status != EXIT_OK)
        return status;
    show_licenses(&about, &request);
    Action *action = action_add(cli, cli->servers[0], NULL, request.name);
    if (action_wanted(action))
        ACTION_CALL(action, vm_import, &request);
    return EXIT_OK;
}

int vm_import_command(Cli *cli, const Args *args)
{
    const char *file = args_text(args, "FILE");
    return args_has(args, "--on-host") ? import_there(cli, args, file) : import_local(cli, args, file);
}
