/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actions and their results: see action.h. */
#include "client/cli/action.h"

#include "client/cli/progress.h"
#include "client/cli/terminal.h"
#include "client/core/port.h"
#include "protocol/rpc.h"

#include <stdio.h>
#include <stdlib.h>

enum { CANCEL_MS = 10000 };

Action *action_add(Cli *cli, Server *server, const char *id, const char *name)
{
    Action *action = x_calloc(1, sizeof *action);
    *action = (Action){ .cli = cli, .server = server, .id = x_strdup(str_or_empty(id)), .name = x_strdup(str_or_empty(name)) };
    cli->actions = x_realloc(cli->actions, cli->action_count + 1, sizeof(Action *));
    cli->actions[cli->action_count++] = action;
    return action;
}

void action_unchanged(Action *action)
{
    action->ended = true;
    action->state = TASK_STATE_DONE;
}

void action_done(Action *action)
{
    action_unchanged(action);
    action->changed = true;
}

void action_failed(Action *action, Error *error)
{
    error_move(&action->error, error);
    action->ended = true;
    action->state = TASK_STATE_FAILED;
}

bool action_wanted(Action *action)
{
    if (!cli_check_only(action->cli))
        return true;
    action_done(action);
    return false;
}

/* ---- the task */

static void on_task_end(void *context, const TaskInfo *task, const Error *error)
{
    Action *action = context;
    Error why = { 0 };
    if (error)
        error_copy(&why, error);
    else if (action->cancel) {
        action_unchanged(action);
        action->changed = task->state == TASK_STATE_CANCELLED;
        return;
    } else if (task->error)
        error_from_info(task->error, &why);
    else if (task->state != TASK_STATE_DONE)
        error_set(&why, ERR_CANCELLED, task->object_name, NULL);
    if (why.code) {
        action_failed(action, &why);
        return;
    }
    if (!*action->id && task->object_kind == OBJECT_VM) {
        free(action->id);
        action->id = x_strdup(str_or_empty(task->object_id));
    }
    action->result = x_strdup(task->result);
    action_done(action);
}

static void ask_to_cancel(Action *action)
{
    TaskRef params = { .task = action->task };
    call_task_cancel(action->server, &params, NULL, NULL, NULL);
}

void action_on_task(void *context, TaskRef *task, const Error *error)
{
    Action *action = context;
    if (!task) {
        Error why = { 0 };
        error_copy(&why, error);
        action_failed(action, &why);
        return;
    }
    action->task = x_strdup(task->task);
    action->state = TASK_STATE_RUNNING;
    if (action->cancel_until)
        ask_to_cancel(action);
    server_follow_task(action->server, task->task, on_task_end, action, action);
}

static void on_cancel(void *context, Empty *answer, const Error *error)
{
    Action *action = context;
    Error why = { 0 };
    if (answer)
        return; /* on_task_end tells the rest */
    error_copy(&why, error);
    action_failed(action, &why);
}

void action_follow(Action *action, const char *task, bool cancel)
{
    TaskRef params = { .task = (char *)task };
    action->task = x_strdup(task);
    action->state = TASK_STATE_RUNNING;
    action->cancel = cancel;
    server_follow_task(action->server, task, on_task_end, action, action);
    if (cancel)
        call_task_cancel(action->server, &params, on_cancel, action, action);
}

/* ---- results */

static json_t *record_of(const Action *action)
{
    json_t *record = json_pack("{s:b, s:s, s:s, s:s, s:s}", "changed", action->changed, "server", server_name(action->server), "id", action->id, "name", action->name,
                               "state", TaskState_name(action->state));
    if (action->task)
        json_object_set_new(record, "task", json_string(action->task));
    if (cli_check_only(action->cli))
        json_object_set_new(record, "check", json_true());
    if (action->extra)
        json_object_update(record, action->extra);
    return record;
}

static TextId sentence_of(const Action *action)
{
    if (!action->changed && action->ended)
        return TEXT_CLI_UNCHANGED;
    if (cli_check_only(action->cli))
        return TEXT_CLI_WOULD_CHANGE;
    return action->ended ? TEXT_CLI_DONE : TEXT_CLI_STARTED;
}

static void tell(Action *action)
{
    action->told = true;
    if (action->error.code) {
        cli_fail(action->cli, &action->error);
        return;
    }
    const char *server = server_name(action->server);
    if (action->describe && action->result && !action->extra)
        action->extra = action->describe(action->cli, action->result);
    AUTO_FREE char *name = action->cli->many ? text_format(TEXT_CLI_ON_SERVER, action->name, server, NULL) : x_strdup(action->name);
    output_record(&action->cli->output, record_of(action));
    output_say(&action->cli->output, text_format(sentence_of(action), name, str_or_empty(action->task), NULL));
}

/* Prints what has ended; true: all have. */
static bool tell_ended(Cli *cli, bool wait)
{
    bool all = true;
    for (size_t i = 0; i < cli->action_count; i++) {
        Action *action = cli->actions[i];
        bool over = action->ended || (!wait && action->task);
        if (over && !action->told) {
            progress_clear();
            tell(action);
        }
        all &= over;
    }
    return all;
}

/* ---- waiting */

/* Ctrl+C or the time is up: with Ctrl+C the tasks are told to stop and waited for a moment. */
static bool give_up(Cli *cli)
{
    if (cli->status != EXIT_INTERRUPTED)
        return true;
    bool all = true;
    for (size_t i = 0; i < cli->action_count; i++) {
        Action *action = cli->actions[i];
        if (!action->ended && !action->cancel_until) {
            action->cancel_until = port_monotonic_ms() + CANCEL_MS;
            if (action->task)
                ask_to_cancel(action);
        }
        all &= action->ended || port_monotonic_ms() > action->cancel_until;
    }
    return all || terminal_interrupts() > 1;
}

static void tell_still_running(Cli *cli)
{
    for (size_t i = 0; i < cli->action_count; i++) {
        Action *action = cli->actions[i];
        if (action->ended)
            continue;
        AUTO_FREE char *line = text_format(TEXT_CLI_STILL_RUNNING, action->name, str_or_empty(action->task), NULL);
        AUTO_FREE char *safe = text_printable(line);
        fprintf(stderr, "%s\n", safe);
    }
}

int actions_finish(Cli *cli)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "changed", TEXT_CLI_HEAD_CHANGED, COLUMN_YES },
        { "state", TEXT_CLI_HEAD_STATE, COLUMN_STATE },
        { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
        { "task", TEXT_CLI_HEAD_TASK, COLUMN_TEXT },
    };
    if (!cli->action_count)
        return cli->status;
    output_begin(&cli->output, OUTPUT_LINES, columns, ARRAY_SIZE(columns));
    bool wait = !args_has(cli->args, "--no-wait");
    while (!tell_ended(cli, wait)) {
        if (!cli_wait(cli) && give_up(cli)) {
            progress_clear();
            tell_ended(cli, wait);
            tell_still_running(cli);
            break;
        }
        progress_show(cli);
    }
    progress_clear();
    return cli->status;
}

void actions_clear(Cli *cli)
{
    for (size_t i = 0; i < cli->action_count; i++) {
        Action *action = cli->actions[i];
        if (cli->core)
            core_forget(cli->core, action);
        free(action->id);
        free(action->name);
        free(action->task);
        free(action->result);
        json_decref(action->extra);
        error_clear(&action->error);
        free(action);
    }
    free(cli->actions);
    cli->actions = NULL;
    cli->action_count = 0;
}
