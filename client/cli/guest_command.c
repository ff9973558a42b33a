/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl host guest-kinds, iso guest, vm set-seed, vm remove-seed: guest systems, which one an ISO installs, and what guests set themselves up with. */
#include "client/cli/action.h"
#include "client/cli/reading.h"
#include "client/cli/seed_options.h"

READ_CALL(host_guest_kinds, GuestKindsParams, GuestKindTable)
READ_CALL(volume_detect_guest, VolumeRef, GuestDetection)

int host_guest_kinds_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "id", TEXT_CLI_HEAD_GUEST, COLUMN_TEXT },       { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },     { "family", TEXT_CLI_HEAD_FAMILY, COLUMN_TEXT },
        { "vcpus", TEXT_CLI_HEAD_VCPUS, COLUMN_NUMBER },  { "memory", TEXT_CLI_HEAD_MEMORY, COLUMN_SIZE }, { "disk", TEXT_CLI_HEAD_DISK, COLUMN_SIZE },
        { "firmware", TEXT_CLI_HEAD_FIRMWARE, COLUMN_TEXT },
    };
    const GuestKindsParams params = { .search = (char *)args_text(args, "WORDS") };
    GuestKindTable table = { 0 };
    int status = read_host_guest_kinds(cli, cli->servers[0], &params, &table);
    if (status == EXIT_OK) {
        output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
        for (size_t i = 0; i < table.kinds.count; i++)
            output_record(&cli->output, GuestKindInfo_encode(&table.kinds.items[i]));
    }
    GuestKindTable_clear(&table);
    return status;
}

int iso_guest_command(Cli *cli, const Args *args)
{
    static const Column facts[] = {
        { "guest", TEXT_CLI_HEAD_GUEST, COLUMN_TEXT }, { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT }, { "arch", TEXT_CLI_HEAD_ARCH, COLUMN_TEXT },
        { "label", TEXT_CLI_HEAD_LABEL, COLUMN_TEXT }, { "virtio_drivers", TEXT_CLI_HEAD_DRIVERS, COLUMN_YES },
    };
    DatastoreTarget target;
    const char *file = NULL;
    int status = find_volume(cli, cli->servers[0], args_text(args, "DATASTORE/FILE"), false, &target, &file);
    if (status != EXIT_OK)
        return status;
    const VolumeRef params = { target.datastore->id, (char *)file };
    GuestDetection found = { 0 };
    status = read_volume_detect_guest(cli, cli->servers[0], &params, &found);
    if (status == EXIT_OK) {
        output_begin(&cli->output, OUTPUT_ONE, facts, ARRAY_SIZE(facts));
        output_record(&cli->output, GuestDetection_encode(&found));
    }
    GuestDetection_clear(&found);
    return status;
}

int vm_set_seed_command(Cli *cli, const Args *args)
{
    VmTarget target;
    VmSeed *seed = NULL;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    AUTO_FREE char *id = status == EXIT_OK ? x_strdup(target.vm->id) : NULL; /* looking for the drivers' volume may change the list of VMs */
    AUTO_FREE char *name = status == EXIT_OK ? x_strdup(target.vm->name) : NULL;
    if (status == EXIT_OK)
        status = seed_from_options(cli, target.server, args, &seed);
    if (status != EXIT_OK)
        return status;
    if (!seed)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_SEED_NOTHING)));
    const VmSeedParams params = { id, seed };
    Action *action = action_add(cli, target.server, id, name);
    if (action_wanted(action))
        ACTION_CALL(action, vm_set_seed, &params);
    seed_free(seed);
    return EXIT_OK;
}

int vm_remove_seed_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    const VmRef params = { target.vm->id };
    Action *action = action_add(cli, target.server, target.vm->id, target.vm->name);
    if (action_wanted(action))
        ACTION_CALL(action, vm_remove_seed, &params);
    return EXIT_OK;
}
