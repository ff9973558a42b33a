/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl task: list, watch, cancel. */
#include "client/cli/action.h"

static bool is_over(const TaskInfo *task)
{
    return task->state == TASK_STATE_DONE || task->state == TASK_STATE_FAILED || task->state == TASK_STATE_CANCELLED;
}

int task_list_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "started", TEXT_CLI_HEAD_STARTED, COLUMN_TIME }, { "method", TEXT_CLI_HEAD_METHOD, COLUMN_TEXT }, { "object_name", TEXT_CLI_HEAD_OBJECT, COLUMN_TEXT },
        { "user", TEXT_CLI_HEAD_USER, COLUMN_TEXT },       { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },  { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t s = 0; s < cli->server_count; s++) {
        const Server *server = cli->servers[s];
        for (size_t i = 0; i < server_task_count(server); i++) {
            const TaskInfo *task = server_task_at(server, i);
            if (args_has(args, "--running") && is_over(task))
                continue;
            json_t *record = TaskInfo_encode(task);
            json_object_set_new(record, "server", json_string(server_name(server)));
            output_record(&cli->output, record);
        }
    }
    return EXIT_OK;
}

static int find_task(Cli *cli, const char *id, Server **ret_server, const TaskInfo **ret)
{
    for (size_t i = 0; i < cli->server_count; i++) {
        *ret = server_task(cli->servers[i], id);
        *ret_server = cli->servers[i];
        if (*ret)
            return EXIT_OK;
    }
    AUTO(error_clear) Error why = { 0 };
    error_set(&why, ERR_TASK_NOT_FOUND, id, NULL);
    return cli_fail(cli, &why);
}

/* Every task is looked up before the first one is touched. */
static int act(Cli *cli, const Args *args, bool cancel)
{
    Server *server = NULL;
    const TaskInfo *task = NULL;
    for (size_t i = 0; i < args_count(args, "TASK"); i++)
        if (find_task(cli, args_at(args, "TASK", i), &server, &task) != EXIT_OK)
            return cli->status;
    for (size_t i = 0; i < args_count(args, "TASK"); i++) {
        find_task(cli, args_at(args, "TASK", i), &server, &task);
        Action *action = action_add(cli, server, task->object_id, task->object_name);
        if (cancel && is_over(task))
            action_unchanged(action);
        else if (!cancel || action_wanted(action))
            action_follow(action, task->id, cancel);
    }
    return EXIT_OK;
}

int task_watch_command(Cli *cli, const Args *args) { return act(cli, args, false); }
int task_cancel_command(Cli *cli, const Args *args) { return act(cli, args, true); }
