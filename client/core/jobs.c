/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few worker threads that take jobs in order, and one that keeps time; both report by letters. See jobs.h. */
#include "client/core/jobs.h"

#include "client/core/port.h"

#include <stdlib.h>

enum { WORKERS_MAX = 4 };

typedef struct Job Job;
struct Job {
    Job *next;
    void (*work)(void *context);
    void (*done)(void *context);
    const void *owner;
    void *context;
};

typedef struct Timer Timer;
struct Timer {
    Timer *next;
    Jobs *jobs;
    void (*tick)(void *context);
    void *context;
    int interval_ms;
    int64_t due;
    bool posted;    /* its letter has not been read yet */
    bool removed;   /* freed when that letter is read */
};

struct Jobs {
    Mailbox *mailbox;
    PortMutex mutex;    /* guards all below */
    PortCond work_cond;
    PortCond clock_cond;
    Job *first;
    Job **last_next;
    Job *running[WORKERS_MAX];
    PortThread *workers[WORKERS_MAX];
    size_t worker_count;
    size_t idle;
    PortThread *clock;
    Timer *timers;
    bool stopping;
};

Jobs *jobs_create(Mailbox *mailbox)
{
    Jobs *jobs = x_calloc(1, sizeof *jobs);
    jobs->mailbox = mailbox;
    port_mutex_init(&jobs->mutex);
    port_cond_init(&jobs->work_cond);
    port_cond_init(&jobs->clock_cond);
    jobs->last_next = &jobs->first;
    return jobs;
}

/* ---- workers */

static void read_done(void *context, void *item)
{
    (void)context;
    Job *job = item;
    job->done(job->context);
}

/* With the mutex held: the place of the next one. When all stops only what was given away for good is left to do: its context is freed nowhere else. */
static Job **next_place(Jobs *jobs)
{
    Job **at = &jobs->first;
    while (jobs->stopping && *at && ((*at)->done || (*at)->owner))
        at = &(*at)->next;
    return at;
}

/* With the mutex held; NULL: stop. */
static Job *next_job(Jobs *jobs)
{
    jobs->idle++;
    while (!jobs->first && !jobs->stopping)
        port_cond_wait(&jobs->work_cond, &jobs->mutex, -1);
    jobs->idle--;
    Job **place = next_place(jobs);
    Job *job = *place;
    if (!job)
        return NULL;
    *place = job->next;
    if (!job->next)
        jobs->last_next = place;
    return job;
}

static void work(void *context)
{
    Jobs *jobs = context;
    port_mutex_lock(&jobs->mutex);
    for (Job *job = next_job(jobs); job; job = next_job(jobs)) {
        Job **place = jobs->running;
        while (*place)
            place++;
        *place = job;
        port_mutex_unlock(&jobs->mutex);
        job->work(job->context);
        port_mutex_lock(&jobs->mutex);
        *place = NULL;
        if (job->done)
            mailbox_post(jobs->mailbox, job->owner, read_done, NULL, job, free);
        else
            free(job);
    }
    port_mutex_unlock(&jobs->mutex);
}

void jobs_run(Jobs *jobs, void (*job_work)(void *context), void (*done)(void *context), const void *owner, void *context)
{
    Job *job = x_calloc(1, sizeof *job);
    *job = (Job){ NULL, job_work, done, owner, context };
    port_mutex_lock(&jobs->mutex);
    *jobs->last_next = job;
    jobs->last_next = &job->next;
    if (!jobs->idle && jobs->worker_count < WORKERS_MAX)
        jobs->workers[jobs->worker_count++] = port_thread_start("worker", work, jobs);
    port_cond_signal(&jobs->work_cond);
    port_mutex_unlock(&jobs->mutex);
}

static void forget_job(Job *job, const void *owner)
{
    if (job && job->owner == owner)
        job->done = NULL;
}

void jobs_forget(Jobs *jobs, const void *owner)
{
    port_mutex_lock(&jobs->mutex);
    for (Job *job = jobs->first; job; job = job->next)
        forget_job(job, owner);
    for (size_t i = 0; i < WORKERS_MAX; i++)
        forget_job(jobs->running[i], owner);
    port_mutex_unlock(&jobs->mutex);
}

/* ---- clock */

/* The letter of a timer that was removed meanwhile only frees it. */
static void read_tick(void *context, void *item)
{
    (void)context;
    Timer *timer = item;
    if (!timer->removed)
        timer->tick(timer->context);
}

static void end_tick(void *item)
{
    Timer *timer = item;
    Jobs *jobs = timer->jobs;
    port_mutex_lock(&jobs->mutex);
    timer->posted = false;
    bool removed = timer->removed;
    port_mutex_unlock(&jobs->mutex);
    if (removed)
        free(timer);
}

/* With the mutex held: posts what is due; ms until the next one. */
static int post_due(Jobs *jobs)
{
    int64_t now = port_monotonic_ms();
    int64_t left = INT32_MAX;
    for (Timer *timer = jobs->timers; timer; timer = timer->next) {
        if (timer->due <= now) {
            timer->due = now + timer->interval_ms;
            /* A busy UI thread gets one tick, not a heap of them. */
            if (!timer->posted)
                mailbox_post(jobs->mailbox, NULL, read_tick, NULL, timer, end_tick);
            timer->posted = true;
        }
        left = timer->due - now < left ? timer->due - now : left;
    }
    return jobs->timers ? (int)left : -1;
}

static void keep_time(void *context)
{
    Jobs *jobs = context;
    port_mutex_lock(&jobs->mutex);
    while (!jobs->stopping)
        port_cond_wait(&jobs->clock_cond, &jobs->mutex, post_due(jobs));
    port_mutex_unlock(&jobs->mutex);
}

static void remove_timer(Jobs *jobs, void (*tick)(void *context), const void *context)
{
    for (Timer **at = &jobs->timers; *at; at = &(*at)->next) {
        Timer *timer = *at;
        if (timer->tick != tick || timer->context != context)
            continue;
        *at = timer->next;
        timer->removed = true;
        if (!timer->posted)
            free(timer);
        return;
    }
}

void jobs_every(Jobs *jobs, int interval_ms, void (*tick)(void *context), void *context)
{
    port_mutex_lock(&jobs->mutex);
    remove_timer(jobs, tick, context);
    if (interval_ms > 0) {
        Timer *timer = x_calloc(1, sizeof *timer);
        *timer = (Timer){ .next = jobs->timers, .jobs = jobs, .tick = tick, .context = context, .interval_ms = interval_ms,
                          .due = port_monotonic_ms() + interval_ms };
        jobs->timers = timer;
        if (!jobs->clock)
            jobs->clock = port_thread_start("clock", keep_time, jobs);
        port_cond_signal(&jobs->clock_cond);
    }
    port_mutex_unlock(&jobs->mutex);
}

/* ---- end */

void jobs_stop(Jobs *jobs)
{
    port_mutex_lock(&jobs->mutex);
    jobs->stopping = true;
    port_cond_broadcast(&jobs->work_cond);
    port_cond_broadcast(&jobs->clock_cond);
    port_mutex_unlock(&jobs->mutex);
    for (size_t i = 0; i < jobs->worker_count; i++)
        port_thread_join(jobs->workers[i]);
    port_thread_join(jobs->clock);
}

void jobs_free(Jobs *jobs)
{
    if (!jobs)
        return;
    while (jobs->first) {
        Job *job = jobs->first;
        jobs->first = job->next;
        free(job);
    }
    while (jobs->timers)
        remove_timer(jobs, jobs->timers->tick, jobs->timers->context);
    port_mutex_clear(&jobs->mutex);
    port_cond_clear(&jobs->work_cond);
    port_cond_clear(&jobs->clock_cond);
    free(jobs);
}
