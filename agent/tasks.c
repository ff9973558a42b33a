/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks: see tasks.h. One lock for all of them; the change callback runs without it. */
#include "agent/tasks.h"
#include "agent/ident.h"
#include "agent/log.h"
#include "agent/loop.h"
#include "agent/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { KEPT = 200, RUNNING_MAX = 256, WAITING_MAX = 16, PROGRESS_INTERVAL_MS = 250 };

struct Task {
    Tasks *tasks;
    TaskInfo info;
    bool cancelled;
    int64_t ended;    /* counts up with the ends; 0: not yet */
    int64_t reported; /* when progress was told last */
    int (*run)(Task *task, void *context, Error *err);
    void (*release)(void *context);
    void *context;
    TaskCancel cancel;
    Task *next; /* newest first */
};

struct Tasks {
    pthread_mutex_t lock;
    pthread_cond_t cancelled;
    pthread_cond_t ended; /* some task has, or all shall */
    size_t waiting;
    bool stopping;
    Task *first;
    size_t running;
    int64_t serial;
    int64_t ends;
    Workers *workers;
    TaskChanged changed;
    void *context;
};

Tasks *tasks_create(TaskChanged changed, void *context)
{
    Tasks *tasks = x_calloc(1, sizeof *tasks);
    pthread_mutex_init(&tasks->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&tasks->cancelled, &attributes);
    pthread_cond_init(&tasks->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    tasks->workers = workers_create(RUNNING_MAX);
    tasks->changed = changed;
    tasks->context = context;
    return tasks;
}

static void task_free(Task *task)
{
    TaskInfo_clear(&task->info);
    free(task);
}

/* The lock is held on entry and released here: tells the world. */
static void unlock_report(Tasks *tasks, const TaskInfo *info)
{
    TaskInfo copy;
    TaskInfo_copy(info, &copy);
    int64_t serial = ++tasks->serial;
    pthread_mutex_unlock(&tasks->lock);
    tasks->changed(tasks->context, &copy, serial);
    TaskInfo_clear(&copy);
}

/* One has ended: drops the one that ended first, if more than are kept have. By their ends, since a long one is the oldest when it has just ended. */
static void forget_old(Tasks *tasks)
{
    size_t count = 0;
    Task **oldest = NULL;
    for (Task **at = &tasks->first; *at; at = &(*at)->next) {
        if (!(*at)->ended)
            continue;
        count++;
        if (!oldest || (*at)->ended < (*oldest)->ended)
            oldest = at;
    }
    if (count <= KEPT)
        return;
    Task *task = *oldest;
    *oldest = task->next;
    task_free(task);
}

static Task *task_create(Tasks *tasks, const TaskSpec *spec)
{
    Task *task = x_calloc(1, sizeof *task);
    char id[LIMIT_UUID + 1];
    uuid_random(id);
    task->tasks = tasks;
    task->info = (TaskInfo){
        .id = x_strdup(id),
        .method = x_strdup(method_name(spec->method)),
        .object_kind = spec->kind,
        .object_id = x_strdup(spec->object_id),
        .object_name = x_strdup(spec->object_name),
        .user = x_strdup(spec->user),
        .state = TASK_STATE_RUNNING,
        .started = clock_unix_ms(),
        .cancellable = spec->cancellable,
    };
    task->run = spec->run;
    task->release = spec->release;
    task->context = spec->context;
    return task;
}

static int task_add(Tasks *tasks, const TaskSpec *spec, TaskCancel cancel, Task **ret, Error *err)
{
    Task *task = task_create(tasks, spec);
    task->cancel = cancel;
    pthread_mutex_lock(&tasks->lock);
    if (tasks->running >= RUNNING_MAX) {
        pthread_mutex_unlock(&tasks->lock);
        task_free(task);
        return error_set(err, ERR_BUSY, "poolagentd", "%d tasks run already", RUNNING_MAX);
    }
    tasks->running++;
    task->next = tasks->first;
    tasks->first = task;
    *ret = task;
    unlock_report(tasks, &task->info);
    return 0;
}

static void audit_end(const TaskInfo *info, const Error *err)
{
    AUTO_FREE char *action = x_printf("task:%s", info->method);
    audit_write(&(AuditEntry){ info->user, action, info->object_id, info->object_name, err, "ended" });
}

void task_end(Task *task, Error *err)
{
    Tasks *tasks = task->tasks;
    audit_end(&task->info, err && err->code ? err : NULL);
    pthread_mutex_lock(&tasks->lock);
    task->info.finished = clock_unix_ms();
    task->info.cancellable = false;
    task->info.state = TASK_STATE_DONE;
    if (err && err->code) {
        task->info.state = err->code == ERR_CANCELLED ? TASK_STATE_CANCELLED : TASK_STATE_FAILED;
        task->info.error = x_calloc(1, sizeof *task->info.error);
        error_to_info(err, task->info.error);
        error_clear(err);
    }
    TaskInfo copy; /* once it has ended, another thread may forget the task */
    TaskInfo_copy(&task->info, &copy);
    task->ended = ++tasks->ends;
    tasks->running--;
    pthread_cond_broadcast(&tasks->ended);
    forget_old(tasks);
    unlock_report(tasks, &copy);
    TaskInfo_clear(&copy);
}

static void task_main(void *context)
{
    Task *task = context;
    Error err = { 0 };
    task->run(task, task->context, &err);
    if (task->release)
        task->release(task->context);
    task_end(task, &err);
}

int task_start(Tasks *tasks, const TaskSpec *spec, TaskRef *ret, Error *err)
{
    Task *task = NULL;
    if (task_add(tasks, spec, NULL, &task, err) < 0) {
        if (spec->release)
            spec->release(spec->context);
        return ERR_BUSY;
    }
    ret->task = x_strdup(task->info.id);
    workers_run(tasks->workers, task_main, task);
    return 0;
}

int task_open(Tasks *tasks, const TaskSpec *spec, TaskCancel cancel, Task **ret, Error *err)
{
    return task_add(tasks, spec, cancel, ret, err);
}

const char *task_id(const Task *task) { return task->info.id; }

void task_progress(Task *task, int64_t done, int64_t total)
{
    Tasks *tasks = task->tasks;
    pthread_mutex_lock(&tasks->lock);
    int64_t now = clock_ms();
    bool tell = now - task->reported >= PROGRESS_INTERVAL_MS && (done != task->info.done || total != task->info.total);
    task->info.done = done;
    task->info.total = total;
    if (!tell) {
        pthread_mutex_unlock(&tasks->lock);
        return;
    }
    task->reported = now;
    unlock_report(tasks, &task->info);
}

void task_result(Task *task, const char *result)
{
    pthread_mutex_lock(&task->tasks->lock);
    free(task->info.result);
    task->info.result = x_strdup(result);
    pthread_mutex_unlock(&task->tasks->lock);
}

bool task_cancelled(Task *task)
{
    pthread_mutex_lock(&task->tasks->lock);
    bool cancelled = task->cancelled;
    pthread_mutex_unlock(&task->tasks->lock);
    return cancelled;
}

bool task_stopping(Task *task)
{
    pthread_mutex_lock(&task->tasks->lock);
    bool stopping = task->tasks->stopping;
    pthread_mutex_unlock(&task->tasks->lock);
    return stopping;
}

void task_set_cancellable(Task *task, bool cancellable)
{
    pthread_mutex_lock(&task->tasks->lock);
    if (task->info.cancellable == cancellable) {
        pthread_mutex_unlock(&task->tasks->lock);
        return;
    }
    task->info.cancellable = cancellable;
    unlock_report(task->tasks, &task->info);
}

int task_check(Task *task, Error *err)
{
    return task_cancelled(task) ? error_set(err, ERR_CANCELLED, task->info.object_name, NULL) : 0;
}

static struct timespec time_after(int64_t milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return until;
}

bool task_wait(Task *task, int64_t milliseconds)
{
    Tasks *tasks = task->tasks;
    struct timespec until = time_after(milliseconds);
    pthread_mutex_lock(&tasks->lock);
    int waited = 0;
    while (!task->cancelled && waited == 0)
        waited = pthread_cond_timedwait(&tasks->cancelled, &tasks->lock, &until);
    bool cancelled = task->cancelled;
    pthread_mutex_unlock(&tasks->lock);
    return cancelled;
}

static Task *find(const Tasks *tasks, const char *id)
{
    Task *task = tasks->first;
    while (task && !str_equal(task->info.id, id))
        task = task->next;
    return task;
}

int tasks_wait(Tasks *tasks, const char *id, int64_t milliseconds, TaskInfo *ret, Error *err)
{
    struct timespec until = time_after(milliseconds);
    pthread_mutex_lock(&tasks->lock);
    Task *task = find(tasks, id); /* looked for anew after each wait: an ended one may be forgotten meanwhile */
    int code = task ? 0 : error_set(err, ERR_TASK_NOT_FOUND, id, NULL);
    if (task && !task->ended && tasks->waiting >= WAITING_MAX)
        code = error_set(err, ERR_BUSY, "poolagentd", "%d calls wait for tasks already", WAITING_MAX);
    tasks->waiting++;
    for (int waited = 0; code == 0 && task && !task->ended && !tasks->stopping && waited == 0; task = find(tasks, id))
        waited = pthread_cond_timedwait(&tasks->ended, &tasks->lock, &until);
    tasks->waiting--;
    if (code == 0 && task)
        TaskInfo_copy(&task->info, ret);
    else if (code == 0)
        code = error_set(err, ERR_TASK_NOT_FOUND, id, NULL);
    pthread_mutex_unlock(&tasks->lock);
    return code;
}

int tasks_cancel(Tasks *tasks, const char *id, const char *user, Error *err)
{
    pthread_mutex_lock(&tasks->lock);
    Task *task = find(tasks, id);
    int code = 0;
    TaskCancel cancel = NULL;
    void *context = NULL;
    if (!task)
        code = error_set(err, ERR_TASK_NOT_FOUND, id, NULL);
    else if (user && !str_equal(user, task->info.user))
        code = error_set(err, ERR_ACCESS_DENIED, user, "the task belongs to another user");
    else if (!task->ended && !task->info.cancellable)
        code = error_set(err, ERR_NOT_SUPPORTED, task->info.method, "this task cannot be cancelled");
    else if (!task->ended) {
        task->cancelled = true;
        cancel = task->cancel;
        context = task->context;
        pthread_cond_broadcast(&tasks->cancelled);
    }
    pthread_mutex_unlock(&tasks->lock);
    if (cancel)
        cancel(context, id);
    return code;
}

void tasks_list(Tasks *tasks, TaskInfoList *ret, int64_t *ret_serial)
{
    pthread_mutex_lock(&tasks->lock);
    for (const Task *task = tasks->first; task; task = task->next) {
        TaskInfo copy;
        TaskInfo_copy(&task->info, &copy);
        TaskInfoList_add(ret, &copy);
    }
    *ret_serial = tasks->serial;
    pthread_mutex_unlock(&tasks->lock);
}

bool tasks_idle(Tasks *tasks)
{
    pthread_mutex_lock(&tasks->lock);
    bool idle = tasks->running == 0;
    pthread_mutex_unlock(&tasks->lock);
    return idle;
}

/* Tasks without a body end through their own modules, which are stopped before. */
void tasks_stop(Tasks *tasks)
{
    pthread_mutex_lock(&tasks->lock);
    for (Task *task = tasks->first; task; task = task->next)
        task->cancelled = true;
    tasks->stopping = true;
    pthread_cond_broadcast(&tasks->cancelled);
    pthread_cond_broadcast(&tasks->ended);
    pthread_mutex_unlock(&tasks->lock);
    workers_free(TAKE_PTR(tasks->workers));
}

void tasks_free(Tasks *tasks)
{
    if (!tasks)
        return;
    while (tasks->first) {
        Task *task = tasks->first;
        tasks->first = task->next;
        task_free(task);
    }
    pthread_cond_destroy(&tasks->cancelled);
    pthread_cond_destroy(&tasks->ended);
    pthread_mutex_destroy(&tasks->lock);
    free(tasks);
}
