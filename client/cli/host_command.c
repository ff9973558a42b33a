/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl host: show. */
#include "client/cli/cli.h"

/* A host without libvirt has no more than its hello. */
static json_t *host_record(const Server *server)
{
    const HelloResult *hello = server_hello(server);
    const Model *model = server_model(server);
    const HostInfo *host = model_host(model);
    json_t *record = host ? HostInfo_encode(host) : json_pack("{s:s, s:s, s:s}", "id", hello->host_id, "name", hello->host_name, "agent_version", hello->agent_version);
    json_object_set_new(record, "server", json_string(server_name(server)));
    json_object_set_new(record, "user", json_string(hello->user));
    json_object_set_new(record, "role", json_string(Role_name(hello->role)));
    json_object_set_new(record, "protocol", json_integer(hello->protocol));
    json_object_set_new(record, "vms", json_integer((json_int_t)model_vm_count(model)));
    json_object_set_new(record, "datastores", json_integer((json_int_t)model_datastore_count(model)));
    json_object_set_new(record, "networks", json_integer((json_int_t)model_network_count(model)));
    return record;
}

int host_show_command(Cli *cli, const Args *args)
{
    static const Column facts[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "os", TEXT_CLI_HEAD_SYSTEM, COLUMN_TEXT },
        { "kernel", TEXT_CLI_HEAD_KERNEL, COLUMN_TEXT },
        { "cpu_model", TEXT_CLI_HEAD_CPU, COLUMN_TEXT },
        { "cpu_threads", TEXT_CLI_HEAD_THREADS, COLUMN_NUMBER },
        { "memory", TEXT_CLI_HEAD_MEMORY, COLUMN_SIZE },
        { "memory_free", TEXT_CLI_HEAD_MEMORY_FREE, COLUMN_SIZE },
        { "boot_time", TEXT_CLI_HEAD_STARTED, COLUMN_TIME },
        { "libvirt_version", TEXT_CLI_HEAD_LIBVIRT, COLUMN_TEXT },
        { "agent_version", TEXT_CLI_HEAD_AGENT, COLUMN_TEXT },
        { "user", TEXT_CLI_HEAD_USER, COLUMN_TEXT },
        { "role", TEXT_CLI_HEAD_ROLE, COLUMN_TEXT },
        { "vms", TEXT_CLI_HEAD_VMS, COLUMN_NUMBER },
        { "datastores", TEXT_CLI_HEAD_DATASTORES, COLUMN_NUMBER },
        { "networks", TEXT_CLI_HEAD_NETWORKS, COLUMN_NUMBER },
        { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    (void)args;
    output_begin(&cli->output, OUTPUT_ONE, facts, ARRAY_SIZE(facts));
    for (size_t i = 0; i < cli->server_count; i++)
        output_record(&cli->output, host_record(cli->servers[i]));
    return EXIT_OK;
}
