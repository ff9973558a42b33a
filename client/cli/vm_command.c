/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm: list, show, power, delete, CDs. Making one is in vm_create_command.c. */
#include "client/cli/action.h"

#include "client/core/rules.h"

#include <stdlib.h>

static const Column columns[] = {
    { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
    { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
    { "vcpus", TEXT_CLI_HEAD_VCPUS, COLUMN_NUMBER },
    { "memory", TEXT_CLI_HEAD_MEMORY, COLUMN_SIZE },
    { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
};

static const Column facts[] = {
    { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
    { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
    { "description", TEXT_CLI_HEAD_DESCRIPTION, COLUMN_TEXT },
    { "guest", TEXT_CLI_HEAD_GUEST, COLUMN_TEXT },
    { "vcpus", TEXT_CLI_HEAD_VCPUS, COLUMN_NUMBER },
    { "memory", TEXT_CLI_HEAD_MEMORY, COLUMN_SIZE },
    { "firmware", TEXT_CLI_HEAD_FIRMWARE, COLUMN_TEXT },
    { "driver", TEXT_CLI_HEAD_DRIVER, COLUMN_TEXT },
    { "started", TEXT_CLI_HEAD_STARTED, COLUMN_TIME },
    { "autostart", TEXT_CLI_HEAD_AUTOSTART, COLUMN_YES },
    { "disks", TEXT_CLI_HEAD_DISKS, COLUMN_TEXT },
    { "nics", TEXT_CLI_HEAD_NICS, COLUMN_TEXT },
    { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
};

static json_t *vm_record(const Server *server, const VmInfo *vm)
{
    json_t *record = VmInfo_encode(vm);
    json_object_set_new(record, "server", json_string(server_name(server)));
    return record;
}

/* ---- looking */

static void list_server(Cli *cli, const Server *server, VmState state)
{
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_vm_count(model); i++)
        if (state == VM_STATE_UNKNOWN || model_vm_at(model, i)->state == state)
            output_record(&cli->output, vm_record(server, model_vm_at(model, i)));
}

int vm_list_command(Cli *cli, const Args *args)
{
    const char *state = args_text(args, "--state");
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; i < cli->server_count; i++)
        list_server(cli, cli->servers[i], state ? VmState_parse(state) : VM_STATE_UNKNOWN);
    output_sort(&cli->output);
    return EXIT_OK;
}

int vm_show_command(Cli *cli, const Args *args)
{
    output_begin(&cli->output, OUTPUT_ONE, facts, ARRAY_SIZE(facts));
    for (size_t i = 0; i < args_count(args, "VM"); i++) {
        VmTarget target;
        if (find_vm(cli, args_at(args, "VM", i), false, &target) == EXIT_OK)
            output_record(&cli->output, vm_record(target.server, target.vm));
    }
    return cli->status;
}

/* ---- power */

typedef struct Power {
    Method method;
    VmState wanted;            /* VM_STATE_UNKNOWN: it always changes something */
    VmState also;              /* counts as wanted, too */
    void (*call)(Action *action, const Args *args, const VmInfo *vm);
} Power;

/* With --check nobody else would say that it cannot be done. */
static bool may(Action *action, const VmInfo *vm, Method method)
{
    AUTO_FREE char *why = NULL;
    if (!cli_check_only(action->cli) || rules_vm(action->server, vm, method, &why))
        return true;
    Error error = { 0 };
    error_set(&error, ERR_NOT_SUPPORTED, vm->name, "%s", str_or_empty(why));
    action_failed(action, &error);
    return false;
}

/* All names are looked up before the first VM is touched. */
static int find_vms(Cli *cli, const Args *args, bool missing_ok, VmTarget **ret, size_t *ret_count)
{
    size_t count = args_count(args, "VM");
    VmTarget *targets = x_calloc(count, sizeof *targets);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        int status = find_vm(cli, args_at(args, "VM", i), missing_ok, &targets[found]);
        if (status != EXIT_OK) {
            free(targets);
            return status;
        }
        if (targets[found].vm)
            found++;
        else
            action_unchanged(action_add(cli, cli->servers[0], NULL, args_at(args, "VM", i)));
    }
    *ret = targets;
    *ret_count = found;
    return EXIT_OK;
}

static int power(Cli *cli, const Args *args, const Power *power)
{
    AUTO_FREE VmTarget *targets = NULL;
    size_t count = 0;
    int status = find_vms(cli, args, false, &targets, &count);
    for (size_t i = 0; status == EXIT_OK && i < count; i++) {
        const VmInfo *vm = targets[i].vm;
        Action *action = action_add(cli, targets[i].server, vm->id, vm->name);
        bool as_wanted = power->wanted != VM_STATE_UNKNOWN && (vm->state == power->wanted || vm->state == power->also);
        if (as_wanted)
            action_unchanged(action);
        else if (may(action, vm, power->method) && action_wanted(action))
            power->call(action, args, vm);
    }
    return status;
}

static void do_vm_start(Action *action, const Args *args, const VmInfo *vm)
{
    VmStartParams params = { .vm = vm->id, .paused = args_has(args, "--paused") };
    ACTION_CALL(action, vm_start, &params);
}

/* The commands whose only parameter is the VM. */
#define POWER_COMMAND(function, method, wanted, also) \
    static void do_##function(Action *action, const Args *args, const VmInfo *vm) \
    { \
        (void)args; \
        VmRef params = { .vm = vm->id }; \
        ACTION_CALL(action, method, &params); \
    } \
    int function##_command(Cli *cli, const Args *args) \
    { \
        return power(cli, args, &(Power){ METHOD_##method, wanted, also, do_##function }); \
    }

POWER_COMMAND(vm_reboot, vm_reboot, VM_STATE_UNKNOWN, VM_STATE_UNKNOWN)
POWER_COMMAND(vm_off, vm_force_off, VM_STATE_OFF, VM_STATE_OFF)
POWER_COMMAND(vm_reset, vm_reset, VM_STATE_UNKNOWN, VM_STATE_UNKNOWN)
POWER_COMMAND(vm_pause, vm_pause, VM_STATE_PAUSED, VM_STATE_PAUSED)
POWER_COMMAND(vm_resume, vm_resume, VM_STATE_RUNNING, VM_STATE_RUNNING)

static void do_vm_shutdown(Action *action, const Args *args, const VmInfo *vm)
{
    VmRef params = { .vm = vm->id };
    if (args_has(args, "--agent"))
        ACTION_CALL(action, vm_guest_shutdown, &params);
    else
        ACTION_CALL(action, vm_shutdown, &params);
}

int vm_shutdown_command(Cli *cli, const Args *args)
{
    return power(cli, args, &(Power){ METHOD_vm_shutdown, VM_STATE_OFF, VM_STATE_CRASHED, do_vm_shutdown });
}

int vm_start_command(Cli *cli, const Args *args)
{
    VmState also = args_has(args, "--paused") ? VM_STATE_PAUSED : VM_STATE_RUNNING;
    return power(cli, args, &(Power){ METHOD_vm_start, VM_STATE_RUNNING, also, do_vm_start });
}

/* ---- deleting */

static int add_disks(Cli *cli, const Args *args, const VmInfo *vm, StrList *disks)
{
    for (size_t i = 0; args_has(args, "--all-disks") && i < vm->disks.count; i++)
        if (vm->disks.items[i].device == DISK_DEVICE_DISK && vm->disks.items[i].volume)
            StrList_add(disks, vm->disks.items[i].target);
    for (size_t i = 0; i < args_count(args, "--disk"); i++) {
        const char *target = args_at(args, "--disk", i);
        bool known = false;
        for (size_t k = 0; k < vm->disks.count; k++)
            known |= str_equal(vm->disks.items[k].target, target) && vm->disks.items[k].device == DISK_DEVICE_DISK;
        if (!known)
            return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_DISK, vm->name, target, NULL));
        if (!StrList_contains(disks, target))
            StrList_add(disks, target);
    }
    return EXIT_OK;
}

static int delete_vm(Cli *cli, const Args *args, const VmTarget *target)
{
    VmDeleteParams params = { .vm = target->vm->id };
    int status = add_disks(cli, args, target->vm, &params.disks);
    if (status == EXIT_OK) {
        Action *action = action_add(cli, target->server, target->vm->id, target->vm->name);
        if (may(action, target->vm, METHOD_vm_delete) && action_wanted(action))
            ACTION_CALL(action, vm_delete, &params);
    }
    StrList_clear(&params.disks);
    return status;
}

int vm_delete_command(Cli *cli, const Args *args)
{
    AUTO_FREE VmTarget *targets = NULL;
    size_t count = 0;
    int status = find_vms(cli, args, args_has(args, "--if-exists"), &targets, &count);
    for (size_t i = 0; status == EXIT_OK && i < count; i++)
        status = delete_vm(cli, args, &targets[i]);
    return status;
}

/* ---- CDs */

static const DiskInfo *find_drive(Cli *cli, const Args *args, const VmInfo *vm)
{
    const char *wanted = args_text(args, "--drive");
    for (size_t i = 0; i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (disk->device == DISK_DEVICE_CDROM && (!wanted || str_equal(disk->target, wanted)))
            return disk;
    }
    cli_refuse(cli, EXIT_NOT_FOUND, 0, wanted ? text_format(TEXT_CLI_NO_SUCH_DRIVE, vm->name, wanted, NULL) : text_format(TEXT_CLI_NO_DRIVE, vm->name, NULL));
    return NULL;
}

/* datastore and volume NULL: ejects. */
static int set_media(Cli *cli, const Args *args, const VmTarget *target, const char *datastore, const char *volume)
{
    const DiskInfo *drive = find_drive(cli, args, target->vm);
    if (!drive)
        return EXIT_NOT_FOUND;
    Action *action = action_add(cli, target->server, target->vm->id, target->vm->name);
    bool as_wanted = datastore ? str_equal(drive->datastore, datastore) && str_equal(drive->volume, volume) : str_empty(drive->path);
    VmMediaParams params = { .vm = target->vm->id, .target = drive->target, .datastore = (char *)datastore, .volume = (char *)volume };
    if (as_wanted)
        action_unchanged(action);
    else if (may(action, target->vm, METHOD_vm_set_media) && action_wanted(action))
        ACTION_CALL(action, vm_set_media, &params);
    return EXIT_OK;
}

int vm_insert_command(Cli *cli, const Args *args)
{
    VmTarget target;
    const char *word = args_text(args, "DATASTORE/FILE");
    const char *file = NULL;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    DatastoreTarget datastore;
    status = find_volume(cli, target.server, word, false, &datastore, &file);
    return status == EXIT_OK ? set_media(cli, args, &target, datastore.datastore->id, file) : status;
}

int vm_eject_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    return status == EXIT_OK ? set_media(cli, args, &target, NULL, NULL) : status;
}
