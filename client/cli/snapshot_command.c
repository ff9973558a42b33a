/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl snapshot, and what makes VMs of VMs: clones and templates. */
#include "client/cli/action.h"
#include "client/cli/seed_options.h"

#include "client/core/snapshot_tree.h"

#include <stdlib.h>

static const Column columns[] = {
    { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
    { "parent", TEXT_CLI_HEAD_PARENT, COLUMN_TEXT },
    { "created", TEXT_CLI_HEAD_TAKEN, COLUMN_TIME },
    { "memory", TEXT_CLI_HEAD_MEMORY_TOO, COLUMN_YES },
    { "current", TEXT_CLI_HEAD_CURRENT, COLUMN_YES },
    { "description", TEXT_CLI_HEAD_DESCRIPTION, COLUMN_TEXT },
};

int snapshot_list_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    SnapshotTree *tree = snapshot_tree_open(target.server, target.vm->id, NULL, NULL);
    while (snapshot_tree_loading(tree) && cli_wait(cli))
        ;
    const SnapshotInfoList *list = &snapshot_tree_list(tree)->snapshots;
    if (snapshot_tree_error(tree))
        cli_fail(cli, snapshot_tree_error(tree));
    else
        output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; cli->status == EXIT_OK && i < list->count; i++)
        output_record(&cli->output, SnapshotInfo_encode(&list->items[i]));
    snapshot_tree_close(tree);
    return cli->status;
}

/* The VM, and its action if something is to be done; NULL: not (also with --check). */
static Action *begin(Cli *cli, const Args *args, VmTarget *ret, int *ret_status)
{
    *ret_status = find_vm(cli, args_text(args, "VM"), false, ret);
    if (*ret_status != EXIT_OK)
        return NULL;
    Action *action = action_add(cli, ret->server, ret->vm->id, ret->vm->name);
    return action_wanted(action) ? action : NULL;
}

int snapshot_create_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status;
    Action *action = begin(cli, args, &target, &status);
    if (!action)
        return status;
    SnapshotCreateParams params = { .vm = target.vm->id, .name = (char *)args_text(args, "SNAPSHOT"), .description = (char *)args_text(args, "--description"),
                                    .memory = args_has(args, "--memory"), .quiesce = args_has(args, "--quiesce") };
    ACTION_CALL(action, snapshot_create, &params);
    return EXIT_OK;
}

static void on_described(void *context, Empty *answer, const Error *error)
{
    Action *action = context;
    Error why = { 0 };
    if (answer) {
        action_done(action);
        return;
    }
    error_copy(&why, error);
    action_failed(action, &why);
}

int snapshot_describe_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status;
    Action *action = begin(cli, args, &target, &status);
    if (!action)
        return status;
    SnapshotEditParams params = { .vm = target.vm->id, .snapshot = (char *)args_text(args, "SNAPSHOT"), .description = (char *)args_text(args, "TEXT") };
    call_snapshot_edit(action->server, &params, on_described, action, action);
    while (!action->ended && cli_wait(cli))
        ;
    return cli->status;
}

int snapshot_revert_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status;
    Action *action = begin(cli, args, &target, &status);
    if (!action)
        return status;
    SnapshotRevertParams params = { .vm = target.vm->id, .snapshot = (char *)args_text(args, "SNAPSHOT"), .keep_as = (char *)args_text(args, "--keep-as"),
                                    .start = args_has(args, "--start") };
    ACTION_CALL(action, snapshot_revert, &params);
    return EXIT_OK;
}

int snapshot_delete_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status;
    Action *action = begin(cli, args, &target, &status);
    if (!action)
        return status;
    SnapshotDeleteParams params = { .vm = target.vm->id, .snapshot = (char *)args_text(args, "SNAPSHOT"), .children = args_has(args, "--branch") };
    ACTION_CALL(action, snapshot_delete, &params);
    return EXIT_OK;
}

/* ---- clones and templates */

int vm_clone_command(Cli *cli, const Args *args)
{
    VmTarget target;
    const char *store = args_text(args, "--datastore");
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    const DatastoreInfo *datastore = store ? find_datastore_on(cli, target.server, store) : NULL;
    if (store && !datastore)
        return EXIT_NOT_FOUND;
    const char *name = args_text(args, "NAME");
    VmSeed *seed = NULL;
    status = seed_from_options(cli, target.server, args, &seed);
    if (status != EXIT_OK)
        return status;
    Action *action = action_add(cli, target.server, "", name ? name : target.vm->name);
    VmCloneParams params = { .vm = target.vm->id, .snapshot = (char *)args_text(args, "--snapshot"), .name = (char *)name, .linked = args_has(args, "--linked"),
                             .description = (char *)args_text(args, "--description"), .datastore = datastore ? datastore->id : NULL, .start = args_has(args, "--start"),
                             .seed = seed };
    if (action_wanted(action))
        ACTION_CALL(action, vm_clone, &params);
    seed_free(seed);
    return EXIT_OK;
}

int vm_to_template_command(Cli *cli, const Args *args)
{
    VmTarget target, before = { 0 };
    int status;
    const char *version_of = args_text(args, "--version-of");
    if (version_of && (status = find_vm(cli, version_of, false, &before)) != EXIT_OK)
        return status;
    Action *action = begin(cli, args, &target, &status);
    if (!action)
        return status;
    VmSetTemplateParams params = { .vm = target.vm->id, .template = true, .version_of = before.vm ? before.vm->id : NULL, .notes = (char *)args_text(args, "--notes") };
    ACTION_CALL(action, vm_set_template, &params);
    return EXIT_OK;
}

int vm_from_template_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status;
    Action *action = begin(cli, args, &target, &status);
    if (!action)
        return status;
    VmSetTemplateParams params = { .vm = target.vm->id };
    ACTION_CALL(action, vm_set_template, &params);
    return EXIT_OK;
}
