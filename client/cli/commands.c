/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl's commands but for upload and watch: look an object up by its name, call, follow the task, print. */
#include "client/cli/cli.h"

#include "client/core/format.h"
#include "protocol/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- waiting for answers */

typedef struct Answer {
    const Cli *cli;
    bool done;
    int status;
    VolumeList volumes;
} Answer;

static int wait_for(Answer *answer)
{
    while (!answer->done)
        core_wait(answer->cli->core, 1000);
    return answer->status;
}

static void on_task_end(void *context, const TaskInfo *task, const Error *error)
{
    Answer *answer = context;
    answer->done = true;
    AUTO(error_clear) Error why = { 0 };
    if (error)
        error_copy(&why, error);
    else if (task->error)
        error_from_info(task->error, &why);
    else if (task->state != TASK_STATE_DONE)
        error_set(&why, ERR_CANCELLED, task->object_name, NULL);
    if (why.code)
        answer->status = cli_fail(answer->cli, &why);
    else if (answer->cli->json)
        cli_print_json(TaskInfo_encode(task));
}

static void on_task(void *context, TaskRef *task, const Error *error)
{
    Answer *answer = context;
    if (task) {
        server_follow_task(answer->cli->server, task->task, on_task_end, answer, answer);
        return;
    }
    answer->done = true;
    answer->status = cli_fail(answer->cli, error);
}

/* Calls a method that gives a task and waits for the task's end. */
#define RUN_TASK(cli, name, params) \
    __extension__({ \
        Answer answer_ = { .cli = (cli) }; \
        call_##name((cli)->server, (params), on_task, &answer_, &answer_); \
        wait_for(&answer_); \
    })

/* ---- looking up */

static int not_found(TextId id, const char *name)
{
    AUTO_FREE char *line = text_format(id, name, NULL);
    fprintf(stderr, "%s\n", line);
    return EXIT_REFUSED;
}

static const VmInfo *find_vm(const Cli *cli, const char *name)
{
    const Model *model = server_model(cli->server);
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        if (str_equal(vm->name, name) || str_equal(vm->id, name))
            return vm;
    }
    not_found(TEXT_CLI_NO_VM, name);
    return NULL;
}

const DatastoreInfo *cli_datastore(const Cli *cli, const char *name)
{
    const Model *model = server_model(cli->server);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (str_equal(datastore->name, name) || str_equal(datastore->id, name))
            return datastore;
    }
    not_found(TEXT_CLI_NO_DATASTORE, name);
    return NULL;
}

static const NetworkInfo *find_network(const Cli *cli, const char *name)
{
    const Model *model = server_model(cli->server);
    for (size_t i = 0; i < model_network_count(model); i++) {
        const NetworkInfo *network = model_network_at(model, i);
        if (str_equal(network->name, name) || str_equal(network->id, name))
            return network;
    }
    not_found(TEXT_CLI_NO_NETWORK, name);
    return NULL;
}

/* DATASTORE/FILE into its UUID and name; both are the caller's. */
static int split_volume(const Cli *cli, const char *word, char **ret_datastore, char **ret_volume)
{
    const char *slash = strchr(word, '/');
    if (!slash || !slash[1])
        return cli_bad_argument(word);
    AUTO_FREE char *name = x_strndup(word, (size_t)(slash - word));
    const DatastoreInfo *datastore = cli_datastore(cli, name);
    if (!datastore)
        return EXIT_REFUSED;
    *ret_datastore = x_strdup(datastore->id);
    *ret_volume = x_strdup(slash + 1);
    return EXIT_OK;
}

/* ---- info */

static void print_fact(TextId name, const char *value) { printf("%-16s %s\n", text(name), str_or_empty(value)); }

static int info(Cli *cli)
{
    const HelloResult *hello = server_hello(cli->server);
    const Model *model = server_model(cli->server);
    const HostInfo *host = model_host(model);
    if (cli->json) {
        cli_print_json(json_pack("{s:o, s:o}", "hello", HelloResult_encode(hello), "host", host ? HostInfo_encode(host) : json_null()));
        return EXIT_OK;
    }
    AUTO_FREE char *user = x_printf("%s (%s)", str_or_empty(hello->user), Role_name(hello->role));
    print_fact(TEXT_CLI_HOST, hello->host_name);
    print_fact(TEXT_CLI_AGENT, hello->agent_version);
    print_fact(TEXT_CLI_USER, user);
    if (host) {
        AUTO_FREE char *memory = format_size(host->memory);
        AUTO_FREE char *cpu = x_printf("%s (%lld)", str_or_empty(host->cpu_model), (long long)host->cpu_threads);
        print_fact(TEXT_CLI_SYSTEM, host->os);
        print_fact(TEXT_CLI_CPU, cpu);
        print_fact(TEXT_CLI_MEMORY, memory);
        for (size_t i = 0; i < host->drivers.count; i++)
            print_fact(TEXT_CLI_DRIVERS, host->drivers.items[i].uri);
    }
    AUTO_FREE char *vms = text_plural(PLURAL_CLI_VMS, (int64_t)model_vm_count(model), NULL);
    AUTO_FREE char *datastores = text_plural(PLURAL_CLI_DATASTORES, (int64_t)model_datastore_count(model), NULL);
    AUTO_FREE char *networks = text_plural(PLURAL_CLI_NETWORKS, (int64_t)model_network_count(model), NULL);
    AUTO_FREE char *counts = x_printf("%s, %s, %s", vms, datastores, networks);
    print_fact(TEXT_CLI_COUNTS, counts);
    return EXIT_OK;
}

/* ---- vm */

static int list_vms(Cli *cli)
{
    const Model *model = server_model(cli->server);
    json_t *list = json_array();
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        if (cli->json)
            json_array_append_new(list, VmInfo_encode(vm));
        else
            printf("%s  %-14s %s\n", vm->id, VmState_name(vm->state), vm->name);
    }
    if (cli->json)
        cli_print_json(list);
    else
        json_decref(list);
    return EXIT_OK;
}

typedef int (*VmCommand)(Cli *cli, const VmInfo *vm);

static int vm_start(Cli *cli, const VmInfo *vm)
{
    VmStartParams params = { .vm = vm->id };
    return RUN_TASK(cli, vm_start, &params);
}

#define SIMPLE_VM_COMMAND(name) \
    static int name(Cli *cli, const VmInfo *vm) \
    { \
        VmRef params = { .vm = vm->id }; \
        return RUN_TASK(cli, name, &params); \
    }
SIMPLE_VM_COMMAND(vm_shutdown)
SIMPLE_VM_COMMAND(vm_reboot)
SIMPLE_VM_COMMAND(vm_force_off)
SIMPLE_VM_COMMAND(vm_reset)
SIMPLE_VM_COMMAND(vm_pause)
SIMPLE_VM_COMMAND(vm_resume)

static int vm_delete(Cli *cli, const VmInfo *vm)
{
    VmDeleteParams params = { .vm = vm->id };
    int status = EXIT_OK;
    for (int i = 3; i < cli->word_count && status == EXIT_OK; i += 2) {
        if (!str_equal(cli->words[i], "--disk") || i + 1 >= cli->word_count)
            status = cli_bad_argument(cli->words[i]);
        else
            StrList_add(&params.disks, cli->words[i + 1]);
    }
    if (status == EXIT_OK)
        status = RUN_TASK(cli, vm_delete, &params);
    StrList_clear(&params.disks);
    return status;
}

static int vm_media(Cli *cli, const VmInfo *vm)
{
    if (cli->word_count < 4)
        return cli_bad_argument(cli->words[1]);
    AUTO_FREE char *datastore = NULL;
    AUTO_FREE char *volume = NULL;
    if (cli->word_count > 4) {
        int status = split_volume(cli, cli->words[4], &datastore, &volume);
        if (status)
            return status;
    }
    VmMediaParams params = { .vm = vm->id, .target = cli->words[3], .datastore = datastore, .volume = volume };
    return RUN_TASK(cli, vm_set_media, &params);
}

/* DATASTORE:GIB[:FORMAT] */
static int add_disk(const Cli *cli, const char *word, VmCreateParams *params)
{
    AUTO_FREE char *copy = x_strdup(word);
    char *size = strchr(copy, ':');
    if (!size)
        return cli_bad_argument(word);
    *size++ = 0;
    char *format = strchr(size, ':');
    if (format)
        *format++ = 0;
    const DatastoreInfo *datastore = cli_datastore(cli, copy);
    if (!datastore)
        return EXIT_REFUSED;
    NewDisk disk = {
        .datastore = x_strdup(datastore->id),
        .capacity = (int64_t)(strtod(size, NULL) * (1 << 30)),
        .format = format ? VolumeFormat_parse(format) : VOLUME_FORMAT_QCOW2,
        .bus = DISK_BUS_VIRTIO,
    };
    NewDiskList_add(&params->disks, &disk);
    return EXIT_OK;
}

static int take_create_option(const Cli *cli, const char *option, const char *value, VmCreateParams *params)
{
    if (str_equal(option, "--vcpus"))
        params->vcpus = atoi(value);
    else if (str_equal(option, "--memory"))
        params->memory = (int64_t)atoi(value) << 20;
    else if (str_equal(option, "--disk"))
        return add_disk(cli, value, params);
    else if (str_equal(option, "--iso"))
        return split_volume(cli, value, &params->media_datastore, &params->media_volume);
    else if (str_equal(option, "--guest"))
        params->guest = x_strdup(value);
    else if (str_equal(option, "--network")) {
        const NetworkInfo *network = find_network(cli, value);
        if (!network)
            return EXIT_REFUSED;
        NewNic nic = { .network = x_strdup(network->id), .model = NIC_MODEL_VIRTIO };
        NewNicList_add(&params->nics, &nic);
    } else
        return cli_bad_argument(option);
    return EXIT_OK;
}

static int create_vm(Cli *cli)
{
    VmCreateParams params = { .name = x_strdup(cli->words[2]), .vcpus = 1, .memory = (int64_t)512 << 20, .firmware = FIRMWARE_BIOS };
    int status = EXIT_OK;
    for (int i = 3; i < cli->word_count && status == EXIT_OK; i++) {
        if (str_equal(cli->words[i], "--start"))
            params.start = true;
        else if (str_equal(cli->words[i], "--uefi"))
            params.firmware = FIRMWARE_UEFI;
        else if (i + 1 < cli->word_count) {
            status = take_create_option(cli, cli->words[i], cli->words[i + 1], &params);
            i++;
        } else
            status = cli_bad_argument(cli->words[i]);
    }
    if (status == EXIT_OK)
        status = RUN_TASK(cli, vm_create, &params);
    VmCreateParams_clear(&params);
    return status;
}

static int vm(Cli *cli)
{
    static const struct {
        const char *word;
        VmCommand run;
    } commands[] = {
        { "start", vm_start }, { "shutdown", vm_shutdown }, { "reboot", vm_reboot }, { "off", vm_force_off }, { "reset", vm_reset },
        { "pause", vm_pause }, { "resume", vm_resume },     { "delete", vm_delete }, { "media", vm_media },
    };
    const char *word = cli->words[1];
    if (str_equal(word, "list"))
        return list_vms(cli);
    if (cli->word_count < 3)
        return cli_bad_argument(word);
    if (str_equal(word, "create"))
        return create_vm(cli);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!str_equal(word, commands[i].word))
            continue;
        const VmInfo *found = find_vm(cli, cli->words[2]);
        return found ? commands[i].run(cli, found) : EXIT_REFUSED;
    }
    return cli_bad_argument(word);
}

/* ---- datastore */

static int list_datastores(Cli *cli)
{
    const Model *model = server_model(cli->server);
    json_t *list = json_array();
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        AUTO_FREE char *available = format_size(datastore->available);
        AUTO_FREE char *capacity = format_size(datastore->capacity);
        if (cli->json)
            json_array_append_new(list, DatastoreInfo_encode(datastore));
        else
            printf("%s  %-9s %-20s %10s / %10s  %s\n", datastore->id, DatastoreState_name(datastore->state), datastore->name, available, capacity,
                   str_or_empty(datastore->path));
    }
    if (cli->json)
        cli_print_json(list);
    else
        json_decref(list);
    return EXIT_OK;
}

static int datastore(Cli *cli)
{
    const char *word = cli->words[1];
    if (str_equal(word, "list"))
        return list_datastores(cli);
    if (str_equal(word, "create") && cli->word_count == 4) {
        DatastoreCreateParams params = { .name = cli->words[2], .path = cli->words[3] };
        return RUN_TASK(cli, datastore_create, &params);
    }
    bool forget = str_equal(word, "forget");
    if ((!forget && !str_equal(word, "refresh")) || cli->word_count != 3)
        return cli_bad_argument(word);
    const DatastoreInfo *found = cli_datastore(cli, cli->words[2]);
    if (!found)
        return EXIT_REFUSED;
    DatastoreRef params = { .datastore = found->id };
    return forget ? RUN_TASK(cli, datastore_forget, &params) : RUN_TASK(cli, datastore_refresh, &params);
}

/* ---- volume */

static void on_volumes(void *context, VolumeList *list, const Error *error)
{
    Answer *answer = context;
    answer->done = true;
    if (error) {
        answer->status = cli_fail(answer->cli, error);
        return;
    }
    answer->volumes = *list;
    *list = (VolumeList){ 0 };
}

static void print_volume(const Cli *cli, const VolumeInfo *volume)
{
    if (cli->json) {
        cli_print_json(VolumeInfo_encode(volume));
        return;
    }
    AUTO_FREE char *size = format_size(volume->capacity);
    printf("%-6s %10s  %s\n", VolumeFormat_name(volume->format), size, volume->name);
}

/* JSON: one line per volume, since there may be very many. */
static int list_volumes(Cli *cli, const DatastoreInfo *found)
{
    VolumeListParams params = { .datastore = found->id };
    for (;;) {
        Answer answer = { .cli = cli };
        call_volume_list(cli->server, &params, on_volumes, &answer, &answer);
        int status = wait_for(&answer);
        for (size_t i = 0; i < answer.volumes.volumes.count; i++)
            print_volume(cli, &answer.volumes.volumes.items[i]);
        int64_t total = answer.volumes.total;
        size_t count = answer.volumes.volumes.count;
        VolumeList_clear(&answer.volumes);
        params.skip += (int64_t)count;
        if (status != EXIT_OK || params.skip >= total || count == 0)
            return status;
    }
}

static int volume(Cli *cli)
{
    const char *word = cli->words[1];
    if (cli->word_count < 3)
        return cli_bad_argument(word);
    const DatastoreInfo *found = cli_datastore(cli, cli->words[2]);
    if (!found)
        return EXIT_REFUSED;
    AUTO_FREE char *id = x_strdup(found->id);
    if (str_equal(word, "list"))
        return list_volumes(cli, found);
    if (!str_equal(word, "delete") || cli->word_count != 4)
        return cli_bad_argument(word);
    VolumeRef params = { .datastore = id, .volume = cli->words[3] };
    return RUN_TASK(cli, volume_delete, &params);
}

int command_run(Cli *cli)
{
    static const struct {
        const char *word;
        int (*run)(Cli *cli);
        int least_words;
    } commands[] = {
        { "info", info, 1 }, { "vm", vm, 2 }, { "datastore", datastore, 2 }, { "volume", volume, 2 }, { "upload", upload_run, 3 }, { "watch", watch_run, 1 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_equal(cli->words[0], commands[i].word))
            return cli->word_count >= commands[i].least_words ? commands[i].run(cli) : cli_bad_argument(cli->words[0]);
    return cli_bad_argument(cli->words[0]);
}
