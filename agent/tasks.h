/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Long actions. A task belongs to the agent, not to the connection that asked for it: it goes on when the client is gone, and
 * everybody sees it. Bodies run on threads of their own pool. Any thread.
 */
#ifndef POOLCENTER_AGENT_TASKS_H
#define POOLCENTER_AGENT_TASKS_H

#include "protocol/rpc.h"

typedef struct Tasks Tasks;
typedef struct Task Task;

/* A task was made, moved on or ended. serial counts up with each change of any task. No locks are held. */
typedef void (*TaskChanged)(void *context, const TaskInfo *task, int64_t serial);

typedef struct TaskSpec {
    Method method;
    ObjectKind kind;
    const char *object_id;
    const char *object_name;
    const char *user;
    bool cancellable;
    int (*run)(Task *task, void *context, Error *err);
    void (*release)(void *context); /* frees context after run, or when the task could not start */
    void *context;
} TaskSpec;

Tasks *tasks_create(TaskChanged changed, void *context);
/* Cancels what runs and waits for it. */
void tasks_stop(Tasks *tasks);
void tasks_free(Tasks *tasks);

/* Starts a task; the spec's strings are copied. ERR_BUSY: too many run already. */
int task_start(Tasks *tasks, const TaskSpec *spec, TaskRef *ret, Error *err);

/* A task without a body, driven from outside (uploads): the caller ends it with task_end. cancel(context, id) is called by task.cancel
 * on its thread. The reference is the caller's until task_end. */
typedef void (*TaskCancel)(void *context, const char *task_id);
int task_open(Tasks *tasks, const TaskSpec *spec, TaskCancel cancel, Task **ret, Error *err);
/* Ends it (err NULL: done; taken over) and drops the caller's reference. */
void task_end(Task *task, Error *err);

const char *task_id(const Task *task);
/* Progress; clients hear of it about four times a second. */
void task_progress(Task *task, int64_t done, int64_t total);
/* What it has found out, told with its end. */
void task_result(Task *task, const char *result);
bool task_cancelled(Task *task);
/* Cancelled since the agent ends, and not by a user: the next agent may go on. */
bool task_stopping(Task *task);
/* From now on it cannot be cancelled any more, or can again; clients are told. One that has been cancelled stays so. */
void task_set_cancellable(Task *task, bool cancellable);
/* ERR_CANCELLED, if so. */
int task_check(Task *task, Error *err);
/* Waits, but not longer than a cancellation. True: cancelled. */
bool task_wait(Task *task, int64_t milliseconds);

/* Waits until the task has ended, but not longer than that; *ret is its state then. ERR_TASK_NOT_FOUND, ERR_BUSY: too many wait. */
int tasks_wait(Tasks *tasks, const char *id, int64_t milliseconds, TaskInfo *ret, Error *err);
/* user: whose task it must be; NULL: anybody's. ERR_TASK_NOT_FOUND, ERR_ACCESS_DENIED, ERR_NOT_SUPPORTED. */
int tasks_cancel(Tasks *tasks, const char *id, const char *user, Error *err);
/* Copies of all that run and the last ones that ended, and the serial they belong to. */
void tasks_list(Tasks *tasks, TaskInfoList *ret, int64_t *ret_serial);
bool tasks_idle(Tasks *tasks);

#endif
