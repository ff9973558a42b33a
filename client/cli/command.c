/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables made from commands.def, and the fields of results: see command.h. */
#include "client/cli/command.h"

#define COMMAND(function, noun, verb, needs, result, twins) static const ArgSpec args_of_##function[] = {
#define ARG(name, kind, flags, help) { name, NULL, NULL, kind, flags, TEXT_##help },
#define OPTION(name, value, kind, flags, help) { name, NULL, value, kind, (flags) | OPTIONAL_ARG, TEXT_##help },
#define END { NULL, NULL, NULL, ARG_FLAG, 0, TEXT_COUNT } };
#include "client/cli/commands_read.h"

static const Command commands[] = {
#define COMMAND(function, noun, verb, needs, result, twins) { noun, verb, needs, #result, TEXT_CLI_DO_##function, args_of_##function, function##_command },
#include "client/cli/commands_read.h"
};

static const Noun nouns[] = {
#define NOUN(id, word) { word, TEXT_CLI_NOUN_##id },
#include "client/cli/commands_read.h"
};

static const ArgSpec globals[] = {
#define GLOBAL(name, letter, value, kind, flags, help) { name, letter, value, kind, (flags) | OPTIONAL_ARG, TEXT_##help },
#include "client/cli/commands_read.h"
    { NULL, NULL, NULL, ARG_FLAG, 0, TEXT_COUNT },
};

size_t command_count(void) { return ARRAY_SIZE(commands); }
const Command *command_at(size_t index) { return &commands[index]; }
const ArgSpec *global_options(void) { return globals; }

const Command *command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_equal(commands[i].noun, noun) && str_equal(commands[i].verb, verb))
            return &commands[i];
    return NULL;
}

bool noun_has_verbs(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(nouns); i++)
        if (str_equal(nouns[i].word, word))
            return true;
    return false;
}

/* ---- fields of results */

static const struct {
    const char *result;
    const char *fields[32];
} results[] = {
#define STRUCT_BEGIN(T) { #T, {
#define STR(name, need, limit, doc) #name,
#define INT(name, need, doc) #name,
#define BOOL(name, need, doc) #name,
#define ENUM(name, E, need, doc) #name,
#define OBJ(name, T, need, doc) #name,
#define LIST(name, T, limit, doc) #name,
#define STRLIST(name, limit, doc) #name,
#define STRUCT_END(T) NULL } },
#include "protocol/def_read.h"
    /* HostInfo and what the connection knows of it */
    { "Host", { "id", "name", "os", "kernel", "agent_version", "libvirt_version", "cpu_model", "cpu_sockets", "cpu_cores", "cpu_threads", "memory", "memory_free",
                "boot_time", "drivers", "user", "role", "protocol", "vms", "datastores", "networks", NULL } },
    { "Server", { "id", "name", "address", "auth", "key_file", "jump", "connect_at_start", "remember", NULL } },
    { "ServerList", { "changed", "servers", "conflicts", "file", NULL } },
    { "Master", { "changed", NULL } },
    { "Agent", { "server", "os", "machine", "systemd", "libvirt_version", "libvirtd", "libvirt_command", "user", "rights", "agent", "agent_version", "packaged",
                 "outdated", "cached_version", "carried_version", NULL } },
    { "Change", { "changed", "id", "name", "address", "check", NULL } },
    { "Imported", { "changed", "name", "address", "auth", "key_file", "jump", "state", "keys", "conflicts", NULL } },
    { "VolumeFacts", { "datastore", "name", "path", "format", "capacity", "allocation", "used_by", "backing", "modified", "users", "dependents", "detected", "refused",
                       "encrypted", "snapshots", NULL } },
    { "Volume", { "datastore", "name", "path", "format", "capacity", "allocation", "used_by", "backing", "modified", NULL } },
    { "Action", { "changed", "id", "name", "task", "state", "check", NULL } },
    { "Configured", { "changed", "id", "name", "task", "state", "check", "changes", NULL } },
    { "Setting", { "setting", "value", "active", NULL } },
    { "Transfer", { "changed", "id", "name", "state", "check", "file", "size", "sha256", NULL } },
    { "Network", { "id", "active", "pending", "name", "mode", "bridge", "device", "domain", "address", "prefix", "ranges", "hosts", "address6", "prefix6", "vlan",
                   "autostart", NULL } },
    { "Found", { "kind", "name", "id", "state", NULL } },
    { "Event", { "t", "event", "object", "id", "name", "state", "permille", "title", "detail", "revision", "value", "error", "message", "vms", NULL } },
    { "Text", { NULL } },
};

const char *const *fields_of(const char *result)
{
    for (size_t i = 0; i < ARRAY_SIZE(results); i++)
        if (str_equal(results[i].result, result))
            return results[i].fields;
    return NULL;
}
