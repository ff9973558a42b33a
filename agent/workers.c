/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread pool: see workers.h. */
#include "agent/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { IDLE_SECONDS = 10, STACK_BYTES = 512 << 10 };

typedef struct Job {
    void (*job)(void *context);
    void *context;
    struct Job *next;
} Job;

struct Workers {
    pthread_mutex_t lock;
    pthread_cond_t work; /* a job was queued, or the end */
    pthread_cond_t left; /* a thread has left */
    Job *first;
    Job **last;
    size_t queued;
    size_t threads;
    size_t idle;
    size_t max_threads;
    bool ending;
};

typedef struct Start {
    void (*job)(void *context);
    void *context;
} Start;

static void *thread_main(void *argument)
{
    Start start = *(Start *)argument;
    free(argument);
    start.job(start.context);
    return NULL;
}

bool thread_start(void (*job)(void *context), void *context)
{
    Start *start = x_calloc(1, sizeof *start);
    *start = (Start){ job, context };
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_t thread;
    bool ok = pthread_create(&thread, &attributes, thread_main, start) == 0;
    pthread_attr_destroy(&attributes);
    if (!ok)
        free(start);
    return ok;
}

Workers *workers_create(size_t max_threads)
{
    Workers *workers = x_calloc(1, sizeof *workers);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&workers->work, &attributes);
    pthread_cond_init(&workers->left, NULL);
    pthread_condattr_destroy(&attributes);
    workers->last = &workers->first;
    workers->max_threads = max_threads;
    return workers;
}

void workers_free(Workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->work);
    while (workers->threads)
        pthread_cond_wait(&workers->left, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
    pthread_cond_destroy(&workers->work);
    pthread_cond_destroy(&workers->left);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

/* Waits for a job with the lock held; NULL: nothing to do for this thread any more. */
static Job *next_job(Workers *workers)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    int waited = 0;
    workers->idle++;
    while (!workers->first && !workers->ending && waited == 0)
        waited = pthread_cond_timedwait(&workers->work, &workers->lock, &until);
    workers->idle--;
    Job *job = workers->first;
    if (!job)
        return NULL;
    workers->first = job->next;
    if (!workers->first)
        workers->last = &workers->first;
    workers->queued--;
    return job;
}

static void worker_main(void *context)
{
    Workers *workers = context;
    pthread_mutex_lock(&workers->lock);
    Job *job = NULL;
    while ((job = next_job(workers))) {
        pthread_mutex_unlock(&workers->lock);
        job->job(job->context);
        free(job);
        pthread_mutex_lock(&workers->lock);
    }
    workers->threads--;
    pthread_cond_signal(&workers->left);
    pthread_mutex_unlock(&workers->lock);
}

void workers_run(Workers *workers, void (*run)(void *context), void *context)
{
    Job *job = x_calloc(1, sizeof *job);
    job->job = run;
    job->context = context;
    pthread_mutex_lock(&workers->lock);
    *workers->last = job;
    workers->last = &job->next;
    workers->queued++;
    if (workers->queued > workers->idle && workers->threads < workers->max_threads && thread_start(worker_main, workers))
        workers->threads++;
    pthread_cond_signal(&workers->work);
    pthread_mutex_unlock(&workers->lock);
}
