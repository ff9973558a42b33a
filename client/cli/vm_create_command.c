/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm create: what is not said comes from the guest kind, as in the window's wizard. */
#include "client/cli/action.h"
#include "client/cli/reading.h"
#include "client/cli/seed_options.h"

#include "client/core/new_vm.h"
#include "client/core/rules.h"

#include <stdlib.h>

enum { DEFAULT_MEMORY_MIB = 512, MAX_VCPUS = 4096 };

static int add_disk(Cli *cli, const char *word, DiskBus bus, VmCreateParams *params)
{
    VmNewVolume volume;
    int status = find_new_volume(cli, cli->servers[0], word, &volume);
    if (status != EXIT_OK)
        return status;
    NewDisk disk = { .datastore = TAKE_PTR(volume.datastore), .capacity = volume.capacity, .format = volume.format, .bus = bus };
    NewDiskList_add(&params->disks, &disk);
    VmNewVolume_clear(&volume);
    return EXIT_OK;
}

static int add_network(Cli *cli, const char *name, NicModel model, VmCreateParams *params)
{
    const NetworkInfo *network = find_network_on(cli, cli->servers[0], name);
    if (!network)
        return EXIT_NOT_FOUND;
    NewNic nic = { .network = x_strdup(network->id), .model = model };
    NewNicList_add(&params->nics, &nic);
    return EXIT_OK;
}

static int add_iso(Cli *cli, const char *word, VmCreateParams *params)
{
    DatastoreTarget target;
    const char *file = NULL;
    int status = find_volume(cli, cli->servers[0], word, false, &target, &file);
    if (status != EXIT_OK)
        return status;
    params->media_datastore = x_strdup(target.datastore->id);
    params->media_volume = x_strdup(file);
    return EXIT_OK;
}

/* What VMs of a guest kind begin with. */
typedef struct Defaults {
    bool known;
    int64_t vcpus, memory;
    DiskBus bus;
    NicModel nic;
    Firmware firmware;
} Defaults;

static int add_devices(Cli *cli, const Args *args, const Defaults *kind, VmCreateParams *params)
{
    const char *iso = args_text(args, "--iso");
    int status = iso ? add_iso(cli, iso, params) : EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "--disk"); i++)
        status = add_disk(cli, args_at(args, "--disk", i), kind->bus, params);
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "--network"); i++)
        status = add_network(cli, args_at(args, "--network", i), kind->nic, params);
    return status;
}

READ_CALL(host_guest_kinds, GuestKindsParams, GuestKindTable)

/* The host's own list, where it has one. */
static int ask_host(Cli *cli, const char *word, Defaults *ret)
{
    const GuestKindsParams params = { .search = (char *)word };
    GuestKindTable table = { 0 };
    int status = server_can(cli->servers[0], METHOD_host_guest_kinds, NULL) ? read_host_guest_kinds(cli, cli->servers[0], &params, &table) : EXIT_OK;
    for (size_t i = 0; i < table.kinds.count; i++) {
        const GuestKindInfo *kind = &table.kinds.items[i];
        if (str_equal(kind->id, word))
            *ret = (Defaults){ true, kind->vcpus, kind->memory, kind->bus, kind->nic, kind->firmware };
    }
    GuestKindTable_clear(&table);
    return status;
}

static int unknown_kind(Cli *cli, const char *word)
{
    AUTO_FREE char *list = x_strdup("");
    for (size_t i = 0; i < guest_kind_count(); i++) {
        char *longer = x_printf("%s%s%s", list, *list ? ", " : "", guest_kind_at(i)->id);
        free(list);
        list = longer;
    }
    return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NO_GUEST, word, list, NULL));
}

static int find_kind(Cli *cli, const char *word, Defaults *ret)
{
    const GuestKind *own = word ? guest_kind_find(word) : NULL;
    *ret = (Defaults){ false, 1, (int64_t)DEFAULT_MEMORY_MIB << 20, DISK_BUS_VIRTIO, NIC_MODEL_VIRTIO, FIRMWARE_BIOS };
    int status = word ? ask_host(cli, word, ret) : EXIT_OK;
    if (!word || status != EXIT_OK || ret->known)
        return status;
    if (!own)
        return unknown_kind(cli, word);
    *ret = (Defaults){ true, own->vcpus, own->memory, own->bus, own->nic, own->firmware };
    return EXIT_OK;
}

static int check_and_call(Cli *cli, const VmCreateParams *params)
{
    Action *action = action_add(cli, cli->servers[0], NULL, params->name);
    AUTO_FREE char *wrong = cli_check_only(cli) ? rules_check_vm_name(server_model(cli->servers[0]), params->name) : NULL;
    if (wrong) {
        Error error = { 0 };
        error_set(&error, ERR_VM_NAME_INVALID, params->name, "%s", wrong);
        action_failed(action, &error);
    } else if (action_wanted(action)) {
        ACTION_CALL(action, vm_create, params);
    }
    return EXIT_OK;
}

/* True: there is one already, and that is fine. */
static bool exists(Cli *cli, const char *name)
{
    const Model *model = server_model(cli->servers[0]);
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        if (!str_equal(vm->name, name))
            continue;
        action_unchanged(action_add(cli, cli->servers[0], vm->id, vm->name));
        return true;
    }
    return false;
}

int vm_create_command(Cli *cli, const Args *args)
{
    Defaults kind;
    const char *name = args_text(args, "NAME");
    if (args_has(args, "--if-not-exists") && exists(cli, name))
        return EXIT_OK;
    int status = find_kind(cli, args_text(args, "--guest"), &kind);
    if (status != EXIT_OK)
        return status;
    int64_t vcpus = args_number(args, "--vcpus", kind.vcpus);
    int64_t memory = args_size(args, "--memory", (int64_t)1 << 20);
    VmCreateParams params = {
        .name = x_strdup(name),
        .description = x_strdup(args_text(args, "--description")),
        .guest = x_strdup(args_text(args, "--guest")),
        .vcpus = vcpus > MAX_VCPUS ? MAX_VCPUS : vcpus,
        .memory = memory > 0 ? memory : kind.memory,
        .firmware = args_has(args, "--uefi") ? FIRMWARE_UEFI : kind.firmware,
        .tpm = args_has(args, "--tpm"),
        .start = args_has(args, "--start"),
    };
    status = add_devices(cli, args, &kind, &params);
    if (status == EXIT_OK)
        status = seed_from_options(cli, cli->servers[0], args, &params.seed);
    if (status == EXIT_OK)
        status = check_and_call(cli, &params);
    VmCreateParams_clear(&params);
    return status;
}
